# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide from times whether a process read a file as it is now.

A process reads its files after its start, and no clock shows when exactly. What did not change after the start is as it
was read. What changed while the process started may have been read before the change or after it.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_records import identity_in
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import SYSTEM_PID_FILES, pid_from_file
from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import start_time
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# The kernel notes the time of a change with the clock of its last tick, and the start of a process in ticks.
GRAIN_SECONDS = 0.01
# The time since boot in /proc/stat is in whole seconds.
_BOOT_SECONDS = 1.0
# How long a daemon takes at most from its start until it has read daemon.json and written its pid file.
STARTING_SECONDS = 60.0


class Reading(t.NamedTuple):
    """When a process read its configuration file: not before ``earliest``, and not after ``latest``."""

    earliest: float
    latest: float


def reading_of(context: Context, pid: int) -> Reading:
    """Return when the process read its configuration file, by the clock as it is now. Raises Unread."""
    return context.once(f"reading:{pid}", lambda: _reading_of(context, pid))


def changed_at(host: Host, path: str) -> float:
    """Return when what is found at a path was changed last: the file, or a link that leads to it. A link can be turned to a
    file that is older than the process. Raises Unread."""
    return max(host.stat(path).changed_at, host.links_changed_at(path))


def unchanged_since_start(context: Context, pid: int, changed: float) -> bool:
    """Return whether a file with this change time is certainly as the process found it. Raises Unread."""
    return changed < reading_of(context, pid).earliest


def _reading_of(context: Context, pid: int) -> Reading:
    began = _began(context, pid) - GRAIN_SECONDS
    written = _pid_file_time(context, pid)
    if written is None:
        return Reading(began, began + STARTING_SECONDS)
    if written < began:
        # The clock was set forward since the start, so the files have the times of the old clock.
        return Reading(written - STARTING_SECONDS, written)
    return Reading(began, written)


def _began(context: Context, pid: int) -> float:
    """Return when the process started, and never a later time. Raises Unread."""
    rough = start_time(context, pid)
    try:
        clocks = context.host.clocks()
    except Unread:
        return rough
    booted = clocks.now - clocks.uptime
    identity = identity_in(pid, context.host.read_text(f"/proc/{pid}/stat")) or ""
    began = booted + int(identity.partition("/")[2] or 0) / context.host.clock_ticks()
    if not rough - GRAIN_SECONDS <= began <= rough + _BOOT_SECONDS + GRAIN_SECONDS:
        raise Unread(f"the kernel shows two start times of process {pid}, and they contradict each other")
    return began


def _pid_file_time(context: Context, pid: int) -> float | None:
    """Return when the daemon wrote its pid file, which it does after it has read daemon.json. None if none names it."""
    for path in SYSTEM_PID_FILES:
        if pid_from_file(context.host, path) == pid:
            try:
                return context.host.stat(path).changed_at
            except Unread:
                return None
    return None
