# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a process is, by control group, and what the kernel hides."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._posture.container_processes import (
    container_of,
    inside_id,
    processes_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._unread import Unread

A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("paths", "owner"),
    [
        ([f"/docker/{A}"], A),
        ([f"/system.slice/docker-{A}.scope"], A),
        ([f"/system.slice/docker-{A}.scope/init.scope"], A),
        ([f"/custom/{B}/sub"], B),
        # An engine inside a container: the inner container is not ours.
        ([f"/docker/{A}/docker/{'c' * 64}"], A),
        ([f"/docker/{A}/docker/{B}"], B),
        (["/system.slice/ssh.service"], None),
        (["/"], None),
        ([f"/docker/{A[:12]}"], None),
        ([f"/docker/{A}a"], None),
        (["/", f"/docker/{A}"], A),
    ],
)
def test_a_process_belongs_to_the_container_in_its_control_group(paths: list[str], owner: str | None) -> None:
    assert container_of(paths, {A, B}) == owner


@pytest.mark.parametrize(
    ("outside", "id_map", "inside"),
    [
        (0, "         0          0 4294967295\n", 0),
        (100000, "0 100000 65536\n", 0),
        (100033, "0 100000 65536\n", 33),
        (0, "0 100000 65536\n", None),
        (5, "0 100 1\n1 5 1\n", 1),
    ],
)
def test_ids_inside_a_user_namespace(outside: int, id_map: str, inside: int | None) -> None:
    assert inside_id(outside, id_map) == inside


class Proc:
    """A /proc of a few processes: pid to control group, comm, program (None: hidden) and process namespace."""

    def __init__(self, processes: dict[int, tuple[str, str, str | None, str]]) -> None:
        self.processes = processes

    def list_directory(self, path: str) -> list[str]:
        return ["self", *map(str, self.processes)]

    def _of(self, path: str) -> tuple[tuple[str, str, str | None, str], str]:
        _empty, _proc, pid, *rest = path.split("/")
        if int(pid) not in self.processes:
            raise Unread("gone", "absent")
        return self.processes[int(pid)], "/".join(rest)

    def read_text(self, path: str, max_bytes: int = 0) -> str:
        (cgroup, comm, _program, _namespace), name = self._of(path)
        return {
            "cgroup": f"0::{cgroup}\n",
            "comm": f"{comm}\n",
            "status": "Uid:\t0\t0\t0\t0\n",
            "uid_map": "0 0 4294967295\n",
        }[name]

    def read_link(self, path: str) -> str:
        (_cgroup, _comm, program, namespace), name = self._of(path)
        if name == "ns/pid":
            return namespace
        if program is None:
            raise Unread("denied", "denied")
        return program


def look(processes: dict[int, tuple[str, str, str | None, str]], pids: dict[str, int]) -> tuple[t.Any, t.Any]:
    context = Context(t.cast(t.Any, Proc(processes)), t.cast(t.Any, LOCAL), None)
    inspected = [{"Id": identifier, "State": {"Pid": pid}} for identifier, pid in pids.items()]
    context.once("containers", lambda: inspected)
    return context, lambda identifier: processes_of(context, {"id": identifier, "pid": pids[identifier]})


class LOCAL:
    local = True
    state = "running"
    reason = ""


INIT = ("/init.scope", "systemd", "/usr/lib/systemd/systemd", "pid:[1]")


def test_sshd_is_blamed_on_its_own_container_alone() -> None:
    _context, of = look(
        {
            1: INIT,
            5: ("/system.slice/ssh.service", "sshd", "/usr/sbin/sshd", "pid:[1]"),
            10: (f"/docker/{A}", "sleep", "/bin/sleep", "pid:[1]"),
            20: (f"/docker/{B}", "app", "/app", "pid:[2]"),
            21: (f"/docker/{B}", "harmless", "/usr/sbin/sshd (deleted)", "pid:[2]"),
            22: ("/moved/elsewhere", "dropbear", "/bin/busybox", "pid:[2]"),
        },
        {A: 10, B: 20},
    )

    assert of(A)["ssh_servers"] == []
    assert [entry["pid"] for entry in of(B)["ssh_servers"]] == [21, 22]


def test_hidden_programs_leave_the_question_open() -> None:
    _context, of = look({1: INIT, 10: (f"/docker/{A}", "app", None, "pid:[2]")}, {A: 10})

    facts = of(A)

    assert "ssh_servers" not in facts
    assert "ssh_servers" in facts["unread"]


def test_processes_that_proc_hides_are_not_read_as_none() -> None:
    _context, of = look({10: (f"/docker/{A}", "app", "/app", "pid:[2]")}, {A: 10})
    with pytest.raises(Unread, match="hidepid"):
        of(A)

    _context, of = look({1: INIT}, {A: 10})
    with pytest.raises(Unread, match="hidden"):
        of(A)
