# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts what was measured into the pages: a table between two marks is replaced, and all other text stays.

    <!-- bench:fleet -->
    <!-- /bench -->

Each mark stands on a line of its own. Only a page with all marks in order is written.
"""

from __future__ import annotations

import os
import re
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.markdown import table

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = (DOCS / "performance.md", DOCS / "scaling.md")
TARGETS = "targets"
_TARGETS_HEAD = ("what", "target", "now", "reached")
_BEGIN = re.compile(r"<!-- bench:([a-z-]+) -->")
_END = "<!-- /bench -->"


class PageError(Exception):
    """A page has no place for what was measured. The message says what to do."""


class Table(t.NamedTuple):
    """What was measured for one place in the pages."""

    place: str
    head: t.Sequence[str]
    rows: t.Sequence[t.Sequence[str]]


class Target(t.NamedTuple):
    """What the collection aims at, and what was measured."""

    what: str
    aim: str
    now: str
    reached: bool

    def row(self) -> list[str]:
        return [self.what, self.aim, self.now, "yes" if self.reached else "no"]


class Results(t.NamedTuple):
    """What one part of the measurements found."""

    tables: t.Sequence[Table]
    targets: t.Sequence[Target] = ()
    faults: t.Sequence[str] = ()


def places(text: str, where: str) -> dict[str, tuple[int, int]]:
    """Return the lines of the two marks of each place, counted from 0. Raises PageError where they are not in order."""
    found: dict[str, tuple[int, int]] = {}
    name, begun = "", 0
    for number, line in enumerate(text.splitlines()):
        mark = _BEGIN.fullmatch(line.strip())
        if mark is not None:
            if name:
                raise PageError(f"{where} line {begun + 1}: {name} has no {_END} before line {number + 1}. Add it.")
            name, begun = mark[1], number
            if name in found:
                raise PageError(
                    f"{where} line {number + 1}: {name} has a place on line {found[name][0] + 1}. Remove one."
                )
        elif line.strip() == _END:
            if not name:
                raise PageError(f"{where} line {number + 1}: {_END} ends nothing. Remove it.")
            found[name], name = (begun, number), ""
        elif "<!-- bench" in line or "<!-- /bench" in line:
            raise PageError(
                f"{where} line {number + 1}: {line.strip()!r} is no mark. Write one mark on a line of its own."
            )
    if name:
        raise PageError(f"{where} line {begun + 1}: {name} has no {_END} after it. Add it.")
    return found


def replaced(text: str, where: str, contents: t.Mapping[str, str]) -> str:
    """Return the page with these contents in their places; those of other pages are left out."""
    lines = text.splitlines()
    for name, (begun, ended) in reversed(places(text, where).items()):
        if name in contents:
            lines[begun + 1 : ended] = contents[name].splitlines()
    return "\n".join(lines) + "\n"


def with_targets(kept: str, targets: t.Sequence[Target]) -> str:
    """Return the table of targets with the rows of these anew. What was not measured this time keeps its row."""
    rows = {row[0]: row for row in _rows_of(kept)}
    rows |= {target.what: target.row() for target in targets}
    return table(_TARGETS_HEAD, rows.values())


def _rows_of(text: str) -> list[list[str]]:
    lines = [line.strip() for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def check(names: t.Iterable[str], pages: t.Sequence[Path] = PAGES) -> None:
    """Raise PageError where a page is not in order, or one of these has no place. To be asked before anything is measured."""
    known = {name for page in pages for name in places(page.read_text(encoding="utf-8"), page.name)}
    missing = sorted(set(names) - known)
    if missing:
        wanted = ", ".join(page.name for page in pages)
        raise PageError(
            f"No page of {wanted} has a place for {', '.join(missing)}. Add <!-- bench:{missing[0]} --> and {_END}."
        )


def write(results: t.Sequence[Results], measured: str, pages: t.Sequence[Path] = PAGES) -> list[Path]:
    """Put the tables, each above the line that says where it was measured, and the targets into the pages. Return what changed."""
    tables = [one for result in results for one in result.tables]
    targets = [one for result in results for one in result.targets]
    check([*(one.place for one in tables), *([TARGETS] if targets else [])], pages)
    contents = {one.place: f"\n{table(one.head, one.rows)}\n\n{measured}\n\n" for one in tables}
    changed = []
    for page in pages:
        text = page.read_text(encoding="utf-8")
        found = places(text, page.name)
        own = {name: content for name, content in contents.items() if name in found}
        if TARGETS in found and targets:
            begun, ended = found[TARGETS]
            own[TARGETS] = f"\n{with_targets(chr(10).join(text.splitlines()[begun + 1 : ended]), targets)}\n\n"
        new = replaced(text, page.name, own)
        if new != text:
            beside = page.with_name(f".{page.name}.{os.getpid()}")
            beside.write_text(new, encoding="utf-8")
            beside.replace(page)
            changed.append(page)
    return changed
