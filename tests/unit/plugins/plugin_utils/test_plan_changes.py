# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two audits compared: repaired is what passes now, and not what is only not shown any more."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.changes import changes, standing

Json = dict[str, t.Any]


def audit(**rules: t.Sequence[str]) -> Json:
    """Findings by their numbers, each with subjects ``name=verdict``; a name that begins with a slash is a file, without an id."""
    findings = []
    for number, subjects in rules.items():
        pairs = [one.split("=") for one in subjects]
        verdicts = [verdict for _name, verdict in pairs]
        worst = next(
            (one for one in ("fail", "unknown", "manual", "waived", "pass") if one in verdicts), "not_applicable"
        )
        entries = [
            {"type": "file" if name[0] == "/" else "container", "name": name, "id": None if name[0] == "/" else f"id {name}", "verdict": verdict}
            for name, verdict in pairs
        ]  # fmt: skip
        findings.append({"number": number, "status": worst, "subjects": entries})
    return {"counts": {"fail": 1}, "score": {"percent": 5}, "findings": findings}


def compared(before: Json, after: Json) -> Json:
    """What differs, without what is empty."""
    return {key: value for key, value in changes(standing(before), after)._asdict().items() if value}


def test_what_is_kept_of_an_audit() -> None:
    assert standing(audit(a=["web=fail", "db=pass", "/f=fail"], b=["db=pass"], c=[])) == {
        "counts": {"fail": 1},
        "score": {"percent": 5},
        "statuses": {"a": "fail", "b": "pass", "c": "not_applicable"},
        "failing": {"a": [["container", "id web"], ["file", "/f"]]},
        "shown": [["container", "id db"], ["container", "id web"], ["file", "/f"]],
    }


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (["web=fail"], ["web=fail"], {}),
        (["web=pass"], ["web=pass"], {}),
        (["web=fail"], ["web=pass"], {"repaired": ["a"]}),
        (["web=fail", "/f=fail"], ["web=pass", "/f=pass"], {"repaired": ["a"]}),
        (["web=fail", "/f=fail"], ["web=pass", "/f=fail"], {}),
        # A container of the same name is another one, which nobody knows of before.
        (["web=fail"], ["db=pass"], {"hidden": ["a"], "subjects": {"container": 1}}),
        (["web=fail", "/f=fail"], [], {"hidden": ["a"], "subjects": {"container": 1, "file": 1}}),
        (["web=fail", "/f=fail"], ["/f=pass"], {"hidden": ["a"], "subjects": {"container": 1}}),
        (["web=fail"], ["web=not_applicable"], {"without_subject": ["a"]}),
        (["web=fail", "db=fail"], ["web=pass", "db=not_applicable"], {"without_subject": ["a"]}),
        # What is not decided or accepted is not repaired.
        (["web=fail"], ["web=unknown"], {}),
        (["web=fail"], ["web=manual"], {}),
        (["web=fail"], ["web=waived"], {}),
        (["web=fail", "db=fail"], ["web=pass", "db=waived"], {}),
        (["web=pass"], ["web=fail"], {"broken": ["a"]}),
        (["web=unknown"], ["web=fail"], {"broken": ["a"]}),
        ([], ["web=fail"], {"appeared": ["a"], "new_subjects": {"container": 1}}),
        (
            ["web=pass"],
            ["web=pass", "db=fail", "/f=fail"],
            {"appeared": ["a"], "new_subjects": {"container": 1, "file": 1}},
        ),
        (["web=pass"], ["web=fail", "db=fail"], {"broken": ["a"]}),
    ],
)
def test_what_became_of_a_rule(before: t.Sequence[str], after: t.Sequence[str], found: Json) -> None:
    assert compared(audit(a=before), audit(a=after)) == found


def test_what_another_rule_is_about_is_shown() -> None:
    """The rule is no longer about the container, and the engine has it still."""
    before, after = audit(a=["web=fail"], b=["web=pass"]), audit(a=[], b=["web=pass"])
    assert compared(before, after) == {"without_subject": ["a"]}
    assert compared(audit(a=[], b=["web=pass"]), audit(a=["web=fail"], b=["web=pass"])) == {"broken": ["a"]}


def test_each_rule_counts_and_each_subject_once() -> None:
    before = audit(a=["web=fail"], b=["web=fail", "db=fail"], c=["/f=fail"], d=["/g=pass"], e=["/g=fail"])
    after = audit(a=[], b=[], c=["/f=pass"], d=["/g=fail"], e=["/g=fail"], f=["new=fail"], g=["new=fail"])
    assert compared(before, after) == {
        "hidden": ["a", "b"],
        "subjects": {"container": 2},
        "repaired": ["c"],
        "broken": ["d"],
        "appeared": ["f", "g"],
        "new_subjects": {"container": 1},
    }


def test_a_rule_that_failed_without_a_subject_is_not_said_to_be_repaired() -> None:
    before = standing(audit(a=["web=fail"]))
    after = audit(a=["web=pass"])
    for failing in ({}, {"a": []}, None):
        assert changes({**before, "failing": failing}, after).repaired == []
    del before["failing"]
    assert changes(before, after).repaired == []


def test_a_standing_of_an_earlier_release_does_not_say_what_was_shown() -> None:
    before = standing(audit(a=[]))
    del before["shown"]
    assert changes(before, audit(a=["web=fail"])).broken == ["a"]
