# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of a host that reports show beside the verdicts: who has which user and group ids, and the limits of containers.

A collector or a file may have written anything, so what does not have the expected form is left out.
"""

from __future__ import annotations

import typing as t

Json = dict[str, t.Any]

# A host may have any number of accounts and containers. What is left out is counted.
MAX_RANGES = 100
MAX_CONTAINERS = 1_000
_LONGEST_NAME = 500
_MAX_ID = 2**32
_ORDER = ("daemon", "containers", "user", "account")


def ids_of(posture: Json) -> Json | None:
    """Return for user ids and group ids the ranges of accounts, those of the daemon, and those in containers that run."""
    userns = posture.get("userns")
    if not isinstance(userns, dict):
        return None
    return {
        "uids": _ranges(userns.get("subuid"), userns.get("containers"), "uid_map"),
        "gids": _ranges(userns.get("subgid"), userns.get("containers"), "gid_map"),
    }


def _ranges(file: t.Any, containers: t.Any, key: str) -> Json | None:
    found: list[Json] = []
    known = isinstance(file, dict)
    if isinstance(file, dict):
        for name, kind in (("ranges", "daemon"), ("others", "account")):
            known = known and isinstance(file.get(name), list)
            for one in _mappings(file.get(name)):
                found += _range(kind, one.get("owner"), one.get("start"), one.get("count"))
        for one in _mappings(file.get("overlaps")):
            if one.get("with") == "account" and _is_number(one.get("start")) and _is_number(one.get("end")):
                found += _range("user", one.get("owner"), one["start"], one["end"] - one["start"] + 1)
    in_use: dict[tuple[t.Any, t.Any], int] = {}
    for container in _mappings(containers):
        for extent in _mappings(container.get(key)):
            place = extent.get("outside"), extent.get("count")
            if _is_number(place[0]) and _is_number(place[1]):
                in_use[place] = in_use.get(place, 0) + 1
    used = [
        {**one, "containers": number} for place, number in in_use.items() for one in _range("containers", "", *place)
    ]
    # What containers have, and the daemon's own, before the many accounts of a large host.
    both = sorted(found + used, key=lambda one: _ORDER.index(one["kind"]))
    return (
        {"ranges": both[:MAX_RANGES], "more": max(0, len(both) - MAX_RANGES), "known": known} if known or both else None
    )


def _range(kind: str, owner: t.Any, start: t.Any, count: t.Any) -> list[Json]:
    if not (_is_number(start) and _is_number(count) and 0 <= start < _MAX_ID and count > 0):
        return []
    return [{"kind": kind, "owner": str(owner)[:_LONGEST_NAME], "start": start, "end": min(start + count, _MAX_ID) - 1}]


def limits_of(posture: Json) -> Json | None:
    """Return the declared and the enforced limits of each container, without limits that it has neither of."""
    cgroup = posture.get("cgroup")
    if not isinstance(cgroup, dict) or not isinstance(cgroup.get("containers"), list):
        return None
    containers = list(_mappings(cgroup["containers"]))
    return {
        "containers": [_limits(one) for one in containers[:MAX_CONTAINERS]],
        "more": max(0, len(containers) - MAX_CONTAINERS),
    }


def _limits(container: Json) -> Json:
    limits: dict[str, Json] = {}
    known = container.get("limits")
    for name, limit in known.items() if isinstance(known, dict) else ():
        if isinstance(limit, dict) and (limit.get("declared") is not None or limit.get("enforced") is not None):
            limits[str(name)[:_LONGEST_NAME]] = {
                key: _value(limit[key]) for key in ("declared", "enforced", "verdict") if key in limit
            }
    unread = container.get("unread")
    reason = unread.get("limits") if isinstance(unread, dict) else None
    return {
        "name": str(container.get("name") or container.get("id") or "")[:_LONGEST_NAME],
        "running": container.get("running") is True,
        "limits": limits,
        "unread": str(reason)[:_LONGEST_NAME] if reason else None,
    }


def _value(value: t.Any) -> t.Any:
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)[:_LONGEST_NAME]


def _mappings(value: t.Any) -> t.Iterator[Json]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def _is_number(value: t.Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
