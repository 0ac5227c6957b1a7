# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units as systemd has loaded them, and where it looks for their files. Each unit is asked about once."""

from __future__ import annotations

import calendar
import re
import shlex
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.dependents import STOPPED_WITH, named_in
from ansible_collections.seawall.docker.plugins.module_utils._daemon.service_units import (
    manager_properties,
    systemd_properties,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.units import assignments_of
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

_PROPERTIES = (
    "LoadState",
    "Names",
    "FragmentPath",
    "DropInPaths",
    "TriggeredBy",
    "KillMode",
    "EnvironmentFiles",
    "Listen",
    "Type",
    "MainPID",
    "ExecMainStartTimestamp",
    "NeedDaemonReload",
    "ExecStart",
    "Environment",
    *STOPPED_WITH,
)
# One command of a service, as systemctl show prints it.
_EXEC_START = re.compile(r"\{ path=(.*?) ; argv\[\]=(.*?) ; ignore_errors=", re.DOTALL)


class LoadedUnit(t.NamedTuple):
    """A unit as systemd shows it. What systemd does not show is empty or None.

    ``environment_files`` are paths as systemd reads them: its own placeholders are replaced, wildcards are not.
    ``started`` is when systemd started the main process, in seconds since 1970.
    """

    name: str
    masked: bool
    names: t.List[str]
    fragment: str
    drop_ins: t.List[str]
    sockets: t.List[str]
    kill_mode: t.Optional[str]
    environment_files: t.List[str]
    unix_sockets: t.List[str]
    forks: bool
    main_pid: t.Optional[int]
    started: t.Optional[int]
    # Whether unit files were changed since systemd read them; None if systemd does not say so.
    reload_needed: t.Optional[bool]
    # What systemd starts: its program, its arguments before variables are replaced, and the variables of the unit.
    program: t.Optional[str]
    command: t.Optional[str]
    environment: t.Optional[t.Dict[str, str]]
    # The units that systemd stops with the unit, active or not.
    stopped_with: t.List[str]


def loaded_unit(context: Context, name: str) -> LoadedUnit:
    """Return the unit. Raises Unread if systemd may not be asked."""
    return context.once(f"loaded_unit:{name}", lambda: _ask(context, name))


def _ask(context: Context, name: str) -> LoadedUnit:
    shown = systemd_properties(context.host, name, *_PROPERTIES)
    main_pid = shown.get("MainPID", "")
    command = _EXEC_START.search(shown.get("ExecStart", ""))
    return LoadedUnit(
        name,
        shown.get("LoadState") == "masked",
        shown.get("Names", "").split() or [name],
        shown.get("FragmentPath", ""),
        paths_in(shown.get("DropInPaths", "")),
        [one for one in shown.get("TriggeredBy", "").split() if one.endswith(".socket")],
        shown.get("KillMode"),
        re.findall(r"^(/.*) \(ignore_errors=(?:yes|no)\)$", shown.get("EnvironmentFiles", ""), re.MULTILINE),
        re.findall(r"^(/.*) \(Stream\)$", shown.get("Listen", ""), re.MULTILINE),
        shown.get("Type") == "forking",
        int(main_pid) if main_pid.isdigit() and main_pid != "0" else None,
        _seconds(shown.get("ExecMainStartTimestamp", "")),
        {"yes": True, "no": False}.get(shown.get("NeedDaemonReload", "")),
        command.group(1) if command else None,
        command.group(2) if command else None,
        assignments_of(shown["Environment"]) if "Environment" in shown else None,
        named_in(shown),
    )


def paths_in(text: str) -> list[str]:
    """Return the absolute paths in a list of systemctl. Newer versions quote a path with a space, older ones do not."""
    if '"' in text:
        try:
            return shlex.split(text)
        except ValueError:
            pass
    return [path for path in re.split(r" (?=/)", text) if path]


def _seconds(text: str) -> int | None:
    """Return a time of systemctl in UTC, such as ``Thu 2026-11-26 02:13:41 UTC``, in seconds since 1970."""
    found = re.search(r"(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}) UTC$", text)
    try:
        return calendar.timegm(time.strptime(found.group(1), "%Y-%m-%d %H:%M:%S")) if found else None
    except ValueError:
        return None


def unit_directories(context: Context) -> list[str]:
    """Return the directories in which systemd looks for units and their drop-ins. Raises Unread."""
    return context.once("unit_directories", lambda: _ask_directories(context))


def _ask_directories(context: Context) -> list[str]:
    directories = paths_in(manager_properties(context.host, "UnitPath").get("UnitPath", ""))
    if not directories:
        raise Unread("systemd does not say in which directories it looks for units")
    return directories


def drop_in_names(names: list[str]) -> list[str]:
    """Return the names of the directories with drop-ins for a unit of these names: its own, those of its template and
    of each prefix that ends in a dash, and the one of all units of its type."""
    found: list[str] = []
    for name in names:
        stem, _dot, kind = name.rpartition(".")
        prefix, at, instance = stem.partition("@")
        while True:
            found.append(f"{prefix}{at}{instance}.{kind}.d")
            if instance:
                found.append(f"{prefix}@.{kind}.d")
            shorter = prefix.rstrip("-").rpartition("-")[0]
            if not shorter:
                break
            prefix = f"{shorter}-"
        found.append(f"{kind}.d")
    return list(dict.fromkeys(found))
