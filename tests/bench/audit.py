# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit of one host costs at 0, 20 and 200 containers: ``make bench`` (root).

Prints, for each size: the median time of gathering, of judging, and of the whole ansible-playbook run, the processor
time of each (which a busy machine lengthens less), the API calls, and the size of the posture. Then how many times as long
a playbook takes as one of a single ping: one of the module posture_info, and the audit. The three run in turn.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.tests.integration.conftest import BIN, bare_environment, run_audit, run_in
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

COLLECTION = Path(__file__).resolve().parents[2]

# One task by itself, so that its time is the module's and not the playbook's.
GATHER = """
import json, time
from ansible_collections.seawall.docker.tests.support.record_here import no_remote_engine, run_command
from ansible_collections.seawall.docker.plugins.module_utils._daemon.access import open_engine
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._posture.gather import COLLECTORS, gather
started, begun = time.perf_counter(), time.process_time()
context = open_engine(Host(run_command), None, 30, no_remote_engine)
posture = gather(context, list(COLLECTORS))
cpu = time.process_time() - begun
print(json.dumps({"seconds": time.perf_counter() - started, "cpu": cpu, "calls": context.api_calls, "posture": posture}))
"""


def gathered(host: IsolatedHost, environment: dict[str, str]) -> dict[str, t.Any]:
    done = host.run(sys.executable, "-c", GATHER, env=environment)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


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
    interpreter = f"ansible_python_interpreter={sys.executable}"
    words = [
        str(BIN / "ansible-playbook"),
        "-i",
        "localhost,",
        "-c",
        "local",
        "-e",
        interpreter,
        str(folder / "play.yml"),
    ]
    done = run_in(folder, host.command(*words))
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)


def timed(run: t.Callable[[], None]) -> tuple[float, float]:
    """The seconds of a run, and those of processors."""
    began, used = time.perf_counter(), children_seconds()
    run()
    return time.perf_counter() - began, children_seconds() - used


def children_seconds() -> float:
    """Processor time of the children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(host: IsolatedHost, size: int, runs: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        environment = bare_environment(Path(folder))
        samples = [gathered(host, environment) for _run in range(runs)]
        posture = samples[0]["posture"]
        started = time.perf_counter()
        benchmark, policy = load_benchmark("cis-1.8.0"), policy_with({})
        loaded, begun = time.perf_counter(), time.process_time()
        evaluate(posture, benchmark, policy, "bench")
        judged, judging = time.perf_counter(), time.process_time() - begun

        def whole_audit() -> None:
            done = run_audit(Path(folder), "-e", "audit_summary=false", command=host.command)
            if done.status != 0:
                sys.exit(done.output)

        ways: dict[str, t.Callable[[], None]] = {
            "ping": lambda: play(Path(folder), host, "ansible.builtin.ping"),
            "module": lambda: play(Path(folder), host, "seawall.docker.posture_info"),
            "audit": whole_audit,
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _run in range(runs):
            for name, way in ways.items():
                taken[name].append(timed(way))
    whole, playing = median_of(taken["audit"])
    ping, ping_cpu = median_of(taken["ping"])
    module, module_cpu = median_of(taken["module"])
    seconds = statistics.median(sample["seconds"] for sample in samples)
    gathering = statistics.median(sample["cpu"] for sample in samples)
    return (
        f"{size:>10} {seconds:>9.3f} {loaded - started:>8.3f} {judged - loaded:>8.3f} {whole:>10.2f}"
        f" {gathering:>10.3f} {judging:>9.3f} {playing:>12.2f}"
        f" {samples[0]['calls']:>9} {len(json.dumps(posture)):>12}"
        f" {module / ping:>8.2f} {whole / ping:>7.2f} {module_cpu / ping_cpu:>12.2f} {playing / ping_cpu:>11.2f}"
    )


def median_of(taken: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(one for one, _cpu in taken), statistics.median(cpu for _one, cpu in taken)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure an audit.")
    parser.add_argument("--sizes", default="0,20,200", help="numbers of containers")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    print(
        "containers  gather s  rules s  judge s playbook s gather CPU judge CPU playbook CPU API calls posture bytes"
        " module/ping audit/ping module/ping CPU audit/ping CPU",
        flush=True,
    )
    with IsolatedHost() as host:
        host.start()
        count = 0
        for size in sorted(int(word) for word in options.sizes.split(",")):
            while count < size:
                host.container(f"bench-{count}")
                count += 1
            print(measure(host, size, options.runs), flush=True)


if __name__ == "__main__":
    assert (BIN / "ansible-playbook").exists()
    main()
