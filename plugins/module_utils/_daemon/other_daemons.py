# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find daemons of root that run on this host besides the audited one."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.identity import PROGRAM, ROOT, is_daemon_of
from ansible_collections.seawall.docker.plugins.module_utils._daemon.service_units import unit_of
from ansible_collections.seawall.docker.plugins.module_utils._host.process import process_ids, process_status_value
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread


def other_daemons(context: Context) -> list[dict[str, t.Any]]:
    """Return ``pid`` and ``unit`` of each, in the order of pids. Daemons in containers are left out.

    Raises Unread if processes of root cannot be inspected, and for an engine on another host.
    """
    host = context.host
    if not context.location.local:
        raise Unread(f"the engine at {context.location.address} is asked over the network")
    if host.effective_uid() != ROOT:
        raise Unread("which programs root runs is not shown, which needs root")
    found = []
    for pid in process_ids(host):
        if pid == context.location.pid or not _runs_dockerd(context, pid) or not is_daemon_of(host, pid, ROOT):
            continue
        if not _is_begun_by(context, pid):
            found.append({"pid": pid, "unit": unit_of(host, pid)})
    return found


def _is_begun_by(context: Context, pid: int) -> bool:
    """Return whether the audited daemon began the process: one that is to run another program, such as runc, shows the daemon's until
    then."""
    try:
        return process_status_value(context.host, pid, "PPid") == str(context.location.pid)
    except Unread:
        return True  # ended


def _runs_dockerd(context: Context, pid: int) -> bool:
    """Return whether the program's name is dockerd. This check is cheap, so it is made for every process."""
    try:
        return context.host.read_link(f"/proc/{pid}/exe").rpartition("/")[2].startswith(PROGRAM)
    except Unread:
        return False  # ended, or a thread of the kernel
