# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet document, and what happens to documents that cannot be used."""

from __future__ import annotations

import json
import random

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._report import fleet, intake
from ansible_collections.seawall.docker.plugins.plugin_utils._score import score_of
from ansible_collections.seawall.docker.tests.support import findings


def build(documents: list[findings.Document]) -> intake.Document:
    return fleet.build([intake.condensed(intake.accepted(document)) for document in documents])


def test_shape_is_the_contract() -> None:
    document = build(findings.fleet_of(3, missing=1))
    assert list(document) == ["fleet_version", "benchmark", "hosts", "totals", "rules", "advisories", "unused_waivers"]
    assert document["benchmark"] == findings.BENCHMARK
    assert document["totals"]["hosts"] == 3 and document["totals"]["audited"] == 2
    assert document["totals"]["unreachable"] == 1 and document["totals"]["failed"] == 0
    assert set(document["hosts"][0]) == {
        "host", "outcome", "error", "replay", "benchmark", "engine", "counts", "score", "proof", "limits_proof", "seen_less", "report",
    }  # fmt: skip
    assert len(document["rules"]) == 118
    assert list(document["rules"][0]["hosts"]) == list(intake.STATUSES)
    json.dumps(document)


def test_order_is_stable_and_natural() -> None:
    documents = findings.fleet_of(12, missing=2)
    shuffled = documents[:]
    random.Random(7).shuffle(shuffled)
    assert json.dumps(build(documents)) == json.dumps(build(shuffled))
    numbers = [rule["number"] for rule in build(documents)["rules"]]
    assert numbers.index("2.9") < numbers.index("2.10") < numbers.index("3.1")


def test_counts_follow_the_findings() -> None:
    document = findings.audited("web1")
    document["counts"]["pass"] = 118  # a document that praises itself
    (host,) = build([document])["hosts"]
    assert host["counts"]["pass"] == sum(1 for each in document["findings"] if each["status"] == "pass")


def test_each_audited_host_stands_once_in_each_rule_and_lost_hosts_in_none() -> None:
    document = build(findings.fleet_of(9, missing=3))
    audited = sorted(host["host"] for host in document["hosts"] if host["outcome"] == "audited")
    for rule in document["rules"]:
        assert sorted(name for names in rule["hosts"].values() for name in names) == audited


def test_benchmark_is_null_where_hosts_differ() -> None:
    other = findings.audited("web2")
    other["benchmark"] = {"id": "cis-1.7.0", "title": "CIS Docker Benchmark 1.7.0"}
    document = build([findings.audited("web1"), other])
    assert document["benchmark"] is None
    assert document["hosts"][1]["benchmark"]["id"] == "cis-1.7.0"


def test_the_last_document_of_a_host_counts() -> None:
    document = build([findings.lost("web1"), findings.audited("web1")])
    assert document["totals"]["hosts"] == 1 and document["totals"]["audited"] == 1


def test_score_never_rounds_a_fault_away() -> None:
    counts = {**dict.fromkeys(intake.STATUSES, 0), "pass": 99_999, "fail": 1, "waived": 5, "manual": 2, "unknown": 3}
    assert score_of(counts) == {"passed": 99_999, "decided": 100_005, "undecided": 5, "percent": 99.9}
    assert score_of(dict.fromkeys(intake.STATUSES, 0))["percent"] is None


@pytest.mark.parametrize(
    "damaged",
    [
        None,
        [],
        {},
        {"findings_version": 3, "host": "web1"},
        {"findings_version": True, "host": "web1", "outcome": "audited", "findings": []},
        {"findings_version": [1], "host": "web1"},
        {"findings_version": 2, "host": "web1", "outcome": "audited"},
        {"findings_version": 1, "host": "web1", "outcome": "audited"},
        {"findings_version": 1, "host": "web1", "outcome": "audited", "findings": [{"rule": "a"}]},
        {"findings_version": 1, "host": "web1", "outcome": "audited", "findings": ["pass"]},
        {"findings_version": 1, "host": "web1", "outcome": "odd"},
        {"findings_version": 1, "host": "web1", "outcome": "failed"},
    ],
)
def test_what_cannot_be_used_is_a_host_that_failed(damaged: object) -> None:
    document = intake.accepted(damaged, "web1")
    assert document["outcome"] == "failed" and document["host"] == "web1" and document["error"].endswith(".")
    assert build([document])["totals"]["failed"] == 1


def test_little_is_enough() -> None:
    small = {"findings_version": 1, "host": "web1", "outcome": "audited", "findings": [{"rule": "a", "status": "fail"}]}
    document = build([small])
    assert document["rules"][0]["hosts"]["fail"] == ["web1"]
    assert document["hosts"][0]["engine"] is None


def test_plain_makes_json_of_anything() -> None:
    class Tagged(str):
        def __str__(self) -> str:
            raise AssertionError("a tag must not decide what is written")

    value = intake.Plain()({"a": (1, Tagged("x")), 2: float("nan"), "b": {True: None}, "c": object})
    assert value["a"] == [1, "x"]
    assert type(value["a"][1]) is str  # pylint: disable=unidiomatic-typecheck
    assert value["2"] == "nan" and value["b"] == {"True": None}
    json.dumps(value, allow_nan=False)
