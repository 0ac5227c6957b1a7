# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markdown for the pages that are written from rules and tests."""

from __future__ import annotations

import typing as t


def table(head: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> str:
    """A table; a bar in a cell is text."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
