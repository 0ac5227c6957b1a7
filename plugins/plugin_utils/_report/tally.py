# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rules fail where. The page and the terminal sort by this."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake, text

IMPACTS = ("none", "reload", "restart", "disruptive")
# What each impact of a remedy is called in the reports.
IMPACT_WORDS = {
    "none": "no interruption",
    "reload": "daemon reload",
    "restart": "daemon restart",
    "disruptive": "disruptive",
}


@dataclasses.dataclass
class Tally:
    """One rule over the whole fleet."""

    rule: str
    number: str
    title: str
    level: int | None
    section: str
    section_title: str
    # From the first document that has them. Where a host differs, its group shows its own.
    expected: str | None = None
    why: str | None = None
    look_at: str | None = None
    # The keys of the policy that decide, each with the values that hosts have.
    policy: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    remedy: intake.Document | None = None
    # Beside each other, since a pair for each host and rule would take most of the memory of a large fleet.
    hosts: list[str] = dataclasses.field(default_factory=list)
    of_hosts: list[intake.Document] = dataclasses.field(default_factory=list)

    @property
    def findings(self) -> t.Iterator[tuple[str, intake.Document]]:
        """The hosts in the order of the documents, each with its finding."""
        return zip(self.hosts, self.of_hosts, strict=True)

    def count(self, status: str) -> int:
        return sum(1 for finding in self.of_hosts if finding["status"] == status)

    @functools.cached_property
    def failing(self) -> dict[str, int]:
        """For each failing host, how many subjects fail. None if the host itself is the subject."""
        return {host: finding["failed_subjects"] for host, finding in self.findings if finding["status"] == "fail"}

    @property
    def failing_names(self) -> list[str]:
        """The names of the failing subjects, of all hosts."""
        return [
            name
            for finding in self.of_hosts
            if finding["status"] == "fail"
            for row in finding["subjects"]
            if row["verdict"] == "fail"
            for name in row["names"]
            if name
        ]

    @property
    def kind(self) -> str:
        """The type of the failing subjects."""
        kinds = {finding["failed_kind"] for finding in self.of_hosts if finding["failed_subjects"]}
        return str(kinds.pop()) if len(kinds) == 1 else "subject"

    @property
    def impact(self) -> str | None:
        impact = (self.remedy or {}).get("impact")
        return str(impact) if impact in IMPACTS else None


def tallies(documents: t.Iterable[intake.Document]) -> list[Tally]:
    """Return the rules sorted by number, each with its findings in the order of the documents."""
    rules: dict[str, Tally] = {}
    # Hosts share equal findings and policies, as objects: what they say is added once.
    added: dict[str, tuple[intake.Document, intake.Document]] = {}
    for document in documents:
        policy = document["policy"]
        for finding in document["findings"]:
            tally = rules.get(finding["rule"])
            if tally is None:
                level = finding["level"]
                tally = rules[finding["rule"]] = Tally(
                    rule=finding["rule"],
                    number=finding["number"],
                    title=finding["title"],
                    level=level if isinstance(level, int) else None,
                    section=finding["section"],
                    section_title=finding["section_title"],
                )
            tally.hosts.append(document["host"])
            tally.of_hosts.append(finding)
            last = added.get(tally.rule)
            if last is not None and last[0] is finding and last[1] is policy:
                continue
            added[tally.rule] = finding, policy
            for key in ("expected", "why", "look_at"):
                if getattr(tally, key) is None and finding[key]:
                    setattr(tally, key, text.flowing(str(finding[key])))
            tally.remedy = tally.remedy or finding["remedy"]
            _add_policy(tally, finding["policy"], policy)
    return sorted(rules.values(), key=lambda rule: (text.numbered(rule.number), rule.rule))


def _add_policy(tally: Tally, keys: t.Iterable[t.Any], policy: intake.Document) -> None:
    for key in map(str, keys):
        values = tally.policy.setdefault(key, [])
        value = text.evidence(policy[key]) if key in policy else None
        # Two show that hosts differ.
        if value is not None and value not in values and len(values) < 2:
            values.append(value)


def worst_first(rules: t.Iterable[Tally]) -> list[Tally]:
    """Return the failing rules. Those on most hosts come first, then those of the lower level, then those with most subjects."""
    ranked = []
    for rule in rules:
        failing = rule.failing
        if failing:
            subjects = sum(failing.values())
            ranked.append(((-len(failing), rule.level or 9, -subjects, text.numbered(rule.number), rule.rule), rule))
    return [rule for _key, rule in sorted(ranked, key=lambda each: each[0])]
