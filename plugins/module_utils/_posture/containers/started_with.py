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

_PROPAGATIONS = frozenset(("shared", "rshared", "slave", "rslave", "private", "rprivate"))
# How the paths of devices begin that a driver of the engine brings for a request; the empty one is that of --gpus.
_OF_DRIVERS = {
    "": ("/dev/nvidia", "/dev/kfd", "/dev/dri/"),
    "nvidia": ("/dev/nvidia", "/dev/dri/"),
    "amd": ("/dev/kfd", "/dev/dri/"),
}


class BindMount(t.NamedTuple):
    """A path of the host that the runtime shows in the container."""

    source: str
    destination: str
    read_only: bool
    propagation: str


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
        "added_devices": _added_devices(context, record, container),
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
    try:
        linux = _mapping(record.get("linux"))
        return Record(
            user_id,
            process.get("noNewPrivileges") is True,
            bool(linux.get("seccomp")),
            tuple(posixpath.normpath(_text(_mapping(one)["path"])) for one in _list(linux.get("devices"))),
            tuple(_bind_mounts(_list(record.get("mounts")))),
        )
    except (KeyError, TypeError):
        raise Unread(f"{path} is no configuration of a container: its devices or mounts have another form") from None


def _bind_mounts(mounts: list[t.Any]) -> t.Iterator[BindMount]:
    for mount in map(_mapping, mounts):
        options = [_text(one) for one in _list(mount.get("options"))]
        if mount.get("type") == "bind" or {"bind", "rbind"} & set(options):
            propagation = next((one for one in reversed(options) if one in _PROPAGATIONS), "")
            yield BindMount(_text(mount["source"]), _text(mount["destination"]), "ro" in options, propagation)


def _mapping(value: t.Any) -> Document:
    if value is not None and not isinstance(value, dict):
        raise TypeError
    return value or {}


def _list(value: t.Any) -> list[t.Any]:
    if value is not None and not isinstance(value, list):
        raise TypeError
    return value or []


def _text(value: t.Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _added_devices(context: Context, record: Record, container: Document) -> list[str]:
    """Return the devices of the record that come neither from a device nor from a request of the engine's record."""
    if container["privileged"]:
        return []
    drivers = {request["driver"] for request in container["device_requests"]}
    # A device of CDI is asked for by its name. Its specification is a file of root, so what this brings was asked for, too.
    if "cdi" in drivers:
        return []
    brought = tuple(start for driver in sorted(drivers) for start in _OF_DRIVERS.get(driver, ()))
    found = {path for path in record.devices if not path.startswith(brought)} if brought else set(record.devices)
    return sorted(path for path in found if not any(_is_asked(context, path, one) for one in container["devices"]))


def _is_asked(context: Context, path: str, device: Document) -> bool:
    """Return whether the device is the one that was asked for, or one in a directory that was asked for as a whole."""
    inside = posixpath.normpath(device["container"]) if device["container"] else ""
    if path == inside:
        return True
    if not inside or not device["host"] or not within(path, inside):
        return False
    of_host = posixpath.join(device["host"], posixpath.relpath(path, inside))
    try:
        return context.host.stat(of_host).type != "directory"
    except Unread as gap:
        if gap.kind == "absent":
            return False
        raise
