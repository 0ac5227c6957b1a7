# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An object that judges hosts: the chosen rules with a policy, waivers, and the kind of the host."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass

from ansible_collections.seawall.docker.plugins.module_utils._module.collecting import seldom_collected
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import loader
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark._jmespath import IMPORT_ERROR
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate, unaudited
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.kinds import kind_of_host
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import Benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.waivers import Waiver, load_waivers

Json = dict[str, t.Any]

# The options of a task that say what is judged by.
ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "benchmark": {"type": "str", "default": "cis-1.8.0"},
    "rule_files": {"type": "list", "elements": "path", "default": []},
    "host_kind": {"type": "str", "default": ""},
    "policy": {"type": "dict", "default": {}},
    "waivers": {"type": "list", "elements": "dict", "default": []},
    "waiver_files": {"type": "list", "elements": "path", "default": []},
}


def read_ahead() -> None:
    """Read what ships. Ansible loads an action in the process from which it forks one for each host, so that all of them
    have what is read then. What is wrong, or that JMESPath is absent, is said when a task asks for it."""
    if IMPORT_ERROR is not None:
        return
    with contextlib.suppress(BenchmarkError), seldom_collected():
        policy_with({})
        for rule in loader.load_benchmark(loader.DEFAULT_BENCHMARK).rules:
            for expression in [*rule.conditions, *rule.found.values()]:
                expression.prepared()


@dataclass(frozen=True)
class Judge:
    """``full`` is the benchmark with all rules. ``benchmark`` has only the chosen rules."""

    full: Benchmark
    benchmark: Benchmark
    policy: Json
    waivers: list[Waiver]

    def findings(self, posture: Json, host: str) -> Json:
        """Return the findings of a host. Raises PostureError if the document is not a posture."""
        return evaluate(posture, self.benchmark, self.policy, host, self.waivers)

    def without_audit(self, host: str, outcome: str, error: str) -> Json:
        """Return the findings of a host that could not be audited."""
        return unaudited(host, self.benchmark, outcome, error)


def judge_of(options: Json, profile: str, rules: t.Sequence[str] = (), skip_rules: t.Sequence[str] = ()) -> Judge:
    """Return the judge for the options of a task. Raises BenchmarkError for an option that is wrong."""
    full = loader.load_benchmark(options["benchmark"], options["rule_files"])
    benchmark = loader.select_rules(full, profile, rules, skip_rules)
    kind = kind_of_host(options["host_kind"], full)
    policy = policy_with({**kind.policy, **options["policy"]})
    waivers = load_waivers(full, options["waiver_files"], options["waivers"]) + kind.accepted
    return Judge(full, benchmark, policy, waivers)
