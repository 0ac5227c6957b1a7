# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which daemon an audit is about: its process, what manages it, and the address of its API.

The process is the one that the service manager or the pid file names, or that the kernel names as the peer of
the API socket, and it must be a daemon of root. It is never looked for by name: any user can run a program called dockerd.
An engine of another user is never taken for the host's. It is audited where its address is given, or by its own user.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.identity import ROOT, is_daemon_of
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

SYSTEM_SOCKETS = ("/run/docker.sock", "/var/run/docker.sock")
SYSTEM_PID_FILES = ("/run/docker.pid", "/var/run/docker.pid")
SYSTEMD_UNITS = ("docker.service", "snap.docker.dockerd.service")
_RUNTIME_DIRECTORIES = "/run/user"
ENGINE_PROGRAMS = ("dockerd", "/usr/bin/dockerd", "/usr/sbin/dockerd", "/usr/local/bin/dockerd", "/snap/bin/docker")


class Location(t.NamedTuple):
    """``state`` is ``running`` (a process or an address to ask), ``stopped`` (installed, not running) or ``absent``.

    ``manager`` is ``systemd``, ``sysvinit``, ``openrc``, ``snap``, ``rootless`` or ``none``; None where unknown.
    ``pid_source`` is ``systemd``, ``pid_file``, ``api_socket`` or None.
    """

    state: str
    address: t.Optional[str]
    address_origin: str
    local: bool
    pid: t.Optional[int]
    pid_source: t.Optional[str]
    manager: t.Optional[str]
    unit: t.Optional[str]
    reason: str


def systemd_properties(host: Host, unit: str, *names: str) -> dict[str, str]:
    """Properties of a unit as systemd shows them; empty where systemd does not run."""
    if not host.exists("/run/systemd/system"):
        return {}
    arguments = ["show", unit] + [f"--property={name}" for name in names]
    try:
        result = host.run("systemctl", *arguments)
    except Unread as gap:
        if gap.kind == "absent":
            return {}
        raise
    properties: dict[str, str] = {}
    for line in result.output.splitlines():
        key, equals, value = line.partition("=")
        if equals and key in names:
            properties[key] = f"{properties[key]}\n{value}" if key in properties else value
    return properties


def pid_from_file(host: Host, path: str, owner: int = ROOT) -> int | None:
    """The living daemon of the user ``owner`` that a pid file names, or None.

    A pid file outlives a daemon that was killed, and its number may be given to a process of somebody else.
    """
    try:
        text = host.read_text(path, 64).strip()
    except Unread:
        return None
    if not re.fullmatch(r"[1-9]\d{0,9}", text) or not is_daemon_of(host, int(text), owner):
        return None
    return int(text)


def _service_manager(host: Host, pid: int | None, unit_pid: int | None) -> str | None:
    if pid is not None and pid == unit_pid:
        return "systemd"
    if host.exists("/run/systemd/system"):
        # systemd runs, but this daemon is not its unit's.
        return "none" if pid is not None else "systemd"
    if host.exists("/run/openrc") and host.exists("/etc/init.d/docker"):
        return "openrc"
    if host.exists("/etc/init.d/docker") and host.read_text("/proc/1/comm").strip() == "init":
        return "sysvinit"
    return "none"


def user_engines(host: Host) -> list[dict[str, t.Any]]:
    """``uid``, ``name`` and ``address`` of the sockets at which users offer engines of their own, ordered by uid.

    Who listens there is not asked: connecting could start a program. Raises Unread where that cannot be looked at.
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
    """The rootless engine of the user with whose rights this runs; never that of another user."""
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
        return Location("running", f"unix://{path}", "rootless", True, pid, source, "rootless", None, "")
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
        return Location("running", docker_host, "option", False, None, None, None, None, "")
    if docker_host and not _is_system_socket(host, docker_host):
        # Only the kernel can say who serves it.
        own = _own_rootless(host)
        if own is not None and own.address == f"unix://{host.real_path(_path_of(docker_host))}":
            return own._replace(address=docker_host, address_origin="option")
        return Location("running", docker_host, "option", True, None, None, None, None, "")

    unit, unit_pid, unit_state = None, None, ""
    for name in SYSTEMD_UNITS:
        properties = systemd_properties(host, name, "LoadState", "ActiveState", "MainPID")
        if properties.get("LoadState") == "loaded":
            unit = name
            unit_state = properties.get("ActiveState", "")
            main = properties.get("MainPID", "0")
            unit_pid = int(main) if main.isdigit() and main != "0" else None
            break

    pid, source = None, None
    if unit_pid is not None and is_daemon_of(host, unit_pid, ROOT):
        pid, source = unit_pid, "systemd"
    else:
        unit_pid = None
        for path in SYSTEM_PID_FILES:
            pid = pid_from_file(host, path)
            if pid is not None:
                source = "pid_file"
                break

    if docker_host:
        address, origin = docker_host, "option"
    else:
        address, origin = f"unix://{SYSTEM_SOCKETS[1]}", "default"
        if pid is not None:
            configured = _unix_listener(host, pid)
            if configured:
                address, origin = configured, "daemon"

    manager = _service_manager(host, pid, unit_pid)
    if unit and unit.startswith("snap.") and manager == "systemd":
        manager = "snap"
    if pid is None:
        own = _own_rootless(host) if not docker_host else None
        if own is not None:
            return own
        socket_path = _path_of(address)
        if unit and unit_state in ("inactive", "failed"):
            reason = f"the Docker Engine is installed but does not run ({unit} is {unit_state})"
            return Location("stopped", address, origin, True, None, None, manager, unit, reason)
        if not host.exists(socket_path):
            if _installed(host):
                reason = "the Docker Engine is installed but does not run"
                return Location("stopped", address, origin, True, None, None, manager, unit, reason)
            return Location("absent", None, origin, True, None, None, None, None, "this host has no Docker Engine")
    return Location("running", address, origin, True, pid, source, manager, unit, "")


def _unix_listener(host: Host, pid: int) -> str | None:
    """The first unix address in the daemon's own arguments."""
    try:
        arguments = host.read_bytes(f"/proc/{pid}/cmdline", 1024 * 1024).decode("utf-8", "replace").split("\0")
    except Unread:
        return None
    for position, argument in enumerate(arguments):
        value = ""
        if argument in ("-H", "--host") and position + 1 < len(arguments):
            value = arguments[position + 1]
        elif argument.startswith("--host="):
            value = argument[len("--host=") :]
        elif argument.startswith("-H") and len(argument) > 2:
            value = argument[2:].lstrip("=")
        if value.startswith("unix://") and len(value) > len("unix://"):
            return value
    return None
