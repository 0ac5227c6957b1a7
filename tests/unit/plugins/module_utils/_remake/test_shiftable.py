# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories that are never given to containers, under all their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.mounts import parse_mountinfo
from ansible_collections.seawall.docker.plugins.module_utils._remake import shiftable
from ansible_collections.seawall.docker.plugins.module_utils._remake.bind_mounts import Use, advice

MOUNTS = parse_mountinfo(
    """\
1 1 8:1 / / rw - ext4 /dev/sda1 rw
2 1 8:2 / /data rw - xfs /dev/sdb1 rw
3 1 8:1 /etc/app /srv/app rw - ext4 /dev/sda1 rw
4 1 8:2 /shop /srv/shop rw - xfs /dev/sdb1 rw
5 1 0:40 /@srv /mnt/pool rw - btrfs /dev/sdc rw
6 1 0:40 / /mnt/whole rw - btrfs /dev/sdc rw
"""
)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/srv/app/conf", ["/srv/app/conf", "/etc/app/conf"]),
        ("/etc/app", ["/etc/app", "/srv/app"]),
        ("/data/shop/a", ["/data/shop/a", "/srv/shop/a"]),
        ("/mnt/pool/x", ["/mnt/pool/x", "/mnt/whole/@srv/x"]),
        ("/data/other", ["/data/other"]),
    ],
)
def test_all_names_of_a_directory(path: str, names: list[str]) -> None:
    assert shiftable.names_of(MOUNTS, path) == names


@pytest.mark.parametrize(
    "path", ["/", "/etc", "/usr/local", "/var", "/var/lib", "/home", "/root", "/opt", "/boot", "/tmp"]
)
def test_directories_of_the_system(path: str) -> None:
    assert shiftable.reasons_against(path, [], ())


def test_directories_of_the_engine_and_of_others(tmp_path: Path) -> None:
    inner = tmp_path / "engine" / "volumes"
    inner.mkdir(parents=True)
    uses = [Use(str(inner / "x"), "agent", True, True, (0, 0)), Use(str(tmp_path), "web", True, False, (0, 0))]
    found = shiftable.reasons_against(str(inner), uses, (str(tmp_path / "engine"),))
    assert any("a directory of the engine or of this collection" in one for one in found)
    assert any("is also used by agent, whose users" in one for one in found) and not any("web" in one for one in found)
    (tmp_path / "file").touch()
    assert shiftable.reasons_against(str(tmp_path / "file"), [], ()) == [
        f"{tmp_path}/file is no directory, or a symbolic link"
    ]


def test_advice_is_quoted_and_only_given_where_rights_are_missing(tmp_path: Path) -> None:
    place = tmp_path / "a b; reboot"
    place.mkdir(mode=0o755)
    use = Use(str(place), "web", False, False, None)
    assert advice(str(place), [use], None) == []
    assert advice(str(place), [use._replace(writable=True)], None) == [
        "# web: its user has no known number; add it to the first id of the range"
    ]
    assert advice(str(place), [use._replace(writable=True, outside=True)], None) == []
    assert advice(str(tmp_path / "gone"), [use], None) == []
