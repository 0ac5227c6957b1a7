# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the mounts of a container from the mount tables of its processes, in all of its mount namespaces."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import first_process
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host.mounts import Mount
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.host_places import mounts_of_process
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.processes import pids_by_container

# A container has one mount namespace, and some more where an engine or systemd runs in it.
_MAX_NAMESPACES = 256
_MAX_MOUNTS = 20_000


def kernel_mounts(context: Context, container: Document) -> list[Mount] | None:
    """Return every mount in the mount namespaces of the container's processes, also covered ones.

    None if there is no process that the auditor may inspect; then only the record of the engine is used. Raises Unread
    if the container itself is the reason.
    """
    if not context.local or container["pid"] is None:
        return None
    try:
        pid = first_process(context, container).pid
        mounts = mounts_of_process(context, pid)
        changed_root = _changed_root(context, pid)
    except Unread as gap:
        if gap.kind in ("absent", "denied"):
            return None
        raise
    if changed_root:
        # Which every container may do that has not dropped SYS_CHROOT.
        raise Unread(
            f"the process {pid} changed its root directory, so the kernel does not show what lies outside of it"
        )
    try:
        others = [other for other in pids_by_container(context).get(container["id"], []) if other != pid]
        seen = {context.host.read_link(f"/proc/{pid}/ns/mnt")} if others else set()
    except Unread:
        return mounts
    for other in others:
        try:
            namespace = context.host.read_link(f"/proc/{other}/ns/mnt")
            if namespace in seen:
                continue
            if len(seen) == _MAX_NAMESPACES:
                raise Unread(f"the container's processes have more than {_MAX_NAMESPACES} mount namespaces")
            seen.add(namespace)
            mounts = mounts + mounts_of_process(context, other)
            if len(mounts) > _MAX_MOUNTS:
                raise Unread(f"the container's processes have more than {_MAX_MOUNTS:,} mounts", "bound")
        except Unread as gap:
            if gap.kind not in ("absent", "denied"):
                raise
    return mounts


def _changed_root(context: Context, pid: int) -> bool:
    """Return whether the process has another root directory than its mount namespace. Then its table lacks the mounts
    outside of that directory."""
    try:
        return context.host.read_link(f"/proc/{pid}/root") != "/"
    except Unread as gap:
        if gap.kind in ("absent", "denied"):
            return False  # as its table of mounts
        raise
