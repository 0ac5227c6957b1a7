# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the daemon that is audited: its process, its service manager, and the address of its API.

The process is the one that the service manager or the pid file names, until the engine answers and the kernel shows the
process behind the API socket (``serving``). It must be a daemon of root. Processes are not searched by name, since any
user can run a program called dockerd. An engine of another user does not count as the host's. It is audited only if its
address is given, or by its own user.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.api_address import SYSTEM_SOCKETS, api_socket
from ansible_collections.seawall.docker.plugins.module_utils._daemon.identity import ROOT, is_daemon_of
from ansible_collections.seawall.docker.plugins.module_utils._daemon.service_units import (
    INIT_SCRIPT,
    Service,
    docker_services,
    failed_units,
    main_pid_behind,
    systemd_runs,
    unit_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.sockets import listening_inodes, socket_inodes
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

SYSTEM_PID_FILES = ("/run/docker.pid", "/var/run/docker.pid")
_RUNTIME_DIRECTORIES = "/run/user"
ENGINE_PROGRAMS = ("dockerd", "/usr/bin/dockerd", "/usr/sbin/dockerd", "/usr/local/bin/dockerd", "/snap/bin/docker")


class Location(t.NamedTuple):
    """``state`` is ``running`` (a process or an address to ask), ``stopped`` (installed, not running) or ``absent``.

    ``manager`` is ``systemd``, ``sysvinit``, ``openrc``, ``snap``, ``rootless`` or ``none``; None if it is not known.
    ``pid_source`` is ``systemd``, ``pid_file``, ``api_socket`` or None.
    """

    state: str
    address: t.Optional[str]
    address_origin: str
    local: bool
    pid: t.Optional[int] = None
    pid_source: t.Optional[str] = None
    manager: t.Optional[str] = None
    unit: t.Optional[str] = None
    reason: str = ""


def pid_from_file(host: Host, path: str, owner: int = ROOT) -> int | None:
    """Return the running daemon of the user ``owner`` that a pid file names, or None.

    The pid file of a killed daemon remains, and another process may get its number.
    """
    try:
        text = host.read_text(path, 64).strip()
    except Unread:
        return None
    if not re.fullmatch(r"[1-9]\d{0,9}", text) or not is_daemon_of(host, int(text), owner):
        return None
    return int(text)


def manager_of(host: Host, pid: int | None, unit: str | None) -> str:
    """Return the service manager of the daemon ``pid``, which ``unit`` runs. If no daemon runs, return what would start
    it."""
    if unit is not None:
        return "snap" if unit.startswith("snap.") else "systemd"
    if systemd_runs(host):
        # systemd runs, but this daemon is no unit's.
        return "none" if pid is not None else "systemd"
    if pid is not None and pid not in [pid_from_file(host, path) for path in SYSTEM_PID_FILES]:
        return "none"
    if host.exists("/run/openrc") and host.exists(INIT_SCRIPT):
        return "openrc"
    if host.exists(INIT_SCRIPT) and host.read_text("/proc/1/comm").strip() == "init":
        return "sysvinit"
    return "none"


def user_engines(host: Host) -> list[dict[str, t.Any]]:
    """Return ``uid``, ``name`` and ``address`` of the sockets at which users offer their own engines, in the order of
    uid.

    Nothing connects to them, since this could start a program. Raises Unread if the directories cannot be read.
    """
    try:
        names = host.list_directory(_RUNTIME_DIRECTORIES)
    except Unread as gap:
        if gap.kind == "absent":
            return []
        raise
    found = []
    for name in names:
        if not re.fullmatch(r"[1-9]\d{0,9}", name) or not _is_socket_of(host, _user_socket(int(name)), int(name)):
            continue
        account = host.account(int(name))
        found.append(
            {
                "uid": int(name),
                "name": account.name if account else None,
                "address": f"unix://{_user_socket(int(name))}",
            }
        )
    return sorted(found, key=lambda one: int(one["uid"]))


def _user_socket(uid: int) -> str:
    return f"{_RUNTIME_DIRECTORIES}/{uid}/docker.sock"


def _is_socket_of(host: Host, path: str, uid: int) -> bool:
    try:
        status = host.stat(path, False)
    except Unread as gap:
        if gap.kind == "absent":
            return False
        raise
    return status.type == "socket" and status.uid == uid


def _own_rootless(host: Host) -> Location | None:
    """Return the rootless engine of the user with whose rights this runs, and of no other user."""
    uid = host.effective_uid()
    if uid == ROOT:
        return None
    # Who became another user may still have the environment of the first one.
    for directory in (host.environment("XDG_RUNTIME_DIR") or "", f"{_RUNTIME_DIRECTORIES}/{uid}"):
        path = f"{directory}/docker.sock"
        try:
            if not directory.startswith("/") or not _is_socket_of(host, path, uid):
                continue
        except Unread:
            continue
        pid = pid_from_file(host, f"{directory}/docker.pid", uid)
        source = "pid_file" if pid else None
        return Location("running", f"unix://{path}", "rootless", True, pid, source, "rootless")
    return None


def _installed(host: Host) -> bool:
    return any(host.exists(program) for program in ENGINE_PROGRAMS if program.startswith("/"))


def _path_of(address: str) -> str:
    return address[len("unix://") :]


def _is_system_socket(host: Host, address: str) -> bool:
    return host.real_path(_path_of(address)) in [host.real_path(known) for known in SYSTEM_SOCKETS]


def locate(host: Host, docker_host: str | None) -> Location:
    """Find the daemon that ``docker_host`` means, or this host's daemon where it is None.

    Never connects: a stopped engine behind a systemd socket would be started by that.
    """
    if docker_host and not docker_host.startswith("unix://"):
        return Location("running", docker_host, "option", local=False)
    if docker_host and not _is_system_socket(host, docker_host):
        # Only the kernel can say who serves it.
        own = _own_rootless(host)
        if own is not None and own.address == f"unix://{host.real_path(_path_of(docker_host))}":
            return own._replace(address=docker_host, address_origin="option")
        return Location("running", docker_host, "option", local=True)

    services = docker_services(host)
    pid, source = _named_daemon(host, services)
    address, origin = docker_host or f"unix://{SYSTEM_SOCKETS[1]}", "option" if docker_host else "default"
    if pid is not None:
        configured = api_socket(host, pid) if not docker_host else None
        if configured not in (None, SYSTEM_SOCKETS[1]):
            address, origin = f"unix://{configured}", "daemon"
        unit = unit_of(host, pid)
        return Location("running", address, origin, True, pid, source, manager_of(host, pid, unit), unit)

    own = _own_rootless(host) if not docker_host else None
    if own is not None:
        return own
    loaded = services[0] if services and (_installed(host) or not services[0].generated) else None
    unit = loaded.name if loaded is not None else None
    manager = manager_of(host, None, unit)
    there = host.exists(_path_of(address))
    holder = _holder_of(host, _path_of(address)) if there else None
    if loaded is not None and loaded.state in ("inactive", "failed") and holder != "process":
        state = failed_units(host, loaded.name) or f"{unit} is {loaded.state}"
        reason = f"the Docker Engine is installed but does not run ({state})"
        return Location("stopped", address, origin, local=True, manager=manager, unit=unit, reason=reason)
    if there and not (holder == "systemd" and loaded is None and _installed(host)):
        # A unit that does not run is not the one that serves this.
        if holder == "process":
            return Location("running", address, origin, local=True)
        return Location("running", address, origin, local=True, manager=manager, unit=unit)
    if _installed(host):
        reason = "the Docker Engine is installed but does not run"
        return Location("stopped", address, origin, local=True, manager=manager, unit=unit, reason=reason)
    return Location("absent", None, origin, local=True, reason="this host has no Docker Engine")


def _named_daemon(host: Host, services: list[Service]) -> tuple[int | None, str | None]:
    """Return root's daemon as a unit, a pid file, or the service behind systemd's socket names it, and which of them
    does."""
    for service in services:
        if service.main_pid is not None and is_daemon_of(host, service.main_pid, ROOT):
            return service.main_pid, "systemd"
    for path in SYSTEM_PID_FILES:
        pid = pid_from_file(host, path)
        if pid is not None:
            return pid, "pid_file"
    if systemd_runs(host) and host.exists(SYSTEM_SOCKETS[1]):
        pid = main_pid_behind(host, SYSTEM_SOCKETS[1])
        if pid is not None and is_daemon_of(host, pid, ROOT):
            return pid, "systemd"
    return None, None


def _holder_of(host: Host, path: str) -> str | None:
    """Return who listens at the unix socket: ``systemd`` or ``process``. None if nobody does, or if this is not known."""
    try:
        listening = listening_inodes(host, "self", path)
        if not listening or not systemd_runs(host):
            return None
        return "systemd" if listening & socket_inodes(host, 1) else "process"
    except Unread:
        return None
