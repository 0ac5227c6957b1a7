# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault ends as a step, as advice or as left out with a reason; what a step puts right is right afterwards."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan import lines
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.planning import plan
from ansible_collections.seawall.docker.tests.support.plans import (
    HOSTS,
    Planned,
    benchmark,
    consistent,
    planned,
    recorded,
)
from ansible_collections.seawall.docker.tests.support.postures import posture_in
from ansible_collections.seawall.docker.tests.support.rule_cases import Case, load_cases, rule_named

FAILS = [case for case in load_cases() if case.expect == "fail"]


def of_case(case: Case, choices: Choices | None = None) -> Planned:
    posture = consistent(case.posture(rule_named(benchmark(), case.rule)))
    if case.rule == "daemon-bridge-icc-off":
        posture["containers"] = []  # while one runs on, the engine takes it over only later
    return planned(posture, choices, case.wanted.get("policy"), rules=[case.rule])


@pytest.mark.parametrize("rule", sorted({case.rule for case in FAILS}))
def test_no_fault_is_silently_dropped_and_what_has_a_step_passes_afterwards(rule: str) -> None:
    """All cases of a rule are one test: ansible-test gives each test a process of its own."""
    for case in FAILS:
        if case.rule == rule:
            made = of_case(case)
            _fault_is_named(case, made)
            _what_has_a_step_passes(case, made)


def _fault_is_named(case: Case, made: Planned) -> None:
    (finding,) = made.before["findings"]
    assert finding["status"] == "fail", str(case)
    document = made.document
    stepped = [rule["rule"] for step in document["steps"] for rule in step["rules"]]
    advised = [rule["rule"] for entry in document["advice"] for rule in entry["rules"]]
    left_out = [entry["rule"] for entry in document["left_out"]]
    assert {case.rule} == {*stepped, *advised, *left_out}, str(case)
    assert all(len(entry["reason"]) > 10 for entry in document["left_out"]), str(case)
    # Every single subject that fails, not just the rule.
    failing = {subject["name"] for subject in finding["subjects"] if subject["verdict"] == "fail"}
    if finding["subjects"][0]["type"] != "host":
        named = {step["file"] for step in document["steps"]} | {entry["what"] for entry in document["left_out"]}
        assert failing <= named | {entry["subject"]["name"] for entry in document["advice"]}, str(case)


def _what_has_a_step_passes(case: Case, made: Planned) -> None:
    stepped = {rule["rule"] for step in made.document["steps"] for rule in step["rules"]}
    if stepped and not made.document["left_out"]:
        assert made.status(case.rule) in ("pass", "not_applicable"), (str(case), made.document["steps"])
    else:
        assert made.document["left_out"] or made.document["advice"], str(case)


def test_most_faults_that_a_program_can_put_right_are_put_right() -> None:
    """The test above must not be true because nothing has a step."""
    healed = {case.rule for case in FAILS if of_case(case).document["steps"]}
    able = {
        rule.slug
        for rule in benchmark().rules
        if rule.remedy is not None
        and (
            {"file", "audit_watch"} & set(rule.remedy) or (rule.subjects == "host" and "daemon_options" in rule.remedy)
        )
    }
    # Only the site can know these, or they must be asked for by name.
    by_hand = {
        "daemon-no-aufs",
        "daemon-no-devicemapper",
        "daemon-tcp-mutual-tls",
        "daemon-userns-remap",
        "daemon-authorization-plugin",
        "daemon-central-logging",
    }
    assert healed == able - by_hand


@pytest.mark.parametrize("base", ["good", "bad"])
def test_a_whole_host(base: str) -> None:
    made = planned(posture_in(base=base))
    _every_fault_is_named(made)
    if base == "good":
        assert made.document["steps"] == [] and made.document["impact"] == "none"


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("userns", [None, "present"])
def test_recorded_hosts(host: str, userns: str | None) -> None:
    made = planned(recorded(host), Choices(userns=userns))
    _every_fault_is_named(made)
    for step in made.document["steps"]:
        for rule in step["rules"]:
            left_out = made.left_out(rule["rule"])
            late = any(
                rule["rule"] == "daemon-bridge-icc-off" and "without running containers" in note
                for note in step["notes"]
            )
            assert made.status(rule["rule"]) in ("pass", "not_applicable") or left_out or late
    for line in lines.lines_of(made.document, None):
        assert line.isprintable() and len(line) <= lines.COLUMNS


def _every_fault_is_named(made: Planned) -> None:
    document = made.document
    named = {rule["rule"] for entry in [*document["steps"], *document["advice"]] for rule in entry["rules"]}
    named |= {entry["rule"] for entry in document["left_out"]}
    failed = {one["rule"] for one in made.before["findings"] if one["status"] == "fail"}
    assert failed <= named


def test_a_rule_of_the_site_without_remedy_is_left_out_by_name() -> None:
    posture = posture_in(base="bad")
    made = planned(posture, rules=["daemon-rootless"])
    finding: dict[str, t.Any] = {**made.before["findings"][0], "rule": "site-rule", "remedy": None}
    document = plan({**made.before, "findings": [finding]}, posture, Choices(), {})
    assert [(one["rule"], one["reason"]) for one in document["left_out"]] == [("site-rule", "the rule has no remedy")]


def test_a_waived_fault_is_no_fault() -> None:
    made = planned(posture_in(base="bad"), rules=["daemon-bridge-icc-off"])
    (finding,) = made.before["findings"]
    finding["status"] = finding["subjects"][0]["verdict"] = "waived"
    document = plan(made.before, made.posture, Choices(), {})
    assert document["steps"] == document["left_out"] == document["advice"] == []
