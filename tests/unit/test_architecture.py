# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/architecture.md tells newcomers where to look. Each path and each name in its table exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## I want to")[2]
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ") and not line.startswith("| I want")]


def _task(row: str) -> str:
    return row.split("|")[1].strip()


@pytest.mark.parametrize("row", ROWS, ids=_task)
def test_every_path_of_a_task_exists(row: str) -> None:
    paths = [text for text in re.findall(r"`([^`]+)`", row) if "/" in text and "NAME" not in text]
    assert [path for path in paths if not (ROOT / path).exists()] == []
    _empty, _task, places, tests, _end = re.split(r"(?<!\\)\|", row)
    assert re.search(r"`\w+/", places) and re.search(r"tests/|make docs", tests)


@pytest.mark.parametrize("row", ROWS, ids=_task)
def test_every_name_of_a_task_is_in_a_file_of_that_task(row: str) -> None:
    """A constant, function or key that a row names is in one of the files that the row names."""
    quoted = re.findall(r"`([^`]+)`", row.split("|")[2])
    files = [ROOT / text for text in quoted if "/" in text and (ROOT / text).is_file()]
    content = "\n".join(path.read_text(encoding="utf-8") for path in files)
    names = [text for text in quoted if re.fullmatch(r"_?[A-Z]+(_[A-Z]+)*|_?[a-z]+(_[a-z]+)+", text)]
    words = set(re.findall(r"\w+", content))
    assert [name for name in names if name not in words] == []


def test_the_table_was_found() -> None:
    """Without rows, nothing above would be tried."""
    assert len(ROWS) >= 12
