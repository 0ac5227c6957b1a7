# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Suggest limits of memory and processes for containers, from what the kernel counted. Pure; nothing applies them by itself.

The rule, which ``docs/playbooks.md`` describes:

- memory: one and a half times the most that was used, rounded up to whole 16 MiB, at least 32 MiB;
- processes: twice the most that there were, rounded up to a whole ten, at least 20;
- where the limit that a container has was met, the most that was used says only that it wanted more: twice that limit;
- nothing where the kernel counted no most. What is used now may be little by chance.
"""

from __future__ import annotations

import typing as t

Json = dict[str, t.Any]

MIB = 2**20
_MEMORY_STEP, _LEAST_MEMORY = 16 * MIB, 32 * MIB
_PIDS_STEP, _LEAST_PIDS = 10, 20


class Kind(t.NamedTuple):
    """One limit: its name in the posture, the count of its most, the counts that say that it was met, and its size."""

    option: str
    limit: str
    most: str
    met: tuple[str, ...]
    factor: float
    step: int
    least: int


KINDS = (
    Kind(
        "memory",
        "memory_bytes",
        "memory_peak_bytes",
        ("memory_limit_hits", "oom_kills"),
        1.5,
        _MEMORY_STEP,
        _LEAST_MEMORY,
    ),
    Kind("pids", "pids", "pids_peak", ("pids_refused",), 2, _PIDS_STEP, _LEAST_PIDS),
)


def suggested_limits(cgroup: Json, earlier: t.Sequence[Json] = ()) -> list[Json]:
    """Return for each running container what is suggested, ordered by name.

    ``cgroup`` is that section of a posture, and ``earlier`` are those of earlier audits of the same host: the most of all
    counts for a container of the same name. Each entry is one of ``limits_wanted``: ``containers`` with one name, and ``limits``;
    and has ``reasons``, a sentence for each limit and for each that cannot be suggested.
    """
    found = []
    for container in sorted(_running(cgroup), key=lambda one: str(one["name"])):
        seen = [
            container,
            *(one for section in earlier for one in _running(section) if one["name"] == container["name"]),
        ]
        limits: Json = {}
        reasons = []
        for kind in KINDS:
            value, reason = _suggested(kind, seen)
            reasons.append(f"{kind.option}: {reason}")
            if value is not None:
                limits[kind.option] = f"{value // MIB}m" if kind.option == "memory" else value
        found.append({"containers": [container["name"]], "limits": limits, "reasons": reasons})
    return found


def _running(section: Json) -> list[Json]:
    return [
        one
        for one in section.get("containers") or []
        if isinstance(one, dict) and one.get("running") and one.get("name")
    ]


def _suggested(kind: Kind, seen: list[Json]) -> tuple[int | None, str]:
    peaks = [peak for peak in (_count(one, "use", kind.most) for one in seen) if peak is not None]
    met = [one for one in seen if any((_count(one, "held_back", count) or 0) > 0 for count in kind.met)]
    bounds = [bound for bound in (_enforced(one, kind.limit) for one in met) if bound is not None]
    if bounds:
        size = _rounded(2 * max(bounds), kind)
        return size, f"{_words(size, kind)}, twice the limit of {_words(max(bounds), kind)} that it met"
    if not peaks:
        return None, "none, since the kernel did not count the most that was used"
    size = _rounded(int(max(peaks) * kind.factor), kind)
    return size, f"{_words(size, kind)}, for at most {_words(max(peaks), kind)} were used"


def _count(container: Json, group: str, name: str) -> int | None:
    value = (container.get(group) or {}).get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _enforced(container: Json, name: str) -> int | None:
    value = ((container.get("limits") or {}).get(name) or {}).get("enforced")
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _rounded(size: int, kind: Kind) -> int:
    return max(-(-size // kind.step) * kind.step, kind.least)


def _words(size: int, kind: Kind) -> str:
    return f"{-(-size // MIB)} MiB" if kind.option == "memory" else f"{size} processes"
