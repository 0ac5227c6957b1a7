# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide from the kernel's facts whether a process is the Docker daemon of a given user.

Any user can give a process the name dockerd. But no user can choose the owner of the process and the file on the disk
that it runs. So root's daemon is a process of root that runs a program called dockerd, in a place where only root can
put it.
"""

from __future__ import annotations

import re

from ansible_collections.seawall.docker.plugins.module_utils._daemon.service_units import control_group
from ansible_collections.seawall.docker.plugins.module_utils._host.process import process_status_value
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

ROOT = 0
# Packages of older systems append the branch to the program's name.
PROGRAM = "dockerd"
_DELETED = " (deleted)"
# The id of a container in the path of a control group, in whatever form the engine writes it.
_CONTAINER = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


def is_daemon_of(host: Host, pid: int, owner: int) -> bool:
    """Return whether the process is a daemon of the user ``owner``. False also if this is not known."""
    try:
        return identity_fault(host, pid, owner) is None
    except Unread:
        return False


def identity_fault(host: Host, pid: int, owner: int) -> str | None:
    """Return why the process is not the daemon of the user ``owner``, or None if it is.

    Raises Unread if the process ended or may not be inspected.
    """
    users = _users(host, pid)
    if users != {owner}:
        return f"process {pid} belongs to user {', '.join(map(str, sorted(users)))}, not to user {owner}"
    link = f"/proc/{pid}/exe"
    try:
        shown = host.read_link(link)
    except Unread as gap:
        if gap.kind != "denied" or host.effective_uid() == ROOT:
            raise
        # An unprivileged auditor sees no more of another user's process than its name. That user is the right one.
        name = host.read_text(f"/proc/{pid}/comm", 64).strip()
        return None if name.startswith(PROGRAM) else f"process {pid} runs another program ({name})"
    path = shown[: -len(_DELETED)] if shown.endswith(_DELETED) else shown
    name = path.rpartition("/")[2]
    if not name.startswith(PROGRAM):
        return f"process {pid} runs another program ({path})"
    fault = _container_fault(host, pid) if owner == ROOT else None
    return fault or _program_fault(host, pid, path, owner)


def _container_fault(host: Host, pid: int) -> str | None:
    """Return why the process belongs to a container. Root of a container has uid 0, too, and can run the host's own
    program."""
    if host.read_link(f"/proc/{pid}/ns/pid") != host.read_link("/proc/self/ns/pid"):
        return f"process {pid} is in another process namespace, as those of containers are"
    if _CONTAINER.search(control_group(host, pid)):
        return f"process {pid} is in the control group of a container"
    return None


def _users(host: Host, pid: int) -> set[int]:
    """Return the real, effective, saved and file system user ids of a process."""
    users = {int(word) for word in process_status_value(host, pid, "Uid").split()}
    if not users:
        raise Unread(f"the kernel does not say whose process {pid} is")
    return users


def _program_fault(host: Host, pid: int, path: str, owner: int) -> str | None:
    """Return why another user than the owner and root could have replaced the program of a process."""
    running = host.stat(f"/proc/{pid}/exe")
    if running.uid not in (ROOT, owner) or running.mode & 0o002:
        return f"the program of process {pid} ({path}) can be changed by others than user {owner}"
    try:
        installed = host.stat(path)
        same = (installed.device, installed.inode) == (running.device, running.inode)
    except Unread as gap:
        if gap.kind != "absent":
            raise
        same = False
    if not same:
        # Replaced by an upgrade, or the path is one of another mount namespace, as that of a container is.
        if running.names > 0 or not _shares_mounts(host, pid):
            return f"the program of process {pid} ({path}) is not the one of that path on this host"
        path = path.rpartition("/")[0] or "/"
    fault = host.distrust(path)
    return None if fault is None else f"the program of process {pid} is not trusted: {fault}"


def _shares_mounts(host: Host, pid: int) -> bool:
    return host.read_link(f"/proc/{pid}/ns/mnt") == host.read_link("/proc/self/ns/mnt")
