# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions mean what JMESPath says that they mean, though it evaluates none of them; and what judging a host costs is
counted, since a clock says nothing on a busy machine."""

from __future__ import annotations

import sys
import types
import typing as t

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import compiled
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.compiled import Scope
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.expressions import Expression, Gap
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.functions import RuleFunctions
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.subjects import subjects_of
from ansible_collections.seawall.docker.tests.support.plans import recorded

BENCHMARK = load_benchmark("cis-1.8.0")
OPTIONS = jmespath.Options(custom_functions=RuleFunctions())
# Functions that are called for the nodes of expressions for one container more, of all rules together.
CALLS_FOR_A_CONTAINER = 750


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
            scope = Scope(posture, subject.facts, policy)
            value = expression.value(scope)
            if not isinstance(value, Gap):
                assert value == jmespath.search(expression.text, scope, OPTIONS), expression.text
                compared += 1
    assert compared > 500


# Every kind of node, and what differs between JMESPath and Python.
TEXTS = (
    "subject.a.b",
    "subject.a.b.c",
    "subject.a[0].b",
    "subject.a[-1]",
    "subject.a[7]",
    "subject.a[1:]",
    "subject.a[::-1].b",
    "subject.a[?b].b.c",
    "subject.a[?b == `1`]",
    "subject.a[?b != `true`]",
    "subject.a[?!b]",
    "subject.a[?b >= `1` && b < `3`].b",
    "subject.a[*].b",
    "subject.a[].b[]",
    "subject.a.*.b",
    "subject.a.* | [0]",
    "subject.a.length(@)",
    "subject.a.{b: b, c: c}",
    "subject.a.[b, c]",
    "[subject.a, host.a, `0`]",
    "{x: subject.a, y: length(host.a)}",
    "subject.a.b || subject.a || host.a",
    "subject.a && host.a",
    "!(subject.a)",
    "!(subject.a && !(host.a))",
    "subject.a == host.a",
    "subject.a < host.a",
    "subject.a > 'b'",
    "contains(subject.a, host.a)",
    "length(keys(subject.a))",
    "sort_by(subject.a, &b)",
    "map(&b, subject.a)",
    "max_by(subject.a, &b).b",
    "not_null(subject.a, host.a, `false`)",
    "merge(subject.a, host.a)",
    "to_string(subject.a)",
    "join(',', subject.a)",
    "sum(subject.a)",
    "subject.a[?contains(@, 'x')]",
    "length(host.a[?b]) == length(subject.a)",
    "length(@)",
    "@.subject.a",
    "no(subject.a) || no(host.a)",
    "one_of(subject.a, host.a)",
)
VALUES = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 1.0, 2, -1, "", "x", "b", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(TEXTS), VALUES, VALUES)
def test_expressions_mean_what_jmespath_says(text: str, left: t.Any, right: t.Any) -> None:
    scope = Scope({"a": right}, {"a": left}, {})
    try:
        said = jmespath.search(text, scope, OPTIONS)
    except Exception as error:  # noqa: BLE001 - what JMESPath and its functions raise for what does not fit
        said = error
    for _time in range(2):  # what is known from the first time is the same
        found = Expression(text).value(scope)
        if not isinstance(found, Gap):
            # Python takes 1 and true for the same.
            assert repr(found) == repr(said), text
        elif not isinstance(said, Exception):
            assert found.reason.endswith(" is not known: the posture does not have it"), text


def test_what_does_not_depend_on_the_subject_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    entry = compiled.RuleFunctions.FUNCTION_TABLE["length"]
    monkeypatch.setitem(entry, "function", lambda _self, values: asked.append(values) or len(values))
    for text, times in (
        ("length(host.a) == `1`", 1),
        ("length(host.a) == subject.b", 1),
        ("host.a[?length(@) == `1`] == subject.b", 1),
        ("length(subject.c) == `1`", 3),
        ("length(@.host.a) == `1`", 3),
    ):
        known: dict[t.Any, t.Any] = {}
        asked.clear()
        expression = Expression(text)
        for number in range(3):
            expression.value(Scope({"a": ["1"]}, {"b": number, "c": ["2"]}, {}, known))
        assert len(asked) == times, text


def test_what_is_known_of_one_host_is_not_said_of_the_next() -> None:
    expression = Expression.of("length(host.a) == subject.b")
    first, second = ({"a": [1]}, {"b": 1}), ({"a": [1, 2]}, {"b": 1})
    assert [expression.value(Scope(host, subject, {})) for host, subject in (first, second, first)] == [
        True,
        False,
        True,
    ]


def test_a_container_more_costs_few_calls() -> None:
    calls = 0

    def counted(frame: types.FrameType, event: str, _argument: t.Any) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code.co_filename == compiled.__file__

    counts = []
    for copies in (1, 1, 3):
        posture = recorded("bookworm")
        multiply(posture, copies)
        calls = 0
        before = sys.getprofile()
        sys.setprofile(counted)
        try:
            evaluate(posture, BENCHMARK, policy_with({}), "host")
        finally:
            sys.setprofile(before)
        counts.append(calls)
    # The first time, the functions were made.
    assert 100 < (counts[2] - counts[1]) / 2 < CALLS_FOR_A_CONTAINER, counts


def multiply(posture: dict[str, t.Any], copies: int) -> None:
    """Make the first running container so many."""
    (chosen, *_rest) = [one for one in posture["containers"] if one["running"]]
    for section in (posture, posture["userns"], posture["cgroup"]):
        (one, *_more) = [entry for entry in section["containers"] if entry["id"] == chosen["id"]]
        section["containers"] = [{**one, "id": f"{number:064x}", "name": f"c{number}"} for number in range(copies)]
