# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test cases of rules: a small change of the good posture, and the verdict that must follow.

A file lists entries with ``rule`` (or ``rules``, which share cases) and ``cases``. A case has ``name``, ``expect`` and:

``in``: situations of ``postures``; ``base``: ``bad`` instead of ``good``;
``set``: new values by dotted path; ``without``: facts that are absent, with the reason;
``subject``, ``subject_without``: the same for the subject that the rule is about (a container's ``userns.`` and
``cgroup.`` facts as well); ``target``: the same for the audit target that the rule watches;
``policy``: the site's choices; ``because``: words of the reason.
"""

from __future__ import annotations

import copy
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.compiled import Scope
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import Benchmark, Rule
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.tests.support.postures import Posture, posture_in

FOLDER = Path(__file__).resolve().parents[1] / "unit" / "plugins" / "plugin_utils" / "cases"
_KEYS = {
    "name", "expect", "in", "base", "set", "without", "subject", "subject_without", "target", "policy", "because",
}  # fmt: skip
_SECTIONS = {"container": "containers", "file": "files", "image": "images", "network": "networks"}


@dataclass(frozen=True)
class Case:
    rule: str
    name: str
    expect: str
    because: str
    wanted: dict[str, t.Any]

    def __str__(self) -> str:
        return f"{self.rule}: {self.name}"

    def policy(self) -> dict[str, t.Any]:
        return policy_with(self.wanted.get("policy") or {})

    def posture(self, rule: Rule) -> Posture:
        posture = posture_in(*self.wanted.get("in") or [], base=self.wanted.get("base", "good"))
        for path, value in (self.wanted.get("set") or {}).items():
            # A copy: cases of a file can share a value, and the next line of a case may change it.
            put(posture, path, copy.deepcopy(value))
        for path, reason in (self.wanted.get("without") or {}).items():
            take_away(posture, path, reason)
        for path, value in (self.wanted.get("target") or {}).items():
            assert rule.remedy is not None
            put(posture, f"auditing.targets.{rule.remedy['audit_watch']['target']}.{path}", value)
        for path, value in (self.wanted.get("subject") or {}).items():
            put(*subject_of(posture, rule, path), value)
        for path, reason in (self.wanted.get("subject_without") or {}).items():
            take_away(*subject_of(posture, rule, path), reason)
        return posture

    def finding(self, benchmark: Benchmark) -> dict[str, t.Any]:
        rule = rule_named(benchmark, self.rule)
        only = Benchmark(benchmark.id, benchmark.title, benchmark.sections, (rule,))
        return evaluate(self.posture(rule), only, self.policy(), "host")["findings"][0]


def rule_named(benchmark: Benchmark, slug: str) -> Rule:
    return next(rule for rule in benchmark.rules if rule.slug == slug)


def put(document: dict[str, t.Any], path: str, value: t.Any) -> None:
    """Set a value by dotted path; a number is a position in a list."""
    *parents, last = path.split(".")
    current: t.Any = document
    for part in parents:
        current = current[int(part)] if isinstance(current, list) else current.setdefault(part, {})
    if isinstance(current, list):
        current[int(last)] = value
    else:
        current[last] = value


def take_away(document: dict[str, t.Any], path: str, reason: str) -> None:
    """Remove a fact and say why in the document's own ``unread``."""
    *parents, last = path.split(".")
    current: t.Any = document
    for part in parents:
        current = current[int(part)] if isinstance(current, list) else current[part]
    current.pop(last, None)
    document.setdefault("unread", {})[path] = reason


def subject_of(posture: Posture, rule: Rule, path: str) -> tuple[dict[str, t.Any], str]:
    """The first entry that the rule selects, and the path within it."""
    entries = posture[_SECTIONS[rule.subjects]]
    if rule.select is not None:
        entries = [one for one in entries if rule.select.truth(Scope(posture, one, {})) is True]
    subject = entries[0]
    first, _dot, rest = path.partition(".")
    if rule.subjects == "container" and first in ("userns", "cgroup"):
        return next(one for one in posture[first]["containers"] if one["id"] == subject["id"]), rest
    return subject, path


def load_cases(folder: Path = FOLDER) -> list[Case]:
    cases = []
    for path in sorted(folder.glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
            for slug in entry.get("rules") or [entry["rule"]]:
                for wanted in entry["cases"]:
                    unknown = set(wanted) - _KEYS
                    assert not unknown, f"{path.name}: {slug}: a case has no key {unknown}"
                    cases.append(Case(slug, wanted["name"], wanted["expect"], wanted.get("because", ""), wanted))
    return cases


def benchmark() -> Benchmark:
    return load_benchmark("cis-1.8.0")
