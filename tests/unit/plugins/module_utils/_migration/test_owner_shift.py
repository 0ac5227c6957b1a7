# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories are shifted in their place on the real file system, and looked at by root of a real user namespace."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._migration import attributes, owner_shift, tree
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import MapFault, ShiftOnce
from ansible_collections.seawall.docker.plugins.module_utils._migration.trusted_files import Trust
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import Extent
from ansible_collections.seawall.docker.tests.support.rich_tree import (
    calls_of,
    capability,
    killed_at,
    make_tree,
    seen_in,
)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")

EXTENTS = [Extent(0, 200000, 500), Extent(500, 300000, 65036)]
ID_MAP = "0 200000 500\n500 300000 65036\n"
FORTH, BACK = ShiftOnce(EXTENTS, EXTENTS), ShiftOnce(EXTENTS, EXTENTS, False)


@pytest.fixture
def top(tmp_path: Path) -> Path:
    make_tree(tmp_path / "site")
    return tmp_path / "site"


def noted(top: Path) -> Trust:
    """What the journal has of a directory before its first change."""
    descriptor = tree.open_directory(str(top))
    try:
        found = owner_shift.survey(descriptor, str(top), FORTH, True)
        return Trust(frozenset(found.seals), frozenset(found.contents))
    finally:
        os.close(descriptor)


def sealed(done: owner_shift.Shifted, before: Trust) -> Trust:
    return before._replace(seals=frozenset(done.seals))


def shifted(top: Path, shift: ShiftOnce, trust: Trust | None = None) -> owner_shift.Shifted:
    trust = trust or noted(top)
    descriptor = tree.open_directory(str(top))
    try:
        found = owner_shift.survey(descriptor, str(top), shift)
        assert not found.refusals
        result = owner_shift.apply(descriptor, str(top), shift, found, trust)
        # A file with several names is counted for each of them before.
        assert bool(result.changed) == bool(found.to_change)
        return result
    finally:
        os.close(descriptor)


def refusals(top: Path) -> list[str]:
    descriptor = tree.open_directory(str(top))
    try:
        return owner_shift.survey(descriptor, str(top), FORTH).refusals
    finally:
        os.close(descriptor)


def test_a_remapped_container_sees_what_it_saw_before_and_all_goes_back(top: Path) -> None:
    before, trust = seen_in(top), noted(top)
    done = shifted(top, FORTH)
    assert seen_in(top, ID_MAP) == before
    assert os.stat("/etc/shadow").st_uid == 0 and os.lstat(top / "link").st_uid == 300500
    assert not shifted(top, FORTH).changed
    again = shifted(top, BACK, sealed(done, trust))
    assert again.changed and not again.dropped and seen_in(top) == before
    assert not shifted(top, BACK).changed


def test_killed_at_any_moment_and_then_forth_or_back(top: Path) -> None:
    for name in ("data/large", "sparse"):
        (top / name).unlink()
    before, trust = seen_in(top), noted(top)
    calls = calls_of(lambda: shifted(top, FORTH, trust))
    shifted(top, BACK, sealed(shifted(top, FORTH, trust), trust))
    assert seen_in(top) == before
    for call in random.Random(7).sample(range(calls), 40):
        trust = noted(top)
        killed_at(call, lambda known=trust: shifted(top, FORTH, known))  # type: ignore[misc]
        trust = sealed(shifted(top, FORTH, trust), trust)
        assert seen_in(top, ID_MAP) == before, call
        killed_at(call, lambda known=trust: shifted(top, BACK, known))  # type: ignore[misc]
        shifted(top, BACK, trust)
        assert seen_in(top) == before, call


def test_what_became_a_program_of_root_meanwhile_is_none_on_the_host(top: Path) -> None:
    trust = noted(top)
    trust = sealed(shifted(top, FORTH, trust), trust)
    # By root of a container: new ones, one with another content, and one under another name.
    for name in ("mine", "able"):
        (top / name).write_bytes(b"#!/bin/sh\n")
        os.chown(top / name, 200000, 200000)
    os.chmod(top / "mine", 0o4755)
    os.setxattr(top / "able", "security.capability", capability(1 << 21, 200000))
    (top / "data" / "setuid").write_bytes(b"#!/bin/sh\n")
    os.chmod(top / "data" / "setuid", 0o6755)
    back = shifted(top, BACK, trust)
    assert sorted(back.dropped) == [f"{top}/able", f"{top}/data/setuid", f"{top}/mine"] and back.dropped_found == 3
    for name in ("mine", "able", "data/setuid"):
        status = os.stat(top / name)
        assert status.st_uid == 0 and not status.st_mode & 0o6000
        assert "security.capability" not in os.listxattr(top / name)
    # What nobody touched is as it was.
    assert os.getxattr(top / "data" / "ping", "security.capability") == capability(1 << 13)


def test_what_a_container_does_between_a_kill_and_the_next_run_is_no_program_of_root(top: Path) -> None:
    """Nobody but this collection keeps a container from a directory that is shifted only in part."""
    trust = noted(top)
    shifted(top, FORTH, trust)
    # Killed before the journal said that all was done, it is gone through once more.
    for name in ("mine", "data/setuid"):
        (top / name).write_bytes(b"#!/bin/sh\n")
        os.chown(top / name, 200000, 200000)
        os.chmod(top / name, 0o4755)
    again = shifted(top, FORTH, trust)
    back = shifted(top, BACK, sealed(again, trust))
    assert sorted(back.dropped) == [f"{top}/data/setuid", f"{top}/mine"]
    assert not (os.stat(top / "mine").st_mode | os.stat(top / "data" / "setuid").st_mode) & 0o6000
    assert os.getxattr(top / "data" / "ping", "security.capability") == capability(1 << 13)


@pytest.mark.parametrize("changed", [False, True])
@pytest.mark.parametrize("back", [False, True])
def test_a_file_that_a_kill_left_without_its_rights_gets_them_only_with_its_content(
    top: Path, back: bool, changed: bool
) -> None:
    trust = noted(top)
    if back:
        trust = sealed(shifted(top, FORTH, trust), trust)
    place = top / "data" / "setuid"
    # Between chown and chmod.
    os.chmod(place, 0o755)
    os.setxattr(place, owner_shift.INTENT, json.dumps({"mode": 0o6755, "capability": ""}).encode())
    if changed:
        place.write_bytes(b"#!/bin/sh\n")
    done = shifted(top, BACK if back else FORTH, trust)
    assert owner_shift.INTENT not in os.listxattr(place)
    if not back:
        shifted(top, BACK, sealed(done, trust))
    assert stat.S_IMODE(os.stat(place).st_mode) == (0o755 if changed else 0o6755)


def test_files_of_others_are_refused(top: Path, tmp_path: Path) -> None:
    assert not refusals(top)
    (tmp_path / "of-the-system").write_text("secret")
    os.link(tmp_path / "of-the-system", top / "data" / "mine")
    assert "has 2 names, and 1 of them here" in refusals(top)[0]
    os.unlink(top / "data" / "mine")
    os.chown(top / "empty", 4000000, 0)
    assert refusals(top) == [f"{top}/empty: its owner 4000000 is in no range of the uid map"]
    shutil.rmtree(top)
    with pytest.raises(MapFault, match="the gid map has the number 1000 inside and outside"):
        ShiftOnce(EXTENTS, [Extent(0, 1000, 65536)])


def test_a_file_that_gets_another_name_between_the_looks_stays_as_it_is(top: Path, tmp_path: Path) -> None:
    descriptor = tree.open_directory(str(top))
    try:
        found = owner_shift.survey(descriptor, str(top), FORTH)
        (tmp_path / "of-the-system").write_text("secret")
        os.link(tmp_path / "of-the-system", top / "mine")
        with pytest.raises(tree.TreeFault, match="mine got another name meanwhile"):
            owner_shift.apply(descriptor, str(top), FORTH, found, Trust(frozenset()))
    finally:
        os.close(descriptor)
    assert os.stat(tmp_path / "of-the-system").st_uid == 0


def test_attributes_of_one_file_have_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "listxattr", lambda *_a, **_k: [f"user.{n}" for n in range(65)])
    monkeypatch.setattr(os, "getxattr", lambda *_a, **_k: bytes(65536))
    with pytest.raises(OSError, match="more than 4 MiB of extended attributes"):
        attributes.read_at(str(tmp_path), False)
