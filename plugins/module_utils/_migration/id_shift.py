# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change the ids of files by an id map: from those of containers to those of the host, or back."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import (
    MAX_EXTENTS,
    MAX_ID,
    Extent,
    inside_of,
    outside_of,
)

_CACHED_IDS = 4096


class MapFault(Exception):
    """An id map that no kernel would take; ``reason`` is one sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Shift:
    """The change of ids between a tree of a host that does not remap and one of a host that does.

    ``outward`` makes ids of containers to those of the host; without it, the other way round.
    """

    def __init__(self, uid_map: t.List[Extent], gid_map: t.List[Extent], outward: bool = True) -> None:
        self.uid_map, self.gid_map, self.outward = uid_map, gid_map, outward
        look_up = outside_of if outward else inside_of
        self._uid = functools.lru_cache(_CACHED_IDS)(lambda number: look_up(uid_map, number))
        self._gid = functools.lru_cache(_CACHED_IDS)(lambda number: look_up(gid_map, number))

    def uid(self, number: int) -> t.Optional[int]:
        """Return the user id in the other tree, None if the map does not hold it."""
        return self._uid(number)

    def gid(self, number: int) -> t.Optional[int]:
        """Return the group id in the other tree, None if the map does not hold it."""
        return self._gid(number)


class ShiftOnce(Shift):
    """A shift of a tree in its place. An id of the other side was shifted already, and stays as it is.

    Raises MapFault where a number is an id of both sides.
    """

    def __init__(self, uid_map: t.List[Extent], gid_map: t.List[Extent], outward: bool = True) -> None:
        super().__init__(uid_map, gid_map, outward)
        self._done = Shift(uid_map, gid_map, not outward)
        for what, extents in (("uid", uid_map), ("gid", gid_map)):
            for one in extents:
                for other in extents:
                    if one.inside < other.outside + other.count and other.outside < one.inside + one.count:
                        raise MapFault(
                            f"the {what} map has the number {max(one.inside, other.outside)} inside and outside, so nobody could"
                            " tell which files were shifted; use a range that begins after the ids of containers"
                        )

    def uid(self, number: int) -> t.Optional[int]:
        other = super().uid(number)
        return number if other is None and self._done.uid(number) is not None else other

    def gid(self, number: int) -> t.Optional[int]:
        other = super().gid(number)
        return number if other is None and self._done.gid(number) is not None else other


def extents_of(entries: t.List[t.Dict[str, t.Any]], what: str) -> t.List[Extent]:
    """Return the extents of a map that a user gave. ``what`` names the map in messages. Raises MapFault."""
    extents = [Extent(entry["inside"], entry["outside"], entry["count"]) for entry in entries]
    if not 1 <= len(extents) <= MAX_EXTENTS:
        raise MapFault(f"{what} has {len(extents)} entries; give 1 to {MAX_EXTENTS}")
    for number, extent in enumerate(extents):
        if extent.count < 1 or min(extent.inside, extent.outside) < 0:
            raise MapFault(f"{what}[{number}]: count must be at least 1, and ids must not be negative")
        if max(extent.inside, extent.outside) + extent.count - 1 > MAX_ID:
            raise MapFault(f"{what}[{number}] ends after the last id {MAX_ID}")
    for side in ("inside", "outside"):
        ordered = sorted(extents, key=lambda extent: getattr(extent, side))
        for lower, upper in zip(ordered, ordered[1:]):
            if getattr(lower, side) + lower.count > getattr(upper, side):
                raise MapFault(f"{what}: two entries hold the {side} id {getattr(upper, side)}; let them not overlap")
    return extents
