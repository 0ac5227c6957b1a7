# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each option of a task that says what is judged by has its effect, also on a host that could not be audited."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.judge import ARGUMENTS, Judge, judge_of
from ansible_collections.seawall.docker.tests.support.postures import posture_in

WAIVER = {"rule": "daemon-userns-remap", "reason": "Next week.", "owner": "ops", "expires": "2999-01-01"}


def judge(profile: str = "level2", rules: t.Sequence[str] = (), skip: t.Sequence[str] = (), **options: t.Any) -> Judge:
    return judge_of(
        {name: options.get(name, one.get("default")) for name, one in ARGUMENTS.items()}, profile, rules, skip
    )


def status_of(one: Judge, slug: str) -> t.Any:
    posture = posture_in()
    posture["daemon"]["info"]["security_options"]["userns"] = False
    posture["daemon"]["options"]["userns-remap"] = None
    findings = one.findings(posture, "web1")["findings"]
    return next((finding["status"] for finding in findings if finding["rule"] == slug), None)


def test_a_waiver_counts_from_a_file_and_from_a_variable(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yml"
    file.write_text(yaml.safe_dump([WAIVER]), encoding="utf-8")
    for one in (judge(waivers=[WAIVER]), judge(waiver_files=[str(file)])):
        assert [waiver.rule for waiver in one.waivers] == ["daemon-userns-remap"]
    assert judge().waivers == []


def test_a_waiver_is_for_its_hosts_and_no_others() -> None:
    failed = [one["rule"] for one in judge().findings(posture_in(), "web1")["findings"] if one["status"] == "fail"]
    one = judge(waivers=[{**WAIVER, "rule": failed[0], "host": "web*"}])
    for host, status in (("web1", "waived"), ("db1", "fail")):
        assert {finding["rule"]: finding["status"] for finding in one.findings(posture_in(), host)["findings"]}[
            failed[0]
        ] == status


def test_rules_are_chosen_and_left_out() -> None:
    assert [rule.slug for rule in judge(rules=["daemon-userns-remap"]).benchmark.rules] == ["daemon-userns-remap"]
    assert status_of(judge(skip=["daemon-userns-remap"]), "daemon-userns-remap") is None
    everything, level1 = judge(), judge("level1")
    assert {rule.level for rule in level1.benchmark.rules} == {1} != {rule.level for rule in everything.benchmark.rules}
    # What nobody chose is still known, for gates and waivers.
    assert level1.full.rules == everything.full.rules


def test_a_file_that_is_not_there_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    for option in ("rule_files", "waiver_files"):
        with pytest.raises(BenchmarkError, match="nowhere"):
            judge(**{option: [str(tmp_path / "nowhere.yml")]})


def test_a_kind_of_host_changes_policy_and_accepts_findings() -> None:
    build, none = judge(host_kind="ci_runner"), judge()
    assert build.waivers and (build.policy != none.policy or len(build.waivers) > len(none.waivers))
    with pytest.raises(BenchmarkError, match="no_such_kind"):
        judge(host_kind="no_such_kind")


def test_a_policy_of_the_task_wins_over_that_of_the_kind() -> None:
    assert judge(policy={"maximum_image_age_days": 7}).policy["maximum_image_age_days"] == 7


def test_a_host_without_an_audit_has_the_shape_of_every_other() -> None:
    document = judge().without_audit("web1", "unreachable", "no route")
    assert (document["host"], document["outcome"], document["error"]) == ("web1", "unreachable", "no route")
    assert document["benchmark"] == {"id": "cis-1.8.0", "title": judge().full.title}
    assert document["findings"] == [] == document["unused_waivers"] and set(document["counts"].values()) == {0}
    audited = judge().findings(posture_in(), "web1")
    assert set(document) - set(audited) <= {"seen_before"} and document["seen_before"] is None
