# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a container writes: which directories were there before, and whether they hold files of the image."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._container_needs.written import document, mounted_at
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

CHANGED, ADDED, DELETED = 0, 1, 2
Changes = t.Dict[str, int]
CASES: list[tuple[Changes, set[str], dict[str, list[str]], list[tuple[str, bool | None]]]] = [
    ({}, set(), {}, []),
    # Only what it made itself lies there.
    ({"/run": CHANGED, "/run/x.pid": ADDED}, set(), {"/run": ["x.pid"]}, [("/run", False)]),
    ({"/run": CHANGED, "/run/x.pid": ADDED}, set(), {"/run": ["x.pid", "of-image"]}, [("/run", True)]),
    # A file of the image that was changed is one of the image.
    ({"/etc": CHANGED, "/etc/passwd": CHANGED}, set(), {"/etc": ["passwd"]}, [("/etc", True)]),
    # A new directory is not there in a new container: the one above is.
    (
        {"/var": CHANGED, "/var/a": ADDED, "/var/a/b": ADDED, "/var/a/b/c": ADDED},
        set(),
        {"/var": ["a"]},
        [("/var", False)],
    ),
    # One inside another is the same place.
    (
        {"/srv": CHANGED, "/srv/x": ADDED, "/srv/deep": CHANGED, "/srv/deep/y": ADDED},
        set(),
        {"/srv": ["x", "deep"]},
        [("/srv", True)],
    ),
    ({"/x": ADDED}, set(), {}, [("/", True)]),
    ({"/tmp": CHANGED, "/tmp/gone": DELETED}, set(), {"/tmp": []}, [("/tmp", False)]),
    # Open, and deleted since, or written before the list was made.
    ({}, {"/var/log/app.log"}, {"/var/log": []}, [("/var/log", False)]),
    ({"/opt": CHANGED, "/opt/x": ADDED}, set(), {}, [("/opt", None)]),
]


@pytest.mark.parametrize(("changes", "opened", "listing", "expected"), CASES)
def test_directories(
    changes: Changes, opened: set[str], listing: dict[str, list[str]], expected: list[tuple[str, bool | None]]
) -> None:
    def look(directory: str) -> list[str]:
        if directory not in listing:
            raise Unread("not permitted")
        return listing[directory]

    found = document(changes, opened, look)["directories"]
    assert [(one["path"], one["image_content"]) for one in found] == expected


def test_paths_are_counted_beyond_those_that_are_shown() -> None:
    found = document({f"/tmp/{number}": ADDED for number in range(1000)}, (), lambda _directory: [])
    assert len(found["paths"]) == 200 and found["more"] == 800
    assert [one["path"] for one in found["directories"]] == ["/tmp"]


def test_what_is_mounted_is_no_part_of_the_containers_own_files() -> None:
    inspected: dict[str, t.Any] = {
        "Mounts": [{"Destination": "/data/"}, {"Destination": None}],
        "HostConfig": {"Tmpfs": {"/run": "size=1m"}},
    }
    assert {"/data", "/run", "/proc", "/etc/hosts"} <= set(mounted_at(inspected)) and "" not in mounted_at(inspected)
