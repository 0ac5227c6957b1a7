# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a process is an SSH server, also under another name.

A name is what its owner chose. A server must listen, though; so of the processes that do, the port and what the program
is made of are looked at.
"""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.sockets import socket_inodes, tcp_listeners
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import Budget
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

NAMES = frozenset(("sshd", "sshd-session", "sshd-auth", "dropbear", "dropbearmulti", "tinysshd"))
SSH_PORT = 22
# Texts in the programs of OpenSSH's, Dropbear's and TinySSH's servers that clients and libraries do not hold.
_MARKS = ("sshd_config", "Dropbear server", "tinysshd")


class Search:
    """The search in the processes of one container, with a budget of its own: what one container makes expensive is
    unread for that container, and the others are searched."""

    def __init__(self, context: Context, container: str) -> None:
        self._context = context
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
        """Why the process counts as an SSH server: ``name``, ``port`` or ``content``; None where nothing says so.

        Raises Unread where it listens and its program cannot be looked into.
        """
        if name in NAMES or program in NAMES:
            return "name"
        if not program:
            return None
        with self._budget.running():
            self._budget.check()
            ports = _listens_on(self._context, pid)
            if SSH_PORT in ports:
                return "port"
            return "content" if ports and self._marked(pid) else None

    def _marked(self, pid: int) -> bool:
        try:
            # The host reads a file once, in however many containers and under however many names it runs.
            return self._context.host.holds_text(f"/proc/{pid}/exe", list(_MARKS), self._budget)
        except Unread as gap:
            if gap.kind == "absent":
                return False
            raise


def _listens_on(context: Context, pid: int) -> set[int]:
    """TCP ports on which the process takes connections. The tables are read once for each network namespace."""
    try:
        namespace = context.host.read_link(f"/proc/{pid}/ns/net")
        listeners: dict[str, int] = context.once(f"tcp:{namespace}", lambda: tcp_listeners(context.host, pid))
        if not listeners:
            return set()
        inodes = socket_inodes(context.host, pid)
    except Unread as gap:
        if gap.kind == "absent":
            return set()  # ended meanwhile
        raise
    return {port for inode, port in listeners.items() if inode in inodes}
