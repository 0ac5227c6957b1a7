# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of hosts against the recorded virtual machine."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.documents import read_document
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.kinds import KINDS_FILE, kind_of_host
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark, selected
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with

POSTURE = json.loads((Path(__file__).resolve().parents[2] / "recorded" / "vm.json").read_text(encoding="utf-8"))[
    "posture"
]
NAMES = sorted(read_document(KINDS_FILE).data)


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_names_rules_and_policy_that_exist(name: str) -> None:
    benchmark = load_benchmark("cis-1.8.0")
    entry = read_document(KINDS_FILE).data[name]
    assert entry["description"]
    policy_with(entry["policy"])
    for accepted in entry["accepted"]:
        assert selected(benchmark, [accepted["rule"]]) and accepted["reason"]


@pytest.mark.parametrize("name", NAMES)
def test_a_kind_waives_and_never_hides(name: str) -> None:
    benchmark = load_benchmark("cis-1.8.0")
    kind = kind_of_host(name, benchmark)
    plain = evaluate(POSTURE, benchmark, policy_with({}), "vm")
    judged = evaluate(POSTURE, benchmark, policy_with(kind.policy), "vm", kind.accepted)
    assert len(judged["findings"]) == len(plain["findings"])
    assert judged["counts"]["waived"] > 0
    assert judged["unused_waivers"] == []
    accepted = {slug for waiver in kind.accepted for slug in waiver.rules}
    for before, after in zip(plain["findings"], judged["findings"], strict=True):
        if after["status"] == "waived":
            assert before["status"] == "fail" and after["rule"] in accepted
            assert all(one["waiver"]["reason"] for one in after["subjects"] if one["verdict"] == "waived")


def test_a_runner_may_run_privileged_containers_and_a_server_may_not() -> None:
    benchmark = load_benchmark("cis-1.8.0")

    def status(name: str) -> str:
        document = evaluate(POSTURE, benchmark, policy_with({}), "vm", kind_of_host(name, benchmark).accepted)
        return next(one["status"] for one in document["findings"] if one["rule"] == "container-not-privileged")

    assert status("ci_runner") == "waived"
    assert status("single_server") == "fail"


def test_a_kind_that_does_not_exist_names_the_nearest() -> None:
    with pytest.raises(BenchmarkError, match="has no ci_runer; did you mean ci_runner?"):
        kind_of_host("ci_runer", load_benchmark("cis-1.8.0"))


def test_an_older_benchmark_leaves_out_what_it_lacks() -> None:
    for name in NAMES:
        for identifier in ("cis-1.6.0", "cis-1.7.0"):
            benchmark = load_benchmark(identifier)
            accepted = kind_of_host(name, benchmark).accepted
            assert {slug for one in accepted for slug in one.rules} <= {rule.slug for rule in benchmark.rules}
            assert {one.rule for one in accepted} <= {
                one.rule for one in kind_of_host(name, load_benchmark("cis-1.8.0")).accepted
            }


def test_what_a_kind_accepts_says_where_it_comes_from_and_what_it_is_for() -> None:
    benchmark = load_benchmark("cis-1.8.0")
    plain = kind_of_host("", benchmark)
    assert (plain.policy, plain.accepted) == ({}, [])
    documents = {waiver.rule: waiver.document() for waiver in kind_of_host("ci_runner", benchmark).accepted}
    mounts = documents["container-no-sensitive-mounts"]
    assert (mounts["host"], mounts["subject"], mounts["owner"]) == ("*", "*runner*", "host kind ci_runner")
    assert (mounts["expires"], mounts["source"]) == ("never", "audit_host_kind")
    assert documents["daemon-rootless"]["subject"] == "*"


def test_a_rule_that_an_older_benchmark_lacks_does_not_end_the_list() -> None:
    benchmark = load_benchmark("cis-1.8.0")
    (first, *rest) = kind_of_host("ci_runner", benchmark).accepted
    older = dataclasses.replace(
        benchmark, rules=tuple(rule for rule in benchmark.rules if rule.slug not in first.rules)
    )
    assert kind_of_host("ci_runner", older).accepted == rest
