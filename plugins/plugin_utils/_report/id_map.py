# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of a host's ids: which ranges belong to whom, and which of them share ids."""

from __future__ import annotations

import dataclasses
import itertools
import math
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import text
from ansible_collections.seawall.docker.plugins.plugin_utils._report.numbers import count_of, is_whole

Json = dict[str, t.Any]

WIDTH = 1000
_LAST_ID = 2**32 - 1
_MOST_RANGES = 100
_MOST_LANES = 24
_MOST_NAMED = 3
_KINDS = ("daemon", "containers", "user", "account")
_SYSTEM: Json = {"kind": "system", "owner": "", "start": 0, "end": 999, "containers": 0}


@dataclasses.dataclass
class Lane:
    """What one owner has: the name, the ids as text, whom it shares ids with, and the parts of its bar (class, start, width)."""

    name: str
    ids: str
    shared: list[str]
    parts: list[tuple[str, int, int]]


@dataclasses.dataclass
class IdMap:
    title: str
    lanes: list[Lane]
    more: int
    known: bool


def accepted(value: t.Any) -> Json | None:
    """Return ``ids`` of a document that somebody else could have written, without what is no range."""
    if not isinstance(value, dict):
        return None
    return {key: _accepted_file(value.get(key)) for key in ("uids", "gids")}


def _accepted_file(value: t.Any) -> Json | None:
    if not isinstance(value, dict) or not isinstance(value.get("ranges"), list):
        return None
    ranges = [
        {
            **{key: one[key] for key in ("kind", "start", "end")},
            "owner": str(one.get("owner")),
            "containers": count_of(one.get("containers"), 1),
        }
        for one in value["ranges"][:_MOST_RANGES]
        if isinstance(one, dict)
        and one.get("kind") in _KINDS
        and is_whole(one.get("start"))
        and is_whole(one.get("end"))
        and 0 <= one["start"] <= one["end"] <= _LAST_ID
    ]
    return {"ranges": ranges, "more": count_of(value.get("more")), "known": value.get("known") is True}


def pictures(ids: Json | None, rootless: bool) -> list[IdMap]:
    """Return the pictures of accepted ids: one for users and groups if they have the same ranges, else one for each."""
    if ids is None:
        return []
    if ids["uids"] == ids["gids"]:
        named = [("User and group ids", ids["uids"])]
    else:
        named = [("User ids", ids["uids"]), ("Group ids", ids["gids"])]
    return [_picture(title, file, rootless) for title, file in named if file and (file["ranges"] or not file["known"])]


def _picture(title: str, file: Json, rootless: bool) -> IdMap:
    ranges = [_SYSTEM, *file["ranges"]]
    place = _scale(ranges)
    lanes: dict[t.Any, list[Json]] = {}
    for one in ranges:
        own = (one["start"], one["end"]) if one["kind"] == "containers" else None
        lanes.setdefault((one["kind"], one["owner"], own), []).append(one)
    shown = [_lane(members, ranges, place, rootless) for members in list(lanes.values())[:_MOST_LANES]]
    return IdMap(title, shown, file["more"] + max(0, len(lanes) - _MOST_LANES), file["known"])


def _scale(ranges: list[Json]) -> dict[int, int]:
    """Return the place of each first and each following id. A part is as wide as the logarithm of its ids; what is nobody's is narrow."""
    edges = sorted({0} | {edge for one in ranges for edge in (one["start"], one["end"] + 1)})
    widths = []
    for start, end in itertools.pairwise(edges):
        taken = any(one["start"] <= start and end <= one["end"] + 1 for one in ranges)
        widths.append(1 + math.log2(end - start) if taken else 2.0)
    whole, before, place = sum(widths), 0.0, {0: 0}
    for edge, wide in zip(edges[1:], widths, strict=True):
        before += wide
        place[edge] = round(WIDTH * before / whole)
    return place


def _lane(members: list[Json], ranges: list[Json], place: dict[int, int], rootless: bool) -> Lane:
    parts: list[tuple[str, int, int]] = []
    marks: list[tuple[str, int, int]] = []
    shared: dict[str, None] = {}
    for one in sorted(members, key=lambda each: int(each["start"])):
        parts.append((one["kind"], *_span(one["start"], one["end"], place)))
        for other in ranges:
            start, end = max(one["start"], other["start"]), min(one["end"], other["end"])
            if one is not other and start <= end and not _expected({one["kind"], other["kind"]}, rootless):
                marks.append(("shared", *_span(start, end, place)))
                shared[f"shares {_ids(start, end)} with {_name(other)}"] = None
    lines = list(shared)
    if len(lines) > _MOST_NAMED:
        lines = [*lines[:_MOST_NAMED], f"shares ids with {len(lines) - _MOST_NAMED:,} more"]
    ids = ", ".join(_ids(one["start"], one["end"]) for one in members[:_MOST_NAMED])
    more = len(members) - _MOST_NAMED
    return Lane(
        _name(members[0]), ids + (f" and {more:,} more" if more > 0 else ""), lines, parts + list(dict.fromkeys(marks))
    )


def _expected(kinds: set[str], rootless: bool) -> bool:
    """Whether ids of both kinds are the same by intention: containers get the ranges of their daemon."""
    return kinds in ({"daemon", "containers"}, {"containers"}) or (rootless and "containers" in kinds)


def _span(start: int, end: int, place: dict[int, int]) -> tuple[int, int]:
    left = place[start]
    return left, max(1, place[end + 1] - left)


def _ids(start: int, end: int) -> str:
    return f"{start:,}" if start == end else f"{start:,} to {end:,}"


def _name(one: Json) -> str:
    if one["kind"] == "containers":
        return text.plural(one["containers"], "running container")
    return {
        "system": "system accounts of the host",
        "daemon": f"{one['owner']} (the daemon)",
        "user": f"{one['owner']} (an id of the host)",
        "account": str(one["owner"]),
    }[str(one["kind"])]
