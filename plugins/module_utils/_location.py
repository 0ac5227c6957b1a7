# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which daemon an audit is about: its process, what manages it, and the address of its API.

The process is the one that the service manager or the pid file names, or that the kernel names as the peer of
the API socket. It is never looked for by name: any user can run a program called dockerd.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import Host
from ansible_collections.seawall.docker.plugins.module_utils._unread import Unread

SYSTEM_SOCKETS = ("/run/docker.sock", "/var/run/docker.sock")
SYSTEM_PID_FILES = ("/run/docker.pid", "/var/run/docker.pid")
SYSTEMD_UNITS = ("docker.service", "snap.docker.dockerd.service")
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


def is_daemon(host: Host, pid: int) -> bool:
    """Whether the process runs a program called dockerd (the kernel's own name for it, not its arguments)."""
    try:
        return host.read_text(f"/proc/{pid}/comm").strip() == "dockerd"
    except Unread:
        return False


def pid_from_file(host: Host, path: str) -> int | None:
    """The daemon that a pid file names, or None where it names none that lives."""
    try:
        text = host.read_text(path, 64).strip()
    except Unread:
        return None
    if not re.fullmatch(r"[1-9]\d{0,9}", text) or not is_daemon(host, int(text)):
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


def _rootless_directories(host: Host) -> list[str]:
    """Runtime directories that hold a rootless engine: the own one, for root everybody's."""
    # Who became another user may still have the environment of the first one.
    candidates = [host.environment("XDG_RUNTIME_DIR") or "", f"/run/user/{host.effective_uid()}"]
    if host.effective_uid() == 0:
        try:
            candidates += [f"/run/user/{name}" for name in host.list_directory("/run/user")]
        except Unread:
            return []
    found = []
    for directory in dict.fromkeys(candidates):
        try:
            if directory and host.exists(f"{directory}/docker.sock"):
                found.append(directory)
        except Unread:
            continue
    return found


def _installed(host: Host) -> bool:
    return any(host.exists(program) for program in ENGINE_PROGRAMS if program.startswith("/"))


def locate(host: Host, docker_host: str | None) -> Location:
    """Find the daemon that ``docker_host`` means, or this host's daemon where it is None.

    Never connects: a stopped engine behind a systemd socket would be started by that.
    Raises Unread where several rootless engines run and none was chosen.
    """
    if docker_host and not docker_host.startswith("unix://"):
        return Location("running", docker_host, "option", False, None, None, None, None, "")

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
    if unit_pid is not None and is_daemon(host, unit_pid):
        pid, source = unit_pid, "systemd"
    else:
        unit_pid = None
        for path in SYSTEM_PID_FILES:
            pid = pid_from_file(host, path)
            if pid is not None:
                source = "pid_file"
                break

    if docker_host:
        address = docker_host
        path = docker_host[len("unix://") :]
        if host.real_path(path) not in [host.real_path(known) for known in SYSTEM_SOCKETS]:
            # Somebody else's socket: only the kernel can say who serves it.
            return Location("running", address, "option", True, None, None, None, None, "")
        origin = "option"
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
        if not docker_host:
            rootless = _rootless_directories(host)
            if len(rootless) > 1:
                choices = ", ".join(f"unix://{directory}/docker.sock" for directory in rootless)
                raise Unread(f"several rootless engines run here; choose one with docker_host: {choices}")
            if rootless:
                pid = pid_from_file(host, f"{rootless[0]}/docker.pid")
                return Location(
                    "running",
                    f"unix://{rootless[0]}/docker.sock",
                    "rootless",
                    True,
                    pid,
                    "pid_file" if pid else None,
                    "rootless",
                    None,
                    "",
                )
        socket_path = address[len("unix://") :]
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
