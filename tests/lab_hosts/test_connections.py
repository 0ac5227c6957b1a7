# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""However Ansible reaches a host and becomes root there, the audit is the same, and one module call gathers all of it."""

from __future__ import annotations

import json
import os
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.community_docker import community_docker
from ansible_collections.seawall.docker.tests.support.lab_host import LabHost, LabHosts, Play

AUDIT = "seawall.docker.audit"
PASSWORD = "not-for-reports"
# An ordinary login that may become root, with a password and without.
_LOGINS = f"""
set -e
for name in auditor careful; do
  getent passwd $name >/dev/null || useradd --create-home --shell /bin/sh $name
  install -d -o $name -g $name -m 700 /home/$name/.ssh
  install -o $name -g $name -m 600 /root/.ssh/authorized_keys /home/$name/.ssh/authorized_keys
done
echo 'auditor ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/auditor
echo 'careful ALL=(ALL) ALL' > /etc/sudoers.d/careful
printf 'careful:{PASSWORD}\\nroot:{PASSWORD}\\n' | chpasswd
"""
_SUDO = {"ansible_become": True, "ansible_become_method": "sudo"}
_SU = {"ansible_become": True, "ansible_become_method": "su", "ansible_become_password": PASSWORD}
_INTO_CONTAINER = {"ansible_become": False, "ansible_host": "{{ container }}"}
WAYS: dict[str, dict[str, t.Any]] = {
    "no pipelining": {"ansible_pipelining": False},
    "sudo": {"ansible_user": "auditor", **_SUDO},
    "sudo, no pipelining": {"ansible_user": "auditor", "ansible_pipelining": False, **_SUDO},
    "sudo with a password": {"ansible_user": "careful", "ansible_become_password": PASSWORD, **_SUDO},
    "su": {"ansible_user": "careful", "ansible_pipelining": False, **_SU},
    "a Python that Ansible finds": {"ansible_python_interpreter": "auto"},
    "the engine's API": {"ansible_connection": "community.docker.docker_api", **_INTO_CONTAINER},
    "the engine's client": {"ansible_connection": "community.docker.docker", **_INTO_CONTAINER},
}
SURROUNDINGS = {"LC_ALL": "C.UTF-8", "ANSIBLE_STRATEGY": "free", "ANSIBLE_FORKS": "1"}


@pytest.fixture(scope="module")
def host(lab: LabHosts) -> LabHost:
    (host,) = lab.get("trixie")
    host.container("seen", "--memory", "64m")
    host.shell(_LOGINS)
    return host


def audited(host: LabHost, work: Path, *flags: str, **variables: t.Any) -> tuple[Play, str]:
    done = host.playbook(AUDIT, {"audit_report_directory": str(work / "reports"), **variables}, *flags)
    report = work / "reports" / "hosts" / f"{host.name}.json"
    return done, report.read_text(encoding="utf-8") if report.exists() else ""


@pytest.fixture(scope="module")
def usual(host: LabHost, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of an audit as root over SSH."""
    done, report = audited(host, tmp_path_factory.mktemp("usual"))
    assert done.status == 0 and report
    return report


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_a_host_gives_the_same_report(
    lab: LabHosts, host: LabHost, usual: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    paths = [os.environ["ANSIBLE_COLLECTIONS_PATH"], str(community_docker())]
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", os.pathsep.join(paths))
    done, report = audited(host, tmp_path, container=lab.container_of(host), **WAYS[way])
    assert done.status == 0, done.output
    assert report == usual
    assert PASSWORD not in done.output + report


def test_the_controllers_surroundings_do_not_matter(
    host: LabHost, usual: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SURROUNDINGS.items():
        monkeypatch.setenv(name, value)
    done, report = audited(host, tmp_path)
    assert done.status == 0, done.output
    assert report == usual


def test_one_round_trip_a_host(host: LabHost, tmp_path: Path) -> None:
    """With pipelining the module travels in the command that runs it; without, it is one file."""
    said = audited(host, tmp_path, "-vvv")[0].output
    assert (len(re.findall("SSH: EXEC", said)), len(re.findall("> PUT ", said))) == (1, 0)
    said = audited(host, tmp_path, "-vvv", ansible_pipelining=False)[0].output
    assert re.findall(r"> PUT \S+ TO \S+/AnsiballZ_(\w+)\.py", said) == ["posture_info"]


@pytest.mark.parametrize("method", ["sudo", "su"])
def test_a_refused_password_is_a_host_that_was_not_audited(host: LabHost, tmp_path: Path, method: str) -> None:
    wrong = {"ansible_become": True, "ansible_become_method": method, "ansible_become_password": "wrong"}
    done, report = audited(host, tmp_path, ansible_user="careful", ansible_pipelining=False, **wrong)
    assert done.status != 0
    said = json.loads(report)
    wrong_password = f"Incorrect {method} password"
    assert said["outcome"] == "failed" and said["error"].startswith(f"{wrong_password}. Give the become password with")
    assert wrong_password in done.output and "Traceback" not in done.output
