# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a process is, by control group, and what the kernel hides."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import first_process
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._host.model import FileStatus
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.processes import (
    container_of,
    processes_of,
)

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


class Proc:
    """A /proc of a few processes: pid to control group, comm, program (None: hidden) and process namespace."""

    def __init__(self, processes: dict[int, tuple[str, str, str | None, str]]) -> None:
        self.processes = processes
        # TCP ports on which a process takes connections, and the texts that its program holds.
        self.ports: dict[int, list[int]] = {}
        self.texts: dict[int, str] = {}
        # Sockets that the table of a process's own network namespace does not show: number to protocol.
        self.elsewhere: dict[int, str] = {}
        # What a socket says of itself, if not its number.
        self.answers: dict[int, t.Any] = {}
        self.protocol = "TCP"
        self.tables = 0
        # The other threads of a process, and what happens before a path is read.
        self.threads: dict[int, list[int]] = {}
        self.before: dict[str, t.Callable[[], t.Any]] = {}
        # Threads with other open files, by table; and whether this kernel compares tables.
        self.tables_of: dict[int, str] = {}
        self.compares = True

    def shares_open_files(self, first: int, second: int) -> bool:
        if not self.compares:
            raise Unread("this kernel cannot compare")
        if not {first, second} <= self.processes.keys():
            raise Unread("gone", "absent")
        return self.tables_of.get(first) == self.tables_of.get(second)

    def socket_protocol(self, path: str) -> str:
        return self.elsewhere.get(int(path.rpartition("/")[2]), self.protocol)

    def listening_port(self, pid: int, descriptor: int, inode: int) -> int | None:
        answer = self.answers.get(inode, inode)
        if isinstance(answer, Unread):
            raise answer
        return t.cast("int | None", answer)

    def list_directory(self, path: str) -> list[str]:
        self.before.pop(path, int)()
        if path.endswith("/task"):
            pid = int(path.split("/")[2])
            return [str(pid), *map(str, self.threads.get(pid, []))]
        if path.endswith("/fd"):
            return [str(port) for port in self.ports.get(int(path.split("/")[2]), [])]
        threads = {thread for found in self.threads.values() for thread in found}
        return ["self", *(str(pid) for pid in self.processes if pid not in threads)]

    def stat(self, path: str) -> FileStatus:
        pid = int(path.split("/")[2])
        return FileStatus("file", 0o755, 0, 0, 1000, 1, pid, float(pid))

    def holds_text(self, path: str, texts: list[str], _budget: t.Any = None) -> bool:
        return any(text in self.texts.get(int(path.split("/")[2]), "") for text in texts)

    def _of(self, path: str) -> tuple[tuple[str, str, str | None, str], str]:
        _empty, _proc, pid, *rest = path.split("/")
        self.before.pop(path, int)()
        if int(pid) not in self.processes:
            raise Unread("gone", "absent")
        return self.processes[int(pid)], "/".join(rest)

    def read_text(self, path: str, max_bytes: int = 0) -> str:
        (cgroup, comm, _program, _namespace), name = self._of(path)
        self.tables += name == "net/tcp"
        listening = [(pid, port) for pid, ports in self.ports.items() for port in ports]
        return {
            # The number of a socket is that of its port here.
            "net/tcp": "head\n"
            + "".join(f"0: 0:{p:04X} 0:0 0A 0 0 0 0 0 {p}\n" for _pid, p in listening if p not in self.elsewhere),
            "net/tcp6": "head\n",
            "cgroup": f"0::{cgroup}\n",
            "comm": f"{comm}\n",
            "stat": "10 (a) b) Z 1 1 1 0 -1 4 0 0 0 0 0 0 0 0 20 0 "
            f"{1 + len(self.threads.get(int(path.split('/')[2]), []))} 0\n",
            "status": "Uid:\t0\t0\t0\t0\n",
            "uid_map": "0 0 4294967295\n",
        }[name]

    def read_link(self, path: str) -> str:
        (_cgroup, _comm, program, namespace), name = self._of(path)
        if name.startswith("ns/"):
            return namespace
        if name.startswith("fd/"):
            return f"socket:[{name[3:]}]"
        if program is None:
            raise Unread("denied", "denied")
        if not program:
            raise Unread("a zombie has no program", "absent")
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


def test_a_server_under_another_name_is_known_by_its_port_or_by_what_it_is_made_of() -> None:
    context, of = look(
        {
            1: INIT,
            20: (f"/docker/{B}", "nginx", "/usr/sbin/nginx", "pid:[2]"),
            21: (f"/docker/{B}", "web", "/usr/sbin/web", "pid:[2]"),
            22: (f"/docker/{B}", "worker", "/usr/sbin/worker", "pid:[2]"),
            23: (f"/docker/{B}", "editor", "/usr/bin/editor", "pid:[2]"),
        },
        {B: 20},
    )
    context.host.ports = {20: [22], 21: [8443], 22: [8080]}
    # What does not listen may hold the text: an editor of such files, for one.
    context.host.texts = {21: "/etc/ssh/sshd_config", 22: "hello", 23: "sshd_config"}

    servers = {entry["pid"]: entry["evidence"] for entry in of(B)["ssh_servers"]}

    assert servers == {20: "port", 21: "content"}


@pytest.mark.parametrize(
    ("protocol", "answer", "more", "tables"),
    [
        pytest.param("TCP", 22, 0, 0, id="asked itself"),
        pytest.param("TCP", 22, 200, 1, id="too many to ask each"),
        pytest.param("TCP", Unread("denied", "denied"), 0, 1, id="not to be asked"),
        pytest.param("", 22, 0, 1, id="of an unknown protocol"),
    ],
)
def test_the_table_of_all_sockets_is_read_only_where_sockets_do_not_tell(
    protocol: str, answer: t.Any, more: int, tables: int
) -> None:
    context, of = look({1: INIT, 20: (f"/docker/{B}", "web", "/usr/sbin/web", "pid:[2]")}, {B: 20})
    context.host.ports = {20: [22, *range(5000, 5000 + more)]}
    context.host.answers = {22: answer}
    context.host.protocol = protocol

    assert [one["evidence"] for one in of(B)["ssh_servers"]] == ["port"]
    assert context.host.tables == tables


UNSUPPORTED = Unread("too old", "unsupported")


@pytest.mark.parametrize(
    ("protocol", "answer", "added", "found"),
    [
        ("TCP", 22, [], "port"),
        ("TCPv6", 22, ["SYS_ADMIN"], "port"),
        ("MPTCP", 22, [], "port"),
        # It takes none, as a socket that is closed or not yet connected.
        ("TCP", None, ["SYS_ADMIN"], None),
        ("UDP", 22, [], None),
        ("UNIX-STREAM", 22, [], None),
        ("TCP", Unread("denied", "denied"), [], "unknown"),
        # A kernel that cannot be asked: only who can enter another namespace is doubted.
        ("TCP", UNSUPPORTED, [], None),
        ("TCP", UNSUPPORTED, ["SYS_ADMIN"], "unknown"),
        # Closed while it was looked at, says the kernel; and the process still holds it.
        ("TCP", Unread("closed", "absent"), [], "unknown"),
    ],
)
def test_a_socket_of_another_network_namespace_is_asked_itself(
    protocol: str, answer: t.Any, added: list[str], found: str | None
) -> None:
    context, _of = look({1: INIT, 20: (f"/docker/{B}", "web", "/usr/sbin/web", "pid:[2]")}, {B: 20})
    context.host.ports = {20: [7777]}
    context.host.elsewhere = {7777: protocol}
    context.host.answers = {7777: answer}
    rights = {"privileged": False, "capabilities": {"added": added}, "security_options": {"seccomp": "default"}}

    facts = processes_of(context, {"id": B, "pid": 20, **rights})

    if found == "unknown":
        assert "whether process 20 takes connections cannot be told" in facts["unread"]["ssh_servers"]
    else:
        assert [one["evidence"] for one in facts["ssh_servers"]] == ([found] if found else [])


def test_a_process_that_has_ended_and_was_not_collected_hides_nothing() -> None:
    context, of = look({1: INIT, 10: (f"/docker/{A}", "app", "/app", "pid:[2]")}, {A: 10})
    context.host.processes[11] = (f"/docker/{A}", "defunct", "", "pid:[2]")

    assert of(A)["ssh_servers"] == []


def without_its_first_thread(host: Proc) -> None:
    """Let process 10 go on in its second thread, 11."""
    host.processes[10] = (f"/docker/{A}", "app", "", "pid:[2]")
    host.ports = {11: [22]}


def test_a_first_process_whose_first_thread_ends_after_it_was_found_is_seen_by_another_one() -> None:
    context, of = look({1: INIT, 10: (f"/docker/{A}", "app", "/app", "pid:[2]")}, {A: 10})
    assert first_process(context, {"id": A, "pid": 10}).pid == 10
    context.host.threads = {10: [11]}
    context.host.processes[11] = ("/", "app", "/app", "pid:[2]")
    without_its_first_thread(context.host)

    assert [one["evidence"] for one in of(A)["ssh_servers"]] == ["port"]


def test_a_thread_that_ends_during_the_search_hides_nothing() -> None:
    context, of = look({1: INIT, 10: (f"/docker/{A}", "app", "/app", "pid:[2]")}, {A: 10})
    context.host.threads = {10: [11]}
    context.host.processes[11] = ("/", "app", "/app", "pid:[2]")
    context.host.before = {"/proc/10/fd": lambda: without_its_first_thread(context.host)}

    assert [one["evidence"] for one in of(A)["ssh_servers"]] == ["port"]


def with_threads(*threads: int) -> tuple[t.Any, t.Any]:
    """A container of one process, 10, with these threads beside its first one."""
    context, of = look({1: INIT, 10: (f"/docker/{A}", "app", "/app", "pid:[2]")}, {A: 10})
    context.host.threads = {10: list(threads)}
    for thread in threads:
        context.host.processes[thread] = ("/", "app", "/app", "pid:[2]")
    return context.host, lambda: of(A)


@pytest.mark.parametrize("compares", [True, False])
def test_a_thread_with_open_files_of_its_own_is_looked_at(compares: bool) -> None:
    host, facts = with_threads(11, 12, 13)
    host.compares, host.tables_of = compares, {12: "own"}
    host.ports = {10: [8080], 12: [22]}

    assert [(one["pid"], one["evidence"]) for one in facts()["ssh_servers"]] == [(10, "port")]


def test_threads_that_share_a_table_are_looked_at_once() -> None:
    host, facts = with_threads(11, *range(100, 200))
    host.tables_of = dict.fromkeys(range(100, 200), "own")
    looked: list[str] = []
    look_into = host.list_directory
    host.list_directory = lambda path: looked.append(path) or look_into(path)

    assert facts()["ssh_servers"] == []
    assert [path for path in looked if path.endswith("/fd")] == ["/proc/10/fd", "/proc/100/fd"]


def test_what_a_thread_with_files_of_its_own_does_not_tell_is_not_known() -> None:
    host, facts = with_threads(11)
    host.tables_of, host.ports = {11: "own"}, {11: [99]}
    host.elsewhere, host.answers = {99: "TCP"}, {99: Unread("cannot ask")}

    found = facts()

    assert "ssh_servers" not in found and "cannot ask" in found["unread"]["ssh_servers"]


def test_a_thread_that_ended_meanwhile_hides_no_other() -> None:
    host, facts = with_threads(11, 12)
    host.tables_of, host.ports = {12: "own"}, {12: [22]}
    host.before = {"/proc/10/task": lambda: host.processes.pop(11)}

    assert [one["evidence"] for one in facts()["ssh_servers"]] == ["port"]


@pytest.mark.parametrize("which", [10, 12])
def test_a_process_that_runs_and_shows_no_program_leaves_the_question_open(which: int) -> None:
    context, of = look({1: INIT, 10: (f"/docker/{A}", "app", "/app", "pid:[2]")}, {A: 10})
    context.host.processes[which] = (f"/docker/{A}", "app", "", "pid:[2]")
    context.host.processes[13] = ("/", "app", "", "pid:[2]")
    context.host.threads = {which: [13]}

    assert "1 processes are hidden" in of(A)["unread"]["ssh_servers"]


def test_a_number_that_went_to_a_process_of_the_host_is_not_the_containers() -> None:
    context, of = look({1: INIT, 10: (f"/docker/{A}", "app", "/app", "pid:[2]")}, {A: 10})
    assert first_process(context, {"id": A, "pid": 10}).pid == 10
    context.host.processes[10] = ("/system.slice/cron.service", "cron", "/usr/sbin/cron", "pid:[1]")

    with pytest.raises(Unread, match="in no control group of the container"):
        of(A)


@pytest.mark.parametrize(("program", "kept"), [("/app", {"running"}), ("/usr/sbin/sshd", {"running", "ssh_servers"})])
def test_a_number_that_goes_elsewhere_while_it_is_looked_at_is_not_the_containers(program: str, kept: set[str]) -> None:
    context, of = look({1: INIT, 10: (f"/docker/{A}", "app", program, "pid:[2]")}, {A: 10})
    cron = ("/system.slice/cron.service", "cron", "/usr/sbin/cron", "pid:[1]")
    context.host.before = {"/proc/10/uid_map": lambda: context.host.processes.update({10: cron})}

    facts = of(A)

    assert set(facts) - {"unread"} == kept
    assert "no more the container's" in facts["unread"]["first_user"]


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
