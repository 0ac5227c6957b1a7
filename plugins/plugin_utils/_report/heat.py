# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts by sections: where in a fleet it fails most, as a table whose cells are the darker the more fails."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake

# More rows are no picture.
MOST_HOSTS = 100
_SHADES = 4


class Cell(t.NamedTuple):
    """The rules of a section on a host: how many fail of those that are decided, and how many are unknown.

    ``shade`` is 0 where none fails and 4 where nearly all do; None where nothing is decided.
    """

    fail: int
    decided: int
    unknown: int
    shade: int | None


class Row(t.NamedTuple):
    host: str
    cells: list[Cell]


class Grid(t.NamedTuple):
    """``more`` is the number of hosts that are left out."""

    rows: list[Row]
    more: int


def grid(documents: t.Sequence[intake.Document], sections: t.Sequence[str]) -> Grid:
    """Return the rows of the audited hosts in the order of the documents, a cell for each section."""
    audited = [document for document in documents if document["outcome"] == "audited"]
    rows = []
    for document in audited[:MOST_HOSTS]:
        counts = {section: dict.fromkeys(intake.STATUSES, 0) for section in sections}
        for finding in document["findings"]:
            if finding["section"] in counts:
                counts[finding["section"]][finding["status"]] += 1
        rows.append(Row(document["host"], [_cell(counts[section]) for section in sections]))
    return Grid(rows, len(audited) - len(rows))


def _cell(counts: t.Mapping[str, int]) -> Cell:
    fail = counts["fail"]
    # As in the score: what is waived is decided, and did not pass.
    decided = fail + counts["pass"] + counts["waived"]
    shade = None if not decided else -(-fail * _SHADES // decided)
    return Cell(fail, decided, counts["unknown"], shade)
