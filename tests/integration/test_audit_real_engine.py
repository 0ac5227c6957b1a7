# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real engine with containers of different make, audited by the playbook, against a second opinion."""

from __future__ import annotations

import json
import re
import stat
import typing as t
from pathlib import Path

import docker
import pytest

from ansible_collections.seawall.docker.tests.integration.conftest import Audit, as_nobody, run_audit
from ansible_collections.seawall.docker.tests.integration.oracle import expected
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

CONTAINERS: dict[str, list[str]] = {
    "plain": [],
    "privileged": ["--privileged", "--userns", "host"],
    "hardened": [
        "--memory=64m", "--cpus=0.5", "--pids-limit=50", "--read-only", "--cap-drop=ALL", "--user=1000:1000",
        "--security-opt=no-new-privileges", "--restart=on-failure:3", "--network=none",
    ],
    "sharer": ["--pid=host", "--network=host", "--ipc=host", "--uts=host", "--cap-add=SYS_ADMIN"],
    "socket": [
        "--volume=/run/docker.sock:/sock", "--volume=/etc/ssl:/ssl:ro", "--security-opt=seccomp=unconfined",
        "--security-opt=no-new-privileges=false", "--publish=0.0.0.0:8080:80",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def busy_host(host: IsolatedHost) -> IsolatedHost:
    host.start("--log-level=warn", config={"icc": False, "userland-proxy": False, "live-restore": True})
    for name, options in CONTAINERS.items():
        # --privileged asks for a capability that a restricted machine does not have; created is enough then.
        done = host.docker("run", "--detach", "--name", name, *options, "busybox:local", "sleep", "3600")
        assert done.returncode == 0 or name == "privileged", done.stderr
    host.docker("create", "--name", "stopped", "--privileged", "busybox:local", "sleep", "1")
    return host


@pytest.fixture(scope="module")
def audit(busy_host: IsolatedHost, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    done = run_audit(tmp_path_factory.mktemp("audit"), command=busy_host.command)
    assert done.status == 0, done.output
    return done


@pytest.fixture(scope="module")
def inspected(busy_host: IsolatedHost) -> dict[str, dict[str, t.Any]]:
    client = docker.APIClient(base_url=f"unix://{busy_host.socket_path}", version="auto")
    found = [client.inspect_container(entry["Id"]) for entry in client.containers(all=True)]
    client.close()
    return {container["Name"].lstrip("/"): container for container in found}


def test_every_recommendation_is_in_the_report(audit: Audit) -> None:
    document = audit.host()
    assert document["outcome"] == "audited"
    assert len(document["findings"]) == 118
    assert sum(document["counts"].values()) == 118


def test_containers_are_judged_as_the_second_opinion_judges_them(
    audit: Audit, inspected: dict[str, dict[str, t.Any]]
) -> None:
    wrong = []
    for name, container in inspected.items():
        for number, verdict in expected(container).items():
            got = audit.verdicts(number).get(name)
            if got != verdict:
                wrong.append(f"{number} {name}: {got} instead of {verdict}: {audit.finding(number)}")
    assert not wrong, "\n".join(wrong)
    assert set(inspected) == set(CONTAINERS) | {"stopped"}


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("2.1", "fail"),
        ("2.2", "pass"),
        ("2.3", "fail"),
        ("2.4", "pass"),
        ("2.5", "pass"),
        ("2.6", "pass"),
        ("2.7", "pass"),
        ("2.8", "not_applicable"),
        ("2.9", "fail"),
        ("2.10", "fail"),
        ("2.11", "pass"),
        ("2.12", "not_applicable"),
        ("2.13", "fail"),
        ("2.14", "fail"),
        ("2.15", "fail"),
        ("2.16", "pass"),
        ("2.17", "pass"),
        ("2.18", "pass"),
        ("2.19", "pass"),
    ],
)
def test_the_daemon_is_judged_by_what_it_was_started_with(audit: Audit, number: str, status: str) -> None:
    finding = audit.finding(number)
    assert finding["status"] == status, json.dumps(finding, indent=1)


def test_reports_are_for_their_owner_only(audit: Audit) -> None:
    assert stat.S_IMODE(audit.reports.stat().st_mode) == 0o700
    files = [path for path in audit.reports.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"audit.json", "index.html", "localhost.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


# Engines that other tests start on this machine in the same moment; the page has a line with them.
_OTHERS = re.compile(
    rb'"other_daemons": \[[^\]]*\]|<div><dt>Not audited: other daemons of root</dt><dd>[^<]*</dd></div>'
)


def test_a_second_audit_says_the_same_byte_for_byte(busy_host: IsolatedHost, audit: Audit, tmp_path: Path) -> None:
    again = run_audit(tmp_path, "--check", command=busy_host.command)
    assert again.status == 0, again.output
    for name in ("audit.json", "hosts/localhost.json", "index.html"):
        first, second = (_OTHERS.sub(b"", (run.reports / name).read_bytes()) for run in (audit, again))
        assert first == second, name


def test_the_audit_changes_nothing(audit: Audit) -> None:
    assert "changed=0" in audit.output


def test_findings_fail_the_play_after_the_reports_when_asked(busy_host: IsolatedHost, tmp_path: Path) -> None:
    gated = run_audit(tmp_path, "-e", '{"audit_fail_on": ["daemon-userns-remap"]}', command=busy_host.command)
    assert gated.status == 2
    assert "2.10" in gated.output
    assert len(gated.host()["findings"]) == 118
    assert (gated.reports / "index.html").exists()


def test_a_rule_that_does_not_exist_is_an_error_with_the_nearest_one(busy_host: IsolatedHost, tmp_path: Path) -> None:
    wrong = run_audit(tmp_path, "-e", '{"audit_rules": ["daemon-usernsremap"]}', command=busy_host.command)
    assert wrong.status == 2
    assert "did you mean daemon-userns-remap?" in wrong.output
    assert "Traceback" not in wrong.output


def test_without_root_what_needs_it_is_unknown_with_the_reason(busy_host: IsolatedHost, tmp_path: Path) -> None:
    denied = run_audit(tmp_path, command=busy_host.command, variables=as_nobody(tmp_path))
    assert denied.status == 0, denied.output
    document = denied.host()
    assert document["engine"]["state"] == "unreachable"
    assert "not permitted to use the Docker socket" in document["engine"]["reason"]
    assert denied.finding("5.5")["status"] == "unknown"
    assert "not permitted" in denied.finding("5.5")["reason"]
    assert "Traceback" not in denied.output
    assert "not permitted to use the Docker socket" in denied.output
