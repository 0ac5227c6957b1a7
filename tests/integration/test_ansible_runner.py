# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audits under ansible-runner, as AWX runs them: its events, its artifacts and its status, and slices that become one fleet."""

from __future__ import annotations

import concurrent.futures
import json
import subprocess
import sys
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.ansible_programs import playbook_environment
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

# Whatever is in a posture, an event is as large as a summary.
EVENT_BYTES = 16_000


class Job(t.NamedTuple):
    """What ansible-runner keeps of a run."""

    exit_status: int
    artifacts: Path
    events: list[dict[str, t.Any]]

    def kept(self, name: str) -> str:
        return (self.artifacts / name).read_text(encoding="utf-8")

    def results(self, task: str, event: str = "runner_on_ok") -> dict[str, dict[str, t.Any]]:
        """What a task returned, by host."""
        found = [one["event_data"] for one in self.events if one["event"] == event]
        return {one["host"]: one["res"] for one in found if one["task"] == task}

    def stats(self) -> dict[str, dict[str, int]]:
        found: list[dict[str, dict[str, int]]] = [
            one["event_data"] for one in self.events if one["event"] == "playbook_on_stats"
        ]
        return found[-1]


def run_job(
    folder: Path,
    playbook: str,
    hosts: t.Sequence[str] = (),
    limit: str = "",
    command: t.Callable[..., list[str]] = lambda *words: list(words),
    **variables: t.Any,
) -> Job:
    for name in ("inventory", "env", "project"):
        (folder / name).mkdir(parents=True)
    (folder / "inventory" / "hosts").write_text(
        "".join(f"{name} ansible_connection=local\n" for name in (*hosts, "localhost")), encoding="utf-8"
    )
    given = {"ansible_python_interpreter": sys.executable, "audit_report_directory": str(folder / "reports")}
    (folder / "env" / "extravars").write_text(json.dumps({**given, **variables}), encoding="utf-8")
    words = [sys.executable, "-m", "ansible_runner", "run", str(folder), "-p", playbook, "--ident", "job", "-q"]
    if limit:
        words += ["--limit", limit]
    done = subprocess.run(
        command(*words),
        env=playbook_environment(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    artifacts = folder / "artifacts" / "job"
    assert (artifacts / "rc").exists(), done.stdout + done.stderr
    paths = sorted((artifacts / "job_events").glob("*.json"), key=lambda path: int(path.name.partition("-")[0]))
    return Job(done.returncode, artifacts, [json.loads(path.read_text(encoding="utf-8")) for path in paths])


def test_two_job_slices_at_once_become_one_fleet(tmp_path: Path) -> None:
    hosts = ["web1", "web2", "web3", "db1"]
    slices = {"first": "web1:web2", "second": "web3:db1"}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running = {
            name: pool.submit(
                run_job,
                tmp_path / name,
                "seawall.docker.audit",
                hosts,
                limit,
                audit_posture_file="embedded",
                audit_fail_on=["daemon-userns-remap"] if name == "second" else [],
            )
            for name, limit in slices.items()
        }
        jobs = {name: one.result() for name, one in running.items()}
    # A gate that closes is a failed job, and its hosts are reported all the same.
    ended = {name: (job.exit_status, job.kept("rc"), job.kept("status")) for name, job in jobs.items()}
    assert ended == {"first": (0, "0", "successful"), "second": (2, "2", "failed")}, jobs["first"].kept("stdout")
    for name, job in jobs.items():
        audited = job.results("Gather the posture and judge it")
        assert sorted(audited) == sorted(slices[name].split(":"))
        assert {one["outcome"] for one in audited.values()} == {"audited"}
        assert max(len(json.dumps(event)) for event in job.events) < EVENT_BYTES
    assert sorted(jobs["second"].stats()["failures"]) == ["db1", "web3"]
    assert jobs["first"].stats()["failures"] == {}

    merged = run_job(
        tmp_path / "fleet",
        "seawall.docker.report",
        report_folders=[str(tmp_path / name / "reports") for name in slices],
    )
    assert merged.kept("status") == "successful", merged.kept("stdout")
    fleet = json.loads((tmp_path / "fleet" / "reports" / "audit.json").read_text(encoding="utf-8"))
    assert [one["host"] for one in fleet["hosts"]] == sorted(hosts)
    of_jobs = {
        host: one for job in jobs.values() for host, one in job.results("Gather the posture and judge it").items()
    }
    assert {one["host"]: one["counts"] for one in fleet["hosts"]} == {
        host: one["counts"] for host, one in of_jobs.items()
    }


def test_an_engine_is_audited_by_a_job(host: IsolatedHost, tmp_path: Path) -> None:
    host.start()
    host.container("carries-a-secret", "--env", "PASSWORD=geheim-4711")
    job = run_job(
        tmp_path / "job",
        "seawall.docker.audit",
        command=host.command,
        audit_fail_on=["daemon-userns-remap"],
    )
    assert (job.exit_status, job.kept("status")) == (2, "failed"), job.kept("stdout")
    (judged,) = job.results("Gather the posture and judge it").values()
    assert judged["outcome"] == "audited" and "daemon-userns-remap" in judged["offence"]
    (ended,) = job.results(
        "End hosts that could not be audited or have findings in audit_fail_on", "runner_on_failed"
    ).values()
    assert "daemon-userns-remap" in ended["msg"]
    assert max(len(json.dumps(event)) for event in job.events) < EVENT_BYTES
    for path in (tmp_path / "job").rglob("*"):
        assert not path.is_file() or b"geheim-4711" not in path.read_bytes(), path
