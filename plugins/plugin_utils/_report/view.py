# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page shows, computed before any HTML: hosts, rules, and for each rule groups of hosts with equal results."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._report import (
    advisory_words,
    fix_words,
    heat,
    host_words,
    intake,
    proofs,
    tally,
    text,
    waiver_words,
)

LABELS = {
    "fail": "Fail",
    "unknown": "Unknown",
    "manual": "Manual",
    "waived": "Waived",
    "not_applicable": "N/A",
    "pass": "Pass",
}
LETTERS = {"fail": "f", "unknown": "u", "manual": "m", "waived": "w", "not_applicable": "n", "pass": "p"}

# With more names than this on the page, each host shows only its first names for each rule, and how many more there are.
NAMES_ON_PAGE = 50_000
_NAMES_PER_HOST = (1_000_000, 500, 200, 100, 50, 20, 10, 5, 3)
# In larger fleets the page shows evidence only for failures: it differs on most of a thousand hosts.
_HOSTS_WITH_ALL_EVIDENCE = 50
_LONGEST_EVIDENCE = 600
_SAFE_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")


@dataclasses.dataclass
class Row:
    """Subjects with the same evidence, of one host or of several with equal results."""

    verdict: str
    names: list[str]
    more: int
    kind: str
    found: str | None
    reason: str | None
    waiver: str | None

    @property
    def has_details(self) -> bool:
        """Whether the row shows more than its group."""
        return bool(self.names or self.reason or self.waiver or self.found is not None)


@dataclasses.dataclass
class Group:
    """Hosts on which a rule has the same result and the same evidence."""

    status: str
    hosts: list[str]
    indices: str
    reason: str | None
    expected: str | None
    rows: list[Row]
    aside: list[str]


@dataclasses.dataclass
class Rule:
    tally: tally.Tally
    anchor: str
    counts: list[tuple[str, int]]
    status: str
    letters: str
    groups: list[Group]
    failing_hosts: int
    failing_subjects: str
    summary: str
    playbook: str | None
    daemon_options: list[str]
    commands: list[str]


@dataclasses.dataclass
class Host:
    index: int
    name: str
    outcome: str
    error: str | None
    replay: str | None
    engine: str
    facts: list[tuple[str, str]]
    trouble: str | None
    counts: dict[str, int]
    score: intake.Document
    no_score: str | None
    seen_less: str | None
    # What to upgrade and to restart, a sentence each.
    advisories: list[str]
    gaps: list[tuple[str, str]]
    report: str
    # For each status that needs attention, its rules: (anchor, number, title).
    open_rules: list[tuple[str, list[tuple[str, str, str]]]]


@dataclasses.dataclass
class Section:
    number: str
    title: str
    rules: list[Rule]
    failing: int


@dataclasses.dataclass
class View:
    title: str
    benchmark: str | None
    hosts: list[Host]
    not_audited: list[Host]
    replayed: list[Host]
    sections: list[Section]
    grid: heat.Grid
    worst: list[Rule]
    failing_rules: int
    rules: int
    totals: intake.Document
    no_score: str | None
    levels: list[int]
    shortened: int | None
    failures_only: bool
    unused_waivers: list[str]
    advisories: intake.Document
    # By id and component: title, severity and exploitation.
    titles: dict[tuple[str, str], intake.Document]


def build(fleet: intake.Document, documents: list[intake.Document]) -> View:
    """Build the view from the fleet document and its condensed documents in the same order."""
    rules = tally.tallies(documents)
    index = {document["host"]: position for position, document in enumerate(documents)}
    limit = _names_per_host(rules)
    shown = [_rule(rule, position, index, limit) for position, rule in enumerate(rules)]
    by_slug = {rule.tally.rule: rule for rule in shown}
    hosts = [_host(entry, document, index, by_slug) for entry, document in zip(fleet["hosts"], documents, strict=True)]
    worst = tally.worst_first(rules)
    benchmark = fleet["benchmark"]
    sections = _sections(shown)
    # Python's sort is stable: hosts with equal counts stay in the order of their names.
    hosts.sort(key=lambda host: (host.outcome == "audited", -host.counts["fail"], -host.counts["unknown"]))
    return View(
        title=f"Docker audit of {hosts[0].name if len(hosts) == 1 else text.plural(len(hosts), 'host')}",
        benchmark=str(benchmark.get("title") or benchmark.get("id") or "") if benchmark else None,
        hosts=hosts,
        not_audited=[host for host in hosts if host.outcome != "audited"],
        replayed=[host for host in hosts if host.replay],
        sections=sections,
        grid=heat.grid([documents[host.index] for host in hosts], [section.number for section in sections]),
        worst=[by_slug[rule.rule] for rule in worst[:10]],
        failing_rules=len(worst),
        rules=len(rules),
        totals=fleet["totals"],
        no_score=host_words.no_score_of_fleet(fleet),
        levels=sorted({rule.level for rule in rules if rule.level is not None}),
        shortened=limit if limit != _NAMES_PER_HOST[0] else None,
        unused_waivers=[waiver_words.words(waiver) for waiver in fleet["unused_waivers"]],
        failures_only=len(documents) > _HOSTS_WITH_ALL_EVIDENCE,
        advisories=fleet["advisories"],
        titles={(one["id"], one["component"]): one for one in fleet["advisories"]["results"]},
    )


def _names_per_host(rules: list[tally.Tally]) -> int:
    sizes = [
        sum(1 for subject in finding["subjects"] if subject["name"])
        for rule in rules
        for _host, finding in rule.findings
    ]
    for limit in _NAMES_PER_HOST:
        if sum(min(size, limit) for size in sizes) <= NAMES_ON_PAGE:
            return limit
    return _NAMES_PER_HOST[-1]


def _sections(rules: list[Rule]) -> list[Section]:
    sections: dict[str, Section] = {}
    for rule in rules:
        number = rule.tally.section
        section = sections.setdefault(number, Section(number, rule.tally.section_title, [], 0))
        section.rules.append(rule)
        section.failing += 1 if rule.failing_hosts else 0
    return sorted(sections.values(), key=lambda section: text.numbered(section.number))


def _rule(rule: tally.Tally, position: int, index: dict[str, int], limit: int) -> Rule:
    letters = ["-"] * len(index)
    for host, finding in rule.findings:
        letters[index[host]] = LETTERS[finding["status"]]
    counts = [(status, rule.count(status)) for status in intake.BY_URGENCY]
    failing = rule.failing
    subjects = sum(len(names) for names in failing.values())
    remedy = rule.remedy or {}
    options, commands = remedy.get("daemon_options"), remedy.get("commands")
    return Rule(
        tally=rule,
        anchor=f"r-{rule.rule if _SAFE_SLUG.fullmatch(rule.rule) else position}",
        counts=[(status, count) for status, count in counts if count],
        status=next(status for status, count in counts if count),
        letters="".join(letters),
        groups=_groups(rule, index, limit),
        failing_hosts=len(failing),
        failing_subjects=text.plural(subjects, rule.kind) if subjects else "",
        summary=text.flowing(str(remedy.get("summary") or "")),
        playbook=fix_words.playbook(rule.number, remedy),
        daemon_options=json.dumps(options, indent=2, ensure_ascii=False).splitlines() if options else [],
        commands=[line for command in commands or [] for line in str(command).splitlines()],
    )


def _groups(rule: tally.Tally, index: dict[str, int], limit: int) -> list[Group]:
    groups: dict[str, Group] = {}
    seen: dict[int, Group] = {}  # by object: hosts share equal findings
    for host, finding in rule.findings:
        group = seen.get(id(finding))
        if group is None:
            made = _group(rule, finding, limit, len(index))
            group = seen[id(finding)] = groups.setdefault(repr(made), made)
        group.hosts.append(host)
    for group in groups.values():
        group.indices = " ".join(str(index[host]) for host in group.hosts)
    return sorted(
        groups.values(),
        key=lambda group: (intake.BY_URGENCY.index(group.status), -len(group.hosts), index[group.hosts[0]]),
    )


def _group(rule: tally.Tally, finding: intake.Document, limit: int, hosts: int) -> Group:
    """The group of hosts with this finding, still without hosts."""
    status = finding["status"]
    with_evidence = status in ("fail", "waived") or (status != "not_applicable" and hosts <= _HOSTS_WITH_ALL_EVIDENCE)
    rows, aside = _rows(finding, limit) if with_evidence else ([], [])
    if status == "pass" and finding["passed_subjects"]:
        aside = []  # the verdict of the rule says that already
    expected = finding["expected"] if status != "pass" and finding["expected"] != rule.expected else None
    group = Group(status, [], "", _text(finding["reason"]), _text(expected), rows, aside)
    # With one subject, the reason of the rule is the reason of that subject.
    if len(rows) == 1 and rows[0].reason == group.reason:
        rows[0].reason = None
    return group


def _rows(finding: intake.Document, limit: int) -> tuple[list[Row], list[str]]:
    rows: dict[t.Any, Row] = {}
    aside: dict[str, int] = {}
    shown = 0
    for subject in sorted(finding["subjects"], key=lambda each: _urgency(each["verdict"])):
        verdict = subject["verdict"]
        if verdict == "not_applicable" and subject["name"]:
            aside["not_applicable"] = aside.get("not_applicable", 0) + 1
            continue
        found = text.shorten(text.evidence(subject["found"]), _LONGEST_EVIDENCE) if subject["has_found"] else None
        reason = _text(subject["reason"])
        waiver = _waiver(subject["waiver"])
        key = (verdict, subject["type"], found, reason, waiver)
        shown += 1
        row = rows.get(key)
        if row is None:
            if shown > limit:
                aside["more"] = aside.get("more", 0) + 1
                continue
            row = rows[key] = Row(verdict, [], 0, subject["type"], found, reason, waiver)
        if shown > limit:
            row.more += 1
        elif subject["name"]:
            row.names.append(visible(subject["name"]))
    notes = []
    if "more" in aside:
        notes.append(f"{aside['more']:,} more in the JSON report of the host")
    if finding["passed_subjects"]:
        kind = finding["passed_kind"]
        notes.append(text.plural(finding["passed_subjects"], f"other {kind} passes", f"other {kind}s pass"))
    if "not_applicable" in aside:
        notes.append(f"not applicable to {aside['not_applicable']:,}")
    return list(rows.values()), notes


def _waiver(waiver: intake.Document | None) -> str | None:
    if not waiver:
        return None
    until = "Waiver expired on" if waiver.get("expired") else "Accepted until"
    return _text(f"{until} {waiver.get('expires')}, by {waiver.get('owner')}: {waiver.get('reason')}")


def _urgency(verdict: str) -> int:
    return intake.BY_URGENCY.index(verdict) if verdict in intake.BY_URGENCY else 1


def _text(value: t.Any) -> str | None:
    return text.shorten(visible(str(value)), _LONGEST_EVIDENCE) if value else None


def _host(entry: intake.Document, document: intake.Document, index: dict[str, int], by_slug: dict[str, Rule]) -> Host:
    engine = entry["engine"]
    open_rules: dict[str, list[tuple[str, str, str]]] = {"fail": [], "unknown": [], "waived": []}
    for finding in document["findings"]:
        if finding["status"] in open_rules:
            rule = by_slug[finding["rule"]]
            open_rules[finding["status"]].append((rule.anchor, finding["number"] or finding["rule"], finding["title"]))
    return Host(
        index=index[entry["host"]],
        name=entry["host"],
        outcome=entry["outcome"],
        error=_text(entry["error"]),
        replay=host_words.replay_words(entry["replay"]) if entry["replay"] else None,
        engine=host_words.engine_line(engine),
        facts=host_words.facts(engine) + _proofs(entry),
        trouble=host_words.engine_trouble(engine),
        counts=entry["counts"],
        score=entry["score"],
        no_score=host_words.no_score(entry) if entry["outcome"] == "audited" else None,
        seen_less=_text(entry["seen_less"]),
        advisories=_advisories(document["advisories"]) if entry["outcome"] == "audited" else [],
        gaps=[(str(key), str(reason)) for key, reason in document["gaps"].items()],
        report=entry["report"],
        open_rules=[(status, rules) for status, rules in open_rules.items() if rules],
    )


def _advisories(known: intake.Document | None) -> list[str]:
    if known is None:
        return ["The findings say nothing about advisories: it is not known which are open."]
    said = []
    for one in known["upgrades"]:
        fixes = text.plural(len(one["fixes"]), "open advisory", "open advisories")
        said.append(f"{advisory_words.installed_program(one)}, {fixes}. {advisory_words.upgrade(one)}")
    said += [advisory_words.only_restart(one) for one in known["not_restarted"]]
    unknown = sum(1 for one in known["results"] if one.state == "unknown")
    return said + ([f"{text.plural(unknown, 'advisory is', 'advisories are')} unknown."] if unknown else [])


def _proofs(entry: intake.Document) -> list[tuple[str, str]]:
    return [(title, _text(sentence) or "") for title, sentence in proofs.lines(entry)]
