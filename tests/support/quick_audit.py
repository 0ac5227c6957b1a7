# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit without Ansible: gather inside an isolated host, judge in the test. A second instead of five.

What Ansible adds (connections, reports, exit statuses) has tests of its own.
"""

from __future__ import annotations

import json
import os
import sys
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.access import open_engine
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._posture.gather import COLLECTORS, gather
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost
from ansible_collections.seawall.docker.tests.support.record_here import no_remote_engine, run_command

Json = dict[str, t.Any]
BENCHMARK = "cis-1.8.0"


class Judged:
    """The findings on one posture."""

    def __init__(self, posture: Json, policy: Json | None = None) -> None:
        self.posture = posture
        document = evaluate(posture, load_benchmark(BENCHMARK), policy_with(policy or {}), "host")
        self.findings: dict[str, Json] = {finding["number"]: finding for finding in document["findings"]}

    def status(self, number: str) -> str:
        return str(self.findings[number]["status"])

    def reason(self, number: str) -> str:
        return str(self.findings[number]["reason"])

    def verdicts(self, number: str) -> dict[str, str]:
        """The verdict by the name of the subject."""
        return {subject["name"]: subject["verdict"] for subject in self.findings[number]["subjects"]}

    def verdict(self, number: str, subject: str) -> str:
        return self.verdicts(number)[subject]

    def of_section(self, section: str) -> dict[str, str]:
        return {number: one["status"] for number, one in self.findings.items() if one["section"] == section}

    def container(self, name: str) -> Json:
        return next(one for one in self.posture["containers"] if one["name"] == name)

    def with_policy(self, **policy: t.Any) -> Judged:
        return Judged(self.posture, policy)


def audit(host: IsolatedHost, **policy: t.Any) -> Judged:
    """Gather inside the host as root and judge."""
    return Judged(run_inside(host, f"from {main.__module__} import main; main()"), policy)


def section(host: IsolatedHost, name: str) -> t.Any:
    """Gather one section of the posture inside the host as root."""
    return run_inside(host, f"from {main.__module__} import main; main(['{name}'])")[name]


def run_inside(host: IsolatedHost, program: str, *arguments: str) -> t.Any:
    """What a Python program, with the collection at hand, prints inside the host as JSON."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    done = host.run(sys.executable, "-c", program, *arguments, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def main(sections: t.Sequence[str] = tuple(COLLECTORS)) -> None:
    """Runs on the host: prints its posture."""
    context = open_engine(Host(run_command), os.environ.get("QUICK_AUDIT_HOST"), 30, no_remote_engine)
    print(json.dumps(gather(context, list(sections))))
    context.close()
