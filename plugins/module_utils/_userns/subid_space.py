# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ids of the 32 bits may be given out as subordinate ids, and where there is room. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import MAX_ID, MAX_LISTED, Extent

# The lowest subordinate id that shadow's own tools give out, unless login.defs says otherwise.
LOWEST = 100000


class Span(t.NamedTuple):
    """Ids ``start`` to ``end``, and what they are."""

    start: int
    end: int
    what: str


# Never given out, not even on demand.
_RESERVED = (
    Span(0, 999, "system accounts"),
    Span(60001, 60513, "home directories of systemd"),
    Span(61184, 65519, "dynamic users of systemd"),
    Span(65534, 65535, "nobody, and the id that 16 bits take for none"),
    Span(2147352576, 2147418111, "foreign images of systemd"),
    Span(2147483647, 2147483648, "the ends of signed numbers"),
    Span(MAX_ID, MAX_ID + 1, "the ids that mean none"),
)
# Where systemd-nspawn picks ranges by itself, without a line in any file.
_NSPAWN = Span(524288, 1879048191, "containers of systemd")
# In order of preference: below nspawn's ids, above them, and only then among them.
_REGIONS = (
    (Span(LOWEST, _NSPAWN.start - 1, ""), ""),
    (Span(_NSPAWN.end + 1, 2147352575, ""), ""),
    (
        _NSPAWN,
        "the range lies among the ids that systemd-nspawn gives to its containers by itself, since no others are free",
    ),
)


def reserved_conflict(span: Span) -> str | None:
    """What the span meets that is reserved for good, or None."""
    return next((other.what for other in _RESERVED if other.start <= span.end and span.start <= other.end), None)


def host_ids_in(start: int, count: int, accounts: t.Iterable[tuple[int, str]], own: int | None = None) -> list[Span]:
    """Which of ``count`` ids from ``start`` are this host's own: its system ids, whether given to an account or not, and
    the ids of ``accounts`` (users, or groups), all but ``own``, which a rootless daemon gives away itself."""
    system = _RESERVED[0]
    end = start + count - 1
    found = [Span(max(start, system.start), min(end, system.end), system.what)] if start <= system.end else []
    found += [
        Span(number, number, name)
        for number, name in sorted(set(accounts))
        if max(start, system.end + 1) <= number <= end and number != own
    ]
    return found[:MAX_LISTED] if count > 0 else []


def ids_in(extents: list[Extent]) -> list[tuple[int, int]]:
    """Return the first and the last id of each run of ids that a user namespace with this map has."""
    runs: list[tuple[int, int]] = []
    for extent in sorted(extents):
        start, end = extent.inside, extent.inside + extent.count - 1
        if runs and start <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        elif extent.count > 0:
            runs.append((start, end))
    return runs


def missing_ids(extents: list[Extent]) -> list[Span]:
    """Return the ids that a user namespace with this map does not have."""
    runs = ids_in(extents)
    shown = ", ".join(f"{start} to {end}" for start, end in runs[:3]) + (" and more" if len(runs) > 3 else "")
    what = f"this host does not have them (it is in a user namespace with the ids {shown or 'of nobody'})"
    missing = []
    free = 0
    for start, end in [*runs, (MAX_ID + 1, MAX_ID + 1)]:
        if free < start:
            missing.append(Span(free, start - 1, what))
        free = end + 1
    return missing


def conflicts_of(span: Span, busy: list[Span]) -> list[Span]:
    return sorted(other for other in busy if other.start <= span.end and span.start <= other.end)


def find_free(count: int, busy: list[Span], low: int = LOWEST) -> tuple[int, list[str]] | None:
    """The first start in the best region with ``count`` free ids after it, and notes on the choice."""
    blockers = sorted([*busy, *_RESERVED])
    for region, note in _REGIONS:
        candidate = max(region.start, low)
        for blocker in blockers:
            if blocker.end < candidate:
                continue
            if blocker.start > candidate + count - 1:
                break
            candidate = blocker.end + 1
        if candidate + count - 1 <= region.end:
            return candidate, [note] if note else []
    return None
