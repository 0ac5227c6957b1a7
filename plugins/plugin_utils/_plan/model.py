# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan is made of: the choices of a site, findings of rules that it chose, and steps."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import IMPACTS

PLAN_VERSION = 1
# Why a failing rule is left out that no variable asked for.
NOT_CHOSEN = "not chosen (remediate_profile, remediate_rules, remediate_skip_rules)"
# How the reason begins why a rule is left out of which nobody knows whether it fails. The reason of the finding follows.
NOT_KNOWN = "it is not known whether it fails: "
Json = dict[str, t.Any]


class PlanError(Exception):
    """A choice that makes no sense. The message is one sentence."""


@dataclass(frozen=True)
class Choices:
    """What a site chose. ``rules`` are slugs, None means all; ``options`` are values that only the site can know."""

    max_impact: str = "restart"
    rules: frozenset[str] | None = None
    options: Json = field(default_factory=dict)
    for_containers: Json = field(default_factory=dict)  # what is asked for all containers, whatever rules say
    keep_containers: bool = True
    userns: str | None = None  # "present" or "absent" where asked for by name
    userns_user: str = "dockremap"
    userns_count: int = 65536
    userns_force: frozenset[str] = frozenset()
    userns_outside: frozenset[str] = frozenset()  # containers that will not be remapped
    phases: frozenset[str] | None = None  # the kinds of steps that this run carries out, None for all


@dataclass
class Draft:
    """A plan while it is made."""

    steps: list[Json] = field(default_factory=list)
    left_out: list[Json] = field(default_factory=list)

    def leave_out(self, finding: Json, kind: str, reason: str, lines: t.Sequence[str] = (), what: str = "") -> None:
        entry = {**named(finding), "title": finding["title"], "kind": kind, "what": what, "reason": reason}
        self.left_out.append({**entry, "lines": list(lines)})


def named(finding: Json) -> Json:
    return {"rule": finding["rule"], "number": finding["number"]}


def worst_impact(impacts: t.Iterable[str]) -> str:
    return max(impacts, key=IMPACTS.index, default="none")


def within(impact: str, limit: str) -> bool:
    return IMPACTS.index(impact) <= IMPACTS.index(limit)


def step(kind: str, file: str, rules: t.Iterable[Json], changes: list[Json], impact: str, **more: t.Any) -> Json:
    """A step. ``rules`` are findings; each stands in the step once, in their order."""
    by_slug = {finding["rule"]: named(finding) for finding in rules}
    return {
        "kind": kind,
        "file": file,
        "rules": list(by_slug.values()),
        "changes": changes,
        "impact": impact,
        "containers": [],
        "notes": [],
        **more,
    }


def change(name: str, old: t.Any, new: t.Any) -> Json:
    return {"name": name, "old": old, "new": new}


def fact(document: Json, *keys: str) -> t.Any:
    """The value below these keys, None where one of them is missing."""
    current: t.Any = document
    for key in keys:
        current = current.get(key) if isinstance(current, dict) else None
    return current


def some(names: t.Sequence[t.Any], most: int = 12) -> str:
    """The first of many names, and how many more there are."""
    more = len(names) - most
    return ", ".join(str(name) for name in names[:most]) + (f" and {more} more" if more > 0 else "")
