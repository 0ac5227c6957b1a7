# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other catalogues call rules: rules are chosen by it, reports carry it, and what is no identifier is an error."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.catalogues import CATALOGUES, refers
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import (
    load_benchmark,
    select_rules,
    selected,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import hdf, sarif
from ansible_collections.seawall.docker.tests.support import findings, formats

BENCHMARK = load_benchmark("cis-1.8.0")
RULE_FILE = """\
benchmarks:
  acme-1:
    title: ACME
    sections: {{"1": Containers}}
rules:
  - rule: acme-owner
    numbers: {{acme-1: "1.1"}}
    level: 1
    title: Every container has an owner
    subjects: container
    references: {references}
    decide:
      - otherwise: fail
    expected: an owner
    why: Nobody else can be called.
"""


def test_a_rule_of_the_stig_has_its_correlation_identifiers_and_controls() -> None:
    with_stig = [rule for rule in BENCHMARK.rules if "stig" in rule.references]
    assert len(with_stig) > 70
    assert all(rule.references["cci"] and rule.references["nist"] for rule in with_stig)
    assert all(rule.references for rule in BENCHMARK.rules if rule.slug.startswith(("audit-", "swarm-")))


def test_the_rules_of_the_supply_chain_have_controls() -> None:
    assert all(
        rule.references["nist"] for rule in load_benchmark("supply-chain-1").rules if "cis-1.8.0" not in rule.numbers
    )


def test_rules_are_chosen_by_what_other_catalogues_call_them() -> None:
    assert {"container-not-privileged", "daemon-no-insecure-registries"} <= selected(BENCHMARK, ["nist:CM-7"])
    assert (
        selected(BENCHMARK, ["nist:ac-6(8)"]) == selected(BENCHMARK, ["nist:AC-6 (8)"]) == {"container-user-not-root"}
    )
    assert selected(BENCHMARK, ["nist:AC-6(8)"]) < selected(BENCHMARK, ["nist:AC-6"])
    assert selected(BENCHMARK, ["stig:DKER-EE-001960"]) == {"container-not-privileged"}
    assert selected(BENCHMARK, ["attack:T1552.001"]) < selected(BENCHMARK, ["attack:T1552"])
    chosen = select_rules(BENCHMARK, "level2", ["sp800-190:4.4"], ["cci:CCI-000381"])
    assert chosen.rules and all("CCI-000381" not in rule.references.get("cci", []) for rule in chosen.rules)


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("nist:CM-1", False),
        ("nist:CM-11", True),
        ("nist:CM", False),
        ("nist:", False),
        ("sp800-190:4.1", True),
        ("sp800-190:4", True),
        ("sp800-190:1.2", False),
        ("CM-11", False),
        ("cci:CM-11", False),
    ],
)
def test_a_part_of_a_name_is_another_name(selector: str, found: bool) -> None:
    assert refers({"nist": ["CM-11 (2)"], "sp800-190": ["4.1.2"]}, selector) is found


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("nist:CM-77", "has no rule that refers to nist:CM-77; did you mean nist:CM-7"),
        ("attack:T9999", "has no rule that refers to attack:T9999"),
        ("nits:CM-7", "has no rule nits:CM-7"),
    ],
)
def test_a_reference_that_no_rule_has(selector: str, message: str) -> None:
    with pytest.raises(BenchmarkError, match=message):
        selected(BENCHMARK, [selector])


@pytest.mark.parametrize(
    ("references", "message"),
    [
        ("[CM-7]", "line 11, rules.0.references: must map a catalogue"),
        ("{nits: [CM-7]}", "line 11, rules.0.references.nits: unknown catalogue; did you mean nist"),
        ("{nist: CM-7}", "references.nist: must be a list"),
        ("{nist: []}", "references.nist: must be a list"),
        ("{nist: [CM-7, cm7]}", r"references.nist.1: is no identifier such as AC-6 \(8\)"),
        ("{sp800-190: [4.4]}", "references.sp800-190.0: is no identifier such as 4.4.3, quoted"),
        ('{attack: ["T1611\\n"]}', "references.attack.0: is no identifier such as T1611"),
        ("null", "must map a catalogue"),
    ],
)
def test_what_is_no_reference_is_said_with_its_line(tmp_path: Path, references: str, message: str) -> None:
    path = tmp_path / "acme.yml"
    path.write_text(RULE_FILE.format(references=references), encoding="utf-8")
    with pytest.raises(BenchmarkError, match=message):
        load_benchmark("acme-1", [str(path)])


def test_every_example_is_an_identifier() -> None:
    assert all(catalogue.form.fullmatch(catalogue.example) for catalogue in CATALOGUES.values())


def document(references: t.Any) -> intake.Document:
    made = findings.audited("web1", rules=0)
    made["findings"] = [formats.finding("5.1", "fail", [formats.subject("web", "fail")], references=references)]
    return intake.condensed(intake.accepted(made))


def test_machines_are_told() -> None:
    condensed = document({"nist": ["AC-6 (8)"], "cci": ["CCI-002233"], "attack": ["T1611"]})
    (control,) = json.loads(hdf.of_host(condensed))["profiles"][0]["controls"]
    assert (control["tags"]["nist"], control["tags"]["cci"]) == (["AC-6 (8)"], ["CCI-002233"])
    rule = next(iter(sarif._rules([condensed]).values()))
    assert sarif._rule(rule)["properties"]["tags"][2:] == ["nist:AC-6(8)", "cci:CCI-002233", "attack:T1611"]


@pytest.mark.parametrize("references", [None, [], "nist", {"nist": "CM-7"}, {"nist": [{"x": 1}, None]}, {"nist": []}])
def test_references_of_others_stop_no_report(references: t.Any) -> None:
    condensed = document(references)
    (control,) = json.loads(hdf.of_host(condensed))["profiles"][0]["controls"]
    assert "nist" not in control["tags"]


def test_a_rule_of_others_has_no_more_tags_than_github_takes() -> None:
    rule = next(iter(sarif._rules([document({"nist": [f"AC-{number}" for number in range(500)]})]).values()))
    assert len(sarif._rule(rule)["properties"]["tags"]) <= 20
