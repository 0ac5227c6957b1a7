# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which control groups prove that a process is a container's: as the hosts' kernels and runc make them, with other owners."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.model import FileStatus
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._trial.container_process import uid_map_seen

CONTAINER = "45c5a4bebd35f71f70222558e910362cabbb697824c67e81473598099c3a1979"
GROUP = f"/system.slice/docker-{CONTAINER}.scope"
PID = 1167
V2 = "29 25 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = "30 25 0:27 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory\n"


class KernelOf(Host):
    """What a kernel shows of one process of a container whose root is user 100000. ``owners`` are those of directories, with modes."""

    def __init__(self, version: int, owners: dict[str, tuple[int, int]], group: str = GROUP) -> None:
        self.point = "/sys/fs/cgroup" if version == 2 else "/sys/fs/cgroup/memory"
        self.owners = owners
        self.texts = {
            "/proc/self/mountinfo": V2 if version == 2 else V1,
            f"/proc/{PID}/stat": f"{PID} (sleep) S " + " ".join(["1"] * 49),
            f"/proc/{PID}/cgroup": f"0::{group}\n" if version == 2 else f"4:memory:{group}\n",
            f"/proc/{PID}/uid_map": "         0     100000      65536\n",
        }

    def effective_uid(self) -> int:
        return 0

    def read_text(self, path: str, max_bytes: int = 0) -> str:
        return self.texts[path]

    def read_link(self, path: str) -> str:
        return f"namespace of {path}"

    def stat(self, path: str, follow_links: bool = True) -> FileStatus:
        group = path[len(self.point) :]
        uid, mode = self.owners.get(group, (0, 0o755)) if path.startswith(self.point) else (0, 0o755)
        return FileStatus("directory", mode, uid, 0, 0, 26, 1, 0.0, 2)


def seen(version: int, owners: dict[str, tuple[int, int]], **more: t.Any) -> list[dict[str, int]]:
    return uid_map_seen(KernelOf(version, owners, **more), PID, CONTAINER)


@pytest.mark.parametrize(
    ("version", "owners"),
    [
        (1, {}),
        (2, {}),
        # As runc 1.1 and later leave it where user namespaces are remapped.
        (2, {GROUP: (100000, 0o755)}),
    ],
)
def test_what_only_root_can_have_made_is_proof(version: int, owners: dict[str, tuple[int, int]]) -> None:
    assert seen(version, owners) == [{"inside": 0, "outside": 100000, "count": 65536}]


def test_a_group_that_the_container_made_in_its_own_is_proof() -> None:
    group = f"{GROUP}/init.scope"
    owners = {GROUP: (100000, 0o755), group: (100000, 0o755)}
    assert seen(2, owners, group=group) == [{"inside": 0, "outside": 100000, "count": 65536}]


@pytest.mark.parametrize(
    ("version", "owners", "group"),
    [
        # With version 1, who owns a group moves any process of the same user into it.
        (1, {GROUP: (100000, 0o755)}, GROUP),
        (2, {GROUP: (1500, 0o755)}, GROUP),
        (2, {GROUP: (100000, 0o775)}, GROUP),
        (2, {GROUP: (0, 0o777)}, GROUP),
        # Who owns the group above names others as they like.
        (2, {"/system.slice": (100000, 0o755), GROUP: (100000, 0o755)}, GROUP),
        (2, {"/system.slice": (100000, 0o755)}, GROUP),
        (2, {"": (100000, 0o755), GROUP: (100000, 0o755)}, GROUP),
    ],
)
def test_what_others_can_have_made_is_no_proof(version: int, owners: dict[str, tuple[int, int]], group: str) -> None:
    with pytest.raises(Unread, match=r"is not proof: user \d+ can change /sys/fs/cgroup"):
        seen(version, owners, group=group)


def test_a_user_map_that_is_none_gives_nobody_the_group() -> None:
    host = KernelOf(2, {GROUP: (100000, 0o755)})
    host.texts[f"/proc/{PID}/uid_map"] = ""
    with pytest.raises(Unread, match="user 100000 can change"):
        uid_map_seen(host, PID, CONTAINER)
