# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each kind of difference between a real tree and its copy is found, and nothing else."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._migration import copy_run
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import Shift
from ansible_collections.seawall.docker.plugins.module_utils._migration.tree_comparison import TreeComparison
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import Extent
from ansible_collections.seawall.docker.tests.support.rich_tree import capability, make_tree

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")

SHIFT = Shift([Extent(0, 200000, 65536)], [Extent(0, 200000, 65536)])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("compared")
    make_tree(place / "old")
    copy_run.copy(copy_run.Request(f"{place}/old", f"{place}/new", SHIFT))
    return place


def differences(place: Path, contents: bool = True) -> set[tuple[str, str, str]]:
    source, copy = (os.open(place / name, os.O_RDONLY) for name in ("old", "new"))
    before = len(os.listdir("/proc/self/fd"))
    try:
        found = TreeComparison(source, "", copy, SHIFT, contents=contents).run()
    finally:
        os.close(source)
        os.close(copy)
    assert len(os.listdir("/proc/self/fd")) == before - 2 and found.found == len(found.listed)
    return {tuple(one) for one in found.listed}


def _same_size_and_time(path: Path) -> None:
    status = path.stat()
    with open(path, "r+b") as stream:
        stream.seek(2_999_999)
        stream.write(b"?")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _in_a_hole(path: Path) -> None:
    status = path.stat()
    with open(path, "r+b") as stream:
        stream.seek(1 << 39)
        stream.write(b"?")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _own_file(path: Path) -> None:
    """A file of its own with the same content, in place of one more name."""
    status = path.stat()
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)
    os.chown(path, status.st_uid, status.st_gid)
    os.chmod(path, status.st_mode & 0o7777)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _relinked(path: Path) -> None:
    target = os.readlink(path)
    status = path.lstat()
    path.unlink()
    path.symlink_to(target + "x")
    os.chown(path, status.st_uid, status.st_gid, follow_symlinks=False)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns), follow_symlinks=False)


def test_a_whole_copy_differs_in_nothing(place: Path) -> None:
    assert differences(place) == set()
    assert differences(place, contents=False) == set()


@pytest.mark.parametrize(
    ("name", "spoil", "what"),
    [
        ("data/large", _same_size_and_time, {"content"}),
        ("sparse", _in_a_hole, {"content"}),
        ("data/dangling", _relinked, {"content"}),
        ("passwd", lambda path: os.chown(path, 200001, 200000), {"owner"}),
        ("fifo", lambda path: os.chown(path, 200000, 200001), {"group"}),
        ("data/setuid", lambda path: os.chmod(path, 0o755), {"mode"}),
        ("null", lambda path: os.utime(path, ns=(1, 1)), {"time"}),
        ("passwd", lambda path: os.removexattr(path, "system.posix_acl_access"), {"system.posix_acl_access"}),
        ("passwd", lambda path: os.setxattr(path, "user.more", b""), {"user.more"}),
        ("data/ping", lambda path: os.setxattr(path, "security.capability", capability(1)), {"security.capability"}),
        ("data/two", _own_file, {"hard links"}),
    ],
)
def test_a_difference_is_named(tmp_path: Path, name: str, spoil: t.Callable[[Path], None], what: set[str]) -> None:
    make_tree(tmp_path / "old")
    copy_run.copy(copy_run.Request(f"{tmp_path}/old", f"{tmp_path}/new", SHIFT))
    spoil(tmp_path / "new" / name)
    found = {path: set(words.split(", ")) for kind, path, words in differences(tmp_path) if kind == "changed"}
    # The directory has another time where an entry was made anew.
    found = {path: words for path, words in found.items() if words != {"time"} or path == f"/{name}"}
    if what == {"hard links"}:
        # Which of the three names is not one of the others depends on which comes first.
        assert found and set(found) <= {"/one", "/data/two", "/data/deep/three"} and set.union(*found.values()) == what
    else:
        assert found == {f"/{name}": what}


def test_what_is_only_in_one_tree_is_named(tmp_path: Path) -> None:
    make_tree(tmp_path / "old")
    copy_run.copy(copy_run.Request(f"{tmp_path}/old", f"{tmp_path}/new", SHIFT))
    (tmp_path / "new" / "data" / "deep" / "more").write_text("x")
    (tmp_path / "new" / "fifo").unlink()
    (tmp_path / "new" / "fifo").mkdir()
    os.rename(tmp_path / "new" / "data" / "closed", tmp_path / "new" / "moved")
    found = {one for one in differences(tmp_path) if one[2] != "time"}
    assert found == {
        ("added", "/data/deep/more", ""),
        ("added", "/moved", ""),
        ("missing", "/data/closed", ""),
        ("changed", "/fifo", "type"),
    }
