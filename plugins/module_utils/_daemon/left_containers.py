# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that run on although their engine has ended, as they do when dockerd is killed.

The next engine takes them over if it starts with live restore. Otherwise it ends them, and starts again only those that have
a restart policy.
"""

from __future__ import annotations

import re

from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_file import ConfigFile
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import (
    BadValue,
    ParsedFlags,
    split_arguments,
    value_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.identity import ROOT
from ansible_collections.seawall.docker.plugins.module_utils._host.process import process_ids, process_status_value
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# The namespace of dockerd's containers in containerd.
_NAMESPACE = "moby"
_MAX_ARGUMENT_BYTES = 4096


def left_containers(context: Context) -> list[str]:
    """Return the ids of containers whose shims run. Raises Unread. Ask only where no engine is found.

    The arguments of root's shims are the only record of these containers without an engine.
    """
    host = context.host
    if host.effective_uid() != ROOT:
        raise Unread("which programs root runs is not shown, which needs root")
    found = set()
    for pid in process_ids(host):
        try:
            container = _container_of(host, pid)
        except Unread:
            continue  # ended, or a thread of the kernel
        if container is not None:
            found.add(container)
    return sorted(found)


def live_restore_at_start(flags: ParsedFlags, file: ConfigFile | None) -> bool | None:
    """Return whether an engine with these flags and this file has live restore on, or None if that is not known."""
    given = flags.of_key("live-restore")
    try:
        if given:
            return bool(value_of(given))
    except BadValue:
        return None
    if file is None or file.state not in ("ok", "absent"):
        return None
    return file.content is not None and file.content.settings.get("live-restore", False) is True


def _container_of(host: Host, pid: int) -> str | None:
    """Return the container of this host's dockerd whose shim the process is. Raises Unread.

    A shim works in the directory of its container. That of a dockerd in a container is no directory of this host.
    """
    if not host.read_link(f"/proc/{pid}/exe").rpartition("/")[2].startswith("containerd-shim"):
        return None
    if process_status_value(host, pid, "Uid").split()[:1] != [str(ROOT)]:
        return None
    place, there = host.stat(f"/proc/{pid}/cwd"), host.stat(host.read_link(f"/proc/{pid}/cwd"))
    if (place.device, place.inode) != (there.device, there.inode):
        return None
    arguments = split_arguments(host.read_bytes(f"/proc/{pid}/cmdline", _MAX_ARGUMENT_BYTES))
    values = dict(zip(arguments, arguments[1:]))
    named = values.get("-id", "")
    return named if values.get("-namespace") == _NAMESPACE and re.fullmatch("[0-9a-f]{64}", named) else None
