# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the modules that move a host to another user mapping, in their order, as test_examples has those of the others."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.seawall.docker.tests.lab_hosts.test_examples import MAPS, prepare, rehearsed
from ansible_collections.seawall.docker.tests.support.examples import contradictions, playbook, recorded
from ansible_collections.seawall.docker.tests.support.lab_host import CONFIG, LabHosts

# Beside the examples, what no example returns.
MOVE: dict[str, list[dict[str, t.Any]]] = {
    name: yaml.safe_load(tasks)
    for name, tasks in {
        "migration_record": """
- ansible.builtin.command: docker run -d --rm --stop-timeout 1 --name job busybox:local sleep 3600
- seawall.docker.migration_record: {containers: [job], journal: /var/lib/lab/journal}
  ignore_errors: true
- seawall.docker.migration_record: {state: absent, journal: /var/lib/lab/journal}
""",
        "migration_images": "[]",
        "migration_stop": "[]",
        "migration_owners": """
- seawall.docker.migration_record: {state: read}
- seawall.docker.migration_owners: {paths: [/etc], uid_map: [{inside: 0, outside: 100000, count: 65536}]}
  ignore_errors: true
- seawall.docker.migration_owners: {paths: [/srv/logs], uid_map: [{inside: 0, outside: 100000, count: 65536}]}
- ansible.builtin.shell: |
    touch /srv/shop/helper && chown 100000 /srv/shop/helper && chmod 4755 /srv/shop/helper && mv /srv/logs /srv/away
    echo '{}' > /etc/docker/daemon.json && systemctl restart docker
- seawall.docker.migration_owners: {state: restored}
- ansible.builtin.shell: |
    mv /srv/away /srv/logs
    echo '{"userns-remap": "dockremap"}' > /etc/docker/daemon.json && systemctl restart docker
""",
        "migration_recreate": """
- seawall.docker.migration_recreate: {state: absent}
""",
        # After that the containers are made again.
        "migration_cleanup": """
- seawall.docker.migration_cleanup: {journal: /var/lib/lab/none}
  ignore_errors: true
""",
    }.items()
}
SITE = """
mkdir -p /srv/shop /srv/logs
docker network create shop_default
docker volume create --opt type=tmpfs --opt device=tmpfs shop_cache
docker run -d --stop-timeout 1 --name site --network shop_default -v shop_data:/data -v shop_cache:/cache \
  -v /srv/shop:/shop -v /srv/logs:/logs -v /etc:/of-host --health-cmd true --health-interval 1s \
  --label com.docker.compose.project=shop --label com.docker.compose.project.config_files=/srv/shop/compose.yml \
  busybox:local sleep 3600
docker exec site touch /own
"""
SWITCH = """
docker rm -f job
echo dockremap:100000:65536 | tee /etc/subuid > /etc/subgid
"""


def test_the_examples_of_a_move_to_another_user_mapping(
    lab: LabHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (host,) = lab.get("trixie")
    prepare(host)
    host.shell(SITE)
    results = recorded(monkeypatch, tmp_path / "results.jsonl")
    for name, more in MOVE.items():
        if name == "migration_owners":
            host.shell(SWITCH)
            host.write(CONFIG, json.dumps({"userns-remap": "dockremap"}))
            host.service("restart")
            assert host.module("migration_images", {"state": "loaded"})["state"] == "loaded"
        if name == "migration_cleanup":
            assert host.module("migration_recreate", {"stage": "running"})["state"] == "running"
        done = host.playbook(playbook(name, tmp_path / f"{name}.yml", more, rehearse=True))
        assert done.status == 0 and "Traceback" not in done.output, done.output
    ran = results()
    assert [one.name for one in ran if one.outcome == "skipped"] == []
    for name in MOVE:
        rehearsed(name, [one for one in ran if one.action == f"seawall.docker.{name}"])
        assert not (found := contradictions(name, ran, MAPS)), "\n".join(found)
