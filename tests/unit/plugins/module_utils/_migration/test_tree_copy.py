# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trees are copied on the real file system, and looked at by root of a real user namespace with the map."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._migration import copy_checks, copy_run, staging, tree
from ansible_collections.seawall.docker.plugins.module_utils._migration.attributes import MARK
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_checks import CopyFault, Request, last_kept
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import Shift
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import Extent
from ansible_collections.seawall.docker.tests.support.rich_tree import (
    access_list,
    calls_of,
    capability,
    killed_at,
    make_tree,
    seen_in,
)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")

# Two extents, so that a constant added to each id would be wrong.
EXTENTS = [Extent(0, 200000, 500), Extent(500, 300000, 65036)]
ID_MAP = "0 200000 500\n500 300000 65036\n"


def request_of(place: Path, outward: bool = True) -> Request:
    return Request(str(place / "old"), str(place / "new"), Shift(EXTENTS, EXTENTS, outward))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    make_tree(tmp_path / "old")
    return tmp_path


def test_a_remapped_container_sees_what_it_saw_before(place: Path) -> None:
    before = seen_in(place / "old")
    found = copy_run.copy(request_of(place))
    assert seen_in(place / "new", ID_MAP) == before
    # The source is as it was, access times included.
    assert seen_in(place / "old") == before
    assert (place / "old" / "passwd").stat().st_atime_ns >= 10**18 and (
        place / "old" / "passwd"
    ).stat().st_atime_ns < 2 * 10**18
    assert found.measure is not None and found.measure.sockets == [f"{place}/old/socket"]
    assert found.measure.entries == len(before)
    # Ids of the host, as other programs of it see them.
    status = (place / "new" / "data" / "large").stat()
    assert (status.st_uid, status.st_gid) == (300499, 300499)
    assert os.getxattr(place / "new" / "data" / "ping", "security.capability") == capability(1 << 13, 200000)
    assert os.getxattr(place / "new" / "passwd", "system.posix_acl_access") == access_list(
        (1, 6, -1), (2, 4, 200033), (4, 4, -1), (8, 6, 300499), (16, 6, -1), (32, 0, -1)
    )
    assert os.getxattr(place / "new" / "data", "trusted.note") == b"of root"
    assert (place / "new" / "sparse").stat().st_blocks == (place / "old" / "sparse").stat().st_blocks
    assert sorted(path.name for path in place.iterdir()) == ["new", "old"]


def test_a_second_run_changes_nothing_and_another_tree_is_refused(place: Path) -> None:
    assert not copy_run.copy(request_of(place)).done
    inode = (place / "new").stat().st_ino
    assert copy_run.look(request_of(place)).done and copy_run.copy(request_of(place)).done
    assert (place / "new").stat().st_ino == inode
    other = Shift([Extent(0, 400000, 65536)], EXTENTS)
    with pytest.raises(CopyFault, match="is the copy of another tree, or with other id maps"):
        copy_run.copy(request_of(place)._replace(shift=other))
    os.removexattr(place / "new", MARK)
    with pytest.raises(CopyFault, match="something that is no such copy"):
        copy_run.copy(request_of(place))


def test_a_copy_of_what_changed_since_is_not_taken_for_a_copy_of_it(place: Path) -> None:
    copy_run.copy(request_of(place))
    # The time of the content says nothing: whoever writes can set it back.
    status = (place / "old" / "passwd").stat()
    (place / "old" / "passwd").write_bytes(b"toor\n")
    os.utime(place / "old" / "passwd", ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(CopyFault, match="is an older copy of .*/old, which changed since; use replace"):
        copy_run.copy(request_of(place))
    again = request_of(place)._replace(replace=True)
    assert not copy_run.copy(again).done and (place / "new" / "passwd").read_bytes() == b"toor\n"
    assert (place / "new.before" / "passwd").read_bytes() == b"root\n"
    # Once the source is gone, its copy is all there is.
    shutil.rmtree(place / "old")
    assert copy_run.look(request_of(place)).done and copy_run.copy(request_of(place)).done


def test_what_a_copy_replaces_is_foretold_and_kept(place: Path) -> None:
    (place / "new").mkdir()
    (place / "new" / "other").write_text("kept")
    request = request_of(place)._replace(replace=True)
    differences = copy_run.look(request).differences
    assert differences is not None and differences.found == len(list(place.glob("old/*"))) + 1
    assert ("added", f"{place}/old/other", "") in differences.listed
    before = seen_in(place / "old")
    assert not copy_run.copy(request).done and copy_run.copy(request).done
    assert seen_in(place / "new", ID_MAP) == before
    assert [path.name for path in (place / "new.before").iterdir()] == ["other"]
    # What was kept is never replaced itself.
    (place / "old" / "more").write_text("x")
    assert copy_run.look(request).differences is not None and not copy_run.copy(request).done
    assert (place / "new" / "more").exists() and not (place / "new.before.1" / "more").exists()
    assert [path.name for path in (place / "new.before").iterdir()] == ["other"]
    assert sorted(path.name for path in place.iterdir()) == ["new", "new.before", "new.before.1", "old"]
    assert last_kept(request.destination) == f"{place}/new.before.1" and last_kept(request.source) is None


def test_killed_while_it_replaces_one_of_both_is_there_whole(place: Path) -> None:
    before = seen_in(place / "old")
    request = request_of(place)._replace(replace=True)

    def lay_out() -> None:
        for left in place.glob("*new*"):
            shutil.rmtree(left)
        for left in place.glob(".seawall-copy-*"):
            shutil.rmtree(left)
        (place / "new").mkdir()
        (place / "new" / "other").write_text("kept")

    lay_out()
    calls = calls_of(lambda: copy_run.copy(request))
    outcomes = set()
    for call in range(calls - 8, calls):
        lay_out()
        killed_at(call, lambda: copy_run.copy(request))
        is_new = not (place / "new" / "other").exists()
        outcomes.add((is_new, (place / "new.before").exists()))
        copy_run.copy(request)
        assert seen_in(place / "new", ID_MAP) == before
        assert (place / "new.before" / "other").read_text() == "kept"
        assert sorted(path.name for path in place.iterdir()) == ["new", "new.before", "old"]
    assert (False, False) in outcomes and (True, True) in outcomes


def test_killed_between_the_last_two_steps_the_next_run_does_the_last(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "new").mkdir()
    (place / "new" / "other").write_text("kept")
    request = request_of(place)._replace(replace=True)
    with monkeypatch.context() as patch:
        patch.setattr(staging, "exchange", lambda *_names: os.kill(os.getpid(), 9))
        assert killed_at(1 << 40, lambda: copy_run.copy(request))
    inode = (place / "new.before").stat().st_ino
    assert (place / "new" / "other").exists()
    assert copy_run.copy(request).done and (place / "new").stat().st_ino == inode
    assert (place / "new.before" / "other").read_text() == "kept"


def test_where_directories_cannot_be_exchanged_all_stays_as_it_was(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_names: t.Any) -> None:
        raise OSError(22, "Invalid argument")

    (place / "new").mkdir()
    (place / "new" / "other").write_text("kept")
    monkeypatch.setattr(staging, "exchange", refuse)
    with pytest.raises(CopyFault, match="Invalid argument"):
        copy_run.copy(request_of(place)._replace(replace=True))
    assert sorted(path.name for path in place.iterdir()) == ["new", "old"]
    assert (place / "new" / "other").read_text() == "kept"


def test_the_way_back_gives_the_first_tree(place: Path) -> None:
    before = seen_in(place / "old")
    copy_run.copy(request_of(place))
    (place / "new" / "written").write_text("meanwhile")
    os.chown(place / "new" / "written", 200000, 300500)
    copy_run.copy(Request(str(place / "new"), str(place / "back"), Shift(EXTENTS, EXTENTS, False)))
    after = seen_in(place / "back")
    written = after.pop("./written")
    assert written[1:3] == (0, 1000)
    before["."], after["."] = before["."][:3], after["."][:3]
    assert after == before
    assert os.getxattr(place / "back" / "data" / "ping", "security.capability") == capability(1 << 13)


def _owner(top: Path) -> None:
    os.chown(top / "data" / "deep" / "inherits", 70000, 0)


def _group(top: Path) -> None:
    os.chown(top / "link", 0, 70000, follow_symlinks=False)


def _access_list(top: Path) -> None:
    entries = ((1, 7, -1), (2, 7, 70000), (4, 5, -1), (16, 7, -1), (32, 0, -1))
    os.setxattr(top / "data", "system.posix_acl_default", access_list(*entries))


def _capability(top: Path) -> None:
    os.setxattr(top / "data" / "large", "security.capability", capability(1, 70000))


@pytest.mark.parametrize(
    ("spoil", "path", "reason"),
    [
        (_owner, "/data/deep/inherits", "its owner 70000 is in no range of the uid map"),
        (_group, "/link", "its group 70000 is in no range of the gid map"),
        (_access_list, "/data", "its access list names the user 70000, which is in no range"),
        (_capability, "/data/large", "its file capabilities are for the root user 70000, who is in no range"),
    ],
)
def test_what_lies_outside_of_the_map_is_refused_before_anything_is_copied(
    place: Path, spoil: t.Callable[[Path], None], path: str, reason: str
) -> None:
    spoil(place / "old")
    for act in (copy_run.look, copy_run.copy):
        with pytest.raises(CopyFault) as caught:
            act(request_of(place))
        assert f"{place}/old{path}: {reason}" in caught.value.refusals
        assert [entry.name for entry in place.iterdir()] == ["old"]


@pytest.mark.parametrize(
    ("mount", "reason"),
    [
        ('--bind "$1/old/data"', "a file system is mounted here"),
        # As a subvolume of btrfs, which no list of mounts shows.
        ("-t tmpfs tmpfs", "on another file system, which is not entered"),
    ],
)
def test_a_mount_below_is_refused(place: Path, mount: str, reason: str) -> None:
    script = """
        mount MOUNT "$1/old/data/deep" && exec "$2" -c '
import sys
from ansible_collections.seawall.docker.tests.unit.plugins.module_utils._migration import test_tree_copy as test
try:
    test.copy_run.copy(test.request_of(test.Path(sys.argv[1])))
except test.CopyFault as fault:
    print(fault.refusals)
' "$1"
    """
    words = [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-c",
        script.replace("MOUNT", mount),
        "sh",
        str(place),
        sys.executable,
    ]
    # ansible-test imports the collection by a loader of its own, which this process does not have.
    paths = [str(Path(copy_run.__file__).parents[6]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    ran = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert f"{place}/old/data/deep" in ran.stdout and reason in ran.stdout, ran.stderr
    assert not (place / "new").exists()


def test_places_that_others_can_change_are_not_used(place: Path) -> None:
    os.chown(place, 1000, 1000)
    with pytest.raises(CopyFault, match="belongs to user"):
        copy_run.copy(request_of(place))
    os.chown(place, 0, 0)
    os.chmod(place, 0o1777)
    with pytest.raises(CopyFault, match="everybody may make files there"):
        copy_run.copy(request_of(place))
    os.chmod(place, 0o700)
    (place / "own").mkdir()
    (place / "short").symlink_to(place / "own")
    for source, destination, reason in (
        (f"{place}/short/data", f"{place}/new", "leads over a symbolic link"),
        (f"{place}/short", f"{place}/new", "Not a directory"),
        (f"{place}/old", f"{place}/old/data/new", "lies in the other"),
        (f"{place}/old", f"{place}/x/../new", "no absolute path"),
        (f"{place}/none", f"{place}/new", "No such file"),
    ):
        with pytest.raises(CopyFault, match=reason):
            copy_run.copy(Request(source, destination, Shift(EXTENTS, EXTENTS)))


def test_a_tree_that_is_too_deep_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    descriptor = os.open(tmp_path / "old", os.O_RDONLY)
    for _level in range(300):
        os.mkdir("d", dir_fd=descriptor)
        inner = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    with pytest.raises(CopyFault, match=f"old/d/d.*more than {tree.MAX_DEPTH} directories deep"):
        copy_run.copy(request_of(tmp_path))
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(CopyFault):
        copy_run.look(request_of(tmp_path))
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_full_file_system_ends_the_copy_and_leaves_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = shutil.disk_usage(place).free
    monkeypatch.setattr(copy_checks, "RESERVE_BYTES", 2 * free)
    with pytest.raises(CopyFault, match="must stay free"):
        copy_run.look(request_of(place))
    # It fills up while the copy runs.
    seen: list[int] = []

    class Filler(copy_run.Observer):
        def tick(self, size: int, entries: int) -> None:
            seen.append(size)
            if len(seen) == 3:
                monkeypatch.setattr(copy_checks, "RESERVE_BYTES", 2 * free)

    monkeypatch.setattr(copy_checks, "RESERVE_BYTES", 0)
    monkeypatch.setattr(copy_run, "_WATCHED_SECONDS", 0.0)
    with pytest.raises(CopyFault, match="the copy was ended, since the file system has only"):
        copy_run.copy(request_of(place), Filler())
    assert len(seen) == 3 and [entry.name for entry in place.iterdir()] == ["old"]


def test_the_longest_map_of_a_kernel_can_be_used(place: Path) -> None:
    extents = [Extent(number * 200, 4_000_000_000 + number * 200, 200) for number in range(340)]
    request = request_of(place)._replace(shift=Shift(extents, extents))
    assert not copy_run.copy(request).done and copy_run.copy(request).done
    assert (place / "new" / "data" / "large").stat().st_uid == 4_000_000_999


def test_where_a_complete_copy_cannot_be_marked_nothing_is_copied(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: t.Any) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "setxattr", refuse)
    with pytest.raises(CopyFault, match="keeps no attributes of root"):
        copy_run.copy(request_of(place))
    assert [entry.name for entry in place.iterdir()] == ["old"]


def test_two_copies_to_one_place_do_not_meet(place: Path) -> None:
    parent = os.open(place, os.O_RDONLY)
    first = staging.open_staging(parent, str(place / "new"))
    with pytest.raises(CopyFault, match="another copy to .*/new is running"):
        copy_run.copy(request_of(place))
    first.close()
    os.close(parent)
    assert not copy_run.copy(request_of(place)).done


def test_a_source_that_changes_meanwhile_is_noticed(place: Path) -> None:
    class Writer(copy_run.Observer):
        def phase(self, name: str) -> None:
            if name == "compare":
                with open(place / "old" / "passwd", "a", encoding="utf-8") as stream:
                    stream.write("late")

    with pytest.raises(CopyFault, match="1 entries of the copy differ .*passwd: changed"):
        copy_run.copy(request_of(place), Writer())
    assert [entry.name for entry in place.iterdir()] == ["old"]


def test_killed_at_any_point_nothing_or_the_whole_is_there(place: Path) -> None:
    before = seen_in(place / "old")
    request = request_of(place)
    calls = calls_of(lambda: copy_run.copy(request))
    shutil.rmtree(place / "new")
    outcomes = set()
    last = range(calls - 20, calls + 1)
    for call in [*random.Random(20).sample(range(calls - 20), 30), *last]:
        if call in last:
            # The calls that move the tree to its place and clean up are known only where nothing was left before.
            for left in place.glob(".seawall-copy-*"):
                shutil.rmtree(left)
        killed = killed_at(call, lambda: copy_run.copy(request))
        there = (place / "new").exists()
        outcomes.add((killed, there))
        if there:
            assert copy_run.copy(request).done
            assert seen_in(place / "new", ID_MAP) == before, call
            shutil.rmtree(place / "new")
    assert outcomes == {(True, False), (True, True), (False, True)}
    # What a killed one left does not hinder, and is gone afterwards.
    assert killed_at(calls // 2, lambda: copy_run.copy(request)) and list(place.glob(".seawall-copy-*/tree/*"))
    assert not copy_run.copy(request).done
    assert seen_in(place / "new", ID_MAP) == before == seen_in(place / "old")
    assert sorted(path.name for path in place.iterdir()) == ["new", "old"]
