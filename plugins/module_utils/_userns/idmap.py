# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subordinate id ranges (/etc/subuid, /etc/subgid) and the id maps of processes: text in, data out.

Two readers of one file: ``parse`` is strict and sees every owner's lines, for judging and for giving out ranges;
``engine_reading`` is what dockerd makes of the same text, mistakes included.
"""

from __future__ import annotations

import bisect
import heapq
import re
import typing as t

# Ids are 32 bits wide; the last one means "no id" to the kernel.
MAX_ID = 2**32 - 2
# The kernel's limit on the extents of one map, since Linux 4.15.
MAX_EXTENTS = 340
# The first major version of the engine that takes a number which does not parse for 0 and goes on.
LENIENT_ENGINE = 28
# Longer lists decide nothing more, and a hostile file must not make a document of gigabytes.
MAX_LISTED = 1000

_MAX_TEXT = 120
_INT64_MAX = 2**63 - 1
# The longest line that Go's bufio.Scanner takes.
_MAX_LINE_BYTES = 64 * 1024
# What Go's unicode.IsSpace calls white space; Python's strip() also takes the ASCII separators 0x1C to 0x1F.
_GO_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_GO_SPACE += "\u2028\u2029\u202f\u205f\u3000"
_NUMBER = re.compile(r"[+-]?[0-9]+")
_MAP_LINE = re.compile(r"[ \t]*([0-9]{1,10})[ \t]+([0-9]{1,10})[ \t]+([0-9]{1,10})[ \t]*")


class Range(t.NamedTuple):
    """Ids ``start`` to ``start + count - 1`` given to ``owner`` (a login name or a number) on ``line`` of the file."""

    owner: str
    start: int
    count: int  # type: ignore[assignment]  # hides the method of tuples, which nobody needs
    line: int

    @property
    def end(self) -> int:
        return self.start + self.count - 1


class Malformed(t.NamedTuple):
    line: int
    text: str
    reason: str


class Table(t.NamedTuple):
    """Every owner's ranges in file order, and the lines that are none."""

    ranges: t.List[Range]
    malformed: t.List[Malformed]


class Reading(t.NamedTuple):
    """What an engine makes of a file; ``fault`` says why it would not start with it, or is None."""

    ranges: t.List[Range]
    fault: t.Optional[str]


class Overlap(t.NamedTuple):
    """Ids ``start`` to ``end`` of the range on ``line`` that are also somebody else's.

    ``kind`` is ``range`` (``other_line`` is set) or ``account``.
    """

    line: int
    kind: str
    owner: str
    other_line: t.Optional[int]
    start: int
    end: int


class Extent(t.NamedTuple):
    """One line of a process's id map: ``count`` ids from ``inside`` in its namespace are ``outside`` and following."""

    inside: int
    outside: int
    count: int  # type: ignore[assignment]


def _lines(text: str) -> t.Iterator[t.Tuple[int, str]]:
    """Line numbers and lines as Go's scanner finds them; Python's splitlines() would also split at other characters."""
    for number, line in enumerate(text.split("\n"), 1):
        yield number, line.strip(_GO_SPACE)


def parse_number(text: str) -> int | None:
    """A decimal number, or None. Numbers beyond 64 bits come back as its ends, so that no input costs time."""
    if not _NUMBER.fullmatch(text):
        return None
    digits = text.lstrip("+-").lstrip("0") or "0"
    value = int(digits) if len(digits) <= 19 else _INT64_MAX
    return max(-value, -_INT64_MAX - 1) if text[0] == "-" else min(value, _INT64_MAX)


def parse(text: str) -> Table:
    """Read a subuid or subgid file strictly: but for empty lines and comments, every line must be a range."""
    ranges: list[Range] = []
    malformed: list[Malformed] = []
    for number, line in _lines(text):
        if not line or line.startswith("#"):
            continue
        fields = line.split(":")
        try:
            ranges.append(_range_of(fields, number))
        except ValueError as fault:
            malformed.append(Malformed(number, _shown(line), str(fault)))
    return Table(ranges, malformed)


def _range_of(fields: list[str], line: int) -> Range:
    reason = _owner_fault(fields)
    if reason is not None:
        raise ValueError(reason)
    values = []
    for name, text in (("start", fields[1]), ("count", fields[2])):
        value = parse_number(text)
        if value is None:
            raise ValueError(f"the {name} {_shown(text)!r} is not a number")
        values.append(value)
    start, count = values
    if not 0 <= start <= MAX_ID:
        raise ValueError(f"the start is not an id (0 to {MAX_ID})")
    if count < 1:
        raise ValueError("the count is less than 1")
    if start + count - 1 > MAX_ID:
        raise ValueError(f"the range ends after the last id {MAX_ID}")
    return Range(fields[0], start, count, line)


def _owner_fault(fields: list[str]) -> str | None:
    if len(fields) != 3:
        return f"has {len(fields)} field{'s' if len(fields) > 1 else ''} instead of owner:start:count"
    if not fields[0]:
        return "the owner is empty"
    if not fields[0].isprintable() or " " in fields[0]:
        return "the owner has white space or control characters"
    return None


def _shown(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + "…"


def engine_reading(text: str, name: str, uid: int, engine_major: int) -> Reading:
    """The ranges of the account ``name`` (``uid``) as dockerd of that major version reads them, in file order.

    Both readings match lines by name and by number. Before 28, lines by number hide those by name, and a line that
    does not parse stops the engine; from 28 on all of them count, and a number that does not parse is taken for 0.
    """
    too_long = _too_long_line(text)
    if too_long is not None:
        return Reading([], f"line {too_long} is longer than {_MAX_LINE_BYTES} bytes, and the engine does not start")
    if engine_major >= LENIENT_ENGINE:
        reading = _lenient_reading(text, {name, str(uid)})
    else:
        reading = _strict_reading(text, str(uid))
        if reading.fault is None and not reading.ranges:
            reading = _strict_reading(text, name)
    if reading.fault is None:
        return Reading(reading.ranges, _map_fault(name, reading.ranges))
    return reading


def reading_for_new_user(text: str, name: str, engine_major: int) -> Reading:
    """Read the ranges of an account that the engine creates while it starts. The engine adds a range if there is none.

    Before 28, the search for a free range reads the numbers of all owners, and a number that does not parse stops it.
    """
    too_long = _too_long_line(text)
    if too_long is not None:
        return Reading([], f"line {too_long} is longer than {_MAX_LINE_BYTES} bytes, and the engine does not start")
    lenient = engine_major >= LENIENT_ENGINE
    reading = _lenient_reading(text, {name}) if lenient else _strict_reading(text, name)
    if reading.fault is not None:
        return reading
    if reading.ranges:
        return Reading(reading.ranges, _map_fault(name, reading.ranges))
    return reading if lenient else Reading([], _strict_reading(text, None).fault)


def _too_long_line(text: str) -> int | None:
    if len(text) < _MAX_LINE_BYTES // 4:
        return None
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) * 4 >= _MAX_LINE_BYTES and len(line.encode("utf-8", "replace")) >= _MAX_LINE_BYTES:
            return number
    return None


def _strict_reading(text: str, owner: str | None) -> Reading:
    """Read the ranges of one owner, or those of all for None."""
    ranges = []
    for number, line in _lines(text):
        if not line or line.startswith("#"):
            continue
        fields = line.split(":")
        if len(fields) != 3:
            return Reading([], f"line {number} is not owner:start:count, and the engine does not start")
        if owner is not None and fields[0] != owner:
            continue
        values = []
        for field in fields[1:]:
            value = parse_number(field)
            if value is None or abs(value) >= _INT64_MAX:
                return Reading([], f"line {number} has {_shown(field)!r} for a number, and the engine does not start")
            values.append(value)
        ranges.append(Range(fields[0], values[0], values[1], number))
    return Reading(ranges, None)


def _lenient_reading(text: str, owners: set[str]) -> Reading:
    ranges = []
    for number, line in _lines(text):
        fields = line.split(":")
        if line and fields[0] in owners:
            values = [parse_number(field) or 0 for field in fields[1:3]] + [0, 0]
            ranges.append(Range(fields[0], values[0], values[1], number))
    return Reading(ranges, None)


def _map_fault(name: str, ranges: list[Range]) -> str | None:
    """Why the kernel or the engine refuses a map of these ranges, or None."""
    if not ranges:
        return f"there is no range for {name}, and the engine does not start"
    if ranges[0].count < 1:
        return f"the range on line {ranges[0].line} holds no id for root, and the engine does not start"
    for entry in ranges:
        if entry.count < 1 or entry.start < 0 or entry.end > MAX_ID:
            return f"the range on line {entry.line} is none that the kernel takes, and no container starts"
    if len(ranges) > MAX_EXTENTS:
        return f"there are {len(ranges)} ranges, the kernel takes {MAX_EXTENTS}, and no container starts"
    return None


def total(ranges: t.Iterable[Range]) -> int:
    """How many ids the ranges hold together."""
    return sum(max(entry.count, 0) for entry in ranges)


def overlaps(
    own: list[Range], others: list[Range], accounts: t.Iterable[tuple[int, str]], limit: int = MAX_LISTED
) -> list[Overlap]:
    """Where ``own`` ranges meet each other, ranges of ``others``, and ids of real ``accounts`` (id and name).

    Ordered by line. At most ``limit`` of each kind, since as many pairs as the square of the lines are possible.
    """
    own = [entry for entry in own if entry.count > 0]
    others = [entry for entry in others if entry.count > 0]
    found = _range_overlaps(own, others, limit) + _account_overlaps(own, accounts, limit)
    return sorted(found, key=lambda item: (item.line, item.kind, item.other_line or 0, item.start, item.owner))


def _range_overlaps(own: list[Range], others: list[Range], limit: int) -> list[Overlap]:
    """One sweep from the lowest start to the highest: the work is that of sorting, and of the pairs found."""
    found: list[Overlap] = []
    active_own: list[tuple[int, int, Range]] = []
    active_others: list[tuple[int, int, Range]] = []
    marked = [(entry, True) for entry in own] + [(entry, False) for entry in others]
    for position, (entry, is_own) in enumerate(sorted(marked, key=lambda pair: pair[0].start)):
        for active in (active_own, active_others):
            while active and active[0][0] < entry.start:
                heapq.heappop(active)
        for _end, _position, other in active_own:
            # Of two own ranges the later line is the one in the wrong.
            mine, theirs = (other, entry) if not is_own or other.line > entry.line else (entry, other)
            found.append(_meeting(mine, theirs))
            if len(found) >= limit:
                return found
        if is_own:
            for _end, _position, other in active_others:
                found.append(_meeting(entry, other))
                if len(found) >= limit:
                    return found
        heapq.heappush(active_own if is_own else active_others, (entry.end, position, entry))
    return found


def _meeting(mine: Range, theirs: Range) -> Overlap:
    start, end = max(mine.start, theirs.start), min(mine.end, theirs.end)
    return Overlap(mine.line, "range", theirs.owner, theirs.line, start, end)


def _account_overlaps(own: list[Range], accounts: t.Iterable[tuple[int, str]], limit: int) -> list[Overlap]:
    known = sorted(set(accounts))
    found: list[Overlap] = []
    for entry in own:
        position = bisect.bisect_left(known, (entry.start, ""))
        while position < len(known) and known[position][0] <= entry.end:
            if len(found) >= limit:
                return found
            number, name = known[position]
            found.append(Overlap(entry.line, "account", name, None, number, number))
            position += 1
    return found


def parse_id_map(text: str) -> list[Extent]:
    """``/proc/PID/uid_map`` or ``gid_map``. Raises ValueError for text that is none; an empty map is an empty list."""
    extents = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        match = _MAP_LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"not a line of an id map: {_shown(line)!r}")
        extents.append(Extent(*(int(number) for number in match.groups())))
    return extents


def is_identity(extents: list[Extent]) -> bool:
    """Whether the map is that of the initial user namespace, in which ids are the real ones."""
    return extents == [Extent(0, 0, 2**32 - 1)]


def outside_of(extents: list[Extent], inside: int) -> int | None:
    """The outer id of an inner one, or None where it has none."""
    for extent in extents:
        if extent.inside <= inside < extent.inside + extent.count:
            return extent.outside + inside - extent.inside
    return None


def inside_of(extents: list[Extent], outside: int) -> int | None:
    """The inner id that is an outer one, or None where no inner id is."""
    for extent in extents:
        if extent.outside <= outside < extent.outside + extent.count:
            return extent.inside + outside - extent.outside
    return None
