# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One page for each rule: how it decides, which facts it uses, and how to fix a failure. The pages are made from the rules,
their test cases and results of real hosts. Nothing here depends on a single rule.
"""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import catalogues
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.documents import read_document
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.kinds import KINDS_FILE
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import SHIPPED, load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import Benchmark, Rule
from ansible_collections.seawall.docker.tests.support import extreme_hosts
from ansible_collections.seawall.docker.tests.support.markdown import table
from ansible_collections.seawall.docker.tests.support.rule_cases import Case, load_cases

_BENCHMARKS = ("cis-1.8.0", "cis-1.7.0", "cis-1.6.0")
# What the plan does with a remedy, by the first of these keys that the remedy has.
_APPLIED = {
    "userns_remap": "`seawall.docker.userns_remap` applies it, and `seawall.docker.harden` never does by itself.",
    "file": "`seawall.docker.harden` applies it: owner, group and mode of the file.",
    "audit_watch": "`seawall.docker.harden` applies it: an audit rule, loaded now and at each boot.",
    "daemon_options": "`seawall.docker.harden` applies it: the options in daemon.json.",
}
_BY_HAND = "`seawall.docker.harden` does not apply it; its plan has lines to complete under `advice`."
_COSTS = {
    "none": "nothing stops",
    "reload": "the engine reloads its file, and nothing stops",
    "restart": "the engine restarts; with live restore, containers keep running",
    "disruptive": "containers stop, or must be created again",
}
_HOSTS = {
    "worst": "made as bad as it can be",
    "best": "made as good as it can be",
    "swarm": "manager of a swarm, as good",
}
_SHOWN_SUBJECTS = 2


class Sources(t.NamedTuple):
    """What the pages are made of."""

    benchmark: Benchmark
    cases: list[Case]
    hosts: dict[str, dict[str, str]]
    policy: dict[str, dict[str, t.Any]]
    kinds: dict[str, dict[str, t.Any]]


def sources() -> Sources:
    return Sources(
        load_benchmark("cis-1.8.0"),
        load_cases(),
        extreme_hosts.seen(),
        read_document(SHIPPED / "policy.yml").data,
        read_document(KINDS_FILE).data,
    )


def write(folder: Path) -> None:
    """All pages, and a list of them for each section."""
    folder.mkdir(parents=True)
    made_of = sources()
    parts = ["# Rule by rule", "", "How each rule decides. These pages are made from the rules.", ""]
    for section, title in made_of.benchmark.sections.items():
        rules = [rule for rule in made_of.benchmark.rules if made_of.benchmark.section(rule) == section]
        parts += ["```{toctree}", f":caption: {section} {title}", ":maxdepth: 1", ""]
        parts += [rule.slug for rule in rules]
        parts += ["```", ""]
        for rule in rules:
            (folder / f"{rule.slug}.md").write_text(page(rule, made_of), encoding="utf-8")
    (folder / "index.md").write_text("\n".join(parts), encoding="utf-8")


def page(rule: Rule, made_of: Sources) -> str:
    """The page of one rule."""
    blocks = [
        f"# {made_of.benchmark.number(rule)} {_prose(rule.title)}",
        _prose(rule.why),
        _facts_of_rule(rule),
        "## How it decides",
        _selection(rule),
        _decisions(rule),
        _unknown(rule),
        *_policy(rule, made_of),
        *_example(rule, made_of),
        "## How to fix it",
        *_remedy(rule),
        "## Accept it",
        *_waiver(rule, made_of),
        "## How it was tested",
        _tried(rule, made_of),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _prose(text: str) -> str:
    """A rule's sentence; what Markdown would take for its own is text there."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", " ".join(text.split()))


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def _facts_of_rule(rule: Rule) -> str:
    numbers = ", ".join(
        f"{rule.numbers[one]} ({one.replace('cis-', 'CIS ')})" for one in _BENCHMARKS if one in rule.numbers
    )
    lines = {
        "Name": f"`{rule.slug}`",
        "Numbers": numbers,
        "Level": str(rule.level),
        "Checks": "the host" if rule.subjects == "host" else f"every {rule.subjects}",
        "Expects": _prose(rule.expected),
    }
    if rule.references:
        lines["Choose it by"] = ", ".join(f"`{one}`" for one in catalogues.selectors_of(rule.references))
    return "\n".join(f"- **{name}**: {text}" for name, text in lines.items())


def _selection(rule: Rule) -> str:
    if rule.select is None:
        return ""
    return f"It checks each {rule.subjects} for which this is true:\n\n{_block('text', rule.select.text)}"


def _decisions(rule: Rule) -> str:
    parts = ["The first condition that is true decides:"]
    for number, clause in enumerate(rule.clauses, 1):
        because = f": {_prose(clause.because)}" if clause.because else ""
        line = f"{number}. **{clause.verdict.replace('_', ' ')}**{because}"
        if clause.condition is None:
            parts.append(f"{line} – if no condition above is true")
        else:
            text = _block("text", clause.condition.text).replace("\n", "\n   ")
            parts.append(f"{line}\n\n   {text}")
    return "\n\n".join(parts)


def _unknown(rule: Rule) -> str:
    conditions = [clause.condition for clause in rule.clauses] + [rule.select]
    named = {fact for one in conditions if one is not None for fact in one.facts}
    facts = sorted(".".join(fact) for fact in named if fact[0] != "policy")
    if not facts:
        return "It uses no fact: a program cannot decide it." + (f" {_prose(rule.look_at)}" if rule.look_at else "")
    listed = ", ".join(f"`{fact}`" for fact in facts)
    text = f"**unknown** if a fact that is needed before a condition is true could not be read, with the reason. Facts: {listed}."
    return text + (f"\n\nWhat to look at: {_prose(rule.look_at)}" if rule.look_at else "")


def _policy(rule: Rule, made_of: Sources) -> list[str]:
    if not rule.policy_keys:
        return []
    rows = []
    for key in rule.policy_keys:
        entry = made_of.policy[key]
        rows.append([f"`{key}`", _prose(entry["description"]), f"`{json.dumps(entry['default'])}`"])
    return [
        "It uses these keys of `audit_policy`:",
        table(["key", "what it decides", "default"], rows),
    ]


def _example(rule: Rule, made_of: Sources) -> list[str]:
    """What the rule says in the first test case that fails."""
    for case in made_of.cases:
        if case.rule == rule.slug and case.expect == "fail":
            break
    else:
        return []
    finding = case.finding(made_of.benchmark)
    shown = [
        {key: subject[key] for key in ("name", "verdict", "reason", "found") if subject.get(key) is not None}
        for subject in finding["subjects"]
        if subject["verdict"] == "fail"
    ]
    text = yaml.safe_dump(shown[:_SHOWN_SUBJECTS], sort_keys=False, allow_unicode=True, width=100)
    return ["A failure, as a report shows it:", _block("yaml", text)]


def _remedy(rule: Rule) -> list[str]:
    remedy = rule.remedy
    if remedy is None:
        return ["There is nothing to fix."]
    applied = next((text for key, text in _APPLIED.items() if key in remedy), _BY_HAND)
    # A fault of containers is put right by new containers, whatever the daemon's options are.
    if rule.subjects == "container" and "daemon_options" in remedy:
        applied = _BY_HAND
    blocks = [_prose(remedy["summary"]), f"Impact: {remedy['impact']} ({_COSTS[remedy['impact']]}). {applied}"]
    if remedy.get("daemon_options"):
        blocks += ["In daemon.json:", _block("json", json.dumps(remedy["daemon_options"], indent=2))]
    if remedy.get("compose"):
        blocks += ["In a compose file:", _block("yaml", yaml.safe_dump(remedy["compose"], sort_keys=False))]
    if remedy.get("commands"):
        blocks += ["By hand:", _block("text", "\n".join(remedy["commands"]))]
    return blocks


def _waiver(rule: Rule, made_of: Sources) -> list[str]:
    accepted = [
        [f"`{name}`", _prose(one["reason"])]
        for name, kind in made_of.kinds.items()
        for one in kind["accepted"]
        if one["rule"] == rule.slug
    ]
    waiver: dict[str, str] = {"rule": rule.slug}
    if rule.subjects != "host":
        waiver["subject"] = "NAME"
    waiver.update(reason="why it is accepted", owner="who is responsible", expires="2027-06-30")
    blocks = [
        "In `audit_waivers` or a file of `audit_waiver_files` ([how](../policy-and-waivers.md)):",
        _block("yaml", yaml.safe_dump([waiver], sort_keys=False).replace("'", "")),
    ]
    if accepted:
        blocks += ["Waived on hosts of these kinds (`audit_host_kind`):", table(["kind", "because"], accepted)]
    return blocks


def _tried(rule: Rule, made_of: Sources) -> str:
    counts: dict[str, int] = {}
    for case in made_of.cases:
        if case.rule == rule.slug:
            counts[case.expect] = counts.get(case.expect, 0) + 1
    cases = ", ".join(f"{count} × {verdict.replace('_', ' ')}" for verdict, count in counts.items())
    rows = [[text, made_of.hosts[rule.slug][host].replace("_", " ")] for host, text in _HOSTS.items()]
    return f"Test cases with a known answer: {cases}.\n\n" + table(["a real host", "verdict"], rows)
