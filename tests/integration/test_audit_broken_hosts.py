# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts on which something is wrong: one clear sentence each, the right unknowns, and never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._posture_source import EMBEDDED_POSTURE
from ansible_collections.seawall.docker.tests.integration.conftest import Audit, recap_of, run_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

# A listener that takes connections and says nothing.
DEAF = "import socket,time;s=socket.socket(socket.AF_UNIX);s.bind('/run/docker.sock');s.listen();time.sleep(600)"
# Takes the place of the engine and leaves.
GONE = "import socket;s=socket.socket(socket.AF_UNIX);s.bind('/run/docker.sock')"


@pytest.fixture
def empty_host() -> t.Iterator[IsolatedHost]:
    with IsolatedHost() as isolated:
        yield isolated


def statuses(audit: Audit, section: str) -> dict[str, str]:
    return {one["number"]: one["status"] for one in audit.host()["findings"] if one["section"] == section}


def audited(host: IsolatedHost, work: Path, **variables: t.Any) -> Audit:
    work.mkdir(exist_ok=True)
    done = run_audit(work, command=host.command, variables=variables)
    assert done.status == 0, done.output
    assert "Traceback" not in done.output
    assert len(done.host()["findings"]) == 118
    return done


def test_an_engine_that_does_not_run(empty_host: IsolatedHost, tmp_path: Path) -> None:
    audit = audited(empty_host, tmp_path)
    assert audit.host()["engine"]["state"] == "stopped"
    assert "the Docker Engine is installed but does not run" in audit.output
    # Files are judged, what only a running engine shows is not.
    assert audit.finding("3.5")["status"] == "pass"
    assert "pass" not in statuses(audit, "2").values() and set(statuses(audit, "5").values()) == {"unknown"}
    assert audit.finding("5.5")["reason"] == (
        "host.containers is not known: the Docker Engine is installed but does not run"
    )


def test_a_host_without_engine_is_replayed_where_asked_and_says_so(empty_host: IsolatedHost, tmp_path: Path) -> None:
    engine = shutil.which("dockerd")
    assert engine is not None
    empty_host.run("mount", "-t", "tmpfs", "tmpfs", str(Path(engine).parent))
    plain = audited(empty_host, tmp_path / "plain")
    assert plain.host()["engine"]["state"] == "absent"
    assert "this host has no Docker Engine" in plain.output
    assert "pass" not in [*statuses(plain, "2").values(), *statuses(plain, "5").values()]
    audit = audited(empty_host, tmp_path / "replayed", audit_replay_when_absent=True)
    assert audit.host()["replay"]["source"] == "embedded"
    assert audit.fleet["hosts"][0]["replay"]["source"] == "embedded"
    assert "This machine has no Docker Engine; what follows is the recorded posture of" in " ".join(
        audit.output.split()
    )
    assert "replay" in (audit.reports / "index.html").read_text(encoding="utf-8").lower()


def test_a_socket_on_which_nobody_listens(empty_host: IsolatedHost, tmp_path: Path) -> None:
    assert empty_host.run("python3", "-c", GONE).returncode == 0
    audit = audited(empty_host, tmp_path)
    reason = "the Docker socket /var/run/docker.sock exists, but nobody listens on it"
    assert audit.host()["engine"]["reason"] == reason
    assert reason in " ".join(audit.output.split())
    assert "pass" not in statuses(audit, "5").values()
    assert audit.finding("5.5")["reason"] == f"host.containers is not known: {reason}"


def test_a_socket_that_never_answers(empty_host: IsolatedHost, tmp_path: Path) -> None:
    empty_host.run("sh", "-c", f'nohup python3 -c "{DEAF}" >/dev/null 2>&1 & sleep 0.5')
    audit = audited(empty_host, tmp_path, audit_timeout=1)
    assert "did not answer within 1 seconds" in audit.host()["engine"]["reason"]
    assert audit.finding("5.11")["status"] == "unknown"


def test_a_daemon_json_that_broke_after_the_start(empty_host: IsolatedHost, tmp_path: Path) -> None:
    empty_host.start(config={"icc": False})
    empty_host.write("/etc/docker/daemon.json", '{\n  "icc": false,\n  "userland-proxy": \n}\n')
    audit = audited(empty_host, tmp_path)
    # What the kernel and the API show is still known; what only the file says is not.
    assert audit.finding("2.2")["status"] == "pass"
    broken = audit.finding("2.17")
    assert broken["status"] == "unknown"
    assert "/etc/docker/daemon.json" in broken["reason"]
    assert audit.finding("2.15")["status"] in ("unknown", "fail")


def test_an_engine_that_hangs_is_given_up_and_its_files_are_still_read(
    empty_host: IsolatedHost, tmp_path: Path
) -> None:
    empty_host.start(config={"icc": False})
    empty_host.container("web")
    whole = audited(empty_host, tmp_path)
    assert whole.finding("5.11")["status"] == "fail" and whole.host()["seen_before"] is None
    then = whole.host()
    pid = empty_host.daemon_pid()
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        audited(empty_host, tmp_path, audit_timeout=1)
        # The second audit that sees less is compared with the one that saw more, and not with the first that saw less.
        audit = audited(empty_host, tmp_path, audit_timeout=1)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert audit.host()["engine"]["state"] == "unreachable"
    assert audit.finding("3.17")["status"] == "pass"
    assert audit.finding("5.5")["status"] == "unknown"
    before = audit.host()["seen_before"]
    assert before["score"]["percent"] == then["score"]["percent"] and before["unknown"] == then["counts"]["unknown"]
    assert "container-memory-limited" in before["failed"]
    said = " ".join(audit.output.split())
    assert "less of this host was seen than before" in said and "not decided now: " in said
    assert f"The last audit that saw more had a score of {then['score']['percent']:g}%" in said
    assert "seen less" in (audit.reports / "index.html").read_text(encoding="utf-8")
    assert audited(empty_host, tmp_path).host()["seen_before"] is None


def inventory(work: Path, hosts: dict[str, dict[str, t.Any]]) -> str:
    path = work / "hosts.json"
    path.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    return str(path)


LOST = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_ssh_retries": 0}
HERE = {"ansible_connection": "local"}


@pytest.mark.parametrize("serial", [[], ["-e", "audit_serial=1"]], ids=["together", "one by one"])
def test_a_host_that_is_unreachable_is_in_every_report(
    empty_host: IsolatedHost, tmp_path: Path, serial: list[str]
) -> None:
    empty_host.start()
    hosts = {"lost": LOST, "web1": HERE, "web2": HERE}
    audit = run_audit(tmp_path, *serial, command=empty_host.command, inventory=inventory(tmp_path, hosts))
    # The status of Ansible for hosts that are unreachable, and the recap says so of this host alone.
    assert audit.status == 4, audit.output
    outcomes = {entry["host"]: entry["outcome"] for entry in audit.fleet["hosts"]}
    assert outcomes == {"lost": "unreachable", "web1": "audited", "web2": "audited"}
    recap = recap_of(audit.output)
    assert recap["lost"] == {"unreachable": 1, "failed": 0} and recap["web2"] == {"unreachable": 0, "failed": 0}
    gathering = audit.output.partition("TASK [seawall.docker.audit : Gather the posture")[2].partition("TASK [")[0]
    assert "skipping: [lost]" in gathering and "ok: [lost]" not in gathering
    # One line for the host, and what to try where the report says why.
    assert audit.output.count("fatal: [lost]: UNREACHABLE!") == 1 and "fatal: [web" not in audit.output
    said = " ".join(audit.output.split())
    assert "Check that the host is up, its address and port" in said
    assert "ansible -m ansible.builtin.ping lost" in said
    assert audit.host("lost")["outcome"] == "unreachable"
    assert len(audit.host("web2")["findings"]) == 118
    assert "lost is unreachable" in audit.output
    assert "lost" in (audit.reports / "index.html").read_text(encoding="utf-8")


def test_reports_are_written_when_all_hosts_are_unreachable(empty_host: IsolatedHost, tmp_path: Path) -> None:
    hosts = {"lost1": LOST, "lost2": LOST}
    audit = run_audit(tmp_path, command=empty_host.command, inventory=inventory(tmp_path, hosts))
    assert audit.status == 4
    assert audit.fleet["totals"]["unreachable"] == 2
    assert recap_of(audit.output) == {name: {"unreachable": 1, "failed": 0} for name in ("lost1", "lost2")}
    assert (audit.reports / "index.html").exists()


def test_a_host_that_cannot_run_the_module_is_a_host_that_failed(empty_host: IsolatedHost, tmp_path: Path) -> None:
    hosts = {
        "refused": {**HERE, "ansible_become": True, "ansible_become_user": "nobody", "ansible_become_exe": "/bin/false"},
        "misled": {**HERE, "audit_policy": {"trusted_docker_user": ["deploy"]}},
        "web1": HERE,
    }  # fmt: skip
    audit = run_audit(tmp_path, command=empty_host.command, inventory=inventory(tmp_path, hosts))
    assert audit.status == 2
    assert {entry["host"]: entry["outcome"] for entry in audit.fleet["hosts"]} == {
        "misled": "failed",
        "refused": "failed",
        "web1": "audited",
    }
    assert "audit_policy has no key trusted_docker_user; did you mean trusted_docker_users?" in audit.output
    assert "Traceback" not in audit.output


def test_limit_and_tags(empty_host: IsolatedHost, tmp_path: Path) -> None:
    path = inventory(tmp_path, {"web1": HERE, "web2": HERE})
    audit = run_audit(tmp_path, "--limit", "web2", command=empty_host.command, inventory=path)
    assert audit.status == 0, audit.output
    assert [entry["host"] for entry in audit.fleet["hosts"]] == ["web2"]
    none = run_audit(tmp_path, "--tags", "audit_evaluate", command=empty_host.command, inventory=path)
    assert none.status == 0, none.output


def test_a_gate_that_cannot_close_is_warned_of(tmp_path: Path) -> None:
    variables = {"audit_posture_file": "embedded", "audit_profile": "level1", "audit_fail_on": ["level2", "5.5"]}
    audit = run_audit(tmp_path, variables=variables)
    said = " ".join(audit.output.split())
    assert "fail_on has level2, and profile, rules or skip_rules leave out all that it names" in said
    assert "fail_on has 5.5" not in said


@pytest.mark.parametrize("closed", [True, False])
def test_what_is_unknown_does_not_pass_a_gate_unless_asked(tmp_path: Path, closed: bool) -> None:
    posture = json.loads(EMBEDDED_POSTURE.read_text(encoding="utf-8"))
    del posture["userns"]
    posture["unread"]["userns"] = "nobody looked"
    (tmp_path / "posture.json").write_text(json.dumps(posture), encoding="utf-8")
    variables = {"audit_posture_file": str(tmp_path / "posture.json"), "audit_fail_on": ["daemon-userns-remap"]}
    audit = run_audit(tmp_path, variables=variables if closed else {**variables, "audit_fail_on_unknown": False})
    assert audit.finding("2.10")["status"] == "unknown"
    assert audit.status == (2 if closed else 0), audit.output
    said = "localhost leaves unknown 1 rule of audit_fail_on: 2.10 daemon-userns-remap."
    assert (said in " ".join(audit.output.split())) is closed
