# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans for postures, for tests."""

from __future__ import annotations

import functools
import json
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import Benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.forecast import posture_after
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.planning import plan

Json = dict[str, t.Any]
RECORDED = Path(__file__).resolve().parents[1] / "unit" / "recorded"
HOSTS = ("bookworm", "trixie", "sid", "vm")


@functools.cache
def benchmark() -> Benchmark:
    return load_benchmark("cis-1.8.0")


def recorded(host: str) -> Json:
    posture: Json = json.loads((RECORDED / f"{host}.json").read_text(encoding="utf-8"))["posture"]
    return posture


def consistent(posture: Json) -> Json:
    """A case of a rule sets the one fact that it is about; of a real host the options say the same as the engine."""
    daemon = posture.get("daemon") or {}
    info, security = daemon.get("info") or {}, (daemon.get("info") or {}).get("security_options") or {}
    shown = {
        "icc": (daemon.get("default_bridge") or {}).get("icc"),
        "live-restore": info.get("live_restore"),
        "debug": info.get("debug"),
        "experimental": info.get("experimental"),
        "log-driver": info.get("logging_driver"),
        "insecure-registries": [one["registry"] for one in info.get("insecure_registries") or []],
        "authorization-plugins": info.get("authorization_plugins"),
        "seccomp-profile": security.get("seccomp"),
    }
    for key, value in shown.items():
        if value is not None and (daemon.get("options") or {}).get(key):
            daemon["options"][key]["value"] = value
    return posture


class Planned(t.NamedTuple):
    """A plan with the findings that it is for, and those that are forecast."""

    document: Json
    before: Json
    after: Json
    posture: Json

    def steps(self, kind: str) -> list[Json]:
        return [one for one in self.document["steps"] if one["kind"] == kind]

    def step(self, kind: str) -> Json:
        steps = self.steps(kind)
        assert len(steps) == 1, [one["kind"] for one in self.document["steps"]]
        return steps[0]

    def left_out(self, rule: str) -> list[str]:
        return [one["reason"] for one in self.document["left_out"] if one["rule"] == rule]

    def advice(self, name: str) -> Json:
        return next(one for one in self.document["advice"] if one["subject"]["name"] == name)

    def status(self, rule: str) -> str:
        return next(str(one["status"]) for one in self.after["findings"] if one["rule"] == rule)


def planned(
    posture: Json,
    choices: Choices | None = None,
    policy: Json | None = None,
    rules: t.Collection[str] = (),
) -> Planned:
    """The plan for all rules, or for these alone; ``policy`` is put over the defaults."""
    full = benchmark()
    if rules:
        kept = tuple(rule for rule in full.rules if rule.slug in rules)
        full = Benchmark(full.id, full.title, full.sections, kept)
    site = policy_with(policy or {})
    before = evaluate(posture, full, site, "host")
    made = plan(before, posture, choices or Choices(), site)
    after = evaluate(posture_after(posture, made["steps"]), full, site, "host")
    return Planned(made, before, after, posture)
