# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of modules that change nothing are run as they stand, and what they return is what is documented."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.seawall.docker.tests.support.documentation import ROOT
from ansible_collections.seawall.docker.tests.support.examples import Ran, contradictions, playbook, recorded
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

from .conftest import BIN, playbook_environment

POSTURE = ROOT / "roles" / "audit" / "files" / "recorded" / "posture.json"
# The certificates that examples name, and an address for documentation as the engine's own.
PREPARE = r"""
set -e
ip address add 192.0.2.23/32 dev lo
cd /etc/docker
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca-key.pem -out ca.pem -subj /CN=ca 2>/dev/null
for name in server audit; do
  openssl req -newkey rsa:2048 -nodes -keyout $name-key.pem -out $name.csr -subj /CN=$name 2>/dev/null
  printf 'subjectAltName=IP:192.0.2.23\nextendedKeyUsage=serverAuth,clientAuth\n' > $name.ext
  openssl x509 -req -days 2 -in $name.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -extfile $name.ext -out $name.pem 2>/dev/null
done
mkdir -p /run/user/1000
getent passwd dockremap >/dev/null || echo dockremap:x:987:987::/:/bin/false >> /etc/passwd
getent group dockremap >/dev/null || echo dockremap:x:987: >> /etc/group
echo dockremap:231072:65536 > /etc/subuid
printf 'dockremap:231072:65536\n' > /etc/subgid
"""

# Beside the examples, for what is only returned when it is asked for.
MORE: dict[str, list[dict[str, t.Any]]] = {
    name: yaml.safe_load(tasks)
    for name, tasks in {
        # What an audit of another day would find: a file that somebody made a mess of.
        "daemon_info": """
- ansible.builtin.copy:
    dest: /etc/docker/daemon.json
    mode: "0644"
    unsafe_writes: true
    content: '{"debug": true, "insecure-registry": [], "hosts": [], "debug": true}'
  changed_when: false
- seawall.docker.daemon_info:
""",
        "userns_info": """
- ansible.builtin.shell: |
    echo alice:abc:65536 >> /etc/subuid
    grep -v ^dockremap: /etc/passwd > /run/passwd && cat /run/passwd > /etc/passwd
  changed_when: false
- seawall.docker.userns_info:
""",
        "evaluate": """
- seawall.docker.evaluate: {report_directory: reports, keep_posture: true, fail_on: [level1, level2]}
- seawall.docker.evaluate: {posture_file: embedded, waivers: [{rule: nope}]}
  ignore_errors: true
""",
        "posture_info": """
- seawall.docker.posture_info: {posture_as_text: true}
""",
        "plan": """
- seawall.docker.plan: {report_directory: reports}
  register: planned
- seawall.docker.plan:
    before: "{{ {'standing': planned.standing, 'forecast': planned.forecast} }}"
""",
    }.items()
}
# Whose keys are data: names of facts, of options, of limits, of controllers, of rules.
MAPS = frozenset(
    {
        "cgroup_info.cgroup.containers[].limits",
        "cgroup_info.cgroup.containers[].path",
        "cgroup_info.cgroup.containers[].unread",
        "cgroup_info.cgroup.controllers",
        "cgroup_info.unread",
        "daemon_info.unread",
        "daemon_info.daemon.options",
        "evaluate.score.levels",
        "evaluate.score.sections",
        "plan.forecast",
        "plan.standing.score.levels",
        "plan.standing.score.sections",
        "plan.standing.statuses",
        "plan.standing.failing",
        "posture_info.posture.unread",
        "userns_info.unread",
        "userns_info.userns.containers[].unread",
    }
)
LOOKERS = (
    "cgroup_info",
    "evaluate",
    "isolation_proof",
    "limits_proof",
    "plan",
    "posture_info",
    "report",
    # These leave the host damaged.
    "userns_info",
    "daemon_info",
)


def block_device() -> str:
    """A disk of this machine, for a limit that slows nobody down."""
    found = sorted(Path("/dev") / path.name for path in Path("/sys/block").iterdir())
    return str(next(path for path in found if path.is_block_device()))


@pytest.fixture(scope="module")
def remapped(host: IsolatedHost) -> IsolatedHost:
    done = host.run("sh", "-c", PREPARE)
    assert done.returncode == 0, done.stderr
    host.start(
        "-H=unix:///run/docker.sock",
        "-H=unix:///run/user/1000/docker.sock",
        "-H=tcp://192.0.2.23:2376",
        "--tlsverify",
        "--tlscacert=/etc/docker/ca.pem",
        "--tlscert=/etc/docker/server.pem",
        "--tlskey=/etc/docker/server-key.pem",
        config={
            "userns-remap": "dockremap",
            "insecure-registries": ["registry.example.com:5000"],
            # This kernel has no such thing, so that the option is not what it is configured to be.
            "selinux-enabled": True,
        },
    )
    host.container("web", "--network=none", "--memory=64m", f"--device-read-bps={block_device()}:1mb")
    host.container("db", "--network=none", "--cpu-shares=512", "--restart=on-failure")
    return host


def run(host: IsolatedHost, work: Path, name: str) -> subprocess.CompletedProcess[str]:
    path = playbook(name, work / "examples.yml", MORE.get(name, []))
    variables = {"ansible_python_interpreter": sys.executable}
    words = [str(BIN / "ansible-playbook"), "-i", "web1,", "-c", "local", "-e", json.dumps(variables), str(path)]
    # Entering the namespaces leaves the directory.
    command = ("sh", "-c", 'cd "$0" && exec "$@"', str(work), *words)
    return host.run(*command, env=playbook_environment(work))


def elsewhere(name: str) -> list[Ran]:
    """What a module returned on the host whose posture ships with the collection: systemd, and control groups v2."""
    posture = json.loads(POSTURE.read_text(encoding="utf-8"))
    section = name.removesuffix("_info")
    if section not in ("daemon", "userns", "cgroup"):
        return []
    result = {"changed": False, section: posture[section], "engine": posture["engine"], "unread": posture["unread"]}
    return [Ran(f"seawall.docker.{name}", "recorded", "ok", result)]


@pytest.mark.parametrize("name", LOOKERS)
def test_examples_run_and_return_what_is_documented(
    remapped: IsolatedHost, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = recorded(monkeypatch, tmp_path / "results.jsonl")
    (tmp_path / "postures").mkdir()
    shutil.copy(POSTURE, tmp_path / "postures" / "web1.json")
    if name == "report":
        run(remapped, tmp_path, "evaluate")
        (tmp_path / "results.jsonl").unlink()
        for copy in ("audits", "slice1/hosts", "slice2/hosts", "slice3/hosts"):
            shutil.copytree(tmp_path / "reports" / "hosts", tmp_path / copy)
    done = run(remapped, tmp_path, name)
    ran = results() + elsewhere(name)
    assert done.returncode == 0 and "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    assert [one.name for one in ran if one.outcome == "skipped"] == []
    assert "changed=0" in done.stdout, done.stdout
    assert not (found := contradictions(name, ran, MAPS)), "\n".join(found)
