# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped rules: every case gives its verdict, and no verdict rests on a fact that is not there."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.compiled import Scope
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.functions import RuleFunctions
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import Rule
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.subjects import subjects_of
from ansible_collections.seawall.docker.tests.support.cis_numbers import CIS_1_8_0, older_number
from ansible_collections.seawall.docker.tests.support.rule_cases import Case, load_cases, rule_named
from ansible_collections.seawall.docker.tests.tools import function_table, policy_table, rule_table, what_rules_read

BENCHMARK = load_benchmark("cis-1.8.0")
CASES = load_cases()

# What no program can decide, and why; nothing but these may lack a pass or a fail among its cases.
MANUAL = {
    "host-hardened": "the operating system has a benchmark of its own",
    "image-minimal": "what a program needs is not written anywhere",
    "image-no-setuid": "no API shows the files in an image",
    "image-packages-verified": "an image does not tell how its packages were checked",
    "image-signatures-verified": "the engine checks no signatures",
    "container-exec-not-privileged": "the engine keeps no record of commands",
    "container-exec-not-root": "the engine keeps no record of commands",
    "swarm-autolock-key-rotated": "the engine does not date the key",
    "content-trust": "retired by its vendor, so it is never applicable",
}
NEVER_PASSES = {
    "image-rebuilt": "age alone does not show that somebody scans the image",
}

# Facts for which null is an answer ("looked, and there is none") or decides nothing that the case rests on.
NULL_IS_AN_ANSWER = {
    # In these a fact named in the same condition has decided already.
    ("container-ports-bound-to-address", "subject.running"),
    # Null where no port needs it.
    ("container-ports-bound-to-address", "subject.default_binding"),
    ("container-ports-bound-to-address", "subject.publish_all_ports"),
    ("container-ports-needed", "subject.running"),
    ("container-ports-needed", "subject.publish_all_ports"),
    ("daemon-userns-remap", "host.userns.effective.enabled"),
    ("daemon-tcp-mutual-tls", "host.daemon.info.swarm.state"),
    ("docker-users-trusted", "host.daemon.process.user_id"),
    ("swarm-autolock", "host.swarm.manager"),
    # Null means that nothing is set.
    ("container-no-new-privileges", "subject.security_options.no_new_privileges"),
    ("container-seccomp-enabled", "host.daemon.info.security_options.seccomp"),
    # Asked for a profile of the site alone.
    ("daemon-seccomp-profile", "host.daemon.seccomp_profile.kind"),
    ("daemon-default-ulimits", "host.daemon.options.default-ulimits.value"),
    ("daemon-tcp-mutual-tls", "host.daemon.options.metrics-addr.value"),
    ("daemon-tcp-mutual-tls", "host.daemon.options.network-diagnostic-port.value"),
    # Asked for drivers that have an address, and are not relayed from here.
    ("daemon-central-logging", "host.daemon.options.log-opts.value"),
    ("image-registry-allowed", "subject.tags"),
    ("api-socket-owner", "subject.group"),
} | {
    # Of a rootless daemon's files the user alone counts.
    (rule.slug, "subject.gid")
    for rule in BENCHMARK.rules
    if rule.slug.endswith("-owner")
}

# Facts that are gathered only on request: without them a person decides, as with an older posture.
ON_REQUEST = {("container-image-current", "host.registry_tags")}


# One test a rule, and not one a case: ansible-test gives each test a process of its own.
EACH_RULE = pytest.mark.parametrize("rule", BENCHMARK.rules, ids=lambda rule: rule.slug)


def cases_of(rule: Rule) -> list[Case]:
    return [case for case in CASES if case.rule == rule.slug]


@EACH_RULE
def test_each_case_of_a_rule_gives_its_verdict(rule: Rule) -> None:
    otherwise = []
    for case in cases_of(rule):
        finding = case.finding(BENCHMARK)
        status, reason = finding["status"], finding["reason"] or ""
        if status != case.expect or case.because not in reason:
            otherwise.append(f"{case}: {status} ({reason}), and not {case.expect} ({case.because})")
    assert cases_of(rule) and not otherwise, "\n".join(otherwise)


def test_there_are_118_rules_with_the_numbers_and_levels_of_cis() -> None:
    assert [(BENCHMARK.number(rule), rule.level, rule.slug) for rule in BENCHMARK.rules] == CIS_1_8_0
    assert len(CIS_1_8_0) == 118


@pytest.mark.parametrize("version", ["cis-1.7.0", "cis-1.6.0"])
def test_older_versions_have_117_rules_under_their_numbers(version: str) -> None:
    older = load_benchmark(version)
    assert {rule.slug: older.number(rule) for rule in older.rules} == {
        slug: older_number(number) for number, _level, slug in CIS_1_8_0 if older_number(number)
    }
    assert len(older.rules) == 117


@EACH_RULE
def test_a_rule_was_seen_with_each_verdict_and_explains_itself(rule: Rule) -> None:
    seen = {case.expect for case in cases_of(rule)}
    if rule.slug in MANUAL:
        assert seen and not seen & {"pass", "fail"}
    else:
        assert "fail" in seen
        assert ("pass" in seen) != (rule.slug in NEVER_PASSES)
    # Without its facts.
    named = [fact for clause in rule.clauses if clause.condition for fact in clause.condition.facts]
    if rule.subjects != "host" or any(fact[0] == "host" for fact in named):
        assert "unknown" in seen
    assert all(clause.because for clause in rule.clauses)
    assert rule.why.endswith(".") and not rule.title.endswith(".")
    assert rule.found or rule.slug == "content-trust"
    if rule.slug == "content-trust":
        assert rule.remedy is None  # it must never be advised
    else:
        assert rule.remedy is not None


def verdict(rule: Rule, scope: Scope) -> tuple[str, list[tuple[str, ...]]]:
    """The verdict on one subject, and the facts that were named up to the clause that decided."""
    named = list(rule.select.facts) if rule.select else []
    selected = True if rule.select is None else rule.select.truth(scope)
    if not isinstance(selected, bool):
        return "unknown", named
    if not selected:
        return "not selected", named
    for clause in rule.clauses:
        if clause.condition is None:
            return clause.verdict, named
        named += clause.condition.facts
        holds = clause.condition.truth(scope)
        if holds is True:
            return clause.verdict, named
        if holds is not False:
            return "unknown", named
    raise AssertionError("the last clause always holds")


def passing_scopes(rule: Rule) -> t.Iterator[tuple[str, Scope, list[tuple[str, ...]]]]:
    for case in CASES:
        if case.rule != rule.slug or case.expect != "pass":
            continue
        posture = case.posture(rule_named(BENCHMARK, rule.slug))
        subjects = subjects_of(posture, rule.subjects, "host")
        assert isinstance(subjects, list)
        for subject in subjects:
            scope = Scope(posture, subject.facts, case.policy())
            status, named = verdict(rule, scope)
            if status == "pass":
                yield str(case), scope, [fact for fact in dict.fromkeys(named) if fact[0] != "policy" and len(fact) > 1]


def changed(rule: Rule, scope: Scope, fact: tuple[str, ...], change: t.Callable[[t.Any, str], None]) -> str:
    """The verdict after a change to the object that holds the fact."""
    other = Scope(**copy.deepcopy(dict(scope)))
    if rule.subjects == "host":
        other["subject"] = other["host"]
    holder: t.Any = other
    for part in fact[:-1]:
        holder = holder.get(part) if isinstance(holder, dict) else None
    if not isinstance(holder, dict) or fact[-1] not in holder:
        return "nothing to change"
    change(holder, fact[-1])
    return verdict(rule, other)[0]


@EACH_RULE
def test_absence_is_never_a_pass_and_null_only_where_it_is_an_answer(rule: Rule) -> None:
    """Take away each fact on which a pass rests, which must become unknown; then make it null."""
    for name, scope, facts in passing_scopes(rule):
        for fact in facts:
            status = changed(rule, scope, fact, lambda holder, key: holder.pop(key))
            wanted = "manual" if (rule.slug, ".".join(fact)) in ON_REQUEST else "unknown"
            assert status in (wanted, "nothing to change"), f"{name} without {'.'.join(fact)}: {status}"
            if _value(scope, fact) is None or (rule.slug, ".".join(fact)) in NULL_IS_AN_ANSWER:
                continue
            status = changed(rule, scope, fact, lambda holder, key: holder.__setitem__(key, None))
            assert status != "pass", f"{name} with {'.'.join(fact)} null"


def _value(scope: Scope, fact: tuple[str, ...]) -> t.Any:
    current: t.Any = scope
    for part in fact:
        current = current.get(part) if isinstance(current, dict) else None
    return current


def test_every_policy_key_is_read_by_a_rule() -> None:
    read = {key for rule in BENCHMARK.rules for key in rule.policy_keys}
    assert read == set(policy_with({}))


def test_the_table_in_the_documentation_is_current() -> None:
    assert rule_table.PATH.read_text(encoding="utf-8") == rule_table.table(), "run tests/tools/rule_table.py"


def test_the_page_of_policy_keys_is_current() -> None:
    assert policy_table.PATH.read_text(encoding="utf-8") == policy_table.page(), "run tests/tools/policy_table.py"


def test_the_page_about_writing_rules_has_every_function() -> None:
    assert function_table.PATH.read_text(encoding="utf-8") == function_table.page(), "run tests/tools/function_table.py"
    ours = {name.removeprefix("_func_") for name in vars(RuleFunctions) if name.startswith("_func_")}
    assert {call.partition("(")[0] for call in function_table.functions()} == ours


def test_the_page_says_of_every_rule_what_it_reads() -> None:
    assert what_rules_read.PATH.read_text(encoding="utf-8") == what_rules_read.page(), (
        "run tests/tools/what_rules_read.py"
    )
    page = what_rules_read.table()
    assert all(f"`{rule.slug}` |" in page for rule in BENCHMARK.rules)


def test_a_fact_whose_source_nobody_wrote_down_is_an_error() -> None:
    with pytest.raises(LookupError, match="where host.weather.wind comes from"):
        what_rules_read.source_of("host.weather.wind")
    assert what_rules_read.source_of("container subject.process.seccomp_mode") == "container subject.process"
