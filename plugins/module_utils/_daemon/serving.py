# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the process that serves the API socket, and decide whether it is a daemon of this host.

The engine is what serves the socket. A proxy of root has uid 0, too, and can lead to any engine. Its answers say
nothing about the files, units and processes of this host, even if another daemon runs here.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.api_address import (
    holds_handed_socket,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.identity import ROOT, identity_fault, is_daemon_of
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location, manager_of
from ansible_collections.seawall.docker.plugins.module_utils._daemon.service_units import main_pid_behind, unit_of
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

_SERVICE_MANAGER = 1


class Serving(t.NamedTuple):
    """``location`` is that of the process that serves the socket. ``agreement`` says whether the service manager or the
    pid file named the same process; None if they named none, or if it is not known. ``gap`` is the reason why this
    host's files do not belong to the engine; empty if they do."""

    location: Location
    agreement: t.Optional[bool]
    gap: str


def serving(host: Host, location: Location, peer: int, owner: int) -> Serving:
    """Return what the kernel shows of the process ``peer``, which began to listen at the socket, and whose user is
    ``owner``.

    If the service manager opened the socket, the kernel shows the service manager. Then the daemon must have the same
    socket open.
    """
    path = (location.address or "")[len("unix://") :]
    if peer == _SERVICE_MANAGER:
        return _handed_over(host, location, path, owner)
    fault = _fault(host, peer, owner)
    if fault:
        return _not_shown(location, f"{location.address} is served by a process that is no Docker daemon here: {fault}")
    if peer == location.pid:
        return Serving(location, True, "")
    return Serving(_of(host, location, peer, "api_socket", owner), False if location.pid is not None else None, "")


def _handed_over(host: Host, location: Location, path: str, owner: int) -> Serving:
    named = location.pid
    if named is not None:
        holds = holds_handed_socket(host, named, path)
        if holds is not False:
            return Serving(location, holds, "")
    found = main_pid_behind(host, path) if owner == ROOT else None
    if (
        found is not None
        and found != named
        and is_daemon_of(host, found, owner)
        and holds_handed_socket(host, found, path)
    ):
        return Serving(_of(host, location, found, "systemd", owner), None if named is None else False, "")
    if named is None:
        return _not_shown(
            location, f"the service manager opened {location.address}, and no daemon is known to serve it"
        )
    return _not_shown(location, f"{location.address} is not served by the daemon of this host (process {named})")


def _of(host: Host, location: Location, pid: int, source: str, owner: int) -> Location:
    """Return the location with another daemon than the named one."""
    if owner != ROOT:
        return location._replace(pid=pid, pid_source=source)
    unit = unit_of(host, pid)
    return location._replace(pid=pid, pid_source=source, unit=unit, manager=manager_of(host, pid, unit))


def _not_shown(location: Location, reason: str) -> Serving:
    agreement = False if location.pid is not None else None
    return Serving(location._replace(pid=None, pid_source=None, unit=None, manager=None), agreement, reason)


def _fault(host: Host, pid: int, owner: int) -> str | None:
    if pid == 0:
        return "it is in another process namespace"
    try:
        return identity_fault(host, pid, owner)
    except Unread as gap:
        return gap.reason
