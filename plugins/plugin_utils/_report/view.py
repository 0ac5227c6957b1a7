# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page shows, computed before any HTML: hosts, rules, and for each rule groups of hosts with equal results."""

from __future__ import annotations

import dataclasses
import json
import re

from ansible_collections.seawall.docker.plugins.plugin_utils._report import (
    fix_words,
    groups,
    heat,
    host_view,
    host_words,
    intake,
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
# Of hosts that have pages of their own, a rule shows so many different results.
_MOST_GROUPS = 20
_SAFE_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")


@dataclasses.dataclass
class Rule:
    tally: tally.Tally
    anchor: str
    counts: list[tuple[str, int]]
    status: str
    letters: str
    groups: list[groups.Group]
    # Results that only the pages of the hosts show.
    more_groups: int
    failing_hosts: int
    failing_subjects: str
    summary: str
    playbook: str | None
    daemon_options: list[str]
    commands: list[str]


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
    hosts: list[host_view.Host]
    not_audited: list[host_view.Host]
    replayed: list[host_view.Host]
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


def build(fleet: intake.Document, documents: list[intake.Document], split: bool = False) -> View:
    """Build the view from the fleet document and its condensed documents in the same order.

    ``split`` says that each host has a page of its own, so that the details of hosts are not on this one.
    """
    rules = tally.tallies(documents)
    index = {document["host"]: position for position, document in enumerate(documents)}
    limit = _names_per_host(rules)
    shown = [_rule(rule, position, index, limit, split) for position, rule in enumerate(rules)]
    by_slug = {rule.tally.rule: rule for rule in shown}
    anchors = {slug: rule.anchor for slug, rule in by_slug.items()}
    hosts = [
        host_view.of_host(entry, document, position, anchors, not split, len(documents))
        for position, (entry, document) in enumerate(zip(fleet["hosts"], documents, strict=True))
    ]
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
        failures_only=len(documents) > groups.HOSTS_WITH_ALL_EVIDENCE,
        advisories=fleet["advisories"],
        titles={(one["id"], one["component"]): one for one in fleet["advisories"]["results"]},
    )


def _names_per_host(rules: list[tally.Tally]) -> int:
    sizes = [
        sum(len(row["names"]) for row in finding["subjects"] if row["names"] != [""])
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


def anchor(slug: str, position: int | None = None) -> str:
    """The address of a rule within the page. A rule of a file of users may have any name: then its position, or nothing."""
    if _SAFE_SLUG.fullmatch(slug):
        return f"r-{slug}"
    return "" if position is None else f"r-{position}"


def _rule(rule: tally.Tally, position: int, index: dict[str, int], limit: int, split: bool) -> Rule:
    letters = ["-"] * len(index)
    for host, finding in rule.findings:
        letters[index[host]] = LETTERS[finding["status"]]
    counts = [(status, rule.count(status)) for status in intake.BY_URGENCY]
    failing = rule.failing
    subjects = sum(failing.values())
    remedy = rule.remedy or {}
    playbook = fix_words.playbook(rule.number, remedy)
    options, commands = remedy.get("daemon_options"), remedy.get("commands")
    found = _groups(rule, index, limit)
    shown = found[:_MOST_GROUPS] if split else found
    return Rule(
        tally=rule,
        anchor=anchor(rule.rule, position),
        counts=[(status, count) for status, count in counts if count],
        status=next(status for status, count in counts if count),
        letters="".join(letters),
        groups=shown,
        more_groups=len(found) - len(shown),
        failing_hosts=len(failing),
        failing_subjects=text.plural(subjects, rule.kind) if subjects else "",
        summary=text.flowing(str(remedy.get("summary") or "")),
        playbook=playbook.sentence if playbook is not None else None,
        daemon_options=json.dumps(options, indent=2, ensure_ascii=False).splitlines() if options else [],
        commands=[line for command in commands or [] for line in str(command).splitlines()],
    )


def _groups(rule: tally.Tally, index: dict[str, int], limit: int) -> list[groups.Group]:
    equal: dict[str, groups.Group] = {}
    seen: dict[int, groups.Group] = {}  # by object: hosts share equal findings
    for host, finding in rule.findings:
        group = seen.get(id(finding))
        if group is None:
            made = groups.of_finding(rule.expected, finding, limit, len(index))
            group = seen[id(finding)] = equal.setdefault(repr(made), made)
        group.hosts.append(host)
    for group in equal.values():
        group.indices = " ".join(str(index[host]) for host in group.hosts)
    return sorted(
        equal.values(),
        key=lambda group: (intake.BY_URGENCY.index(group.status), -len(group.hosts), index[group.hosts[0]]),
    )
