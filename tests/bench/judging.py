# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it costs to judge a host: by the conditions as functions, and by JMESPath's own interpreter, in turn."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path
from unittest import mock

from jmespath import Options
from jmespath.parser import ParsedResult

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import documents, expressions, loader
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.functions import RuleFunctions
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import Benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.tests.bench.fleet import RECORDED, copied
from ansible_collections.seawall.docker.tests.bench.machine import in_turn
from ansible_collections.seawall.docker.tests.bench.page import Results, Table, Target

SIZES = "50"
RUNS = 15
PLACES = ("judging", "targets")
_OPTIONS = Options(custom_functions=RuleFunctions())


def posture_with(path: Path, containers: int) -> dict[str, t.Any]:
    posture = json.loads(path.read_text(encoding="utf-8"))
    posture = posture.get("posture", posture)
    found = posture["containers"]
    posture["containers"] = [copied(found[number % len(found)], number) for number in range(containers)]
    return t.cast("dict[str, t.Any]", posture)


def interpreted(node: t.Any) -> t.Callable[[t.Any], t.Any]:
    """The condition as JMESPath itself evaluates it."""
    parsed = ParsedResult("", node)
    return lambda scope: parsed.search(scope, _OPTIONS)


def anew() -> Benchmark:
    """The benchmark as a process reads it that has not read it yet."""
    for known in (expressions.Expression.of, documents.shipped_document, loader._shipped):
        known.cache_clear()
    return loader.load_benchmark(loader.DEFAULT_BENCHMARK)


def ways(posture: dict[str, t.Any]) -> dict[str, t.Callable[[], object]]:
    """The rules, loaded once for each way, judge the posture."""
    policy = policy_with({})
    compiled = anew()
    asked = anew()

    def by_jmespath() -> None:
        with mock.patch.object(expressions, "function_of", interpreted):
            evaluate(posture, asked, policy, "bench")

    # Conditions get their function at their first use, which is not what a host costs.
    by_jmespath()
    evaluate(posture, compiled, policy, "bench")
    return {"jmespath": by_jmespath, "functions": lambda: evaluate(posture, compiled, policy, "bench")}


def loading(runs: int) -> float:
    """Seconds of a processor to load the rules, which a process does once."""
    return in_turn({"first": anew}, runs)["first"].cpu


def measure(sizes: str, runs: int) -> Results:
    rows, aims = [], []
    for containers in map(int, sizes.split(",")):
        for path in sorted(RECORDED.glob("*.json")):
            costs = in_turn(ways(posture_with(path, containers)), runs)
            jmespath, functions = costs["jmespath"].cpu * 1000, costs["functions"].cpu * 1000
            what = f"{containers} containers of `{path.stem}` by 118 rules"
            rows.append([what, f"{jmespath:.0f}", f"{functions:.0f}", f"{jmespath / functions:.1f}"])
            if containers == 50:
                aims.append(functions)
    rows.append(["to load the rules, once in a process", "", f"{loading(runs) * 1000:.0f}", ""])
    head = ["ms of a processor", "JMESPath's interpreter", "functions", "times as long"]
    least_and_most = f"{min(aims):.0f} to {max(aims):.0f} ms of a processor, by the host" if aims else ""
    found = [Target("judge 50 containers", "60 ms", least_and_most, max(aims) <= 60)] if aims else []
    return Results([Table("judging", head, rows)], found)
