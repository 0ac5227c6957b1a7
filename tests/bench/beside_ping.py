# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit of one host costs with containers: the collectors, the rules, and the whole playbook, beside one of a single
ping on the same connection. Needs root.
"""

from __future__ import annotations

import functools
import json
import statistics
import sys
import tempfile
import time
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.tests.bench.machine import Cost, in_turn
from ansible_collections.seawall.docker.tests.bench.page import Results, Table, Target
from ansible_collections.seawall.docker.tests.support.ansible_programs import BIN, bare_environment
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

SIZES = "0,20,50,100"
RUNS = 5
PLACES = ("audit", "parts", "ping", "targets")
# How many containers that serve on a port are added last.
_SERVING = 50
_GATHERINGS = 4
# Seconds after which an engine has done what the start of a container brings with it.
_SETTLING = 5
# Milliseconds for each container.
_LEAST_OF_A_PART = 0.02

# One task by itself, so that its time is the module's and not the playbook's. A collector that uses another one's section does
# not pay for it.
GATHER = """
import json, time
from ansible_collections.seawall.docker.tests.support.record_here import no_remote_engine, run_command
from ansible_collections.seawall.docker.plugins.module_utils._daemon.access import open_engine
from ansible_collections.seawall.docker.plugins.module_utils._module.collecting import collect_seldom
from ansible_collections.seawall.docker.plugins.module_utils._host.commands import Begun
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._posture.gather import COLLECTORS, gather
collect_seldom()
parts, inner = {}, [0.0]
def timed(name, collect):
    def run(*arguments):
        began = time.process_time()
        inner.append(0.0)
        try:
            return collect(*arguments)
        finally:
            took = time.process_time() - began
            parts[name] = took - inner.pop()
            inner[-1] += took
    return run
COLLECTORS.update({name: timed(name, collect) for name, collect in COLLECTORS.items()})
def ask():
    context = open_engine(Host(run_command, Begun), None, 30, no_remote_engine)
    context.begin()
    context.containers()
    return context
begun = time.process_time()
context = timed("", ask)()
posture = gather(context, list(COLLECTORS))
cpu = time.process_time() - begun
print(json.dumps({"cpu": cpu, "parts": parts, "calls": context.api_calls, "posture": posture}))
"""


def gathered(host: IsolatedHost, environment: dict[str, str]) -> dict[str, t.Any]:
    done = host.run(sys.executable, "-c", GATHER, env=environment)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def gatherings_of(host: IsolatedHost, folder: Path, runs: int) -> list[dict[str, t.Any]]:
    """Gather more often than playbooks run: it is short, and what is looked for is the difference of two."""
    time.sleep(_SETTLING)
    return [gathered(host, bare_environment(folder)) for _run in range(_GATHERINGS * runs)]


PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - name: one task
      {module}:
"""


def play(folder: Path, host: IsolatedHost, module: str) -> None:
    """Run a playbook of one task."""
    (folder / "play.yml").write_text(PLAY.format(module=module), encoding="utf-8")
    run_playbook(folder, host, str(folder / "play.yml"))


def run_playbook(folder: Path, host: IsolatedHost, playbook: str, **variables: t.Any) -> None:
    """Run a playbook as a user does: nothing is kept from an earlier run."""
    given = {"ansible_python_interpreter": sys.executable, **variables}
    words = [str(BIN / "ansible-playbook"), "-i", "localhost,", "-c", "local", "-e", json.dumps(given), playbook]
    done = host.run(*words, env=bare_environment(folder), cwd=folder)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)


class Sample(t.NamedTuple):
    """What was measured with so many containers."""

    containers: int
    gathering: float
    parts: dict[str, float]
    judging: float
    ways: dict[str, Cost]
    calls: int
    posture_bytes: int

    def times(self, way: str) -> tuple[float, float]:
        """How many times as long as the ping, by the clock and by processors."""
        ping = self.ways["ping"]
        return self.ways[way].seconds / ping.seconds, self.ways[way].cpu / ping.cpu


def sample(host: IsolatedHost, containers: int, runs: int) -> Sample:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        gatherings = gatherings_of(host, folder, runs)

        audit = functools.partial(
            run_playbook,
            folder,
            host,
            "seawall.docker.audit",
            audit_report_directory=str(folder / "reports"),
            audit_summary=False,
        )
        ways = {
            "ping": functools.partial(play, folder, host, "ansible.builtin.ping"),
            "module": functools.partial(play, folder, host, "seawall.docker.posture_info"),
            "audit": audit,
        }
        costs = in_turn(ways, runs)
    posture = gatherings[0]["posture"]
    return Sample(
        containers,
        statistics.median(one["cpu"] for one in gatherings),
        {name: min(one["parts"][name] for one in gatherings) for name in gatherings[0]["parts"]},
        statistics.median(judging(posture) for _run in range(runs)),
        costs,
        gatherings[0]["calls"],
        len(json.dumps(posture)),
    )


def judging(posture: dict[str, t.Any]) -> float:
    benchmark, policy = load_benchmark("cis-1.8.0"), policy_with({})
    begun = time.process_time()
    evaluate(posture, benchmark, policy, "bench")
    return time.process_time() - begun


def serving(host: IsolatedHost, runs: int) -> float:
    """Seconds of a processor to gather one container more that serves on a port. The first one is there before: its program is
    searched, and those of the others are compared with it."""
    medians = []
    for numbers in (range(1), range(1, _SERVING + 1)):
        for number in numbers:
            host.container(f"serves-{number}", command=("httpd", "-f", "-p", "8080"))
        with tempfile.TemporaryDirectory() as name:
            gatherings = gatherings_of(host, Path(name), runs)
        medians.append(statistics.median(one["cpu"] for one in gatherings))
    return (medians[1] - medians[0]) / _SERVING


def measure(sizes: str, runs: int) -> Results:
    assert (BIN / "ansible-playbook").exists()
    samples: list[Sample] = []
    with IsolatedHost() as host:
        host.start()
        count = 0
        for size in sorted(int(word) for word in sizes.split(",")):
            while count < size:
                host.container(f"bench-{count}")
                count += 1
            samples.append(sample(host, size, runs))
    # On an engine of its own: a bridge of the kernel has 1,024 ports.
    with IsolatedHost() as host:
        host.start()
        port = serving(host, runs)
    return Results([audits(samples, port), parts(samples), beside(samples)], targets(samples, port))


def audits(samples: t.Sequence[Sample], port: float) -> Table:
    none = samples[0]
    head = [
        "containers",
        "gathering, s of a processor",
        "for each container, ms",
        "evaluating 118 rules, s of a processor",
        "whole `ansible-playbook` run, s",
        "the same, s of processors",
        "API calls",
        "posture",
    ]
    rows = [
        [
            f"{one.containers}",
            f"{one.gathering:.3f}",
            f"{each(one, none) * 1000:.1f}" if one is not none else "",
            f"{one.judging:.3f}",
            f"{one.ways['audit'].seconds:.1f}",
            f"{one.ways['audit'].cpu:.1f}",
            f"{one.calls}",
            f"{one.posture_bytes / 1000:,.0f} kB",
        ]
        for one in samples
    ]
    rows.append([f"{_SERVING} more that serve on a port", "", f"{port * 1000:.1f}", *[""] * 5])
    return Table("audit", head, rows)


def each(one: Sample, none: Sample) -> float:
    return (one.gathering - none.gathering) / (one.containers - none.containers)


def parts(samples: t.Sequence[Sample]) -> Table:
    """What a container costs in each part, the least of all runs; parts that cost next to nothing are one."""
    none, most = samples[0], samples[-1]
    more = most.containers - none.containers
    each_of = {name: (most.parts[name] - none.parts[name]) / max(more, 1) * 1000 for name in most.parts}
    rows = [[name or "to ask the engine", f"{cost:.2f}"] for name, cost in each_of.items() if cost >= _LEAST_OF_A_PART]
    rows.sort(key=lambda row: -float(row[1]))
    rest = sum(cost for cost in each_of.values() if cost < _LEAST_OF_A_PART)
    return Table(
        "parts",
        ["part", "ms of a processor"],
        [*rows, ["the rest", f"{rest:.2f}"], ["all", f"{sum(each_of.values()):.2f}"]],
    )


def beside(samples: t.Sequence[Sample]) -> Table:
    head = ["containers", "ping, s", "ping, s of processors"]
    head += [f"{name}, {what}" for name in ("module", "audit") for what in ("time", "processors")]
    rows = [
        [
            f"{one.containers}",
            f"{one.ways['ping'].seconds:.2f}",
            f"{one.ways['ping'].cpu:.2f}",
            *(f"{times:.1f}" for way in ("module", "audit") for times in one.times(way)),
        ]
        for one in samples
    ]
    return Table("ping", head, rows)


def targets(samples: t.Sequence[Sample], port: float) -> list[Target]:
    """The targets for a host of 100 containers, if so many were measured."""
    found = [one for one in samples if one.containers == 100]
    if not found or samples[0] is found[0]:
        return []
    aims = [
        Target(what, "2 ms of a processor", f"{cost * 1000:.1f} ms", cost * 1000 <= 2)
        for what, cost in (
            ("gather one container more", each(found[0], samples[0])),
            ("gather one container more that serves on a port", port),
        )
    ]
    for way, what, aim in (
        ("audit", "audit of 100 containers beside a playbook of one ping", 2.3),
        ("module", "module `posture_info` beside the same", 1.6),
    ):
        clock, cpu = found[0].times(way)
        aims.append(Target(what, f"{aim} times", f"{clock:.1f} times, of processors {cpu:.1f} times", clock <= aim))
    return aims
