# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide whether a process is an SSH server, also if it has another name.

Whoever starts a process can choose its name. But a server must listen. So for processes that listen, the port and the
content of the program are checked. A process can listen in another network namespace than its present one.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.sockets import sockets_of, tcp_sockets
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import Budget
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

NAMES = frozenset(("sshd", "sshd-session", "sshd-auth", "dropbear", "dropbearmulti", "tinysshd"))
SSH_PORT = 22
# Texts in the programs of OpenSSH's, Dropbear's and TinySSH's servers that clients and libraries do not hold.
_MARKS = ("sshd_config", "Dropbear server", "tinysshd")
# Protocols over which nobody logs in. Datagrams, and what does not leave the machine.
_NO_SERVERS = (
    "",
    "UNIX",
    "UNIX-STREAM",
    "UDP",
    "UDPv6",
    "UDP-Lite",
    "UDPLITEv6",
    "NETLINK",
    "PACKET",
    "PING",
    "PINGv6",
)
# Asking this many takes about as long as reading the tables of a small host.
_FEW_SOCKETS = 100


class Hidden(Unread):
    """It is not known whether a process listens. The reason is the process's own."""


class Search:
    """Search the processes of one container. Each container has its own budget: if the search in one container is too
    expensive, only that container is unread."""

    def __init__(
        self, context: Context, container: str, processes: list[int], enters_namespaces: t.Callable[[], bool]
    ) -> None:
        """``processes`` are those of the container. ``enters_namespaces`` says whether they can enter other namespaces."""
        self._context = context
        self._processes = processes
        self._enters_namespaces = enters_namespaces
        everything: Budget = context.once(
            "ssh_search",
            lambda: Budget("the search for SSH servers", bounds.SSH_SEARCH_BYTES, bounds.SSH_SEARCH_SECONDS),
        )
        self._budget = Budget(
            f"the search for SSH servers in {container}",
            bounds.SSH_CONTAINER_BYTES,
            bounds.SSH_CONTAINER_SECONDS,
            whole=everything,
        )

    def evidence(self, pid: int, name: str, program: str | None) -> str | None:
        """Return why the process counts as an SSH server: ``name``, ``port`` or ``content``. None if nothing shows that
        it is one.

        Raises Unread if it listens and its program cannot be read.
        """
        if name in NAMES or program in NAMES:
            return "name"
        if not program:
            return None
        with self._budget.running():
            self._budget.check()
            ports, hidden = self._listens_on(pid)
            if SSH_PORT in ports:
                return "port"
            if (ports or hidden) and self._marked(pid):
                return "content"
            if hidden:
                raise Hidden(f"whether process {pid} takes connections cannot be told: {hidden}")
            return None

    def _marked(self, pid: int) -> bool:
        try:
            # The host reads a file once, in however many containers and under however many names it runs.
            return self._context.host.holds_text(f"/proc/{pid}/exe", list(_MARKS), self._budget)
        except Unread as gap:
            if gap.kind == "absent":
                return False
            raise

    def _listens_on(self, pid: int) -> tuple[set[int], str]:
        """Return the TCP ports on which the process listens, and the reason why there may be more."""
        ports, hidden = self._thread_listens_on(pid)
        for thread in self._threads_with_other_files(pid):
            self._budget.check()
            more, reason = self._thread_listens_on(thread)
            ports |= more
            hidden = hidden or reason
        return ports, hidden

    def _threads_with_other_files(self, pid: int) -> list[int]:
        """Return one thread for each table of open files that the process has beside that of this thread. A thread can make its
        own, and no other shows what is open there."""
        try:
            threads = [int(name) for name in self._context.host.list_directory(f"/proc/{pid}/task") if name.isdigit()]
        except Unread as gap:
            if gap.kind == "absent":
                return []  # ended meanwhile
            raise
        tables = [pid]
        for thread in sorted(threads):
            self._budget.check()
            if thread != pid and not any(self._shares_files(thread, other) for other in tables):
                tables.append(thread)
        return tables[1:]

    def _shares_files(self, thread: int, other: int) -> bool:
        try:
            return self._context.host.shares_open_files(thread, other)
        except Unread:
            return False  # it is looked at for itself

    def _thread_listens_on(self, pid: int) -> tuple[set[int], str]:
        try:
            sockets = sockets_of(self._context.host, pid)
            if not sockets:
                return set(), ""
            asked_ports = self._ask_each(pid, sockets)
            if asked_ports is not None:
                return asked_ports, ""
            table = self._table(pid)
            ports = {port for inode, port in table.items() if inode in sockets and port is not None}
            asked = [self._ask(pid, inode, name) for inode, name in sockets.items() if inode not in table]
        except Unread as gap:
            if gap.kind == "absent":
                return set(), ""  # ended meanwhile
            raise
        ports.update(port for port, _hidden in asked if port is not None)
        return ports, next((hidden for _port, hidden in asked if hidden), "")

    def _ask_each(self, pid: int, sockets: dict[str, str]) -> set[int] | None:
        """Return the ports on which the sockets listen, from the sockets themselves. None if one does not tell, or if there
        are so many that the table takes less time.

        The kernel walks a table that grows with the memory of the host to show the sockets of one namespace.
        """
        if len(sockets) > _FEW_SOCKETS:
            return None
        host = self._context.host
        ports = set()
        for inode, descriptor in sockets.items():
            self._budget.check()
            try:
                protocol = host.socket_protocol(f"/proc/{pid}/fd/{descriptor}")
                if not protocol:
                    return None
                port = None if protocol in _NO_SERVERS else host.listening_port(pid, int(descriptor), int(inode))
            except Unread:
                return None
            if port is not None:
                ports.add(port)
        return ports

    def _table(self, pid: int) -> dict[str, int | None]:
        """Return the TCP sockets of the network namespace of a process. Each namespace is read once."""
        namespace = self._context.host.read_link(f"/proc/{pid}/ns/net")
        table: dict[str, int | None] = self._context.once(
            f"tcp:{namespace}", lambda: tcp_sockets(self._context.host, pid)
        )
        return table

    def _ask(self, pid: int, inode: str, descriptor: str) -> tuple[int | None, str]:
        """Return the port of a socket that the table of the namespace does not show, or the reason why it is not known.
        No table shows sockets that are closed or not yet connected."""
        self._budget.check()
        host = self._context.host
        try:
            if host.socket_protocol(f"/proc/{pid}/fd/{descriptor}") in _NO_SERVERS:
                return None, ""
            return host.listening_port(pid, int(descriptor), int(inode)), ""
        except Unread as gap:
            if gap.kind == "unsupported":
                return self._look_elsewhere(inode, gap.reason)
            return None, gap.reason if self._still_holds(pid, inode, descriptor) else ""

    def _still_holds(self, pid: int, inode: str, descriptor: str) -> bool:
        try:
            return self._context.host.read_link(f"/proc/{pid}/fd/{descriptor}") == f"socket:[{inode}]"
        except Unread as gap:
            return gap.kind != "absent"

    def _look_elsewhere(self, inode: str, reason: str) -> tuple[int | None, str]:
        """Do the same on a kernel before 5.6, with the tables of the host and of all processes of the container."""
        if not self._enters_namespaces():
            return None, ""
        for process in [1, *self._processes]:
            self._budget.check()
            try:
                table = self._table(process)
            except Unread as gap:
                if gap.kind == "absent":
                    continue
                raise
            if inode in table:
                return table[inode], ""
        return None, f"it holds a socket of a network namespace in which no process is, and {reason}"
