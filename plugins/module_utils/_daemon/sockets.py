# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the sockets on which the daemon really listens, from the tables of the kernel."""

from __future__ import annotations

import ipaddress
import re
import sys
import typing as t
from collections import Counter

from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

_TCP_LISTEN = "0A"
# TCP_CLOSE, as the kernel shows a socket of UDP without a peer.
_UNCONNECTED = "07"
# __SO_ACCEPTCON, the flag of a unix socket that takes connections.
_UNIX_LISTENS = 0x10000


def listening_sockets(host: Host, pid: int) -> list[dict[str, t.Any]]:
    """Return every TCP and unix socket on which the process listens. Raises Unread."""
    inodes = socket_inodes(host, pid)
    found = []
    for protocol in ("tcp", "tcp6"):
        for line in _table(host, pid, protocol):
            fields = line.split()
            if len(fields) > 9 and fields[3] == _TCP_LISTEN and fields[9] in inodes:
                address, _colon, port = fields[1].partition(":")
                found.append({"protocol": protocol, "address": _address(address), "port": int(port, 16), "path": None})
    found += [
        {"protocol": "unix", "address": None, "port": None, "path": path} for path in _unix_listeners(host, pid, inodes)
    ]
    return sorted(
        found, key=lambda entry: (entry["protocol"], entry["address"] or "", entry["port"] or 0, entry["path"] or "")
    )


def unix_listeners(host: Host, pid: int) -> list[str]:
    """Return the paths of the unix sockets on which the process listens, in order. Raises Unread."""
    return sorted(path for path in _unix_listeners(host, pid, socket_inodes(host, pid)) if path)


def tcp_sockets(host: Host, pid: int) -> dict[str, int | None]:
    """Return every TCP socket in the network namespace of the process by its number, with its port if it listens."""
    found: dict[str, int | None] = {}
    for protocol in ("tcp", "tcp6"):
        for line in _table(host, pid, protocol):
            fields = line.split()
            if len(fields) > 9:
                listens = fields[3] == _TCP_LISTEN
                found[fields[9]] = int(fields[1].partition(":")[2], 16) if listens else None
    return found


def bound_ports(host: Host, pid: int) -> set[tuple[int, str]]:
    """Return the ports on which the process takes connections, or datagrams of anybody, each with its protocol. Raises
    Unread."""
    inodes = socket_inodes(host, pid)
    found = set()
    for table, state in (("tcp", _TCP_LISTEN), ("tcp6", _TCP_LISTEN), ("udp", _UNCONNECTED), ("udp6", _UNCONNECTED)):
        for line in _table(host, pid, table) if inodes else []:
            fields = line.split()
            if len(fields) > 9 and fields[3] == state and fields[9] in inodes:
                found.add((int(fields[1].partition(":")[2], 16), table[:3]))
    return found


def _unix_listeners(host: Host, pid: int, inodes: set[str]) -> list[str | None]:
    return [row.path for row in _unix_sockets(host, pid, lambda one: one.inode in inodes) if row.listens]


def listening_inodes(host: Host, pid: int | str, path: str) -> set[str]:
    """Return the numbers of the unix sockets that listen at the path, in the network namespace of a process. Raises
    Unread."""
    wanted = host.real_path(path)
    name = wanted.rpartition("/")[2]

    def is_there(one: _UnixSocket) -> bool:
        if one.path is None or not one.listens or not one.path.endswith(f"/{name}"):
            return False
        return one.path in (path, wanted) or host.real_path(one.path) == wanted

    return {one.inode for one in _unix_sockets(host, pid, is_there)}


def socket_inodes(host: Host, pid: int) -> set[str]:
    """Return the numbers of the sockets that the process has open."""
    return set(sockets_of(host, pid))


def sockets_of(host: Host, pid: int) -> dict[str, str]:
    """Return the sockets that the process has open by their numbers, each with one descriptor."""
    inodes = {}
    for name in host.list_directory(f"/proc/{pid}/fd"):
        try:
            target = host.read_link(f"/proc/{pid}/fd/{name}")
        except Unread as gap:
            if gap.kind == "absent":
                continue  # closed since it was listed
            raise
        if target.startswith("socket:["):
            inodes[target[8:-1]] = name
    return inodes


class _UnixSocket(t.NamedTuple):
    inode: str
    listens: bool
    path: t.Optional[str]


# Address, references, protocol, flags, type, state, number, path.
_UNIX_ROW = re.compile(
    r"\S+: [0-9A-F]{8} [0-9A-F]{8} ([0-9A-F]{8}) [0-9A-F]{4} [0-9A-F]{2} +([0-9]+)(?: (.*))?", re.DOTALL
)


def _unix_sockets(host: Host, pid: int | str, wanted: t.Callable[[_UnixSocket], bool]) -> list[_UnixSocket]:
    """Return the wanted rows of the kernel's list of unix sockets.

    The kernel writes the path of a socket as it is, so any user can add rows to the list by a path with line feeds. Such a row is
    a second one for the number of the socket that it is about. Raises Unread where that is a wanted one.
    """
    rows = []
    for line in _table(host, pid, "unix"):
        row = _UNIX_ROW.fullmatch(line)
        if row is not None:
            flags, inode, path = row.groups()
            rows.append(_UnixSocket(inode, bool(int(flags, 16) & _UNIX_LISTENS), path))
    found = [one for one in rows if wanted(one)]
    times = Counter(one.inode for one in rows)
    for one in found:
        if times[one.inode] > 1:
            raise Unread(
                f"the kernel's list of unix sockets has the socket {one.inode} twice: the path of one holds a line feed"
            )
    return found


def _table(host: Host, pid: int | str, protocol: str) -> list[str]:
    try:
        return host.read_text(f"/proc/{pid}/net/{protocol}", bounds.SOCKET_TABLE_BYTES).split("\n")[1:]
    except Unread as gap:
        if gap.kind == "absent" and protocol in ("tcp6", "udp6"):
            return []  # a kernel without IPv6
        raise


def _address(text: str) -> str:
    """Parse an address. The kernel writes it as 32-bit words in the byte order of the machine."""
    words = [text[start : start + 8] for start in range(0, len(text), 8)]
    raw = b"".join(int(word, 16).to_bytes(4, t.cast(t.Any, sys.byteorder)) for word in words)
    return str(ipaddress.ip_address(raw))
