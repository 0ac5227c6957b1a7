# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the processes of a container hold and have open now: capabilities, users, ports, devices, files open for writing.

A fact is of all its processes. If one of them cannot be read, the fact is unread: a list that lacks something would take
from the container what it needs.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._daemon.sockets import bound_ports
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._host.model import DEVICES
from ansible_collections.seawall.docker.plugins.module_utils._host.process import capabilities_of, process_status
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import inside_of
from ansible_collections.seawall.docker.plugins.module_utils._userns.own_namespace import MAPS, read_map

# Of one container. More is a server with its own measures, or an attack on the auditor.
MAX_PROCESSES = 2_000
MAX_DESCRIPTORS = 50_000
# Every container has these, whatever it was given.
_USUAL_DEVICES = frozenset(
    f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty", "console", "ptmx")
)
_GONE = " (deleted)"


class Opened(t.NamedTuple):
    """What the processes have open: ``files`` for writing, by their paths in the container."""

    files: t.Set[str]
    devices: t.Set[str]


def take_from(context: Context, pids: list[int], facts: Facts) -> None:
    """Store what the statuses and sockets of the processes show in ``facts``."""
    facts.take("capabilities", lambda: _capabilities(context, pids))
    facts.take("users", lambda: _users(context, pids))
    facts.take("ports", lambda: _ports(context, pids))


def require_few(pids: list[int]) -> None:
    if len(pids) > MAX_PROCESSES:
        raise TooMuch(f"the container has more than {MAX_PROCESSES} processes, which were not looked at one by one")


def opened(context: Context, pids: list[int]) -> Opened:
    """Return what the processes have open. Raises Unread."""
    found = Opened(set(), set())
    seen = 0
    for pid in pids:
        names = _while_it_runs(context.host.list_directory, f"/proc/{pid}/fd") or []
        seen += len(names)
        if seen > MAX_DESCRIPTORS:
            raise TooMuch(f"the container has more than {MAX_DESCRIPTORS} files open, which were not looked at")
        for name in names:
            _while_it_runs(_take_descriptor, context, pid, name, found)
    return found


def _take_descriptor(context: Context, pid: int, name: str, found: Opened) -> None:
    place = f"/proc/{pid}/fd/{name}"
    target = context.host.read_link(place)
    if not target.startswith("/"):
        return  # a pipe or a socket
    path = target[: -len(_GONE)] if target.endswith(_GONE) else target
    kind = context.host.stat(place).type
    if kind in DEVICES:
        if path not in _USUAL_DEVICES and not path.startswith("/dev/pts/"):
            found.devices.add(path)
    elif kind == "file" and _is_for_writing(context.host.read_text(f"/proc/{pid}/fdinfo/{name}", 4096)):
        found.files.add(path)


def _is_for_writing(fdinfo: str) -> bool:
    flags = next((line.split()[1] for line in fdinfo.split("\n") if line.startswith("flags:")), "0")
    return int(flags, 8) & os.O_ACCMODE in (os.O_WRONLY, os.O_RDWR)


_T = t.TypeVar("_T")


def _while_it_runs(read: t.Callable[..., _T], *arguments: t.Any) -> _T | None:
    """What is read of a process, or None if it, or what it had open, is gone. Raises Unread."""
    try:
        return read(*arguments)
    except Unread as gap:
        if gap.kind == "absent":
            return None
        raise


def _statuses(context: Context, pids: list[int]) -> list[tuple[int, dict[str, str]]]:
    require_few(pids)
    found = [(pid, _while_it_runs(process_status, context.host, pid)) for pid in pids]
    return [(pid, status) for pid, status in found if status]


def _capabilities(context: Context, pids: list[int]) -> list[str]:
    held: set[str] = set()
    for pid, status in _statuses(context, pids):
        if "CapEff" not in status:
            raise Unread(f"/proc/{pid}/status does not show the process's capabilities")
        held |= set(capabilities_of(status["CapEff"]))
    return sorted(held)


def _users(context: Context, pids: list[int]) -> list[Document]:
    """The effective users and groups of the processes, as the container numbers them."""
    found: dict[tuple[int | None, int | None, int], int] = {}
    for pid, status in _statuses(context, pids):
        uid, gid = (_effective(pid, status, key) for key in ("Uid", "Gid"))
        maps = [_while_it_runs(read_map, context.host, str(pid), key) for key in MAPS]
        if maps[0] is not None and maps[1] is not None:
            key = (inside_of(maps[0], uid), inside_of(maps[1], gid), uid)
            found[key] = found.get(key, 0) + 1
    return [
        {"uid": uid, "gid": gid, "host_uid": host_uid, "processes": count}
        for (uid, gid, host_uid), count in sorted(found.items(), key=lambda item: item[0][2])
    ]


def _effective(pid: int, status: dict[str, str], key: str) -> int:
    numbers = status.get(key, "").split()
    if len(numbers) < 2 or not numbers[1].isdigit():
        raise Unread(f"/proc/{pid}/status does not show the process's user and group")
    return int(numbers[1])


def _ports(context: Context, pids: list[int]) -> list[Document]:
    require_few(pids)
    found: set[tuple[int, str]] = set()
    for pid in pids:
        found |= _while_it_runs(bound_ports, context.host, pid) or set()
    return [{"port": port, "protocol": protocol} for port, protocol in sorted(found)]
