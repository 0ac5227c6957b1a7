# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find all paths of the host that lead to the same directory, and what is mounted below one, from the mount table of
the kernel.

A path alone is not enough: after ``mount --bind /etc /srv/x``, /srv/x is another name of /etc, and /srv contains it.
For each mount the kernel shows the device and the directory on it.
"""

from __future__ import annotations

import posixpath
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._host.mounts import (
    Mount,
    is_read_only,
    mount_of,
    parse_mountinfo,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.volume_options import (
    KERNEL_PLACES,
    overlay_paths,
)

# The engine's and containerd's own directories, in which they prepare what every container gets.
_ENGINE_DIRECTORIES = ("/run/docker", "/run/containerd", "/var/lib/containerd")


class Below(t.NamedTuple):
    """A directory of the host that is mounted below another one, at the relative path ``path``."""

    path: str
    place: str


def within(path: str, directory: str) -> bool:
    return directory == "/" or path == directory or path.startswith(directory.rstrip("/") + "/")


def mounts_of_process(context: Context, process: int | str) -> list[Mount]:
    return parse_mountinfo(context.host.read_text(f"/proc/{process}/mountinfo"))


def root_read_only(context: Context, pid: int) -> bool:
    """Return whether the root of the process is read-only now: who may mount can change that. Raises Unread."""
    # A mount at / is on another one at /, or on one that the process is not shown.
    root = mount_of(parse_mountinfo(context.host.read_text(f"/proc/{pid}/mountinfo"), "/"), "/")
    if root is None:
        raise Unread("the kernel's list of mounts does not show what is mounted on /")
    return is_read_only(root)


def places(context: Context, mount: Mount) -> list[str]:
    """Return every path of the host that leads to what is mounted there, also if it is covered by another mount."""
    # A file that was replaced keeps its name, with this mark.
    root = mount.root[: -len("//deleted")] if mount.root.endswith("//deleted") else mount.root
    found: dict[str, None] = {}
    for one in _by_device(context).get(mount.device_number, []):
        if within(root, one.root):
            # join, since normpath keeps the two slashes that "/" and a name would make.
            inner = posixpath.relpath(root, one.root)
            found[posixpath.normpath(posixpath.join(one.mount_point, inner))] = None
        for layer in _layers(one):
            found[posixpath.normpath(posixpath.join(layer, root.lstrip("/")))] = None
    return list(found)


def _layers(mount: Mount) -> list[str]:
    """Return the directories that an overlay, or a FUSE file system such as bindfs, shows under its own device.

    For the root directory these are paths of the system that mounted it, such as an initial RAM disk.
    """
    if mount.mount_point == "/":
        return []
    if mount.file_system == "overlay":
        return overlay_paths(mount.options)
    return [mount.device] if mount.file_system.startswith("fuse") and mount.device.startswith("/") else []


def other_names(context: Context, path: str) -> list[str]:
    """Return every path of the host that leads to the same directory as this path, which must not contain links."""
    mount = mount_of(_daemon_mounts(context), path)
    if mount is None:
        raise Unread("the daemon's list of mounts has no root directory")
    inner = posixpath.relpath(path, mount.mount_point)
    return _names_of(context, mount._replace(root=posixpath.normpath(posixpath.join(mount.root, inner))))


def _names_of(context: Context, mount: Mount) -> list[str]:
    """Return every path that leads to what is mounted there. A second /proc has no other path, and shows the same."""
    found = places(context, mount)
    kernel = KERNEL_PLACES.get(mount.file_system)
    if kernel is not None and not any(within(path, kernel) for path in found):
        found.append(kernel)
    return found


def mounted_below(context: Context, path: str) -> list[Below]:
    """Return what is mounted below a path and also has another path on the host."""

    def look() -> list[Below]:
        return [
            Below(posixpath.relpath(mount.mount_point, path), place)
            for mount in _daemon_mounts(context)
            if mount.mount_point != path and within(mount.mount_point, path)
            for place in _names_of(context, mount)
            if not within(place, path)
        ]

    found: list[Below] = context.once(f"mounted_below:{path}", look)
    return found


def own_directories(context: Context) -> list[str]:
    """Return the directories in which the engine and containerd prepare containers, by all their paths."""

    def look() -> list[str]:
        data_root = str(context.info().get("DockerRootDir") or "/var/lib/docker")
        found = [*_ENGINE_DIRECTORIES, data_root]
        if context.local:
            try:
                real = context.host.real_path(data_root)
                found += [real, *other_names(context, real)]
            except Unread:
                pass  # what is not known to be the engine's is judged
        return list(dict.fromkeys(found))

    directories: list[str] = context.once("own_directories", look)
    return directories


def _daemon_mounts(context: Context) -> list[Mount]:
    def read() -> list[Mount]:
        try:
            return mounts_of_process(context, context.daemon_pid())
        except Unread as gap:
            if gap.kind != "denied":
                raise
            # Others than root see the mounts of their own processes, which are in the same namespace as a rule.
            return mounts_of_process(context, "self")

    mounts: list[Mount] = context.once("daemon_mounts", read)
    return mounts


def _by_device(context: Context) -> dict[str, list[Mount]]:
    def sort() -> dict[str, list[Mount]]:
        found: dict[str, list[Mount]] = {}
        for mount in _daemon_mounts(context):
            found.setdefault(mount.device_number, []).append(mount)
        return found

    devices: dict[str, list[Mount]] = context.once("daemon_mounts_by_device", sort)
    return devices
