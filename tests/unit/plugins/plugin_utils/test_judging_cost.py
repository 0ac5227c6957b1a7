# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions mean what JMESPath says that they mean, though names are looked up without its help; and what judging a host
costs is counted, since a clock says nothing on a busy machine."""

from __future__ import annotations

import typing as t

import jmespath
import pytest
from jmespath import visitor

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.expressions import Expression, Gap
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.functions import RuleFunctions
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.subjects import subjects_of
from ansible_collections.seawall.docker.tests.support.plans import recorded

BENCHMARK = load_benchmark("cis-1.8.0")
OPTIONS = jmespath.Options(custom_functions=RuleFunctions())
# Nodes of expressions that JMESPath visits for one container more, of all rules together.
VISITS_FOR_A_CONTAINER = 600


def expressions() -> t.Iterator[tuple[str, Expression]]:
    for rule in BENCHMARK.rules:
        found = [rule.select, *(clause.condition for clause in rule.clauses), *rule.found.values()]
        yield from ((rule.subjects, expression) for expression in found if expression is not None)


@pytest.mark.parametrize("host", ["bookworm", "sid"])
def test_every_expression_gives_what_jmespath_gives(host: str) -> None:
    posture, policy = recorded(host), policy_with({})
    compared = 0
    for kind, expression in expressions():
        subjects = subjects_of(posture, kind, host)
        for subject in [] if isinstance(subjects, Gap) else subjects:
            scope = {"host": posture, "subject": subject.facts, "policy": policy}
            value = expression.value(scope)
            if not isinstance(value, Gap):
                assert value == jmespath.search(expression.text, scope, OPTIONS), expression.text
                compared += 1
    assert compared > 500


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("subject.a.b", {"subject": {"a": [1]}}),
        ("subject.a.b", {"subject": {"a": None}}),
        ("subject.a.b.c", {"subject": {"a": {"b": "text"}}}),
        ("subject.a[0].b", {"subject": {"a": [{"b": 3}]}}),
        ("subject.a[?b].b.c", {"subject": {"a": [{"b": {"c": 1}}, {"b": {}}]}}),
        ("subject.a.*.b", {"subject": {"a": {"x": {"b": 1}, "y": 2}}}),
        ("subject.a.length(@)", {"subject": {"a": "four"}}),
        ("subject.a.{b: b, c: c}", {"subject": {"a": {"b": 1}}}),
        ("subject.a.[b, c]", {"subject": {"a": {"b": 1, "c": 2}}}),
        ("subject.a.b || subject.c", {"subject": {"a": {}, "c": 5}}),
    ],
)
def test_names_lead_where_jmespath_leads(text: str, scope: dict[str, t.Any]) -> None:
    found = Expression(text).value(scope)
    assert isinstance(found, Gap) or found == jmespath.search(text, scope, OPTIONS)
    if isinstance(found, Gap):
        assert found.reason.startswith("the posture has no")


def test_a_container_more_costs_few_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    visits = 0
    visit = visitor.Visitor.visit

    def counted(self: t.Any, node: t.Any, *arguments: t.Any, **options: t.Any) -> t.Any:
        nonlocal visits
        visits += 1
        return visit(self, node, *arguments, **options)

    monkeypatch.setattr(visitor.Visitor, "visit", counted)
    counts = []
    for copies in (1, 3):
        posture = recorded("bookworm")
        multiply(posture, copies)
        visits = 0
        evaluate(posture, BENCHMARK, policy_with({}), "host")
        counts.append(visits)
    assert 100 < (counts[1] - counts[0]) / 2 < VISITS_FOR_A_CONTAINER


def multiply(posture: dict[str, t.Any], copies: int) -> None:
    """Make the first running container so many."""
    (chosen, *_rest) = [one for one in posture["containers"] if one["running"]]
    for section in (posture, posture["userns"], posture["cgroup"]):
        (one, *_more) = [entry for entry in section["containers"] if entry["id"] == chosen["id"]]
        section["containers"] = [{**one, "id": f"{number:064x}", "name": f"c{number}"} for number in range(copies)]
