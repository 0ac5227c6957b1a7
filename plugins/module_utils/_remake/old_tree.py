# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an engine left in its data root when it got another user mapping: what of it may be removed, and what stays.

Only directories that engines make themselves are meant. A volume that was not copied stays, and so does everything that is not known.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.mounts import mount_of
from ansible_collections.seawall.docker.plugins.module_utils._host.process import process_ids
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._migration import copy_checks, staging, tree
from ansible_collections.seawall.docker.plugins.module_utils._migration.tree_measure import share_of
from ansible_collections.seawall.docker.plugins.module_utils._remake.bind_mounts import within
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import Document, RemakeFailure

# Directories of an engine; of storage drivers those whose layers are ordinary directories.
LAYOUT = (
    *(
        "builder",
        "buildkit",
        "containers",
        "fuse-overlayfs",
        "image",
        "network",
        "overlay",
        "overlay2",
        "plugins",
        "runtimes",
    ),
    *("swarm", "tmp", "trust", "vfs"),
)
VOLUMES, CONTAINERS = "volumes", "containers"
# What an engine has beside its volumes, which is of use to volumes that stay.
_OF_VOLUMES = ("metadata.db", "backingFsBlockDev")
_MAPPED = re.compile(r"[0-9]{1,10}\.[0-9]{1,10}")


class OldTree(t.NamedTuple):
    """``paths`` go, and ``left`` are paths that stay."""

    base: str
    paths: t.List[str]
    left: t.List[str]


def find(base: str, had: Document, copied: t.Container[str]) -> OldTree:
    """Return what is there. ``copied`` are the volumes that the engine has elsewhere by now. Raises RemakeFailure and OSError."""
    paths, left = [], []
    for name in sorted(os.listdir(base)):
        path = f"{base}/{name}"
        if _MAPPED.fullmatch(name) or not stat.S_ISDIR(os.lstat(path).st_mode):
            continue
        if name == VOLUMES:
            gone, kept = _volumes(path, copied)
            paths += [path] if gone and not kept else gone
            left += kept
        elif name in LAYOUT:
            paths.append(path)
        else:
            left.append(path)
    _require_all_moved(f"{base}/{CONTAINERS}", had)
    return OldTree(base, paths, left)


def _volumes(directory: str, copied: t.Container[str]) -> t.Tuple[t.List[str], t.List[str]]:
    gone: t.List[str] = []
    kept: t.List[str] = []
    for name in sorted(os.listdir(directory)):
        if name not in _OF_VOLUMES:
            (gone if name in copied else kept).append(f"{directory}/{name}")
    return gone, kept


def _require_all_moved(directory: str, had: Document) -> None:
    known = {str(one["inspect"]["Id"]) for one in had["containers"]}
    try:
        strangers = sorted(name for name in os.listdir(directory) if name not in known)
    except FileNotFoundError:
        return
    if strangers:
        raise RemakeFailure(
            f"{directory} has containers that were not moved ({', '.join(tree.shown(one)[:12] for one in strangers[:5])});"
            " nothing was removed. Go back and move them, too, or remove them there"
        )


def mounts_in(found: OldTree) -> t.List[str]:
    """Return the mount points in what goes, and those that show something of it. Raises OSError."""
    all_mounts = copy_checks.all_mounts()
    points = set()
    for path in found.paths:
        holder = mount_of(all_mounts, path)
        if holder is None:
            raise RemakeFailure(f"on which file system {path} is is not known; nothing was removed")
        inner = posixpath.normpath(posixpath.join(holder.root, posixpath.relpath(path, holder.mount_point)))
        for mount in all_mounts:
            layers = [part.rpartition("=")[2] for part in re.split("[,:]", mount.options)]
            below = within(mount.mount_point, path) or any(within(one, path) for one in layers)
            if below or (mount.device_number == holder.device_number and within(mount.root, inner)):
                points.add(mount.mount_point)
    return sorted(points)


def users_of(host: Host, found: OldTree, containers: t.List[str]) -> t.List[str]:
    """Return the processes of containers of before, and those that have something open there. Raises Unread."""
    used = []
    for pid in process_ids(host):
        try:
            group = host.read_text(f"/proc/{pid}/cgroup")
            what = next((f"of the container {one[:12]}" for one in containers if one in group), None)
            what = what or next((f"uses {one}" for one in _open_paths(host, pid, found.paths)), None)
        except Unread as gap:
            if gap.kind == "absent" or not host.exists(f"/proc/{pid}"):
                continue
            raise
        if what:
            used.append(f"process {pid} {what}")
    return used


def _open_paths(host: Host, pid: int, directories: t.List[str]) -> t.Iterator[str]:
    links = [f"/proc/{pid}/{name}" for name in ("cwd", "root", "exe")]
    try:
        links += [f"/proc/{pid}/fd/{name}" for name in host.list_directory(f"/proc/{pid}/fd")]
    except Unread as gap:
        if gap.kind not in ("absent", "denied"):
            raise
    for link in links:
        try:
            path = host.read_link(link)
            # The same path may be another file where the process has mounts of its own.
            if any(within(path, one) for one in directories) and _is_same(link, path):
                yield path
        except Unread as gap:
            # Closed meanwhile, or a thread of the kernel, which has no program; or a process above this host, if that is a
            # container itself. What is open stays readable for those who have it open.
            if gap.kind not in ("absent", "denied"):
                raise


def _is_same(link: str, path: str) -> bool:
    try:
        return os.path.samestat(os.stat(link), os.stat(path))
    except OSError:
        return False


def size_of(path: str) -> t.Tuple[int, int]:
    """Return the bytes and the entries of a tree. Raises tree.TreeFault."""
    with _opened(path) as (_parent, descriptor):
        size = entries = 0
        for step in tree.walk(descriptor, path):
            if step.kind != tree.LEAVE:
                size, entries = size + share_of(step.status), entries + 1
        return size, entries


def remove(path: str) -> None:
    """Remove a tree. Raises tree.TreeFault and OSError."""
    with _opened(path) as (parent, descriptor):
        tree.empty(descriptor, path)
        os.rmdir(os.path.basename(path), dir_fd=parent)


@contextlib.contextmanager
def _opened(path: str) -> t.Iterator[t.Tuple[int, int]]:
    """Open a directory and the one above, which only root can change."""
    parent = staging.open_trusted(os.path.dirname(path), "the directory")
    try:
        try:
            descriptor = tree.open_directory(os.path.basename(path), parent)
        except OSError as error:
            raise tree.fault(path, error) from None
        try:
            yield parent, descriptor
        finally:
            os.close(descriptor)
    finally:
        os.close(parent)
