# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fix is made of, and what decides on it: the container as it is, what it was seen to need, and the rules that fail."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_hint import Case as HintCase

Json = dict[str, t.Any]
# How a value goes with that of the project's own files: Compose adds to lists and puts other values in their place.
SET, REPLACE, CLEAR = "set", "replace", "clear"


class Fix(t.NamedTuple):
    """One key of a service. ``rules`` are those that it serves, ``breaks`` is when the container may stop working."""

    key: str
    value: t.Any
    rules: list[str]
    how: str = SET
    breaks: str = ""


@dataclass
class Outcome:
    """``by_hand`` maps what a person must do to the rules that it serves."""

    fixes: list[Fix] = field(default_factory=list)
    by_hand: dict[str, list[str]] = field(default_factory=dict)

    def add(self, key: str, value: t.Any, rules: t.Sequence[str], *, how: str = SET, breaks: str = "") -> None:
        """Store a fix. A second one of the same key adds its rules, and its entries to a list."""
        before = next((one for one in self.fixes if one.key == key), None)
        if before is None:
            self.fixes.append(Fix(key, value, list(rules), how, breaks))
            return
        if isinstance(before.value, list) and isinstance(value, list):
            value = before.value + [one for one in value if one not in before.value]
        said = [one for one in (before.breaks, breaks) if one]
        merged = Fix(
            key,
            value,
            before.rules + [one for one in rules if one not in before.rules],
            before.how if before.how != SET else how,
            " ".join(dict.fromkeys(said)),
        )
        self.fixes[self.fixes.index(before)] = merged

    def leave(self, what: str, rules: t.Sequence[str]) -> None:
        known = self.by_hand.setdefault(what, [])
        known += [one for one in rules if one not in known]

    def served(self) -> set[str]:
        return {rule for one in self.fixes for rule in one.rules} | {
            rule for rules in self.by_hand.values() for rule in rules
        }


@dataclass(frozen=True)
class Case:
    """``needs`` is what the module container_needs_info returned of the container. ``failed`` has the findings by slug."""

    container: Json
    limits: Json
    needs: Json
    posture: Json
    policy: Json
    failed: dict[str, Json]
    # What the kernel counted of its control group.
    use: Json = field(default_factory=dict)

    def rules(self, *slugs: str) -> list[str]:
        """Return those of the rules that fail, each as number and slug."""
        return [f"{self.failed[slug]['number']} {slug}" for slug in slugs if slug in self.failed]

    @property
    def hint_case(self) -> HintCase:
        return HintCase(self.container, self.limits, self.posture, self.policy, frozenset(self.failed))

    def allowed(self, key: str) -> list[str]:
        return [str(one) for one in self.policy.get(key) or []]

    def gap(self, key: str) -> str:
        """Return why something of the needs is not known."""
        return str((self.needs.get("unread") or {}).get(key) or "it was not gathered")
