# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of modules that change hosts are run as they stand, and do what they foretell, once.

What they return is what is documented.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.seawall.docker.tests.support.documentation import documentation
from ansible_collections.seawall.docker.tests.support.examples import Ran, contradictions, playbook, recorded
from ansible_collections.seawall.docker.tests.support.lab_host import CONFIG, LabHost, LabHosts

# What an example finds on the host, and the user that it does not create itself.
PREPARE = """
set -e
docker run -d --stop-timeout 1 --name web busybox:local sleep 3600
docker run -d --stop-timeout 1 --name db --restart always busybox:local sleep 3600
mkdir -p /var/lib/docker/volumes/shop/_data /var/lib/docker/volumes/alien/_data
mkdir -p /var/lib/docker/100000.100000/volumes/shop /var/lib/docker/100000.100000/volumes/alien/_data
touch /var/lib/docker/100000.100000/volumes/alien/_data/other
touch /var/lib/docker/volumes/shop/_data/ours
(cd /var/lib/docker/volumes/shop/_data && python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("control.sock")')
touch /var/lib/docker/volumes/alien/_data/theirs && chown 4000000 /var/lib/docker/volumes/alien/_data/theirs
getent passwd dockremap || useradd --system --shell /usr/sbin/nologin --no-create-home --user-group dockremap
"""
BEFORE = {"insecure-registries": ["registry.example.com:5000"], "debug": True}

# Beside the examples, for what is only returned by a failure, and for what no example needs.
MORE: dict[str, list[dict[str, t.Any]]] = {
    name: yaml.safe_load(tasks)
    for name, tasks in {
        "subid": """
- seawall.docker.subid: {user: containers, create_user: true}
- ansible.builtin.user: {name: containers, state: absent}
- ansible.builtin.lineinfile: {path: /etc/subuid, line: "alice:abc:65536"}
- seawall.docker.subid: {user: dockremap, start: 100}
  ignore_errors: true
""",
        "engine_restart": """
- ansible.builtin.command: docker import /var/lib/lab/busybox.tar busybox:local
- ansible.builtin.command: docker run -d --stop-timeout 1 --name web busybox:local sleep 3600
- ansible.builtin.copy:
    dest: /etc/systemd/system/web.service
    content: "[Unit]\\nRequires=docker.service\\n[Service]\\nExecStart=/bin/sleep infinity\\n"
    mode: "0644"
- ansible.builtin.copy: {dest: /etc/default/docker, content: "DOCKER_OPTS=--shutdown-timeout=20\\n", mode: "0644"}
- ansible.builtin.systemd_service: {name: web.service, state: started, daemon_reload: true}
- seawall.docker.daemon_config: {options: {icc: false}}
  register: network
- seawall.docker.engine_restart: {restore: "{{ network.restore }}"}
- ansible.builtin.copy: {src: /etc/docker/daemon.json, dest: /etc/docker/good.json, remote_src: true, mode: "0644"}
- ansible.builtin.copy: {content: '{"storage-driver": "nope"}', dest: /etc/docker/daemon.json, mode: "0644"}
- seawall.docker.engine_restart:
    restore: [{path: /etc/docker/daemon.json, backup_file: /etc/docker/good.json}]
  ignore_errors: true
""",
        "daemon_config": "[]",
        "migration_copy": """
- seawall.docker.migration_copy:
    source: /var/lib/docker/volumes/alien/_data
    destination: /var/lib/docker/100000.100000/volumes/shop/alien
    uid_map: [{inside: 0, outside: 100000, count: 65536}]
  ignore_errors: true
- seawall.docker.migration_copy:
    source: /var/lib/docker/volumes/shop/_data
    destination: /var/lib/docker/100000.100000/volumes/alien/_data
    replace: true
    uid_map: [{inside: 0, outside: 100000, count: 65536}]
  check_mode: true
""",
        "undo": """
- seawall.docker.undo: {restore: [{path: /etc/shadow}]}
  ignore_errors: true
""",
    }.items()
}
# Facts of the engine, of which some versions have more.
MAPS = frozenset({"engine_restart.differences"})


@pytest.mark.parametrize("name", sorted(MORE))
def test_examples_do_what_they_foretell_and_return_what_is_documented(
    lab: LabHosts, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (host,) = lab.get("trixie")
    prepare(host)
    results = recorded(monkeypatch, tmp_path / "results.jsonl")
    path = playbook(name, tmp_path / "examples.yml", MORE[name], rehearse=True)
    done = host.playbook(path, {"proxy_password": "hunter22hunter22"}, "--diff")
    ran = results()
    assert done.status == 0 and "Traceback" not in done.output, done.output
    assert "hunter22" not in done.output + json.dumps(ran)
    assert [one.name for one in ran if one.outcome == "skipped"] == []
    rehearsed(name, ran)
    assert not (found := contradictions(name, ran, MAPS)), "\n".join(found)


def prepare(host: LabHost) -> None:
    host.write(CONFIG, json.dumps(BEFORE))
    host.service("restart")
    host.shell(PREPARE)


def rehearsed(name: str, ran: list[Ran]) -> None:
    """Check mode told whether something would change, and what; a second run changed nothing."""
    by_name = {one.name: one.result for one in ran}
    names = [one.removesuffix(" (again)") for one in by_name if one.endswith(" (again)")]
    if documentation()[name].attributes["idempotent"]["support"] == "full":
        assert names
    for task in names:
        foretold, did, again = (by_name[f"{task}{when}"] for when in (" (foretold)", "", " (again)"))
        assert foretold["changed"] == did["changed"], task
        assert foretold.get("diff") == did.get("diff"), task
        assert did["changed"] and not again["changed"], task
