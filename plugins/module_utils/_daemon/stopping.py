# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stop of the daemon's service ends besides the daemon.

Containers live as long as their shims do. systemd counts a shim to the service in whose control group it is: that of
containerd, or that of the daemon where the daemon starts containerd itself.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import Process, Units
from ansible_collections.seawall.docker.plugins.module_utils._host.process import process_status_value
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# With these systemd ends all that is in the control group of the service.
_ENDS_ALL = ("control-group", "mixed")


def stop_kills_shims(host: Host, units: Units, process: Process, first: t.Callable[[], t.Iterable[int]]) -> bool:
    """Return whether a stop of the service kills the shim of a running container. Raises Unread.

    ``first`` gives the first process of each running container. It is called only where systemd ends more than the daemon.
    """
    if units.kill_mode == "" or (units.kill_mode is None and units.unit is not None):
        raise Unread(f"systemd does not say what it ends with {units.unit}")
    if units.kill_mode not in _ENDS_ALL:
        return False
    service = _systemd_group(host, process.pid)
    gap: Unread | None = None
    for pid in first():
        try:
            group = _systemd_group(host, _parent(host, pid))
        except Unread as fault:
            if fault.kind != "absent":  # else it ended meanwhile
                gap = fault
            continue
        if f"{group}/".startswith(f"{service.rstrip('/')}/"):
            return True
    if gap is not None:
        raise gap
    return False


def _parent(host: Host, pid: int) -> int:
    parent = process_status_value(host, pid, "PPid")
    if not parent.isdigit() or parent == "0":
        raise Unread(f"/proc/{pid}/status does not show the parent of the process")
    return int(parent)


def _systemd_group(host: Host, pid: int) -> str:
    """Return the control group by which systemd assigns a process to a service."""
    for line in host.read_text(f"/proc/{pid}/cgroup").split("\n"):
        number, _colon, rest = line.partition(":")
        controllers, colon, path = rest.partition(":")
        if colon and (controllers == "name=systemd" or (number == "0" and not controllers and path != "/")):
            return path
    raise Unread(f"process {pid} is in no control group of systemd")
