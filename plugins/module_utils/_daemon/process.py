# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the daemon's process: its start, its arguments, and the files with these arguments."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import units
from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_records import identity_in
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import split_arguments
from ansible_collections.seawall.docker.plugins.module_utils._daemon.loaded_units import LoadedUnit, loaded_unit
from ansible_collections.seawall.docker.plugins.module_utils._host.moments import text_of_seconds
from ansible_collections.seawall.docker.plugins.module_utils._host.process import process_status_value, stat_fields
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._host.wildcards import matches

# Files of variables that are read outside systemd.
DEFAULTS = {"sysvinit": "/etc/default/docker", "openrc": "/etc/conf.d/docker"}
# Times of the kernel and of systemd are whole seconds.
_CLOCK_SECONDS = 2.0


class Process(t.NamedTuple):
    """A running daemon. ``root`` is the prefix of its own files. ``started`` is in seconds since 1970. If it is not
    known, it is None, and ``started_gap`` is the reason."""

    pid: int
    source: str
    user_id: t.Optional[int]
    started: t.Optional[float]
    arguments: t.List[str]
    root: str
    # Which process this is for as long as it lives, whatever happens to clocks; None where the kernel did not tell.
    identity: t.Optional[str] = None
    started_gap: str = ""


class Units(t.NamedTuple):
    manager: t.Optional[str]
    unit: t.Optional[str]
    files: t.List[units.UnitFile]
    socket_unit: t.Optional[str]
    socket_files: t.List[units.UnitFile]
    # What systemd ends besides the daemon when it stops the unit; None where another program starts the daemon.
    kill_mode: t.Optional[str] = None
    # Paths of files with variables as systemd reads them, in order. They can contain wildcards.
    environment_files: t.Sequence[str] = ()
    # Whether unit files were changed since systemd read them; None if systemd does not say so.
    reload_needed: t.Optional[bool] = None
    # What systemd starts: its program, its arguments before variables are replaced, and the variables of the unit.
    program: t.Optional[str] = None
    command: t.Optional[str] = None
    environment: t.Optional[t.Dict[str, str]] = None
    # The units that systemd stops with the unit, active or not, and the sockets that start it.
    stopped_with: t.Sequence[str] = ()
    sockets: t.Sequence[str] = ()


def find_process(context: Context) -> Process:
    """Return the daemon behind the API. Raises Unread if there is none, or if no process is shown to be it."""
    host = context.host
    pid = context.daemon_pid()
    source = context.location.pid_source or "api_socket"
    arguments = split_arguments(host.read_bytes(f"/proc/{pid}/cmdline"))
    if not arguments:
        raise Unread(f"process {pid} has ended")
    try:
        user_id: int | None = int(process_status_value(host, pid, "Uid").split()[0])
    except (IndexError, Unread, ValueError):
        user_id = None
    started: float | None = None
    started_gap = ""
    try:
        started = start_time(context, pid)
    except Unread as gap:
        started_gap = gap.reason
    try:
        identity = identity_in(pid, host.read_text(f"/proc/{pid}/stat"))
    except Unread:
        identity = None
    return Process(pid, source, user_id, started, arguments[1:], _root(context, pid), identity, started_gap)


def process_to_change(context: Context) -> Process:
    """Return the daemon behind the API for modules that change this host. It is searched once in each context. Raises
    Unread."""
    return context.once("process_to_change", lambda: find_process(context))


def start_time(context: Context, pid: int) -> float:
    """Return when the process started, in seconds since 1970, with a precision of about a second.

    Raises Unread where the clock, or systemd for the process that it started, contradicts. In a container /proc/stat may
    show when the container started, but the start of a process counts from the start of the kernel.
    """
    host = context.host
    fields = stat_fields(host, pid)
    boot = context.once("boot_time", lambda: _boot_time(host))
    if len(fields) < 20 or not boot:
        raise Unread("the kernel does not say when the daemon started")
    started = int(boot[0]) + int(fields[19]) / host.clock_ticks()
    clocks = host.clocks()
    if abs(int(boot[0]) - (clocks.now - clocks.uptime)) > _CLOCK_SECONDS:
        shown, real = text_of_seconds(int(boot[0])), text_of_seconds(clocks.now - clocks.uptime)
        raise Unread(f"/proc/stat says that the kernel started at {shown}, and by its clock it started at {real}")
    if started > clocks.now + _CLOCK_SECONDS:
        raise Unread(
            f"process {pid} started at {text_of_seconds(started)} by /proc/{pid}/stat, which lies in the future"
        )
    _compare_with_systemd(context, pid, started)
    return started


def _boot_time(host: Host) -> list[str]:
    """The seconds since 1970 at which the kernel started, as it writes them; empty where it does not say."""
    return [line.split()[1] for line in host.read_text("/proc/stat").split("\n") if line.startswith("btime ")]


def _compare_with_systemd(context: Context, pid: int, started: float) -> None:
    """Raise Unread where systemd started the process at another time by the clock of that time. The clock was set since,
    so that times of files before and after cannot be compared."""
    if context.location.unit is None or context.location.manager == "rootless":
        return
    try:
        unit = loaded_unit(context, context.location.unit)
    except Unread:
        return
    if unit.main_pid != pid or unit.started is None:
        return
    # A program that starts another one and ends: systemd learns of the other one only afterwards.
    later = _CLOCK_SECONDS if not unit.forks else float("inf")
    if not unit.started - later <= started <= unit.started + _CLOCK_SECONDS:
        shown, real = text_of_seconds(started), text_of_seconds(unit.started)
        raise Unread(
            f"process {pid} started at {shown} by the kernel, and at {real} by systemd: the clock was set since"
        )


def _root(context: Context, pid: int) -> str:
    """Return the prefix of the daemon's own files. In another mount namespace the same path can be another file."""
    host = context.host
    try:
        if host.read_link(f"/proc/{pid}/ns/mnt") == host.read_link("/proc/self/ns/mnt"):
            return ""
        # Rootless daemons see the same home directory; their /etc is a copy of links.
        return f"/proc/{pid}/root"
    except Unread:
        return ""


def find_units(context: Context) -> Units:
    """Return the service and socket units with their drop-ins, in the order in which systemd applies them."""
    location = context.location
    if location.manager not in ("systemd", "snap") or not location.unit:
        return Units(location.manager, None, [], None, [])
    service = loaded_unit(context, location.unit)
    socket_files: list[units.UnitFile] = []
    for name in service.sockets:
        socket_files += _unit_files(context, loaded_unit(context, name), "socket")
    return Units(
        location.manager,
        location.unit,
        _unit_files(context, service, "systemd"),
        service.sockets[0] if service.sockets else None,
        socket_files,
        service.kill_mode,
        service.environment_files,
        service.reload_needed,
        service.program,
        service.command,
        service.environment,
        service.stopped_with,
        service.sockets,
    )


def _unit_files(context: Context, unit: LoadedUnit, kind: str) -> list[units.UnitFile]:
    found = []
    for path in [unit.fragment, *unit.drop_ins]:
        if not path:
            continue
        try:
            text = context.host.read_text(path)
        except Unread:
            text = ""
        unit_kind = "socket_unit" if kind == "socket" else "systemd_unit" if path == unit.fragment else "systemd_dropin"
        found.append(units.UnitFile(path, unit_kind, text))
    return found


def written_arguments(context: Context, found: Units) -> list[units.Argument]:
    """Return the arguments in the files of the service, each with its file. Systemd says what it made of the command."""

    def read_text(path: str) -> str | None:
        try:
            return context.host.read_text(path)
        except Unread:
            return None

    if found.files:
        paths = _environment_files(context, found)
        return units.command_arguments(found.files, paths, read_text, found.command, found.environment)
    path = DEFAULTS.get(found.manager or "")
    if path is None:
        return []
    variables = units.variables_of(read_text(path) or "")
    return [units.Argument(word, "environment_file", path) for word in units.words_of(variables.get("DOCKER_OPTS", ""))]


def _environment_files(context: Context, found: Units) -> list[str]:
    paths: list[str] = []
    for pattern in found.environment_files:
        try:
            paths += matches(context.host, pattern).paths
        except Unread:
            continue
    return paths


def process_document(context: Context, process: Process | None, found: Units) -> dict[str, t.Any]:
    """Return ``process`` of the posture, and its ``unread``."""
    facts = Facts(
        pid=process.pid if process else None,
        source=process.source if process else None,
        manager=found.manager,
        unit=found.unit,
        unit_files=[file.path for file in found.files],
        socket_unit=found.socket_unit,
        socket_unit_files=[file.path for file in found.socket_files],
        user_id=process.user_id if process else None,
        started_at=text_of_seconds(process.started) if process and process.started is not None else None,
        identity=process.identity if process else None,
        agreement=context.agreement,
        kill_mode=found.kill_mode,
    )
    if process is not None:
        hidden = f"the kernel does not show it for process {process.pid}"
        for key, value, reason in (
            ("user_id", process.user_id, hidden),
            ("started_at", process.started, process.started_gap or hidden),
            ("identity", process.identity, hidden),
        ):
            if value is None:
                facts.values.pop(key)
                facts.miss(key, reason)
        facts.take("limits", lambda: {"nofile": open_files_limit(context.host, process.pid)})
    return facts.document()


def open_files_limit(host: Host, pid: int) -> dict[str, int | None]:
    """Return ``soft`` and ``hard``, the limits of open files of a process. None means no limit. Raises Unread."""
    text = host.read_text(f"/proc/{pid}/limits", 65536)
    found = re.search(r"^Max open files +(\d+|unlimited) +(\d+|unlimited)", text, re.MULTILINE)
    if found is None:
        raise Unread(f"/proc/{pid}/limits does not show how many files the process may have open")
    soft, hard = (int(word) if word.isdigit() else None for word in found.groups())
    return {"soft": soft, "hard": hard}
