# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reason of an unknown verdict names the fact that is not known, and says why: every rule, each of its facts."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.compiled import Scope
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.expressions import Expression, Gap, missing
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import Rule
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.subjects import subjects_of
from ansible_collections.seawall.docker.tests.support.rule_cases import FOLDER, load_cases
from ansible_collections.seawall.docker.tests.unit.plugins.plugin_utils.test_recorded_verdicts import (
    HOSTS,
    recorded_posture,
)

BENCHMARKS = [
    (load_benchmark("cis-1.8.0"), load_cases()),
    (load_benchmark("supply-chain-1"), load_cases(FOLDER / "supply-chain")),
]
RULES = {
    rule.slug: (benchmark, rule, [case for case in cases if case.rule == rule.slug])
    for benchmark, cases in reversed(BENCHMARKS)
    for rule in benchmark.rules
}
WHY = "because of a reason that only this test gives"
Fact = tuple[str, ...]
# A value that no rule can use: no text, no number, no list, no mapping.
ODD = {"odd": [None]}


# Each test leaves it as it was.
_recorded = functools.cache(recorded_posture)


def _scopes(name: str, posture: t.Any, rule: Rule, policy: t.Any) -> t.Iterator[tuple[str, Scope]]:
    subjects = subjects_of(posture, rule.subjects, "host")
    for subject in subjects if isinstance(subjects, list) else ():
        yield f"{name}, {subject.name}", Scope(posture, subject.facts, policy)


def reason_of_unknown(rule: Rule, scope: Scope) -> str | None:
    """The reason if the verdict is unknown, else None."""
    for condition in ([rule.select] if rule.select else []) + [clause.condition for clause in rule.clauses]:
        holds = True if condition is None else condition.truth(Scope(**scope))
        if isinstance(holds, Gap):
            return holds.reason
        if holds is not (condition is rule.select):
            return None
    return None


def facts_of(rule: Rule) -> list[Fact]:
    expressions = [rule.select, *(clause.condition for clause in rule.clauses)]
    named = dict.fromkeys(fact for one in expressions if one is not None for fact in one.facts)
    return [fact for fact in named if fact[0] != "policy" and len(fact) > 1]


def holder_of(scope: Scope, fact: Fact) -> dict[str, t.Any] | None:
    current: t.Any = scope
    for part in fact[:-1]:
        current = current.get(part) if isinstance(current, dict) else None
    return current if isinstance(current, dict) and fact[-1] in current else None


def decided(hosts: t.Sequence[str] = HOSTS) -> t.Iterator[tuple[Rule, str, Scope]]:
    """What each rule decides on each recorded host and in each of its cases."""
    for _benchmark, rule, cases in RULES.values():
        found = [(host, _recorded(host), policy_with({})) for host in hosts]
        found += [(str(case), case.posture(rule), case.policy()) for case in cases]
        for name, posture, policy in found:
            for where, scope in _scopes(f"{rule.slug}, {name}", posture, rule, policy):
                if reason_of_unknown(rule, scope) is None:
                    yield rule, where, scope


def unknown_with(rule: Rule, scope: Scope, fact: Fact, value: t.Any) -> str | None:
    """The reason for unknown with another value of a fact; with ``...`` it is missing, for the reason ``WHY``."""
    holder = holder_of(scope, fact)
    assert holder is not None
    before, unread = holder[fact[-1]], holder.get("unread")
    try:
        if value is ...:
            del holder[fact[-1]]
            holder["unread"] = {**(unread or {}), fact[-1]: WHY}
        else:
            holder[fact[-1]] = value
        return reason_of_unknown(rule, scope)
    finally:
        holder[fact[-1]] = before
        if value is ...:
            holder["unread"] = unread


def test_an_unknown_verdict_names_the_fact_and_says_why_it_is_not_known() -> None:
    wrong = []
    for rule, where, scope in decided():
        for fact in [fact for fact in facts_of(rule) if holder_of(scope, fact) is not None]:
            name = ".".join(fact)
            gap = unknown_with(rule, scope, fact, ...)
            if gap is not None and not (gap.endswith(f" is not known: {WHY}") and name in gap):
                wrong.append(f"{where} without {name}: {gap}")
            for value in (None, ODD):
                reason = unknown_with(rule, scope, fact, value)
                if reason is not None and name not in reason and not names_a_gap(rule, scope, reason):
                    wrong.append(f"{where} with {name} {value}: {reason}")
    assert not wrong, "\n".join(wrong)


def names_a_gap(rule: Rule, scope: Scope, reason: str) -> bool:
    """Whether the reason is another fact, which is missing in the scope and had not been asked for before."""
    gaps = [missing(scope, fact) for fact in facts_of(rule)]
    return reason in gaps


def entries_in(scope: Scope, rule: Rule) -> t.Iterator[tuple[Fact, dict[str, t.Any]]]:
    for fact in facts_of(rule):
        holder = holder_of(scope, fact)
        if holder is not None and isinstance(holder[fact[-1]], list):
            yield from ((fact, entry) for entry in holder[fact[-1]] if isinstance(entry, dict))


def test_what_an_entry_of_a_list_lacks_is_named() -> None:
    """A fact of one of several containers, sockets or mounts is named with the list, or with what lacks it."""
    wrong = []
    for rule, where, scope in decided():
        for fact, entry in entries_in(scope, rule):
            for key in list(entry):
                value = entry.pop(key)
                reason = reason_of_unknown(rule, scope)
                entry[key] = value
                if reason is not None and ".".join(fact) not in reason and f"{key} of " not in reason:
                    wrong.append(f"{where} without {key} in {'.'.join(fact)}: {reason}")
    assert not wrong, "\n".join(wrong)


def test_the_reason_is_that_of_the_finding() -> None:
    """Each case that is unknown, in the finding as reports show it."""
    lists = [f"host.{kind}s" for kind in ("container", "file", "image", "network")]
    for benchmark, rule, cases in RULES.values():
        names = [".".join(fact) for fact in facts_of(rule)] + lists
        for case in cases:
            if case.expect == "unknown":
                reason = case.finding(benchmark)["reason"]
                assert any(name in reason for name in names) or " of " in reason, f"{case}: {reason}"


@pytest.mark.parametrize("section", ["containers", "files", "images", "networks"])
def test_a_list_that_is_not_known_is_named(section: str) -> None:
    posture = recorded_posture("vm")
    del posture[section]
    posture["unread"][section] = WHY
    benchmark, _cases = BENCHMARKS[0]
    rules = tuple(rule for rule in benchmark.rules if f"{rule.subjects}s" == section)
    found = evaluate(posture, dataclasses.replace(benchmark, rules=rules), policy_with({}), "vm")["findings"]
    assert found and {one["reason"] for one in found} == {f"host.{section} is not known: {WHY}"}


def test_a_fact_that_a_collector_of_containers_lacks_has_one_reason() -> None:
    posture = recorded_posture("vm")
    del posture["cgroup"]["containers"]
    posture["cgroup"]["unread"] = {"containers": WHY}
    (one, *_others) = [one for one in load_benchmark("cis-1.8.0").rules if one.slug == "container-memory-limited"]
    scope = next(iter(_scopes("vm", posture, one, policy_with({}))))[1]
    assert reason_of_unknown(one, scope) == f"subject.cgroup.limits.memory_bytes.declared is not known: {WHY}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("host.a.b", "host.a.b is not known: the posture does not have it"),
        ("host.c.d", "host.c.d is not known: needs root"),
        ("host.none", "host.none is null, so the rule's expression 'host.none' gave null; it must"),
        ("host.text", "host.text cannot be judged: the rule's expression 'host.text' gave str; it must"),
        ("version_at_least(host.text, policy.b)", "host.text cannot be judged: the rule's expression"),
        ("any_true(host.many, 'root')", "root of web is not known: needs root"),
        ("any_true(host.nameless, 'root')", "root of one of them is not known: the posture does not have it"),
        ("any(known_mounts(subject))", "subject.mounts is not known: gone"),
        ("kernel_says(subject, 'process.seccomp_mode') == `2`", "subject.process.seccomp_mode is not known: it left"),
        ("any(logs_staying(host.many, host.empty, host.empty))", "log_driver of web is not known: needs root"),
    ],
)  # fmt: skip
def test_sentences(text: str, reason: str) -> None:
    web = {"name": "web", "unread": {"root": "needs root", "log_driver": "needs root"}}
    host = {"a": {}, "none": None, "text": "x", "many": [web], "nameless": [{}], "empty": [], "c": {}}
    subject = {"unread": {"mounts": "gone", "process": "it left"}, "left_control_groups": True}
    scope = Scope({**host, "unread": {"c": "needs root"}}, subject, {"b": "1"})
    found = Expression(text).truth(scope)
    assert isinstance(found, Gap) and found.reason.startswith(reason)


def test_too_much_to_compare_names_what_is_compared() -> None:
    many = [str(number) for number in range(1001)]
    found = Expression("any(without(host.a, subject.b))").truth(Scope({"a": many}, {"b": many}))
    assert isinstance(found, Gap)
    assert found.reason.startswith("host.a, subject.b cannot be judged: ") and "1,001 and 1,001 entries" in found.reason
