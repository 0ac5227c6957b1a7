# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving a user subordinate ids, or taking them away: both files at once, nobody else's lines touched. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import (
    MAX_ID,
    Malformed,
    Range,
    overlaps,
    parse,
    parse_number,
    total,
)
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_space import (
    Span,
    conflicts_of,
    find_free,
    reserved_conflict,
)

FILES = ("/etc/subuid", "/etc/subgid")


class Refused(Exception):
    """Why nothing is written. ``malformed`` are the lines that stand in the way, by file."""

    def __init__(self, reasons: list[str], malformed: dict[str, list[Malformed]] | None = None) -> None:
        super().__init__(". ".join(reasons))
        self.reasons = reasons
        self.malformed = malformed or {}


class Wanted(t.NamedTuple):
    """``uid`` is None where the account does not exist (yet)."""

    user: str
    uid: t.Optional[int]
    size: int = 65536
    start: t.Optional[int] = None
    present: bool = True
    lenient: bool = False

    @property
    def owners(self) -> set[str]:
        return {self.user} if self.uid is None else {self.user, str(self.uid)}


class Known(t.NamedTuple):
    """Ids that are somebody's: (id, name) of accounts and of groups; the automatic choice begins at ``low``.

    ``missing`` are ids that the host itself does not have, because it is in a user namespace.
    """

    accounts: t.List[t.Tuple[int, str]]
    groups: t.List[t.Tuple[int, str]]
    low: int = 100000
    missing: t.Tuple[Span, ...] = ()


class Plan(t.NamedTuple):
    """``after`` are the new contents of the two files, None where a file neither is nor becomes."""

    before: t.Tuple[t.Optional[bytes], t.Optional[bytes]]
    after: t.Tuple[t.Optional[bytes], t.Optional[bytes]]
    start: t.Optional[int]
    size: t.Optional[int]
    notes: t.List[str]
    malformed: t.Dict[str, t.List[Malformed]]

    @property
    def changed(self) -> bool:
        return self.before != self.after


def plan(subuid: bytes | None, subgid: bytes | None, wanted: Wanted, known: Known) -> Plan:
    """What the files become. Raises Refused."""
    before = (subuid, subgid)
    tables = [parse(_text(content)) for content in before]
    malformed = {path: table.malformed for path, table in zip(FILES, tables) if table.malformed}
    if malformed and not wanted.lenient:
        raise Refused([_malformed_reason(malformed)], malformed)
    if not wanted.present:
        after = (_without(subuid, wanted), _without(subgid, wanted))
        return Plan(before, after, None, None, [], malformed)
    for path, lines in malformed.items():
        own = [line.line for line in lines if line.text.split(":")[0] in wanted.owners]
        if own:
            raise Refused(
                [f"line {own[0]} of {path} is malformed and {wanted.user}'s own, and the engine may take it for 0"],
                malformed,
            )
    own_ranges = [[entry for entry in table.ranges if entry.owner in wanted.owners] for table in tables]
    others = [[entry for entry in table.ranges if entry.owner not in wanted.owners] for table in tables]
    _refuse_overlaps(own_ranges, others, wanted, known, malformed)
    _refuse_missing(own_ranges, wanted, known, malformed)
    busy = _busy(others, known, malformed)
    start, size, notes, additions = _choose(own_ranges, wanted, known, busy, malformed)
    written = tuple(_with(content, own, wanted.user, line) for content, own, line in zip(before, own_ranges, additions))
    return Plan(before, t.cast(t.Any, written), start, size, notes, malformed)


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", "replace")


def _malformed_reason(malformed: dict[str, list[Malformed]]) -> str:
    shown = [
        f"{path} line {line.line} {line.text!r}: {line.reason}" for path, lines in malformed.items() for line in lines
    ]
    more = f" and {len(shown) - 5} more" if len(shown) > 5 else ""
    return (
        f"there are malformed lines, with which engines before 28 do not start, and that later ones misread "
        f"({'; '.join(shown[:5])}{more}). Put them right, or set lenient"
    )


def _refuse_overlaps(
    own: list[list[Range]],
    others: list[list[Range]],
    wanted: Wanted,
    known: Known,
    malformed: dict[str, list[Malformed]],
) -> None:
    reasons = []
    for path, mine, theirs, accounts in zip(FILES, own, others, (known.accounts, known.groups)):
        for found in overlaps(mine, theirs, accounts, 5):
            what = "the account or group" if found.kind == "account" else "the range of"
            where = "" if found.other_line is None else f" on line {found.other_line}"
            reasons.append(
                f"the range of {wanted.user} on line {found.line} of {path} overlaps with {what} {found.owner}{where} "
                f"({found.start} to {found.end})"
            )
    if reasons:
        raise Refused(reasons, malformed)


def _refuse_missing(
    own: list[list[Range]], wanted: Wanted, known: Known, malformed: dict[str, list[Malformed]]
) -> None:
    reasons = []
    for path, mine in zip(FILES, own):
        for entry in mine:
            gaps = conflicts_of(Span(entry.start, entry.end, ""), list(known.missing))
            if gaps:
                reasons.append(
                    f"the range of {wanted.user} on line {entry.line} of {path} has the ids {entry.start} to {entry.end}, and "
                    f"{gaps[0].what}. Use state=absent first, to get another range"
                )
    if reasons:
        raise Refused(reasons, malformed)


def _busy(others: list[list[Range]], known: Known, malformed: dict[str, list[Malformed]]) -> list[Span]:
    """Every id that must not be given out, in whichever of the two files it is taken."""
    spans = [Span(entry.start, entry.end, f"the range of {entry.owner}") for table in others for entry in table]
    spans += [Span(number, number, f"the account {name}") for number, name in known.accounts]
    spans += [Span(number, number, f"the group {name}") for number, name in known.groups]
    spans += known.missing
    for path, lines in malformed.items():
        for line in lines:
            # A line that says where it begins may well be somebody's, how badly its end is written.
            fields = line.text.split(":")
            start = parse_number(fields[1]) if len(fields) > 1 else None
            if start is not None and 0 <= start <= MAX_ID:
                size = parse_number(fields[2]) if len(fields) > 2 else None
                end = min(start + max(size or 0, 65536) - 1, MAX_ID)
                spans.append(Span(start, end, f"the malformed line {line.line} of {path}"))
    return spans


_Line = t.Optional[Range]


def _choose(
    own: list[list[Range]], wanted: Wanted, known: Known, busy: list[Span], malformed: dict[str, list[Malformed]]
) -> tuple[int, int, list[str], list[_Line]]:
    """Start and count, notes, and for each file the range to write: a new one (line 0), a longer one, or none."""
    uids, gids = own
    if not uids and not gids:
        notes: list[str] = []
        if wanted.start is not None:
            start = _given_start(wanted, busy, malformed)
        else:
            start, notes = _free_start(wanted, known, busy, malformed)
        new = Range(wanted.user, start, wanted.size, 0)
        return start, wanted.size, notes, [new, new]
    first = (uids or gids)[0]
    if wanted.start is not None and wanted.start != first.start:
        raise Refused(
            [
                (
                    f"{wanted.user} has a range from {first.start} already, and its files would lose their owner with one "
                    f"from {wanted.start}. Use state=absent first where that is meant"
                )
            ],
            malformed,
        )
    if uids and gids and uids[0].start != gids[0].start:
        raise Refused(
            [
                (
                    f"the first ranges of {wanted.user} start at {uids[0].start} in {FILES[0]} and at {gids[0].start} in "
                    f"{FILES[1]}. Use state=absent first, to get ranges with the same start"
                )
            ],
            malformed,
        )
    same = [(entry.start, entry.count) for entry in uids] == [(entry.start, entry.count) for entry in gids]
    if same and total(uids) >= wanted.size:
        return first.start, total(uids), [], [None, None]
    lines: list[_Line] = []
    span = Span(first.start, first.start + wanted.size - 1, "")
    for mine in own:
        if mine and mine[0].count >= wanted.size:
            lines.append(None)
            continue
        blocked = conflicts_of(span, busy)
        blocked += [
            Span(o.start, o.end, "another range of its own")
            for o in mine[1:]
            if o.start <= span.end and o.end >= span.start
        ]
        if blocked or span.end > MAX_ID:
            what = blocked[0].what if blocked else "the last id"
            raise Refused(
                [
                    (
                        f"{wanted.user} needs the ids {span.start} to {span.end} in both files, and {what} is in the way. "
                        "Use state=absent first, to get a new range"
                    )
                ],
                malformed,
            )
        lines.append(Range(wanted.user, first.start, wanted.size, mine[0].line if mine else 0))
    return first.start, min(_ids_after(mine, line) for mine, line in zip(own, lines)), [], lines


def _ids_after(mine: list[Range], line: _Line) -> int:
    """How many ids the user has in a file once the line is written."""
    if line is None:
        return total(mine)
    return total(mine) + line.count - (mine[0].count if line.line else 0)


def _given_start(wanted: Wanted, busy: list[Span], malformed: dict[str, list[Malformed]]) -> int:
    start = t.cast(int, wanted.start)
    span = Span(start, start + wanted.size - 1, "")
    if span.end > MAX_ID:
        raise Refused([f"the ids {start} to {span.end} end after the last id {MAX_ID}"], malformed)
    taken = conflicts_of(span, busy)
    if taken:
        raise Refused([f"the ids {start} to {span.end} are not free: {taken[0].what}"], malformed)
    reserved = reserved_conflict(span)
    if reserved is not None:
        raise Refused([f"the ids {start} to {span.end} hold ids that are reserved: {reserved}"], malformed)
    return start


def _free_start(
    wanted: Wanted, known: Known, busy: list[Span], malformed: dict[str, list[Malformed]]
) -> tuple[int, list[str]]:
    found = find_free(wanted.size, busy, known.low)
    if found is None:
        more = (
            f". Ids {known.missing[0].start} to {known.missing[0].end}: {known.missing[0].what}"
            if known.missing
            else ""
        )
        raise Refused([f"there are no {wanted.size} ids in a row that are free in both files{more}"], malformed)
    return found


def _with(content: bytes | None, own: list[Range], user: str, line: _Line) -> bytes | None:
    """The file with the range added at its end, or in the place of the user's line that it makes longer."""
    if line is None:
        return content
    if line.line:
        lines = (content or b"").split(b"\n")
        old = lines[line.line - 1]
        owner = own[0].owner
        ending = b"\r" if old.endswith(b"\r") else b""
        lines[line.line - 1] = f"{owner}:{line.start}:{line.count}".encode() + ending
        return b"\n".join(lines)
    before = content or b""
    if before and not before.endswith(b"\n"):
        before += b"\n"
    return before + f"{user}:{line.start}:{line.count}\n".encode()


def _without(content: bytes | None, wanted: Wanted) -> bytes | None:
    """The file without the user's lines, malformed ones of its own included."""
    if content is None:
        return None
    kept = []
    for line in content.split(b"\n"):
        owner, colon, _rest = line.decode("utf-8", "replace").strip().partition(":")
        if not (colon and owner in wanted.owners):
            kept.append(line)
    return b"\n".join(kept)
