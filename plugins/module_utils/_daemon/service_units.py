# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the systemd unit that runs a daemon. A loaded unit with Docker's name may not be the one that runs it."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

SYSTEMD_UNITS = ("docker.service", "snap.docker.dockerd.service")
INIT_SCRIPT = "/etc/init.d/docker"
_SYSTEMD = "/run/systemd/system"
# Older versions of systemctl print a property under another name than that by which they are asked for it.
_FORMER_NAMES = {"EnvironmentFile": "EnvironmentFiles"}


class Service(t.NamedTuple):
    """A loaded unit. ``main_pid`` is None if it has none. ``generated`` means that systemd made it from an init script."""

    name: str
    state: str
    main_pid: t.Optional[int]
    generated: bool


def systemd_runs(host: Host) -> bool:
    return host.exists(_SYSTEMD)


def systemd_properties(host: Host, unit: str, *names: str) -> dict[str, str]:
    """Return properties of a unit as systemd shows them. Empty if systemd does not run."""
    shown = properties_of_units(host, (unit,), *names)
    return shown[0] if shown else {}


def manager_properties(host: Host, *names: str) -> dict[str, str]:
    """Return properties of systemd itself. Empty if systemd does not run."""
    shown = properties_of_units(host, (), *names)
    return shown[0] if shown else {}


def properties_of_units(host: Host, patterns: t.Sequence[str], *names: str) -> list[dict[str, str]]:
    """Return the properties of each unit that matches a name or pattern, or of systemd itself if there is none."""
    if not systemd_runs(host):
        return []
    try:
        result = host.run("systemctl", "show", *patterns, *(f"--property={name}" for name in names))
    except Unread as gap:
        if gap.kind == "absent":
            return []
        raise
    found: list[dict[str, str]] = []
    for block in result.output.split("\n\n"):
        properties: dict[str, str] = {}
        for line in block.split("\n"):
            key, equals, value = line.partition("=")
            key = _FORMER_NAMES.get(key, key)
            if equals and key in names:
                properties[key] = f"{properties[key]}\n{value}" if key in properties else value
        if properties:
            found.append(properties)
    return found


def docker_services(host: Host) -> list[Service]:
    """Return the loaded units with Docker's names. A unit from an init script is the last, since the script may be a
    remainder."""
    found = []
    for name in SYSTEMD_UNITS:
        shown = systemd_properties(host, name, "LoadState", "ActiveState", "MainPID", "SourcePath")
        if shown.get("LoadState") == "loaded":
            generated = shown.get("SourcePath") == INIT_SCRIPT
            found.append(Service(name, shown.get("ActiveState", ""), _number(shown.get("MainPID")), generated))
    return sorted(found, key=lambda service: service.generated)


def failed_units(host: Host, unit: str) -> str | None:
    """Say which of a unit and the sockets that start it have failed, and what has systemd start them again. None if none
    has failed.
    """
    shown = systemd_properties(host, unit, "ActiveState", "Result", "TriggeredBy")
    sockets = [name for name in shown.get("TriggeredBy", "").split() if name.endswith(".socket")]
    failed = []
    for name in (unit, *sockets):
        state = shown if name == unit else systemd_properties(host, name, "ActiveState", "Result")
        if state.get("ActiveState") == "failed":
            failed.append(f"{name} has failed ({state.get('Result') or 'no reason given'})")
    if not failed:
        return None
    return (
        f"{', '.join(failed)}. See journalctl -u {unit}; once the cause is gone: "
        f"systemctl reset-failed {' '.join([unit, *sockets])} && systemctl start {' '.join([*sockets, unit])}"
    )


def unit_of(host: Host, pid: int) -> str | None:
    """Return the unit that runs the daemon ``pid``, or None.

    The daemon is the main process of the unit. For a unit with Docker's name it may also be another process in its
    control group, since a script may start the daemon. In the control group of any other unit (a login, a job) the
    daemon does not belong to the unit.
    """
    if not systemd_runs(host):
        return None
    named = _unit_in(control_group(host, pid))
    for unit in dict.fromkeys([name for name in (named, *SYSTEMD_UNITS) if name]):
        shown = systemd_properties(host, unit, "LoadState", "MainPID")
        if shown.get("LoadState") != "loaded":
            continue
        if _number(shown.get("MainPID")) == pid or (unit == named and unit in SYSTEMD_UNITS):
            return unit
    return None


def main_pid_behind(host: Host, socket: str) -> int | None:
    """Return the main process of the service to which systemd passes the unix socket, or None."""
    wanted = host.real_path(socket)
    for shown in properties_of_units(host, ("*.socket",), "Listen", "Triggers"):
        paths = re.findall(r"^(/.*) \(Stream\)$", shown.get("Listen", ""), re.MULTILINE)
        if not any(host.real_path(path) == wanted for path in paths):
            continue
        for unit in shown.get("Triggers", "").split():
            pid = _number(systemd_properties(host, unit, "MainPID").get("MainPID"))
            if pid is not None:
                return pid
    return None


def control_group(host: Host, pid: int) -> str:
    """Return the control group in which systemd keeps the process, relative to its own. Empty if it is not shown."""
    try:
        path, own = (_group_in(host.read_text(f"/proc/{one}/cgroup")) for one in (pid, 1))
    except Unread:
        return ""
    own = own[: -len("/init.scope")] if own.endswith("/init.scope") else own
    own = own.rstrip("/")
    return path[len(own) :] if path == own or path.startswith(f"{own}/") else path


def _group_in(text: str) -> str:
    """Return the path in the hierarchy of systemd: the named one of version 1, otherwise that of version 2."""
    paths: dict[str, str] = {}
    # Who may make a group chooses its name, in which the kernel refuses line feeds alone.
    for line in text.split("\n"):
        _number_of, _colon, rest = line.partition(":")
        controllers, colon, path = rest.partition(":")
        if colon:
            paths[controllers] = path
    return paths.get("name=systemd") or paths.get("") or next(iter(paths.values()), "")


def _unit_in(path: str) -> str | None:
    """Return the service in the path of a control group: the first part below the slices."""
    for part in path.strip("/").split("/"):
        if not part.endswith(".slice"):
            return part if part.endswith(".service") else None
    return None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and text != "0" else None
