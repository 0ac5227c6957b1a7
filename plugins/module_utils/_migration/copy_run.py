# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One copy of a tree from its checks to its place: refuse, measure, copy, compare, move."""

from __future__ import annotations

import contextlib
import os
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._migration import copy_checks, staging, tree
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_checks import CopyFault, Request
from ansible_collections.seawall.docker.plugins.module_utils._migration.tree_comparison import (
    Differences,
    TreeComparison,
)
from ansible_collections.seawall.docker.plugins.module_utils._migration.tree_copy import TreeCopy
from ansible_collections.seawall.docker.plugins.module_utils._migration.tree_measure import Measure, measure

# How often free space is looked at.
_WATCHED_BYTES = 64 * bounds.MIB
_WATCHED_SECONDS = 1.0


class Observer:
    """Who is told how far a copy is. This one does not listen."""

    def phase(self, name: str) -> None:
        """A part begins: ``measure``, ``copy``, ``compare`` or ``move``."""

    def measured(self, result: Measure) -> None:
        """The size of the tree is known."""

    def tick(self, size: int, entries: int) -> None:
        """So many bytes and entries were done since the last call."""


class Look(t.NamedTuple):
    """What would be copied. ``done`` says that the destination is this very copy already, complete.

    ``differences`` are those between the source and a directory that would be replaced.
    """

    done: bool
    measure: t.Optional[Measure] = None
    differences: t.Optional[Differences] = None


class _Places(t.NamedTuple):
    """``source`` and ``found`` are None if the source is gone, and the destination is a complete copy of it."""

    parent: int
    source: t.Optional[int]
    found: t.Optional[Measure]

    def state(self, request: Request) -> str:
        return copy_checks.state_of(request, self.parent, self.found)


def look(request: Request) -> Look:
    """Return what would be copied, and change nothing. Raises CopyFault with everything that forbids it."""
    with _opened(request, Observer()) as places:
        state = places.state(request)
        if state == copy_checks.DONE or places.source is None or places.found is None:
            return Look(not staging.is_left(places.parent, request.destination), places.found)
        copy_checks.refuse(request, places.parent, places.found)
        if state == copy_checks.FREE:
            return Look(False, places.found)
        replaced = tree.open_directory(os.path.basename(request.destination), places.parent)
        try:
            differences = TreeComparison(places.source, request.source, replaced, request.shift, contents=False).run()
        finally:
            os.close(replaced)
        return Look(False, places.found, differences)


def copy(request: Request, observer: t.Optional[Observer] = None) -> Look:
    """Copy the tree, compare it, and move it to its place. Raises CopyFault; then the destination is as it was before."""
    observer = observer or Observer()
    with _opened(request, observer) as places:
        done = places.state(request) == copy_checks.DONE
        if done and not staging.is_left(places.parent, request.destination):
            return Look(True, places.found)
        place = staging.open_staging(places.parent, request.destination)
        try:
            try:
                return Look(_fill(request, places, place, observer), places.found)
            finally:
                place.discard()
        finally:
            place.close()


@contextlib.contextmanager
def _opened(request: Request, observer: Observer) -> t.Iterator[_Places]:
    """Open both places and measure the source. What goes wrong within the block is a CopyFault."""
    source: t.Optional[int] = None
    parent = -1
    try:
        parent = copy_checks.open_parent(request)
        found = None
        if os.path.lexists(request.source) or copy_checks.state_of(request, parent, None) != copy_checks.DONE:
            source = copy_checks.open_source(request)
            observer.phase("measure")
            found = measure(source, request.source, request.shift)
            observer.measured(found)
        yield _Places(parent, source, found)
    except tree.TreeFault as fault:
        raise CopyFault(fault.reason) from None
    except OSError as error:
        raise CopyFault(f"cannot copy to {request.destination}: {error.strerror}") from None
    finally:
        for descriptor in (source, parent):
            if descriptor is not None and descriptor >= 0:
                os.close(descriptor)


def _fill(request: Request, places: _Places, place: staging.Staging, observer: Observer) -> bool:
    """Bring the copy about. Return whether a run that was killed had done all but its last step."""
    state = places.state(request)
    if state == copy_checks.DONE or places.source is None or places.found is None:
        return True
    paths = (request.destination, copy_checks.place_to_keep(request, places.parent, places.found)[0])
    name, kept = (os.path.basename(path) for path in paths)
    if state == copy_checks.HALF_REPLACED:
        staging.exchange(places.parent, kept, name)
        return True
    copy_checks.refuse(request, places.parent, places.found)
    place.prepare()
    _copy(request, places.source, place, observer)
    observer.phase("move")
    mark = staging.mark_of(request.source, request.shift, places.found)
    place.move(name, mark, kept if state == copy_checks.REPLACED else None)
    return False


def _copy(request: Request, source: int, place: staging.Staging, observer: Observer) -> None:
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
        free, files = copy_checks.free_of(self._descriptor)
        if free < copy_checks.RESERVE_BYTES or files < copy_checks.RESERVE_FILES:
            raise tree.TreeFault(f"the copy was ended, since the file system has only {_free_text(free, files)} left")


def _free_text(free: int, files: int) -> str:
    return f"{free // bounds.MIB} MiB" if free < copy_checks.RESERVE_BYTES else f"{files} inodes"
