# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out what a container has mounted, and which directory of the host each mount really is.

The type and the path that the engine reports are not sufficient. A volume of the driver ``local`` can be a bind mount
of any directory or a whole disk, and a symbolic link in the path can be changed after the start.

The table of the kernel alone is not sufficient either: a container with SYS_ADMIN can move, cover and remove its
mounts. So a place counts if the engine's record leads to it now, or if a mount table of the container's processes shows
it. A table only adds places. If it lacks what the engine mounted, the list is not complete.
"""

from __future__ import annotations

import posixpath
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host.mounts import Mount
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.engine_sockets import is_engine_socket
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.host_places import (
    mounted_below,
    other_names,
    own_directories,
    places,
    within,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.kernel_mounts import kernel_mounts
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.rights import may_mount
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.runtime_mounts import (
    added_bind_mounts,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.volumes import (
    own_names,
    recorded_sources,
)

# What the kernel makes up in such file systems is no directory of the host. Runtimes mount them in every container, and
# some have one instance for the whole machine.
_MADE_UP = frozenset(
    "proc sysfs cgroup cgroup2 mqueue devpts securityfs debugfs tracefs bpf configfs fusectl pstore efivarfs binfmt_misc "
    "hugetlbfs rpc_pipefs nsfs selinuxfs".split()
)
# Of these each namespace of processes or networks has an instance of its own: what is the host's too, was bound.
_OF_NAMESPACES = frozenset(("proc", "sysfs"))


class MountsSeen(t.NamedTuple):
    """``mounts`` are in normal form, in the order of destinations. ``gap`` is the reason why there may be more mounts,
    or None."""

    mounts: t.List[Document]
    gap: t.Optional[str]


def mounts_of(context: Context, inspected: Document, container: Document) -> MountsSeen:
    """Return every mount in normal form, with one entry for each place of the host that it may show. ``container`` is
    the container in normal form, with its identity, capabilities and security options."""
    listed = [_in_normal_form(mount, True) for mount in inspected.get("Mounts") or []]
    found: list[Document] = []
    gaps: list[str] = []
    try:
        listed += [_in_normal_form(mount, False) for mount in added_bind_mounts(context, inspected, container)]
    except Unread as gap:
        gaps.append(gap.reason)
    held: list[Mount] | None = None
    if may_mount(container) or any(mount["type"] in ("bind", "volume") for mount in listed):
        try:
            held = kernel_mounts(context, container)
        except Unread as gap:
            gaps.append(gap.reason)
    for mount in listed:
        try:
            sources = recorded_sources(context, mount)
        except Unread as gap:
            gaps.append(gap.reason)
            continue
        shown: dict[str, str | None] = {}
        for source in sources:
            try:
                shown[_real(context, mount, source)] = None
                if mount["type"] == "bind" or source != mount["source"]:
                    _require_unchangeable(context, container, source)
            except Unread as gap:
                gaps.append(gap.reason)
        if context.local and sources:
            shown = {**_by_kernel(context, held, mount, list(shown), inspected, gaps), **shown}
        if mount["type"] == "volume":
            own = own_names(context, mount)
            shown = {place: shown[place] for place in shown if not any(within(place, one) for one in own)}
        found += [{**mount, "bound": True, "real_source": place, "below": shown[place]} for place in sorted(shown)]
        if not shown:
            found.append({**mount, "bound": False, "real_source": mount["source"], "below": None})
    try:
        found += _other_places(context, container, held, [mount["real_source"] for mount in found if mount["bound"]])
    except Unread as gap:
        gaps.append(gap.reason)
    for mount in found:
        mount["engine_socket"] = False
        if mount["bound"]:
            try:
                mount["engine_socket"] = is_engine_socket(context, mount["real_source"])
            except Unread as gap:
                mount["engine_socket"] = None
                gaps.append(gap.reason)
    found.sort(key=lambda mount: (mount["destination"], mount["real_source"]))
    return MountsSeen(found, gaps[0] if gaps else None)


def _in_normal_form(mount: Document, asked: bool) -> Document:
    """``asked`` says whether the engine was asked for the mount. A new container gets any other mount again."""
    return {
        "asked": asked,
        "type": mount.get("Type") or "",
        "name": mount.get("Name") or None,
        "driver": mount.get("Driver") or None,
        "source": str(mount.get("Source") or ""),
        "destination": mount.get("Destination") or "",
        "read_only": not mount.get("RW", True),
        "propagation": mount.get("Propagation") or "",
    }


def _by_kernel(
    context: Context,
    held: list[Mount] | None,
    mount: Document,
    recorded: list[str],
    inspected: Document,
    gaps: list[str],
) -> dict[str, str | None]:
    """Return each place of the host that is at or below a recorded destination, with the relative path if it is below.
    Reasons why a place is not known are added to ``gaps``."""
    asked = (inspected.get("HostConfig") or {}).get("Mounts") or []
    flat = [one.get("Target") for one in asked if (one.get("BindOptions") or {}).get("NonRecursive") is True]
    targets = [posixpath.normpath(str(one.get("Destination"))) for one in inspected.get("Mounts") or []]
    found: dict[str, str | None] = {}
    looks: tuple[t.Callable[[], dict[str, str | None]], ...] = (
        lambda: _by_record(context, recorded, mount["destination"] in flat),
        lambda: _places_at(context, held, mount, set(recorded)),
        lambda: _places_below(context, held, mount, str(inspected.get("Id")), targets, [*recorded, *found]),
    )
    for look in looks:
        try:
            found = {**look(), **found}
        except Unread as gap:
            gaps.append(gap.reason)
    return found


def _by_record(context: Context, recorded: list[str], flat: bool) -> dict[str, str | None]:
    """Return the places at the recorded paths as they are now and, except if ``flat``, those below them."""
    found: dict[str, str | None] = {}
    for path in recorded:
        for below in [] if flat else mounted_below(context, path):
            found.setdefault(below.place, below.path)
        found.update(dict.fromkeys(other_names(context, path)))
    return found


def _places_below(
    context: Context, held: list[Mount] | None, mount: Document, container: str, targets: list[str], known: list[str]
) -> dict[str, str | None]:
    """Return the places of the host that the kernel shows below the destination of the mount, without other mounts of
    the record and what is below a ``known`` place."""
    found: dict[str, str | None] = {}
    wanted = posixpath.normpath(mount["destination"])
    deeper = [target for target in targets if target != wanted and within(target, wanted)]
    prepared = [f"{directory}/containers/{container}" for directory in own_directories(context)]
    for one in held or []:
        if one.mount_point == wanted or not within(one.mount_point, wanted):
            continue
        if one.file_system in _MADE_UP - _OF_NAMESPACES or any(within(one.mount_point, other) for other in deeper):
            continue
        for place in places(context, one):
            if not any(within(place, directory) for directory in (*prepared, *known)):
                found.setdefault(place, posixpath.relpath(one.mount_point, wanted))
    return found


def _real(context: Context, mount: Document, source: str) -> str:
    if not context.local or not source.startswith("/"):
        return posixpath.normpath(source) if mount["type"] == "volume" else source
    try:
        return context.host.real_path(source)
    except Unread as gap:
        if gap.kind != "denied" or mount["type"] != "volume" or source != mount["source"]:
            raise
        # Below the engine's directories, into which only root can see and put a link.
        return posixpath.normpath(source)


def _places_at(
    context: Context, held: list[Mount] | None, mount: Document, recorded: set[str]
) -> dict[str, str | None]:
    """Return the places of the host that the kernel shows at the destination of the mount, in any layer.

    Raises Unread if the tables of the container show neither the recorded place nor another one there. The container
    may have removed the mount.
    """
    if held is None:
        return {}
    wanted = posixpath.normpath(mount["destination"])
    own = own_directories(context)
    there = [one for one in held if one.mount_point == wanted and not _is_own_root(context, one, own)]
    found = dict.fromkeys(place for one in there for place in places(context, one))
    if (
        mount["type"] == "bind"
        and not found
        and not any(path in places(context, one) for one in held for path in recorded)
    ):
        path = min(recorded, default=mount["source"])
        raise Unread(f"the kernel shows that {wanted} in the container is not {path}, and not what it is")
    return found


def _is_own_root(context: Context, held: Mount, engine_directories: list[str]) -> bool:
    """Return whether the container's own root file system is mounted there. The container may bind any directory of it
    elsewhere."""
    found = places(context, held) if held.file_system == "overlay" else []
    return bool(found) and all(any(within(place, directory) for directory in engine_directories) for place in found)


def _other_places(
    context: Context, container: Document, held: list[Mount] | None, known: list[str]
) -> t.Iterator[Document]:
    """Return directories of the host that a container with the right to mount has mounted or moved itself."""
    if held is None or not may_mount(container):
        return
    own = own_directories(context)
    seen = list(known)
    for one in held:
        found = [] if one.file_system in _MADE_UP else places(context, one)
        if any(within(place, directory) for place in found for directory in own):
            continue
        for place in found:
            # Shared memory of the host is judged with its namespace.
            if place == "/dev/shm" or any(within(place, other) for other in seen) or not _is_directory(context, place):
                continue
            seen.append(place)
            yield {
                "asked": False,
                "type": "bind",
                "name": None,
                "driver": None,
                "source": place,
                "destination": one.mount_point,
                "read_only": False,
                "propagation": "",
                "bound": True,
                "real_source": place,
                "below": None,
            }


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
            if entry != place and within(entry, place):
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
                continue  # then its path alone is compared
    return sorted(found)
