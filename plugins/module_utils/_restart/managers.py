# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which service manager runs the located daemon."""

from __future__ import annotations

import re

from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._restart.init_script import InitScript
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import Service, ServiceFault
from ansible_collections.seawall.docker.plugins.module_utils._restart.systemd import Systemd


def service_of(host: Host, location: Location) -> Service:
    """Return the service of the located daemon. Raises ServiceFault where its service manager is not supported."""
    manager = location.manager
    if manager == "systemd" and location.unit:
        return Systemd(host, location.unit)
    if manager in ("sysvinit", "openrc"):
        return InitScript(host, manager)
    if manager == "snap":
        raise ServiceFault("the engine is a snap, which snapd manages; use snap restart docker")
    if manager == "rootless":
        raise ServiceFault("the engine is a rootless one; its user restarts it with systemctl --user restart docker")
    started = _command_line(host, location.pid)
    raise ServiceFault(
        f"no service manager runs the engine{started}, so it could be stopped, and nobody would start it again. "
        "Restart it in the way in which it was started"
    )


def _command_line(host: Host, pid: int | None) -> str:
    """Name the process. Its arguments are left out, since they may hold tokens and passwords of proxies."""
    if pid is None:
        return ""
    try:
        name = host.read_text(f"/proc/{pid}/comm", 4096).rstrip("\n")
    except Unread:
        return f" (process {pid})"
    # Any process can name itself.
    return f" (process {pid}: {re.sub(r'[^!-~]', '?', name)[:16]})" if name else f" (process {pid})"
