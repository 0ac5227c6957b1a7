# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules about where images come from: every case gives its verdict, and the benchmark is judged and planned as a whole."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._engine import references
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.tests.support.documentation import ROOT
from ansible_collections.seawall.docker.tests.support.postures import posture_in
from ansible_collections.seawall.docker.tests.support.rule_cases import FOLDER, Case, load_cases

BENCHMARK = load_benchmark("supply-chain-1")
CASES = load_cases(FOLDER / "supply-chain")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_verdict(case: Case) -> None:
    finding = case.finding(BENCHMARK)
    subject = finding["subjects"][0] if finding["subjects"] else finding
    assert (subject.get("verdict") or finding["status"]) == case.expect, finding
    assert case.because in str(subject.get("reason") or finding["reason"])


def test_each_rule_of_its_own_passes_and_fails_among_the_cases() -> None:
    own = {rule.slug for rule in BENCHMARK.rules if set(rule.numbers) == {"supply-chain-1"}}
    assert own == {case.rule for case in CASES}
    for slug in own:
        assert {"pass", "fail", "unknown"} <= {case.expect for case in CASES if case.rule == slug}


@pytest.mark.parametrize("base", ["good", "bad"])
def test_the_whole_benchmark_is_judged(base: str) -> None:
    document = evaluate(posture_in(base=base), BENCHMARK, policy_with({}), "host")
    assert [finding["number"] for finding in document["findings"]] == [
        "1.1",
        "1.2",
        "1.3",
        "1.4",
        "2.1",
        "2.2",
        "2.3",
        "3.1",
        "3.2",
        "3.3",
        "4.1",
        "4.2",
    ]
    assert "unknown" not in {finding["status"] for finding in document["findings"]}


def test_the_page_names_every_rule() -> None:
    page = (ROOT / "docs" / "supply-chain.md").read_text(encoding="utf-8")
    for rule in BENCHMARK.rules:
        assert f"| {rule.numbers['supply-chain-1']} | {rule.title} |" in page, rule.slug


@pytest.mark.parametrize(
    ("reference", "tag"),
    [
        ("nginx", "latest"),
        ("nginx:1", "1"),
        ("localhost:5000/nginx", "latest"),
        ("localhost:5000/nginx:1.2", "1.2"),
        ("nginx:1@sha256:00", "1"),
        ("nginx@sha256:00", None),
    ],
)
def test_tags(reference: str, tag: str | None) -> None:
    assert references.tag_of(reference) == tag
