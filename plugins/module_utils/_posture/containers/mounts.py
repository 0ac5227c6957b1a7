# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container has mounted, and which directory of the host each mount really is.

Neither the kind nor the path that the engine names is to be believed. A volume of the driver ``local`` can be a bind of
any directory or a whole disk, and a symbolic link in the path can be turned elsewhere after the start.

The kernel's table is not to be believed alone either: a container with SYS_ADMIN moves, covers and removes its mounts.
So every place counts that the engine's record leads to now, and every place that a table of the container's processes
shows. A table adds places and takes none away; where it lacks what the engine mounted, the list is not complete.
"""

from __future__ import annotations

import posixpath
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import first_process
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError
from ansible_collections.seawall.docker.plugins.module_utils._host.mounts import Mount, parse_mountinfo
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.processes import pids_by_container
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.rights import may_mount
from ansible_collections.seawall.docker.plugins.module_utils._posture.files import places

# File systems whose "device" is a place on another machine, though it can look like a path.
_REMOTE = ("nfs", "nfs4", "cifs", "smb3", "ceph", "9p", "glusterfs")
_OVERLAY_PATHS = ("lowerdir", "upperdir")
# What the kernel makes up in such file systems is no directory of the host. Runtimes mount them in every container, and
# some have one instance for the whole machine.
_MADE_UP = frozenset(
    "proc sysfs cgroup cgroup2 mqueue devpts securityfs debugfs tracefs bpf configfs fusectl pstore efivarfs binfmt_misc "
    "hugetlbfs rpc_pipefs nsfs selinuxfs".split()
)
# The engine's and containerd's own directories, in which they prepare what every container gets.
_ENGINE_DIRECTORIES = ("/run/docker", "/run/containerd", "/var/lib/containerd")
# A container has one mount namespace, and some more where an engine or systemd runs in it.
_MAX_NAMESPACES = 256


class MountsSeen(t.NamedTuple):
    """``mounts`` in normal form, ordered by destination. ``gap`` is the reason why there may be more; None where these
    are all."""

    mounts: t.List[Document]
    gap: t.Optional[str]


def mounts_of(context: Context, inspected: Document, container: Document) -> MountsSeen:
    """Every mount in normal form, one entry for each place of the host that it may show. ``container`` is the container
    in normal form, with its identity, capabilities and security options."""
    found: list[Document] = []
    gaps: list[str] = []
    held: list[Mount] | None = None
    if may_mount(container) or any(mount.get("Type") in ("bind", "volume") for mount in inspected.get("Mounts") or []):
        try:
            held = _kernel_mounts(context, container)
        except Unread as gap:
            gaps.append(gap.reason)
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
        sources: list[str] = []
        try:
            if _is_local_volume(facts):
                sources = volume_paths(_volume_options(context, str(facts["name"])))
            elif facts["type"] == "bind":
                sources = [facts["source"]]
        except Unread as gap:
            gaps.append(gap.reason)
            continue
        if not sources:
            found.append({**facts, "bound": False, "real_source": facts["source"]})
            continue
        shown: set[str] = set()
        for source in sources:
            try:
                shown.add(_real(context, source) if facts["type"] == "volume" else _bind_source(context, source))
                _require_unchangeable(context, container, source)
            except Unread as gap:
                gaps.append(gap.reason)
        try:
            shown |= _places_at(context, held, facts, shown)
        except Unread as gap:
            gaps.append(gap.reason)
        found += [{**facts, "bound": True, "real_source": place} for place in shown]
    try:
        found += _other_places(context, container, held, [mount["real_source"] for mount in found if mount["bound"]])
    except Unread as gap:
        gaps.append(gap.reason)
    for mount in found:
        mount["engine_socket"] = False
        if mount["bound"]:
            try:
                mount["engine_socket"] = _is_engine_socket(context, mount["real_source"])
            except Unread as gap:
                mount["engine_socket"] = None
                gaps.append(gap.reason)
    found.sort(key=lambda mount: (mount["destination"], mount["real_source"]))
    return MountsSeen(found, gaps[0] if gaps else None)


def _is_engine_socket(context: Context, path: str) -> bool | None:
    """Whether the path is a socket of the engine under whatever name, as a hard link is; None for an engine elsewhere."""
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
    return context.host.real_path(path) if context.local else posixpath.normpath(path)


def _bind_source(context: Context, source: str) -> str:
    if not source.startswith("/") or not context.local:
        return source
    return context.host.real_path(source)


def _kernel_mounts(context: Context, container: Document) -> list[Mount] | None:
    """Every mount in the mount namespaces of the container's processes, covered ones too.

    None where there is no process, or none that the auditor may look at; then the engine's record must do. Raises
    Unread where the container itself is the reason.
    """
    if not context.local or container["pid"] is None:
        return None
    try:
        pid = first_process(context, container).pid
        mounts = _mounts_of_process(context, pid)
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
            mounts = mounts + _mounts_of_process(context, other)
        except Unread as gap:
            if gap.kind not in ("absent", "denied"):
                raise
    return mounts


def _changed_root(context: Context, pid: int) -> bool:
    """Whether the process has another root directory than its mount namespace: its table lacks what lies outside."""
    try:
        return context.host.read_link(f"/proc/{pid}/root") != "/"
    except Unread as gap:
        if gap.kind in ("absent", "denied"):
            return False  # as its table of mounts
        raise


def _mounts_of_process(context: Context, pid: int) -> list[Mount]:
    return parse_mountinfo(context.host.read_text(f"/proc/{pid}/mountinfo"))


def _places_at(context: Context, held: list[Mount] | None, mount: Document, recorded: set[str]) -> set[str]:
    """The places of the host that the kernel has at the mount's destination, in any layer, beside those of the record.

    Raises Unread where the container's tables show the recorded place nowhere and no other one there: the container may
    have taken the mount away.
    """
    if held is None:
        return set()
    wanted = posixpath.normpath(mount["destination"])
    host = _daemon_mounts(context)
    there = [one for one in held if one.mount_point == wanted and not _is_own_root(host, one, own_directories(context))]
    # Of a volume not its own directory, in which the engine has mounted what the options name.
    own = mount["source"] if mount["type"] == "volume" else None
    found = set()
    for one in there:
        shown = [place for place in _places(host, one) if own is None or not _within(place, own)]
        if shown and not recorded & set(shown):
            found.add(_shortest(shown))
        elif shown:
            found |= recorded & set(shown)
    if (
        mount["type"] == "bind"
        and not found
        and not any(path in _places(host, one) for one in held for path in recorded)
    ):
        path = min(recorded, default=mount["source"])
        raise Unread(f"the kernel shows that {wanted} in the container is not {path}, and not what it is")
    return found - recorded


def _is_own_root(host: dict[str, list[Mount]], held: Mount, engine_directories: list[str]) -> bool:
    """Whether a container's own root file system is mounted there, of which it may bind any directory elsewhere."""
    found = _places(host, held) if held.file_system == "overlay" else []
    return bool(found) and all(any(_within(place, directory) for directory in engine_directories) for place in found)


def _other_places(
    context: Context, container: Document, held: list[Mount] | None, known: list[str]
) -> t.Iterator[Document]:
    """Directories of the host that a container which may mount has mounted or moved elsewhere by itself."""
    if held is None or not may_mount(container):
        return
    host = _daemon_mounts(context)
    own = own_directories(context)
    seen = list(known)
    for one in held:
        found = [] if one.file_system in _MADE_UP else _places(host, one)
        if not found or any(_within(place, directory) for place in found for directory in own):
            continue
        place = _shortest(found)
        # Shared memory of the host is judged with its namespace.
        if place == "/dev/shm" or any(_within(place, other) for other in seen) or not _is_directory(context, place):
            continue
        seen.append(place)
        yield {
            "type": "bind",
            "name": None,
            "driver": None,
            "source": place,
            "destination": one.mount_point,
            "read_only": False,
            "propagation": "",
            "bound": True,
            "real_source": place,
        }


def own_directories(context: Context) -> list[str]:
    """The directories in which the engine and containerd prepare what every container gets."""

    def look() -> list[str]:
        data_root = str(context.info().get("DockerRootDir") or "/var/lib/docker")
        return [*_ENGINE_DIRECTORIES, data_root, context.host.real_path(data_root)]

    directories: list[str] = context.once("own_directories", look)
    return directories


def _is_directory(context: Context, path: str) -> bool:
    # Runtimes and their hooks bind single files and devices of the host.
    try:
        return context.host.stat(path).type == "directory"
    except Unread as gap:
        return gap.kind != "absent"


def _require_unchangeable(context: Context, container: Document, source: str) -> None:
    """Raise Unread where the record proves nothing: a container can change where the path leads, and this one can hide
    from the kernel's tables where it led at its start."""
    if not context.local or container["pid"] is None or not may_mount(container):
        return
    writable = context.once("writable_places", lambda: _writable_places(context))
    for entry in context.host.entries_on_the_way(source):
        for place in writable:
            if entry != place and _within(entry, place):
                raise Unread(f"{source} leads through {place}, in which a container can turn it elsewhere")


def _writable_places(context: Context) -> list[str]:
    context.require_all_described()
    found = set()
    for inspected in context.containers():
        for mount in inspected.get("Mounts") or []:
            source = str(mount.get("Source") or "")
            if not mount.get("RW", True) or not source.startswith("/"):
                continue
            found.add(posixpath.normpath(source))
            try:
                found.add(context.host.real_path(source))
            except Unread:
                continue  # its name must do
    return sorted(found)


def _daemon_mounts(context: Context) -> dict[str, list[Mount]]:
    """The mounts of the daemon's mount namespace, by the kernel's number of the device."""

    def read() -> dict[str, list[Mount]]:
        found: dict[str, list[Mount]] = {}
        for mount in _mounts_of_process(context, context.daemon_pid()):
            found.setdefault(mount.device_number, []).append(mount)
        return found

    mounts: dict[str, list[Mount]] = context.once("daemon_mounts", read)
    return mounts


def _places(host: dict[str, list[Mount]], held: Mount) -> list[str]:
    """Every path of the host that leads to what is mounted there. One that another mount covers counts as well."""
    # A file that was replaced keeps its name, with this mark.
    root = held.root[: -len("//deleted")] if held.root.endswith("//deleted") else held.root
    return [
        # join, since normpath keeps the two slashes that "/" and a name would make.
        posixpath.normpath(posixpath.join(mount.mount_point, posixpath.relpath(root, mount.root)))
        for mount in host.get(held.device_number, [])
        if _within(root, mount.root)
    ]


def _shortest(found: list[str]) -> str:
    return min(found, key=lambda place: (len(place), place))


def _within(path: str, directory: str) -> bool:
    return directory == "/" or path == directory or path.startswith(directory.rstrip("/") + "/")
