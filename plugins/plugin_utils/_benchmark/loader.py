# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load rule files. An error names file, line and key."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import replace
from pathlib import Path

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import catalogues
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.documents import (
    Document,
    read_document,
    shipped_document,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError, Faults, nearest
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.expressions import Expression
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import (
    DECISIONS,
    IMPACTS,
    SUBJECT_TYPES,
    Benchmark,
    Clause,
    Rule,
    number_key,
)

SHIPPED = Path(__file__).resolve().parents[3] / "roles" / "audit" / "files" / "benchmarks"
DEFAULT_BENCHMARK = "cis-1.8.0"
# What reports call a host without findings. No rule can have this name.
NOT_AUDITED = "host-audited"

_REQUIRED = ("rule", "numbers", "level", "title", "subjects", "decide", "expected", "why")
_OPTIONAL = ("select", "found", "look_at", "remedy", "references")
_REMEDY_KEYS = ("summary", "impact", "daemon_options", "file", "audit_watch", "commands", "compose", "userns_remap")


def load_benchmark(wanted: str, rule_files: t.Sequence[str] = ()) -> Benchmark:
    """Return the benchmark with that id, from the shipped files and those of the user.

    Raises BenchmarkError for an unknown id and for every error in a file.
    """
    return _combined(wanted, [read_document(path) for path in rule_files]) if rule_files else _shipped(str(wanted))


@functools.cache
def _shipped(wanted: str) -> Benchmark:
    return _combined(wanted, [])


def _combined(wanted: str, more: list[Document]) -> Benchmark:
    documents = [shipped_document(path) for path in sorted(SHIPPED.glob("*/*.yml"))] + more
    titles: dict[str, str] = {}
    sections: dict[str, dict[str, str]] = {}
    rules: dict[str, Rule] = {}
    for document in documents:
        _check_top(document)
        for identifier, about in (document.data.get("benchmarks") or {}).items():
            titles[identifier] = about["title"]
            sections[identifier] = {str(key): str(title) for key, title in about["sections"].items()}
    faults = Faults()
    for document in documents:
        for position, entry in enumerate(document.data.get("rules") or []):
            with faults:
                rule = _rule(document, ("rules", position), entry)
                _check_new(document, position, rule, rules, titles)
                rules[rule.slug] = rule
    faults.check()
    if wanted not in titles:
        raise BenchmarkError(
            f"there is no benchmark {wanted}{nearest(wanted, titles) or '.'} There is: {', '.join(sorted(titles))}."
        )
    chosen = sorted(
        (rule for rule in rules.values() if wanted in rule.numbers), key=lambda rule: number_key(rule.numbers[wanted])
    )
    _check_numbers(wanted, chosen)
    others = frozenset(rules) - {rule.slug for rule in chosen}
    return Benchmark(wanted, titles[wanted], sections[wanted], tuple(chosen), others)


def _check_new(
    document: Document, position: int, rule: Rule, rules: t.Mapping[str, Rule], titles: t.Mapping[str, str]
) -> None:
    """Raise BenchmarkError for a rule that another one defines already, and for a benchmark that none defines."""
    if rule.slug == NOT_AUDITED:
        raise document.error(
            ("rules", position, "rule"), f"{rule.slug} is what reports call a host that was not audited"
        )
    if rule.slug in rules:
        raise document.error(
            ("rules", position, "rule"), f"{rule.slug} is defined already, in {rules[rule.slug].source}"
        )
    for identifier in rule.numbers:
        if identifier not in titles:
            raise document.error(
                ("rules", position, "numbers", identifier),
                f"no benchmark {identifier} is defined{nearest(identifier, titles)}",
            )


def select_rules(
    benchmark: Benchmark, profile: str, wanted: t.Sequence[str] = (), skipped: t.Sequence[str] = ()
) -> Benchmark:
    """Return the benchmark with only the rules that profile and selectors choose.

    A selector is a slug, a number (``2.10``), a section (``2``, ``1.1``), ``level1``/``level2``, or what another catalogue
    calls it (``nist:CM-7``). ``profile`` is ``level1`` or ``level2``; level 2 includes level 1. Raises BenchmarkError for a selector that matches nothing.
    """
    if profile not in ("level1", "level2"):
        raise BenchmarkError(f"there is no profile {profile}{nearest(profile, ('level1', 'level2'))}")
    kept = [rule for rule in benchmark.rules if rule.level <= int(profile[-1])]
    if wanted:
        named = selected(benchmark, wanted)
        kept = [rule for rule in kept if rule.slug in named]
    if skipped:
        left_out = selected(benchmark, skipped)
        kept = [rule for rule in kept if rule.slug not in left_out]
    return replace(benchmark, rules=tuple(kept))


def selected(benchmark: Benchmark, selectors: t.Sequence[str]) -> set[str]:
    """Return the slugs that the selectors match. Raises BenchmarkError for a selector that matches nothing."""
    slugs: set[str] = set()
    for selector in selectors:
        text = str(selector)
        matches = {
            rule.slug
            for rule in benchmark.rules
            if text in (rule.slug, benchmark.number(rule), f"level{rule.level}")
            or benchmark.number(rule).startswith(text + ".")
            or catalogues.refers(rule.references, text)
        }
        if not matches and catalogues.is_reference(text):
            known = [name for rule in benchmark.rules for name in catalogues.selectors_of(rule.references)]
            raise BenchmarkError(f"{benchmark.id} has no rule that refers to {text}{nearest(text, known)}")
        if not matches:
            known = [rule.slug for rule in benchmark.rules] + [benchmark.number(rule) for rule in benchmark.rules]
            raise BenchmarkError(f"{benchmark.id} has no rule {text}{nearest(text, known)}")
        slugs |= matches
    return slugs


def _check_top(document: Document) -> None:
    if not isinstance(document.data, dict):
        raise document.error((), "a rule file is a mapping with the keys benchmarks and rules")
    for key in document.data:
        if key not in ("benchmarks", "rules"):
            raise document.error((key,), "unknown key; a rule file has the keys benchmarks and rules")
    benchmarks = document.data.get("benchmarks") or {}
    document.expect(("benchmarks",), isinstance(benchmarks, dict), "must map an id to title and sections")
    for identifier, about in benchmarks.items():
        where: tuple[str | int, ...] = ("benchmarks", identifier)
        document.expect(where, isinstance(about, dict), "must have a title and sections")
        document.expect(where, isinstance(about.get("title"), str), "needs a title")
        document.expect(where, isinstance(about.get("sections"), dict), "needs sections, a map of number to title")
    rules = document.data.get("rules") or []
    document.expect(("rules",), isinstance(rules, list), "must be a list")


def _rule(document: Document, where: tuple[str | int, ...], entry: t.Any) -> Rule:
    document.expect(where, isinstance(entry, dict), "a rule is a mapping")
    for key in entry:
        if key not in _REQUIRED + _OPTIONAL:
            raise document.error(where + (key,), f"unknown key{nearest(key, _REQUIRED + _OPTIONAL)}")
    for key in _REQUIRED:
        document.expect(where, key in entry, f"needs the key {key}")
    for key in ("rule", "title", "expected", "why", "select", "look_at"):
        if key in entry:
            document.expect(where + (key,), isinstance(entry[key], str) and entry[key].strip(), "must be text")
    level = entry["level"]
    whole = isinstance(level, int) and not isinstance(level, bool)
    document.expect(where + ("level",), whole and level in (1, 2), "must be 1 or 2")
    document.expect(
        where + ("subjects",),
        entry["subjects"] in SUBJECT_TYPES,
        f"must be one of {', '.join(SUBJECT_TYPES)}",
    )
    numbers = entry["numbers"]
    document.expect(where + ("numbers",), isinstance(numbers, dict) and numbers, "must map a benchmark to a number")
    for identifier, number in numbers.items():
        document.expect(where + ("numbers", identifier), isinstance(number, str), 'must be text; quote it: "2.10"')
    found = entry.get("found") or {}
    document.expect(where + ("found",), isinstance(found, dict), "must map a name to an expression")
    clauses = _clauses(document, where + ("decide",), entry["decide"])
    if any(clause.verdict == "manual" for clause in clauses):
        document.expect(where, "look_at" in entry, "can answer manual, so it needs look_at: what a person checks")
    remedy = entry.get("remedy")
    if remedy is not None:
        _check_remedy(document, where + ("remedy",), remedy)
    return Rule(
        slug=entry["rule"],
        title=entry["title"].strip(),
        numbers=dict(numbers),
        level=entry["level"],
        subjects=entry["subjects"],
        select=_expression(document, where + ("select",), entry["select"]) if "select" in entry else None,
        clauses=clauses,
        found={name: _expression(document, where + ("found", name), text) for name, text in found.items()},
        expected=entry["expected"].strip(),
        why=entry["why"].strip(),
        look_at=entry["look_at"].strip() if "look_at" in entry else None,
        remedy=remedy,
        references=catalogues.read_references(document, where + ("references",), entry.get("references", {})),
        source=f"{document.path}, line {document.line(where)}",
    )


def _clauses(document: Document, where: tuple[str | int, ...], entries: t.Any) -> tuple[Clause, ...]:
    document.expect(where, isinstance(entries, list) and entries, "must be a list of conditions")
    clauses = []
    for position, entry in enumerate(entries):
        here = where + (position,)
        document.expect(here, isinstance(entry, dict), "must be a mapping such as fail: CONDITION")
        last = position == len(entries) - 1
        allowed = ("otherwise",) if last else DECISIONS
        verdicts = [key for key in entry if key != "because"]
        rule = "the last entry is otherwise: VERDICT" if last else f"an entry has one of {', '.join(DECISIONS)}"
        document.expect(here, len(verdicts) == 1 and verdicts[0] in allowed, rule)
        because = entry.get("because")
        document.expect(here, because is None or isinstance(because, str), "because must be text")
        if last:
            document.expect(here, entry["otherwise"] in DECISIONS, f"otherwise is one of {', '.join(DECISIONS)}")
            clauses.append(Clause(entry["otherwise"], None, because))
        else:
            condition = _expression(document, here + (verdicts[0],), entry[verdicts[0]])
            clauses.append(Clause(verdicts[0], condition, because))
    return tuple(clauses)


def _check_remedy(document: Document, where: tuple[str | int, ...], remedy: t.Any) -> None:
    document.expect(where, isinstance(remedy, dict), "must be a mapping")
    for key in remedy:
        if key not in _REMEDY_KEYS:
            raise document.error(where + (key,), f"unknown key{nearest(key, _REMEDY_KEYS)}")
    document.expect(where, isinstance(remedy.get("summary"), str), "needs a summary")
    document.expect(where, remedy.get("impact") in IMPACTS, f"needs an impact: one of {', '.join(IMPACTS)}")


def _expression(document: Document, where: tuple[str | int, ...], text: t.Any) -> Expression:
    document.expect(where, isinstance(text, str), "must be a JMESPath expression; quote it if it begins oddly")
    try:
        return Expression.of(text)
    except BenchmarkError as error:
        raise document.error(where, str(error)) from None


def _check_numbers(identifier: str, rules: list[Rule]) -> None:
    seen: dict[str, Rule] = {}
    for rule in rules:
        number = rule.numbers[identifier]
        if number in seen:
            raise BenchmarkError(
                f"{rule.source}: {identifier} number {number} is taken by {seen[number].slug} ({seen[number].source})"
            )
        seen[number] = rule
