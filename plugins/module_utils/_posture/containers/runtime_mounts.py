# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find bind mounts that a runtime or a plugin added to those that the engine was asked for."""

from __future__ import annotations

import posixpath
import re

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.engine_sockets import is_engine_socket
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.host_places import (
    own_directories,
    within,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.started_with import record_of

# The engine binds these to their own places where a container uses the host's namespaces, and those are judged.
_OF_SHARED_NAMESPACES = frozenset(("/dev/shm", "/dev/mqueue", "/proc", "/sys"))


def added_bind_mounts(context: Context, inspected: Document, container: Document) -> list[Document]:
    """Return the mounts in the form of the engine's ``Mounts``. Single files are left out, as those of graphics
    drivers, but not a socket of the engine. Empty if the container ended, or if the auditor may not read the runtime's
    record: then only the engine's record counts. Raises Unread if the runtime's record is unread for another reason."""
    if not context.local or container["pid"] is None:
        return []
    try:
        record = record_of(context, container)
    except Unread as gap:
        if gap.kind in ("absent", "denied"):
            return []
        raise
    asked = {posixpath.normpath(str(mount.get("Destination"))) for mount in inspected.get("Mounts") or []}
    found = []
    for mount in record.bind_mounts:
        destination = posixpath.normpath(mount.destination)
        if destination in asked or not mount.source.startswith("/"):
            continue
        if mount.source == destination and destination in _OF_SHARED_NAMESPACES:
            continue
        if _is_prepared(context, container["id"], posixpath.normpath(mount.source)):
            continue
        if not _shows_directory_or_engine_socket(context, mount.source):
            continue
        found.append(
            {
                "Type": "bind",
                "Source": mount.source,
                "Destination": destination,
                "RW": not mount.read_only,
                "Propagation": mount.propagation,
            }
        )
    return found


def _is_prepared(context: Context, identifier: str, source: str) -> bool:
    """Return whether the engine itself prepares the path for its containers: files and secrets of this one, and shared
    memory of one whose memory it joins."""
    for directory in own_directories(context):
        if within(source, f"{directory}/containers/{identifier}"):
            return True
        if re.fullmatch(re.escape(f"{directory}/containers/") + "[0-9a-f]{64}/(?:mounts/)?shm", source):
            return True
    return False


def _shows_directory_or_engine_socket(context: Context, path: str) -> bool:
    try:
        real = context.host.real_path(path)
        return context.host.stat(real).type == "directory" or bool(is_engine_socket(context, real))
    except Unread as gap:
        return gap.kind != "absent"
