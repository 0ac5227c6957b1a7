# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError
from ansible_collections.seawall.docker.plugins.module_utils._remake.own_files import leaves, written


def test_what_leads_to_others_or_to_a_mount_is_no_change_of_its_own() -> None:
    paths = [
        "/srv",
        "/srv/a",
        "/srv/a/file",
        "/data",
        "/data/inside",
        "/mnt",
        "/database",
        "/dev",
        "/dev/x",
        "/mnt/deep",
    ]
    assert leaves(paths, ["/data", "/mnt/deep/volume", "/dev"]) == ["/database", "/srv/a/file"]
    assert leaves([], ["/data"]) == [] and leaves(["/a", "/a"], []) == ["/a"]


class Said:
    def __init__(self, answer: t.Any) -> None:
        self._answer = answer

    def changes(self, identifier: str) -> t.Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def test_what_is_not_known_is_no_zero() -> None:
    inspected: dict[str, t.Any] = {
        "Id": "c" * 64,
        "Mounts": [{"Destination": "/data/"}],
        "HostConfig": {"Tmpfs": {"/run": ""}},
    }
    many = [{"Path": f"/a/{number}", "Kind": 1} for number in range(50)]
    found = written(
        t.cast(t.Any, Said([*many, {"Path": "/run/x", "Kind": 1}, {"Path": "/data", "Kind": 1}, "nonsense"])), inspected
    )
    assert found["count"] == 50 and len(found["paths"]) == 20
    assert written(t.cast(t.Any, Said(EngineError("too much", "bound"))), inspected) == {"count": None, "paths": []}
