# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container has mounted, and which directory of the host each mount really is.

Neither the kind nor the path that the engine names is to be believed. A volume of the driver ``local`` can be a bind of
any directory or a whole disk, and a symbolic link in the path can be turned elsewhere after the start.
"""

from __future__ import annotations

import posixpath

from ansible_collections.seawall.docker.plugins.module_utils._engine import EngineError
from ansible_collections.seawall.docker.plugins.module_utils._posture import places
from ansible_collections.seawall.docker.plugins.module_utils._posture.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._posture.first_process import first_process
from ansible_collections.seawall.docker.plugins.module_utils._posture.mounts import Mount, mount_of, parse_mountinfo
from ansible_collections.seawall.docker.plugins.module_utils._unread import Unread

# File systems whose "device" is a place on another machine, though it can look like a path.
_REMOTE = ("nfs", "nfs4", "cifs", "smb3", "ceph", "9p", "glusterfs")
_OVERLAY_PATHS = ("lowerdir", "upperdir")


def mounts_of(context: Context, inspected: Document, container: Document) -> list[Document]:
    """Every mount in normal form, ordered by destination. Raises Unread where one cannot be followed: half a list would
    hide the other half. ``container`` is the container's identity in normal form."""
    found = []
    for mount in inspected.get("Mounts") or []:
        facts: Document = {
            "type": mount.get("Type") or "",
            "name": mount.get("Name") or None,
            "driver": mount.get("Driver") or None,
            "source": str(mount.get("Source") or ""),
            "destination": mount.get("Destination") or "",
            "read_only": not mount.get("RW", True),
            "propagation": mount.get("Propagation") or "",
        }
        paths = volume_paths(_volume_options(context, str(facts["name"]))) if _is_local_volume(facts) else []
        if paths:
            # One entry for each directory that such a volume shows.
            found += [{**facts, "bound": True, "real_source": _real(context, path)} for path in paths]
        elif facts["type"] == "bind":
            found.append({**facts, "bound": True, "real_source": _bind_source(context, facts, container)})
        else:
            found.append({**facts, "bound": False, "real_source": facts["source"]})
    for mount in found:
        mount["engine_socket"] = mount["bound"] and _is_engine_socket(context, mount["real_source"])
    return sorted(found, key=lambda mount: (mount["destination"], mount["real_source"]))


def _is_engine_socket(context: Context, path: str) -> bool | None:
    """Whether the path is a socket of the engine under whatever name, as a hard link is; None for an engine elsewhere."""
    if not context.location.local:
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
    for path in places.api_sockets(context) + places.containerd_sockets(context):
        try:
            status = context.host.stat(path)
        except Unread as gap:
            if gap.kind == "absent":
                continue
            raise
        found.add((status.device, status.inode))
    return found


def _is_local_volume(mount: Document) -> bool:
    return mount["type"] == "volume" and mount["driver"] == "local" and bool(mount["name"])


def _volume_options(context: Context, name: str) -> dict[str, str]:
    """The options with which a volume was created. Asked once for all volumes."""
    volumes: dict[str, dict[str, str]] = context.once("volume_options", lambda: _all_volume_options(context))
    if name not in volumes:
        raise Unread(f"the engine does not describe the volume {name[:64]}, which a container has mounted")
    return volumes[name]


def _all_volume_options(context: Context) -> dict[str, dict[str, str]]:
    answer = context.engine.get("/volumes")
    listed = answer.get("Volumes") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or "Volumes" not in answer or not isinstance(listed or [], list):
        raise EngineError("the engine's answer to /volumes lists no volumes", "protocol")
    found = {}
    for entry in listed or []:
        options = entry.get("Options") if isinstance(entry, dict) else None
        if isinstance(entry, dict) and isinstance(options or {}, dict):
            found[str(entry.get("Name"))] = {str(key): str(value) for key, value in (options or {}).items()}
    return found


def volume_paths(options: dict[str, str]) -> list[str]:
    """The paths of the host that a volume of the driver ``local`` shows; empty where it is a directory of its own.

    The options are those of mount(8): ``type=none,o=bind,device=/etc``, ``type=ext4,device=/dev/sda1`` and
    ``type=overlay,o=lowerdir=/etc`` all show what is the host's.
    """
    kind = options.get("type", "").lower()
    if kind in _REMOTE:
        return []
    paths = [options["device"]] if options.get("device", "").startswith("/") else []
    for option in options.get("o", "").split(","):
        key, _equals, value = option.partition("=")
        if key in _OVERLAY_PATHS:
            paths += [path for path in value.split(":") if path.startswith("/")]
    return sorted(set(paths))


def _real(context: Context, path: str) -> str:
    return context.host.real_path(path) if context.location.local else posixpath.normpath(path)


def _bind_source(context: Context, mount: Document, container: Document) -> str:
    source = mount["source"]
    if not source.startswith("/") or not context.location.local:
        return str(source)
    path = context.host.real_path(source)
    if container["pid"] is None:
        return path
    held = _held(context, container, mount["destination"])
    return path if held is None else place_of(_daemon_mounts(context), held, path)


def _held(context: Context, container: Document, destination: str) -> Mount | None:
    """What the kernel has at the destination. None where it shows nothing there, as under a link inside the container,
    or where the container's process is not to be seen; then the path must do."""
    try:
        pid = first_process(context, container).pid
        key = f"mounts:{container['id']}"
        mounts = context.once(key, lambda: parse_mountinfo(context.host.read_text(f"/proc/{pid}/mountinfo")))
    except Unread:
        return None
    wanted = posixpath.normpath(destination)
    return next((mount for mount in reversed(mounts) if mount.mount_point == wanted), None)


def _daemon_mounts(context: Context) -> list[Mount]:
    def read() -> list[Mount]:
        return parse_mountinfo(context.host.read_text(f"/proc/{context.daemon_pid()}/mountinfo"))

    mounts: list[Mount] = context.once("daemon_mounts", read)
    return mounts


def place_of(mounts: list[Mount], held: Mount, path: str) -> str:
    """Where on the host the mounted directory lies: ``path`` if that still leads there, else where the kernel knows it.

    Raises Unread where no mount of the host shows it.
    """
    # A file that was replaced keeps its name, with this mark.
    root = held.root[: -len("//deleted")] if held.root.endswith("//deleted") else held.root
    candidates = [
        # join, since normpath keeps the two slashes that "/" and a name would make.
        posixpath.normpath(posixpath.join(mount.mount_point, posixpath.relpath(root, mount.root)))
        for mount in mounts
        if mount.device_number == held.device_number and _within(root, mount.root)
    ]
    here = mount_of(mounts, path)
    if path in candidates and here is not None and here.device_number == held.device_number:
        return path
    if not candidates:
        raise Unread(f"the kernel shows that {held.mount_point} in the container is not {path}, and not what it is")
    return min(candidates, key=lambda candidate: (len(candidate), candidate))


def _within(path: str, directory: str) -> bool:
    return directory == "/" or path == directory or path.startswith(directory.rstrip("/") + "/")
