# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One copy of a tree from its checks to its place: refuse, measure, copy, compare, move."""

from __future__ import annotations

import os
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import bounds, mounts
from ansible_collections.seawall.docker.plugins.module_utils._migration import staging, tree
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import Shift
from ansible_collections.seawall.docker.plugins.module_utils._migration.tree_comparison import TreeComparison
from ansible_collections.seawall.docker.plugins.module_utils._migration.tree_copy import TreeCopy
from ansible_collections.seawall.docker.plugins.module_utils._migration.tree_measure import Measure, measure

# What stays free on the file system: engine and host write meanwhile.
RESERVE_BYTES = 256 * bounds.MIB
_RESERVE_FILES = 1000
# How often free space is looked at.
_WATCHED_BYTES = 64 * bounds.MIB
_WATCHED_SECONDS = 1.0
_MOUNTINFO = "/proc/self/mountinfo"
_MOUNTINFO_BYTES = 32 * bounds.MIB


class Request(t.NamedTuple):
    """``source`` and ``destination`` are absolute paths without links. The destination must not exist, or be empty."""

    source: str
    destination: str
    shift: Shift


class CopyFault(Exception):
    """Why nothing was copied. ``refusals`` are all reasons, as far as they are listed."""

    def __init__(self, reason: str, refusals: t.Optional[t.List[str]] = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refusals = refusals or [reason]


class Observer:
    """Who is told how far a copy is. This one does not listen."""

    def phase(self, name: str) -> None:
        """A part begins: ``measure``, ``copy``, ``compare`` or ``move``."""

    def measured(self, result: Measure) -> None:
        """The size of the tree is known."""

    def tick(self, size: int, entries: int) -> None:
        """So many bytes and entries were done since the last call."""


class Look(t.NamedTuple):
    """What would be copied. ``done`` says that the destination is this very copy already, complete."""

    done: bool
    measure: t.Optional[Measure] = None


def is_done(request: Request) -> bool:
    """Return whether the destination is this very copy, complete, and nothing is left to clean up. Raises CopyFault."""
    parent = -1
    try:
        parent = _open_parent(request)
        return _is_done(request, parent) and not staging.is_left(parent, request.destination)
    except tree.TreeFault as fault:
        raise CopyFault(fault.reason) from None
    except OSError as error:
        raise CopyFault(f"cannot look at {request.destination}: {error.strerror}") from None
    finally:
        _close(parent)


def look(request: Request, observer: t.Optional[Observer] = None) -> Look:
    """Return what would be copied, and change nothing. Raises CopyFault with everything that forbids it."""
    observer = observer or Observer()
    source = parent = -1
    try:
        parent = _open_parent(request)
        if _is_done(request, parent):
            return Look(True)
        source = _open_source(request)
        return Look(False, _measured(request, source, parent, observer))
    except tree.TreeFault as fault:
        raise CopyFault(fault.reason) from None
    except OSError as error:
        raise CopyFault(f"cannot look at {request.destination}: {error.strerror}") from None
    finally:
        _close(source, parent)


def copy(request: Request, observer: t.Optional[Observer] = None) -> Look:
    """Copy the tree, compare it, and move it to its place. Raises CopyFault; then the destination is as it was before."""
    observer = observer or Observer()
    source = parent = -1
    try:
        parent = _open_parent(request)
        if _is_done(request, parent) and not staging.is_left(parent, request.destination):
            return Look(True)
        place = staging.open_staging(parent, request.destination)
        try:
            try:
                if _is_done(request, parent):
                    # The copy was killed after its last step but one.
                    return Look(True)
                source = _open_source(request)
                found = _measured(request, source, parent, observer)
                place.prepare()
                _fill(request, source, place, observer)
                return Look(False, found)
            finally:
                place.discard()
        finally:
            place.close()
    except tree.TreeFault as fault:
        raise CopyFault(fault.reason) from None
    except OSError as error:
        raise CopyFault(f"cannot copy to {request.destination}: {error.strerror}") from None
    finally:
        _close(source, parent)


def _fill(request: Request, source: int, place: staging.Staging, observer: Observer) -> None:
    watched = _Watched(place.descriptor, observer)
    observer.phase("copy")
    TreeCopy(source, request.source, place.descriptor, request.shift, watched.tick).run()
    place.remove_links()
    observer.phase("compare")
    whole = tree.open_directory("tree", place.descriptor)
    try:
        differences = TreeComparison(source, request.source, whole, request.shift, observer.tick).run()
    finally:
        os.close(whole)
    if differences.found:
        listed = [
            f"{one.path}: {one.kind} ({one.what})" if one.what else f"{one.path}: {one.kind}"
            for one in differences.listed
        ]
        reason = f"{differences.found} entries of the copy differ from {request.source}, the first is {listed[0]}"
        raise CopyFault(reason, listed)
    observer.phase("move")
    place.move(os.path.basename(request.destination), staging.mark_of(request.source, request.shift))


class _Watched:
    """Ends a copy before it fills the file system."""

    def __init__(self, descriptor: int, observer: Observer) -> None:
        self._descriptor = descriptor
        self._observer = observer
        self._bytes = 0
        self._next = 0.0

    def tick(self, size: int, entries: int) -> None:
        self._observer.tick(size, entries)
        self._bytes += size
        now = time.monotonic()
        if self._bytes < _WATCHED_BYTES and now < self._next:
            return
        self._bytes, self._next = 0, now + _WATCHED_SECONDS
        free, files = _free(self._descriptor)
        if free < RESERVE_BYTES or files < _RESERVE_FILES:
            raise tree.TreeFault(f"the copy was ended, since the file system has only {_free_text(free, files)} left")


def _free(descriptor: int) -> t.Tuple[int, int]:
    status = os.fstatvfs(descriptor)
    # Some file systems make inodes as they are needed, and say 0.
    return status.f_bavail * status.f_frsize, status.f_favail if status.f_files else _RESERVE_FILES + (1 << 62)


def _free_text(free: int, files: int) -> str:
    return f"{free // bounds.MIB} MiB" if free < RESERVE_BYTES else f"{files} inodes"


def _open_parent(request: Request) -> int:
    for what, path in (("source", request.source), ("destination", request.destination)):
        if not path.startswith("/") or os.path.normpath(path) != path or path == "/":
            raise tree.TreeFault(f"{what} {path} is no absolute path without . and ..")
    if f"{request.destination}/".startswith(f"{request.source}/") or f"{request.source}/".startswith(
        f"{request.destination}/"
    ):
        raise tree.TreeFault(f"one of {request.source} and {request.destination} lies in the other")
    return staging.open_trusted(os.path.dirname(request.destination), "the directory of the destination")


def _open_source(request: Request) -> int:
    """Open the tree. Its own directory may belong to a user of a container, but not those above."""
    above = staging.open_trusted(os.path.dirname(request.source), "the directory of the source")
    try:
        return tree.open_directory(os.path.basename(request.source), above)
    except OSError as error:
        raise tree.TreeFault(f"the source {request.source}: {error.strerror}") from None
    finally:
        os.close(above)


def _is_done(request: Request, parent: int) -> bool:
    state, mark = staging.state_of(parent, os.path.basename(request.destination))
    if state == "copy" and mark == staging.mark_of(request.source, request.shift):
        return True
    if state in ("copy", "other"):
        what = (
            "the copy of another tree, or with other id maps" if state == "copy" else "something that is no such copy"
        )
        raise tree.TreeFault(f"{request.destination} is {what}; name another destination, or move it away")
    return False


def _measured(request: Request, source: int, parent: int, observer: Observer) -> Measure:
    observer.phase("measure")
    found = measure(source, request.source, request.shift)
    observer.measured(found)
    for mount_point in _mounts_below(request.source):
        found.refuse(mount_point, "a file system is mounted here, which is not copied; unmount it")
    free, files = _free(parent)
    if found.bytes + RESERVE_BYTES > free or found.entries + _RESERVE_FILES > files:
        found.refuse(
            request.destination,
            f"the copy needs {found.bytes // bounds.MIB} MiB and {found.entries} inodes, and {RESERVE_BYTES // bounds.MIB}"
            f" MiB must stay free; its file system has {free // bounds.MIB} MiB and {files} inodes",
        )
    if found.refusals:
        more = f" (and {found.refusals_found - 1} more)" if found.refusals_found > 1 else ""
        raise CopyFault(f"nothing was copied: {found.refusals[0]}{more}", found.refusals)
    return found


def _mounts_below(path: str) -> t.List[str]:
    with open(_MOUNTINFO, encoding="utf-8", errors="surrogateescape") as stream:
        text = stream.read(_MOUNTINFO_BYTES)
    points = (mount.mount_point for mount in mounts.parse_mountinfo(text))
    return sorted({point for point in points if point.startswith(f"{path}/")})


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        if descriptor >= 0:
            os.close(descriptor)
