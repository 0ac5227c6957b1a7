# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts with real engines, and audits of them through ansible-playbook."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support import findings_file
from ansible_collections.seawall.docker.tests.support.ansible_programs import BIN, playbook_environment
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

_NEEDED = ("dockerd", "docker", "busybox", "unshare", "nsenter", "ip")


class Audit(t.NamedTuple):
    """One run of the audit playbook: its status, all that it printed, and the reports."""

    status: int
    output: str
    reports: Path

    @property
    def fleet(self) -> dict[str, t.Any]:
        return json.loads((self.reports / "audit.json").read_text(encoding="utf-8"))

    def host(self, name: str = "localhost") -> dict[str, t.Any]:
        return findings_file.read(self.reports / "hosts" / f"{name}.json")

    def finding(self, number: str, host: str = "localhost") -> dict[str, t.Any]:
        return next(one for one in self.host(host)["findings"] if one["number"] == number)

    def verdicts(self, number: str) -> dict[str, str]:
        return {subject["name"]: subject["verdict"] for subject in self.finding(number)["subjects"]}


def recap_of(output: str) -> dict[str, dict[str, int]]:
    """How often each host was unreachable and failed, by the recap that Ansible prints last."""
    rows = re.findall(
        r"^(\S+) +: ok=.* unreachable=(\d+) +failed=(\d+)", output.partition("PLAY RECAP")[2], re.MULTILINE
    )
    return {host: {"unreachable": int(lost), "failed": int(failed)} for host, lost, failed in rows}


def run_in(work: Path, words: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a program of Ansible there; its status is the caller's to judge."""
    return subprocess.run(
        words,
        env=playbook_environment(work),
        cwd=work,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def run_audit(
    work: Path,
    *arguments: str,
    command: t.Callable[..., list[str]] = lambda *words: list(words),
    inventory: str = "localhost,",
    variables: dict[str, t.Any] | None = None,
) -> Audit:
    """Run ``seawall.docker.audit`` as a user would, reports below ``work``."""
    reports = work / "reports"
    words = [str(BIN / "ansible-playbook"), "-i", inventory]
    if inventory == "localhost,":
        words += ["-c", "local"]
    extra = {"ansible_python_interpreter": sys.executable, "audit_report_directory": str(reports), **(variables or {})}
    words += ["-e", json.dumps(extra)]
    done = run_in(work, command(*words, "seawall.docker.audit", *arguments))
    return Audit(done.returncode, done.stdout + done.stderr, reports)


@pytest.fixture(scope="session", autouse=True)
def _can_run_engines() -> None:
    if os.geteuid() != 0:
        pytest.skip("a real engine needs root")
    absent = [program for program in _NEEDED if shutil.which(program) is None]
    if absent:
        pytest.skip(f"a real engine needs {', '.join(absent)}")


def as_nobody(work: Path) -> dict[str, t.Any]:
    """Variables that audit as the user nobody, with the system's Python, which everybody may run."""
    return {
        "ansible_become": True,
        "ansible_become_user": "nobody",
        "ansible_remote_tmp": f"/var/tmp/seawall-nobody-{work.name}",
        "ansible_python_interpreter": "/usr/bin/python3",
    }


@pytest.fixture(scope="module")
def host() -> t.Iterator[IsolatedHost]:
    """A host of the module's own, engine not started."""
    with IsolatedHost() as isolated:
        yield isolated
