# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache directory, and what must be unmounted in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from seawall_lab.errors import LabError
from seawall_lab.mounts import mounts_below
from seawall_lab.paths import Paths, need_space


def test_cache_directory_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Paths.from_environment({}).cache == tmp_path / ".cache" / "seawall-lab"
    assert Paths.from_environment({"SEAWALL_LAB_CACHE": ""}).cache == tmp_path / ".cache" / "seawall-lab"
    assert Paths.from_environment({"SEAWALL_LAB_CACHE": "~/lab"}).cache == tmp_path / "lab"
    assert Paths.from_environment({"SEAWALL_LAB_CACHE": "rel"}).cache == Path.cwd() / "rel"


def test_directories_are_for_their_owner_alone(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "a" / "lab")
    paths.create()
    paths.create()
    assert paths.cache.stat().st_mode & 0o777 == 0o700
    assert paths.key.parent.is_dir()


def test_a_file_in_the_way_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "lab").write_text("", encoding="utf-8")
    with pytest.raises(LabError, match="cannot create the cache directory"):
        Paths(tmp_path / "lab").create()


def test_too_little_space_says_the_numbers(tmp_path: Path) -> None:
    need_space(tmp_path, 0, "nothing")
    with pytest.raises(LabError, match=r"^building x needs 1e\+09 GiB free in .*, but only .* GiB are"):
        need_space(tmp_path, 1e9, "building x")


MOUNTINFO = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:5 / /cache/build/sid-1/root/proc rw - proc proc rw
31 22 0:6 / /cache/build/sid-1/root rw - tmpfs tmpfs rw
32 22 0:7 / /cache/build/sid-10 rw - tmpfs tmpfs rw
33 22 0:8 / /cache/build/sid-1/with\\040blank rw - tmpfs tmpfs rw
"""


def test_mounts_are_listed_deepest_first_and_only_below() -> None:
    assert mounts_below(MOUNTINFO, Path("/cache/build/sid-1")) == [
        Path("/cache/build/sid-1/root/proc"),
        Path("/cache/build/sid-1/root"),
        Path("/cache/build/sid-1/with blank"),
    ]
