# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of what the collection costs: tables between marks are replaced, and nothing else is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.bench import page, run
from ansible_collections.seawall.docker.tests.bench.page import PageError, Results, Table, Target

FIRST = """\
# Costs

Before.

<!-- bench:fleet -->

| old |
|---|
| 1 |

<!-- /bench -->

Between, with | a bar.

<!-- bench:targets -->

| what | target | now | reached |
|---|---|---|---|
| a \\| b | 1 s | 2 s | no |
| kept | 3 s | by hand, 2 s | yes |

<!-- /bench -->

After.
"""
SECOND = "<!-- bench:hosts -->\n<!-- /bench -->\n<!-- bench:fleet -->\n<!-- /bench -->\n"
FLEET = Table("fleet", ["hosts", "s"], [["1|000", "2.5"]])
WRITTEN = "\n| hosts | s |\n| --- | --- |\n| 1\\|000 | 2.5 |\n\nMeasured here.\n\n"


@pytest.fixture
def pages(tmp_path: Path) -> list[Path]:
    (tmp_path / "first.md").write_text(FIRST, encoding="utf-8")
    (tmp_path / "second.md").write_text(SECOND, encoding="utf-8")
    return [tmp_path / "first.md", tmp_path / "second.md"]


def test_a_table_replaces_the_old_one_in_every_page_that_has_its_place(pages: list[Path]) -> None:
    assert page.write([Results([FLEET])], "Measured here.", pages) == pages
    old = FIRST[FIRST.index("\n| old |") : FIRST.index("<!-- /bench -->")]
    assert pages[0].read_text(encoding="utf-8") == FIRST.replace(old, WRITTEN)
    assert pages[1].read_text(encoding="utf-8") == SECOND.replace("fleet -->\n", f"fleet -->\n{WRITTEN}")
    # The same again changes nothing, and no half-written file is beside the pages.
    assert page.write([Results([FLEET])], "Measured here.", pages) == []
    assert sorted(pages[0].parent.iterdir()) == pages


def test_targets_that_were_not_measured_keep_their_rows(pages: list[Path]) -> None:
    targets = [Target("a | b", "1 s", "0.5 s", reached=True), Target("new", "4 s", "5 s", reached=False)]
    assert page.write([Results([], targets)], "Measured here.", pages) == pages[:1]
    text = pages[0].read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("| ") and "---" not in line][2:] == [
        "| what | target | now | reached |",
        "| a \\| b | 1 s | 0.5 s | yes |",
        "| kept | 3 s | by hand, 2 s | yes |",
        "| new | 4 s | 5 s | no |",
    ]
    assert text.startswith(FIRST[: FIRST.index("<!-- bench:targets -->")]) and text.endswith("\nAfter.\n")


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (
            FIRST.replace("<!-- /bench -->", "", 1),
            "first.md line 5: fleet has no <!-- /bench --> before line 15. Add it.",
        ),
        (
            FIRST[: FIRST.rindex("<!-- /bench -->")],
            "first.md line 15: targets has no <!-- /bench --> after it. Add it.",
        ),
        (FIRST.replace("<!-- bench:fleet -->", ""), "first.md line 11: <!-- /bench --> ends nothing. Remove it."),
        (FIRST.replace("bench:targets", "bench:fleet"), "first.md line 15: fleet has a place on line 5. Remove one."),
        (
            FIRST.replace("bench:fleet", "bench:Fleet 2"),
            "first.md line 5: '<!-- bench:Fleet 2 -->' is no mark. Write one mark",
        ),
        (
            FIRST.replace("Before.", "See <!-- /bench --> here."),
            "first.md line 3: 'See <!-- /bench --> here.' is no mark.",
        ),
        (
            FIRST.replace("bench:targets", "bench:goals"),
            "has a place for targets. Add <!-- bench:targets --> and <!-- /bench -->",
        ),
    ],
)
def test_a_page_that_is_not_in_order_stays_as_it_is(pages: list[Path], broken: str, says: str) -> None:
    pages[0].write_text(broken, encoding="utf-8")
    with pytest.raises(PageError) as refused:
        page.write([Results([FLEET], [Target("new", "4 s", "5 s", reached=False)])], "Measured here.", pages)
    assert says in str(refused.value)
    assert [one.read_text(encoding="utf-8") for one in pages] == [broken, SECOND]


def test_the_pages_have_a_place_for_each_part() -> None:
    page.check(place for part in run.PARTS.values() for place in part.PLACES)
    used = {place for part in run.PARTS.values() for place in part.PLACES}
    known = {name for one in page.PAGES for name in page.places(one.read_text(encoding="utf-8"), one.name)}
    assert known == used


def test_rows_of_targets_are_those_of_the_page() -> None:
    """A target that is called otherwise in the page would stand there twice."""
    text = page.PAGES[0].read_text(encoding="utf-8")
    begun, ended = page.places(text, "performance.md")["targets"]
    kept = "\n".join(text.splitlines()[begun + 1 : ended])
    names = [row[0] for row in page._rows_of(kept)]
    assert len(names) == len(set(names)) and {
        "report of 1,000 hosts with 50 containers",
        "gather one container more",
        "judge 50 containers",
    } <= set(names)


def test_what_is_printed_is_not_written_without_a_place(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Part:
        SIZES, RUNS, PLACES = "", 1, ("nowhere",)

        @staticmethod
        def measure(_sizes: str, _runs: int) -> Results:
            raise AssertionError("it was measured although no page has a place for it")

    monkeypatch.setattr(run, "PARTS", {"part": Part})
    monkeypatch.setattr("sys.argv", ["bench"])
    assert run.main() == 1
    assert "bench: No page of performance.md, scaling.md has a place for nowhere." in capsys.readouterr().err
