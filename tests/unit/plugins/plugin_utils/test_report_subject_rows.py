# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings with rows of subjects: no fact is lost, and what others wrote into them does no harm."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, intake, subject_rows
from ansible_collections.seawall.docker.tests.support import findings_file

RECORDED = Path(__file__).resolve().parents[2] / "recorded"
Json = dict[str, t.Any]


def subject(name: str, given: str | None = None, verdict: str = "fail", **other: t.Any) -> Json:
    return {"type": "container", "name": name, "id": given, "verdict": verdict, "reason": None, "found": {}, **other}


def document(*subjects: t.Any) -> Json:
    finding = {"rule": "r", "status": "fail", "subjects": list(subjects)}
    return {"findings_version": 1, "host": "web1", "outcome": "audited", "findings": [finding]}


def rows_of(*subjects: t.Any) -> list[Json]:
    return t.cast("list[Json]", subject_rows.folded(document(*subjects))["findings"][0]["subjects"])


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.json")), ids=lambda path: path.stem)
def test_the_file_of_each_recorded_host_has_all_that_was_found(path: Path) -> None:
    posture = json.loads(path.read_text(encoding="utf-8"))
    found = evaluate(posture.get("posture", posture), load_benchmark("cis-1.8.0"), policy_with({}), "web1")
    text = files.host_json(found)
    assert findings_file.unfolded(json.loads(text)) == found
    # Written again, it is the same.
    assert files.host_json(json.loads(text)) == text


def test_many_containers_need_few_bytes() -> None:
    posture = json.loads((RECORDED / "bookworm.json").read_text(encoding="utf-8"))
    posture = posture.get("posture", posture)
    container = posture["containers"][0]
    posture["containers"] = [{**container, "name": f"web-{n}", "id": f"{n:064x}"} for n in range(50)]
    found = evaluate(posture, load_benchmark("cis-1.8.0"), policy_with({}), "web1")
    assert len(files.host_json(found)) * 5 < len(json.dumps(found)) * 2


def test_equal_subjects_are_one_row_and_their_ids_stand_once() -> None:
    made = subject_rows.folded(document(subject("a", "1"), subject("b"), subject("c", "3", "pass"), subject("d", "4")))
    assert made["findings_version"] == 2 and made["subject_ids"] == {"container": {"a": "1", "c": "3", "d": "4"}}
    assert [row["names"] for row in made["findings"][0]["subjects"]] == [["a", "b", "d"], ["c"]]


def test_what_python_calls_equal_and_json_does_not_is_not_one_row() -> None:
    values = (1, True, 1.0, "1", None, [1])
    assert len(rows_of(*(subject(str(n), found={"a": value}) for n, value in enumerate(values)))) == len(values)


@pytest.mark.parametrize(
    "one",
    [
        subject("web", "another"),
        subject("web"),
        {"type": "container", "verdict": "fail"},
        {**subject("x"), "name": 1},
        {**subject("x"), "id": 1},
        {**subject("x"), "names": ["y"]},
        {**subject("x"), "type": None},
        "web",
        None,
    ],
)
def test_an_entry_that_a_row_cannot_hold_stays_as_it_is(one: t.Any) -> None:
    assert one in rows_of(subject("web", "1"), one, subject("db", "2"))


def test_both_versions_give_the_reports_the_same() -> None:
    old = document(subject("a", "1"), subject("b", "2", found={"x": 1}), subject("c", "3", "pass"), subject("a", "4"))
    new = subject_rows.folded(old)
    assert intake.condensed(intake.accepted(old)) == intake.condensed(intake.accepted(json.loads(json.dumps(new))))
    (finding,) = intake.condensed(intake.accepted(old))["findings"]
    assert (finding["failed_subjects"], finding["passed_subjects"]) == (3, 1)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"type": "container", "names": "web"}], "no list of texts"),
        ([{"type": "container", "names": [1]}], "no list of texts"),
        ([{"type": "container", "names": {"web": 1}}], "no list of texts"),
        ([{"type": "container", "names": ["a"] * 1_001}] * 1_000, "more than 1,000,000 subjects"),
        (
            [{"type": "container", "names": ["a"] * 1_000, "found": "x" * 300_000}],
            "more evidence than a report can show",
        ),
        (
            [{"type": "container", "names": ["a"] * 1_000, "reason": "x" * 300_000}],
            "more evidence than a report can show",
        ),
        (
            [{"type": "container", "names": ["a"] * 1_000, "waiver": {"reason": "x" * 300_000}}],
            "more evidence than a report can show",
        ),
        ([{"type": "container", "names": ["web", {"a": 2}], "name": "x", "verdict": "fail"}], "no list of texts"),
        ([{"type": "container", "names": [], "name": "web", "verdict": "fail"}], "has no name"),
        ([{"type": "container", "names": None, "verdict": "fail"}], "has no name"),
        ([{"type": "container", "name": 1, "verdict": "fail"}], "has no name"),
        ([{"type": "container", "names": ["web"]}, {}], "has no name"),
        ([None], "is no mapping"),
        (["web"], "is no mapping"),
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_rows_that_cannot_be_used_are_a_host_that_failed(version: int, rows: list[t.Any], said: str) -> None:
    used = intake.accepted({**document(*rows), "findings_version": version})
    assert used["outcome"] == "failed" and said in used["error"], used["error"]


def test_the_reason_of_a_rule_counts_for_each_subject_that_has_none_of_its_own() -> None:
    given = {**document({"type": "container", "names": ["a"] * 1_000}), "findings_version": 2}
    assert intake.accepted(given)["outcome"] == "audited"
    given["findings"][0]["reason"] = "x" * 300_000
    assert "more evidence than a report can show" in intake.accepted(given)["error"]


@pytest.mark.parametrize("rows", [None, "x", []])
def test_findings_without_rows_are_no_fault(rows: t.Any) -> None:
    given = {**document(), "findings_version": 2}
    given["findings"][0]["subjects"] = rows
    assert intake.condensed(intake.accepted(given))["outcome"] == "audited"
