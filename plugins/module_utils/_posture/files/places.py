# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find where the parts of this host's engine are: units, sockets, configuration, data root, programs.

Each function returns paths or raises Unread. None of them reads the content of a file.
"""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._daemon.loaded_units import (
    drop_in_names,
    loaded_unit,
    unit_directories,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.service_units import systemd_runs
from ansible_collections.seawall.docker.plugins.module_utils._host.model import DEVICES
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._host.wildcards import Matches, matches
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon import collect as daemon
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon import engine_info

CONFIG_DIRECTORY = "/etc/docker"
DEFAULTS_FILE = "/etc/default/docker"
SYSCONFIG_FILE = "/etc/sysconfig/docker"
SYSTEM_CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
# In the order in which systemd looks.
_UNIT_DIRECTORIES = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)


class UnitFiles(t.NamedTuple):
    """``fragment`` is the path of the unit. If the unit does not exist, it is the path where systemd would look for it."""

    fragment: str
    drop_ins: t.List[str]
    masked: bool = False


def daemon_section(context: Context) -> Document:
    """Return the section ``daemon`` of the posture with its ``unread``. It is collected once, at the first call."""
    section: Document = context.once("section:daemon", lambda: daemon.collect(context))
    return section


def daemon_fact(context: Context, *keys: str) -> t.Any:
    """Return one fact of the section ``daemon``. Raises Unread with the section's own reason if the fact is missing."""
    section = daemon_section(context)
    current: t.Any = section
    for depth, key in enumerate(keys):
        if not isinstance(current, dict) or key not in current:
            unread = section.get("unread") or {}
            for length in range(len(keys), 0, -1):
                reason = unread.get(".".join(keys[:length]))
                if reason:
                    raise Unread(reason)
            raise Unread(f"the daemon's {'.'.join(keys[: depth + 1])} is not known")
        current = current[key]
    return current


def service_unit(context: Context) -> UnitFiles:
    """Return the unit of the daemon as systemd loaded it. Without systemd, return where its file is or would be."""
    unit = context.location.unit
    found: UnitFiles = context.once("service_unit", lambda: _unit_files(context, unit, unit or "docker.service"))
    return found


def socket_unit(context: Context) -> UnitFiles:
    """Return the unit of the API socket, in the same way as ``service_unit``."""
    name = _socket_unit_name(context)
    found: UnitFiles = context.once("socket_unit", lambda: _unit_files(context, name, name or "docker.socket"))
    return found


def _socket_unit_name(context: Context) -> str | None:
    if context.location.unit is None:
        return None
    sockets = loaded_unit(context, context.location.unit).sockets
    return sockets[0] if sockets else None


def _unit_files(context: Context, unit: str | None, name: str) -> UnitFiles:
    context.require_local()
    if unit is not None:
        found = loaded_unit(context, unit)
        if not found.fragment:
            raise Unread(f"systemd does not say in which file {unit} is")
        return UnitFiles(found.fragment, found.drop_ins, found.masked)
    # What systemd would start is not what runs.
    started_otherwise = context.location.pid is not None and systemd_runs(context.host)
    for directory in _UNIT_DIRECTORIES:
        path = f"{directory}/{name}"
        if not context.host.exists(path):
            continue
        masked = context.host.stat(path).type in DEVICES
        if started_otherwise and not masked:
            raise Unread(f"{path} did not start the daemon (process {context.location.pid})")
        return UnitFiles(path, [], masked)
    return UnitFiles(f"/usr/lib/systemd/system/{name}", [])


def service_drop_in_directories(context: Context) -> list[str]:
    return _drop_in_directories(context, context.location.unit, service_unit(context))


def socket_drop_in_directories(context: Context) -> list[str]:
    return _drop_in_directories(context, _socket_unit_name(context), socket_unit(context))


def _drop_in_directories(context: Context, name: str | None, unit: UnitFiles) -> list[str]:
    """Return the directories in which systemd looks for drop-ins of a unit; none without systemd. A new drop-in there
    is used at the next start.

    Of those that do not exist there is one for each directory of units, since all of them are made by whoever can write
    there.
    """
    if name is None or unit.masked:
        return []
    names = drop_in_names(loaded_unit(context, name).names)
    found = []
    for directory in unit_directories(context):
        present = [f"{directory}/{one}" for one in names if context.host.exists(f"{directory}/{one}")]
        found += present or [f"{directory}/{names[0]}"]
    return _distinct(context, found)


def environment_files(context: Context) -> list[str]:
    """Return the environment files of the daemon's unit, besides the two usual ones; none without systemd."""
    paths = [path for one in _environment_matches(context) for path in one.paths]
    return [path for path in dict.fromkeys(paths) if path not in (DEFAULTS_FILE, SYSCONFIG_FILE)]


def environment_directories(context: Context) -> list[str]:
    """Return the directories in which a new file is another environment file of the daemon's unit."""
    return list(dict.fromkeys(path for one in _environment_matches(context) for path in one.directories))


def _environment_matches(context: Context) -> list[Matches]:
    if context.location.unit is None:
        return []
    # For a unit that systemd does not show, its variables are not known either.
    service_unit(context)
    patterns = loaded_unit(context, context.location.unit).environment_files
    return [context.once(f"wildcard:{one}", functools.partial(matches, context.host, one)) for one in patterns]


def config_file(context: Context) -> str:
    context.require_local()
    return str(daemon_fact(context, "config_file", "path"))


def config_directory(context: Context) -> str:
    """Return the directory with certs.d: the own directory of a rootless engine, otherwise always ``/etc/docker``."""
    context.require_local()
    if context.location.manager == "rootless":
        return config_file(context).rpartition("/")[0]
    return CONFIG_DIRECTORY


def api_sockets(context: Context) -> list[str]:
    """Return every unix socket on which the daemon serves its API. The one that the audit uses is the first."""
    context.require_local()
    found: list[str] = context.once("api_sockets", lambda: _api_sockets(context))
    return found


def _api_sockets(context: Context) -> list[str]:
    paths = []
    if (context.location.address or "").startswith("unix://"):
        paths.append((context.location.address or "")[len("unix://") :])
    for listener in daemon_fact(context, "listeners"):
        if listener.get("scheme") == "unix" and listener.get("path"):
            paths.append(listener["path"])
        elif listener.get("scheme") == "fd":
            paths += [listener["path"]] if listener.get("path") else _handed_sockets(context)
    return _distinct(context, paths)


def _handed_sockets(context: Context) -> list[str]:
    """Return the unix sockets that systemd passes to the daemon."""
    name = _socket_unit_name(context)
    if name is None:
        return []
    return loaded_unit(context, name).unix_sockets


def containerd_sockets(context: Context) -> list[str]:
    """Return the socket of containerd that the engine names. If it names none, return those of the usual places that
    exist.

    Raises Unread if the options of the daemon are unread and no usual socket exists, since it may be somewhere else.
    """
    context.require_local()
    try:
        named = (context.info().get("Containerd") or {}).get("Address")
    except Unread:
        named = None
    if not named:
        try:
            named = daemon_fact(context, "options", "containerd", "value")
        except Unread:
            named = None
    if named:
        return [str(named)]
    try:
        state, gap = daemon_fact(context, "options", "exec-root", "value"), None
    except Unread as unread:
        state, gap = None, unread
    places = [f"{state or '/run/docker'}/containerd/containerd.sock", SYSTEM_CONTAINERD_SOCKET]
    found = [path for path in _distinct(context, places) if context.host.exists(path)]
    if not found and gap is not None:
        raise Unread(f"where the socket of containerd is cannot be told: {gap.reason}")
    return found or [SYSTEM_CONTAINERD_SOCKET]


def _distinct(context: Context, paths: list[str]) -> list[str]:
    """Return the paths without those that lead to the same place as an earlier one."""
    by_place: dict[str, str] = {}
    for path in paths:
        by_place.setdefault(context.host.real_path(path), path)
    return list(by_place.values())


def data_root(context: Context) -> str:
    """Return the configured data root, without the directory ``UID.GID`` that userns-remap adds."""
    path = engine_info.configured_data_root(context.info())
    if not path.startswith("/"):
        raise Unread("the engine does not say where its data root is")
    return path


def daemon_program(context: Context) -> str | None:
    """Return the program that the daemon runs. If the daemon does not run, return the installed program, or None."""
    context.require_local()
    try:
        return context.host.read_link(f"/proc/{context.daemon_pid()}/exe").replace(" (deleted)", "")
    except Unread as gap:
        if context.location.state == "running" and gap.kind == "denied":
            raise
    return context.host.program("dockerd")


def companion_program(context: Context, name: str) -> str | None:
    """Return a program next to the daemon's. If there is none, return the one on the search path, or None."""
    program = daemon_program(context)
    if program is not None:
        beside = f"{program.rpartition('/')[0]}/{name}"
        if context.host.exists(beside):
            return beside
    return context.host.program(name)
