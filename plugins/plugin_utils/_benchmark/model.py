# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules in the form in which they are used after loading."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.expressions import Expression

# From worst to best: the first one that a subject has is the verdict of the rule.
VERDICTS = ("fail", "unknown", "manual", "waived", "pass", "not_applicable")
DECISIONS = ("pass", "fail", "manual", "not_applicable")
SUBJECT_TYPES = ("host", "container", "file", "image", "network")
IMPACTS = ("none", "reload", "restart", "disruptive")


@dataclass(frozen=True)
class Clause:
    """The last clause has no ``condition`` and always applies."""

    verdict: str
    condition: Expression | None
    because: str | None


@dataclass(frozen=True)
class Rule:
    """One recommendation. ``numbers`` maps the id of a benchmark to the number of the rule in it."""

    slug: str
    title: str
    numbers: dict[str, str]
    level: int
    subjects: str
    select: Expression | None
    clauses: tuple[Clause, ...]
    found: dict[str, Expression]
    expected: str
    why: str
    look_at: str | None
    remedy: dict[str, t.Any] | None
    # What other catalogues call it, by catalogue.
    references: dict[str, list[str]]
    source: str

    @property
    def conditions(self) -> list[Expression]:
        expressions = [clause.condition for clause in self.clauses] + [self.select]
        return [one for one in expressions if one is not None]

    @property
    def policy_keys(self) -> list[str]:
        return sorted({key for one in self.conditions for key in one.policy_keys})


@dataclass(frozen=True)
class Benchmark:
    """The rules of one benchmark in the order of their numbers. ``others`` are the slugs that only other benchmarks have."""

    id: str
    title: str
    sections: dict[str, str]
    rules: tuple[Rule, ...] = field(default_factory=tuple)
    others: frozenset[str] = frozenset()

    def number(self, rule: Rule) -> str:
        return rule.numbers[self.id]

    def section(self, rule: Rule) -> str:
        return self.number(rule).split(".")[0]


def number_key(number: str) -> tuple[t.Any, ...]:
    """Return a sort key: ``2.10`` comes after ``2.9``. A part that is not a number comes after the numbers."""
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in number.split("."))
