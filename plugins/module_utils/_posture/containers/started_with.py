# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the configuration with which the runtime started a container. Runtimes keep it in a file on the host.

A process can change its user, install a filter for system calls or drop privileges after its start. So the kernel can
show more safety than the engine gave. This record belongs to root, and no container can change it.

A runtime or a plugin, such as those that provide graphics cards, can write devices and mounts into it that the engine did
not order. The engine's own record has none of these. What a hook does afterwards is in neither.
"""

from __future__ import annotations

import json
import posixpath
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import first_process, parent_of
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.host_places import within


class BindMount(t.NamedTuple):
    """A path of the host that the runtime shows in the container."""

    source: str
    destination: str
    read_only: bool


class Record(t.NamedTuple):
    """What is read from the configuration. ``devices`` are the paths that devices have in the container."""

    user_id: int
    no_new_privileges: bool
    seccomp: bool
    devices: t.Tuple[str, ...]
    bind_mounts: t.Tuple[BindMount, ...]


def started_with(context: Context, container: Document) -> Document:
    """Return ``user_id`` (in the container), ``no_new_privileges``, ``seccomp``, which says whether there is a filter,
    and ``added_devices``: devices in the container for which the engine was not asked. ``container`` is in normal form.
    """
    record = record_of(context, container)
    return {
        "user_id": record.user_id,
        "no_new_privileges": record.no_new_privileges,
        "seccomp": record.seccomp,
        "added_devices": _added_devices(record, container),
    }


def record_of(context: Context, container: Document) -> Record:
    """Return the record of a running container. Raises Unread.

    The parent of the first process is the shim. Its working directory is the directory of the record, which has the id
    of the container as its name. No process of a container can become the parent of the first one.
    """
    return context.once(f"runtime's record of {container['id']}", lambda: _read(context, container))


def _read(context: Context, container: Document) -> Record:
    pid = first_process(context, container).pid
    parent = parent_of(context, pid)
    directory = context.host.read_link(f"/proc/{parent}/cwd")
    if posixpath.basename(directory) != container["id"]:
        raise Unread(f"the parent {parent} of the container's first process does not work in the container's record")
    return parse_record(context.host.read_text(f"/proc/{parent}/cwd/config.json"), f"{directory}/config.json")


def parse_record(text: str, path: str) -> Record:
    """Return what an OCI runtime configuration says. Raises Unread if the text is none."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unread(f"{path} is not valid JSON: {error}") from None
    process = record.get("process") if isinstance(record, dict) else None
    user = process.get("user") if isinstance(process, dict) else None
    user_id = user.get("uid") if isinstance(user, dict) else None
    if not isinstance(process, dict) or not isinstance(user_id, int) or isinstance(user_id, bool):
        raise Unread(f"{path} is no configuration of a container: process.user.uid is missing")
    linux = record.get("linux") if isinstance(record.get("linux"), dict) else {}
    return Record(
        user_id,
        process.get("noNewPrivileges") is True,
        bool(linux.get("seccomp")),
        tuple(str(device.get("path")) for device in _mappings(linux.get("devices"))),
        tuple(
            BindMount(str(mount.get("source")), str(mount.get("destination")), "ro" in _words(mount.get("options")))
            for mount in _mappings(record.get("mounts"))
            if mount.get("type") == "bind" or {"bind", "rbind"} & set(_words(mount.get("options")))
        ),
    )


def _mappings(value: t.Any) -> list[Document]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _words(value: t.Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _added_devices(record: Record, container: Document) -> list[str]:
    """Return the devices of the record that come neither from a device nor from a request of the engine's record. What
    a request brings is judged by the request."""
    if container["privileged"] or container["device_requests"]:
        return []
    asked = [device["container"] for device in container["devices"]]
    # A directory of devices is asked for as a whole.
    return sorted(
        {path for path in record.devices if not any(within(path, one) for one in asked if one not in ("", "/"))}
    )
