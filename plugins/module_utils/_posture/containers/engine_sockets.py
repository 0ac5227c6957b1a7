# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out whether a path of the host is a socket of the engine or of containerd, under any name."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.files.places import (
    api_sockets,
    containerd_sockets,
)


def is_engine_socket(context: Context, path: str) -> bool | None:
    """Return whether the path is a socket of the engine under any name, such as a hard link. None for a remote engine."""
    if not context.local:
        return None
    try:
        status = context.host.stat(path)
    except Unread as gap:
        if gap.kind == "absent":
            return False
        raise
    if status.type != "socket":
        return False
    return (status.device, status.inode) in context.once("engine_sockets", lambda: _engine_sockets(context))


def _engine_sockets(context: Context) -> set[tuple[int, int]]:
    found = set()
    for path in api_sockets(context) + containerd_sockets(context):
        try:
            status = context.host.stat(path)
        except Unread as gap:
            if gap.kind == "absent":
                continue
            raise
        found.add((status.device, status.inode))
    return found
