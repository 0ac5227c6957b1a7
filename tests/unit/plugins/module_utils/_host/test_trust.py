# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose word decides what lies at a path, on real directories."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host import trust
from ansible_collections.seawall.docker.plugins.module_utils._host.trust import Untrusted, resolve

OURS = frozenset({0, os.geteuid()})
NOBODY = 65534


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory of ours. Its parents may be shared ones, as /tmp is: programs are tried in test_attacks on hosts."""
    directory = tmp_path / "place"
    directory.mkdir(mode=0o755)
    (directory / "file").write_text("")
    (directory / "file").chmod(0o644)
    return directory


def test_what_only_we_can_change_is_trusted(place: Path) -> None:
    (place / "link").symlink_to("file")
    assert resolve(f"{place}/link", OURS) == f"{place}/file"
    assert resolve(f"{place}/not/there", OURS) == f"{place}/not/there"
    assert resolve(f"{place}/../place/./file", OURS) == f"{place}/file"
    assert resolve("/", OURS) == "/"
    with pytest.raises(Untrusted, match="no absolute path"):
        resolve("file", OURS)


@pytest.mark.parametrize(
    ("mode", "reason"),
    [(0o777, "everybody may change .*/place"), (0o775, "the group .* may change .*/place"), (0o1777, "")],
)
def test_a_directory_that_others_can_change(
    place: Path, mode: int, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "_is_empty", lambda *_arguments: False)
    place.chmod(mode)
    if reason:
        with pytest.raises(Untrusted, match=reason):
            resolve(f"{place}/file", OURS)
        return
    # Sticky: what is there and ours stays; what is not there could be made by anybody.
    assert resolve(f"{place}/file", OURS) == f"{place}/file"
    with pytest.raises(Untrusted, match="everybody may create .*/new"):
        resolve(f"{place}/new", OURS)
    with pytest.raises(Untrusted, match="everybody may change"):
        resolve(f"{place}/file", OURS, program=True)


def test_a_group_without_members_lets_nobody_in(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.chmod(0o775)
    monkeypatch.setattr(trust, "_is_empty", lambda *_arguments: True)
    assert resolve(f"{place}/file", OURS) == f"{place}/file"
    monkeypatch.setattr(trust, "_has_access_list", lambda _path: True)
    with pytest.raises(Untrusted, match="access list"):
        resolve(f"{place}/file", OURS)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("what", ["directory", "link", "link behind a link", "file in a shared directory"])
def test_what_belongs_to_another_user(place: Path, what: str) -> None:
    path = place / "file"
    if what == "directory":
        os.chown(place, NOBODY, NOBODY)
    elif what == "file in a shared directory":
        place.chmod(0o1777)
        os.chown(path, NOBODY, NOBODY)
    else:
        (place / "theirs").symlink_to("file")
        os.chown(place / "theirs", NOBODY, NOBODY, follow_symlinks=False)
        (place / "ours").symlink_to("theirs")
        path = place / ("theirs" if what == "link" else "ours")
    with pytest.raises(Untrusted, match="belongs to user nobody"):
        resolve(str(path), frozenset({0}))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_files_own_rights_count_for_programs(place: Path) -> None:
    # The content of a configuration file is judged by itself; that of a program is carried out.
    (place / "file").chmod(0o666)
    assert resolve(f"{place}/file", OURS) == f"{place}/file"
    with pytest.raises(Untrusted):
        resolve(f"{place}/file", OURS, program=True)
    assert resolve("/usr/bin/env", OURS, program=True)


def test_links_in_a_circle_end(place: Path) -> None:
    (place / "a").symlink_to("b")
    (place / "b").symlink_to("a")
    with pytest.raises(Untrusted, match="more than 40 symbolic links"):
        resolve(f"{place}/a", OURS)


def test_the_way_back_up_into_a_shared_directory_leads_to_a_shared_one(place: Path) -> None:
    (place / "below").mkdir(mode=0o755)
    place.chmod(0o1777)
    with pytest.raises(Untrusted, match="everybody may create .*/new"):
        resolve(f"{place}/below/../new", OURS)
    os.chown(place / "file", NOBODY, NOBODY)
    with pytest.raises(Untrusted, match="/file belongs to"):
        resolve(f"{place}/below/../file", OURS)
