# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where control groups are mounted, and which mount shows a group."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.tree import CgroupTree, Mount, parse_mounts
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.tests.support.dictionary_host import DictionaryHost

V2 = "30 2 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw"
OTHER = "cgroup:[4026532999]"


def tree(*mounts: str, links: dict[str, str] | None = None, **files: t.Any) -> CgroupTree:
    known = {"/proc/self/mountinfo": "\n".join(mounts) + "\n"}
    return CgroupTree(DictionaryHost({**known, **files.pop("files", {})}, links))


@pytest.mark.parametrize(
    ("line", "mount"),
    [
        (V2, Mount("/sys/fs/cgroup", "/", frozenset(["unified"]))),
        (
            "30 2 0:26 /a /b rw shared:1 master:2 - cgroup2 none rw,nsdelegate",
            Mount("/b", "/a", frozenset(["unified"])),
        ),
        ("30 2 0:26 / /c rw - cgroup cgroup rw,cpu,cpuacct", Mount("/c", "/", frozenset(["cpu", "cpuacct"]))),
        ("30 2 0:26 / /c rw - cgroup cgroup rw,xattr,memory", Mount("/c", "/", frozenset(["memory"]))),
        # A space, and a backslash, as the kernel writes them.
        (r"30 2 0:26 /a\040b /c\134d rw - cgroup2 none rw", Mount("/c\\d", "/a b", frozenset(["unified"]))),
        # Of these there is nothing to read.
        ("30 2 0:26 / /c rw - cgroup cgroup rw,name=systemd", None),
        ("30 2 0:26 / /c rw - cgroup cgroup rw,xattr,name=systemd,memory", None),
        ("30 2 0:26 / /c rw - cgroup cgroup rw,none", None),
        ("30 2 0:26 / /c rw - tmpfs cgroup rw", None),
        ("30 2 0:26 / /c rw - cgroup2 none", None),
        ("30 2 0:26 / /c rw cgroup2 none rw", None),
        ("30 2 - / /c rw cgroup2 none rw", None),
        ("", None),
    ],
)
def test_a_line_of_the_mount_table(line: str, mount: Mount | None) -> None:
    assert parse_mounts(line) == ([mount] if mount else [])
    # What comes before and after counts as well.
    assert parse_mounts(f"nothing\n{line}\n{V2}\n")[-1] == parse_mounts(V2)[0]
    assert len(parse_mounts(f"{V2}\n{line}\n{V2}")) == (3 if mount else 2)


def test_a_host_without_control_groups_says_so() -> None:
    with pytest.raises(Unread, match="no control groups are mounted here"):
        tree("30 2 0:26 / / rw - ext4 /dev/sda rw")


def test_the_version_is_what_is_mounted_at_the_usual_place() -> None:
    v1 = "31 2 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"
    elsewhere = "32 2 0:28 / /mnt rw - cgroup2 cgroup2 rw"
    assert (tree(V2).version, tree(V2).mode, tree(V2).mounted) == (2, "unified", set())
    assert (tree(v1).version, tree(v1).mode, tree(v1).mounted) == (1, "legacy", {"memory"})
    assert (tree(v1, elsewhere).version, tree(v1, elsewhere).mode) == (1, "hybrid")
    assert tree(v1, elsewhere).mounted == {"memory"}
    # The last of several mounts in one place is the one that is seen.
    covered = "33 2 0:29 / /sys/fs/cgroup rw - cgroup cgroup rw,cpu"
    assert tree(V2, covered).version == 1
    assert tree(covered, V2).version == 2


@pytest.mark.parametrize(
    ("group", "directory"),
    [
        ("/", "/sys/fs/cgroup"),
        ("/a/b", "/sys/fs/cgroup/a/b"),
        ("/a/", "/sys/fs/cgroup/a"),
        ("/..a", None),
        ("/../a", None),
    ],
)
def test_the_directory_of_a_group(group: str, directory: str | None) -> None:
    if directory is None:
        with pytest.raises(Unread, match="lies outside of what this host's control group mounts show"):
            tree(V2).directory("unified", group)
    else:
        assert tree(V2).directory("unified", group) == directory


def test_of_several_mounts_the_whole_one_at_the_usual_place_shows_a_group() -> None:
    part = "31 2 0:26 /a /sys/fs/cgroup/part rw - cgroup2 cgroup2 rw"
    elsewhere = "32 2 0:26 / /mnt rw - cgroup2 cgroup2 rw"
    assert tree(part, elsewhere, V2).directory("unified", "/a/b") == "/sys/fs/cgroup/a/b"
    assert tree(part, elsewhere).directory("unified", "/a/b") == "/mnt/a/b"
    only = tree(part)
    assert only.directory("unified", "/a") == "/sys/fs/cgroup/part"
    assert only.directory("unified", "/a/b") == "/sys/fs/cgroup/part/b"
    for group in ("/", "/b", "/ab"):
        with pytest.raises(Unread, match=f"no mount shows the control group {group} of unified"):
            only.directory("unified", group)
    with pytest.raises(Unread, match="no mount shows the control group /a of memory"):
        only.directory("memory", "/a")


def test_a_file_is_read_once_and_a_group_is_there_or_not() -> None:
    files = {
        "/sys/fs/cgroup/a/cgroup.procs": "1\n",
        "/sys/fs/cgroup/a/memory.max": "max\n",
        "/sys/fs/cgroup/a/pids.max": Unread("not permitted", "denied"),
    }
    host = DictionaryHost({"/proc/self/mountinfo": V2, **files})
    one = CgroupTree(host)
    assert [one.read("unified", "/a", "memory.max") for _time in range(2)] == ["max\n", "max\n"]
    assert [one.read("unified", "/a", "cpu.max") for _time in range(2)] == [None, None]
    assert host.reads.count("/sys/fs/cgroup/a/memory.max") == host.reads.count("/sys/fs/cgroup/a/cpu.max") == 1
    with pytest.raises(Unread, match="not permitted"):
        one.read("unified", "/a", "pids.max")
    one.require_group("unified", "/a")
    with pytest.raises(Unread, match="the control group /b is not there: the container ended meanwhile") as gone:
        one.require_group("unified", "/b")
    assert gone.value.kind == "absent"


def test_an_audit_in_a_namespace_of_its_own_does_not_see_the_hosts_groups() -> None:
    tree(V2).require_host_namespace()
    # A machine whose first process has another namespace is a host of its own.
    tree(V2, links={"/proc/self/ns/cgroup": OTHER, "/proc/1/ns/cgroup": OTHER}).require_host_namespace()
    with pytest.raises(Unread, match="in a cgroup namespace of its own"):
        tree(V2, links={"/proc/self/ns/cgroup": OTHER}).require_host_namespace()
