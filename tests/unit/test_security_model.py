# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each attack that docs/security-model.md says is made has a test, and each attack in tests/attacks is on that page."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs" / "security-model.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`((?:attacks|integration|unit)/[\w/]+\.py)(?:::(\w+))?`", PAGE)


def test_every_test_that_the_page_names_exists() -> None:
    assert len(NAMED) > 40
    for path, name in NAMED:
        text = (TESTS / path).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in text, f"{path} has no {name}"


def test_every_row_of_the_page_has_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| would", "|---"))]
    # What an attacker does gain is said in bold, or that nothing is there to be gained.
    bare = [row for row in rows if "`" not in row.split("|")[3] and "none" not in row.split("|")[3]]
    assert len(rows) > 25 and bare == []


def test_every_file_of_attacks_is_on_the_page() -> None:
    files = {path.name for path in (TESTS / "attacks").glob("test_*.py")}
    assert files <= {path.rpartition("/")[2] for path, _name in NAMED}
