# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restart does to containers of every kind is what was said beforehand, seen with the engine's own client."""

from __future__ import annotations

import json

import pytest

from ansible_collections.seawall.docker.tests.support.lab_host import CONFIG, LabHost, on_each

POPULATE = """
set -e
for policy in no always unless-stopped on-failure; do
  for state in run stopped paused; do
    docker run -d --stop-timeout 1 --name $state-$policy --restart $policy busybox:local sleep 3600
  done
  docker create --name created-$policy --restart $policy busybox:local true
done
docker run -d --stop-timeout 1 --name removed --rm -v /data busybox:local sleep 3600
docker run -d --stop-timeout 1 --name kept-data -v /data busybox:local sleep 3600
docker pause paused-no paused-always paused-unless-stopped paused-on-failure
docker stop -t 1 stopped-no stopped-always stopped-unless-stopped stopped-on-failure
"""
LOOK = """
docker inspect --format '{"name": {{json .Name}}, "state": {{json .State.Status}}, "began": {{json .State.StartedAt}},
 "volumes": [{{range .Mounts}}{{json .Name}},{{end}}""]}' $(docker ps -aq) | tr -d '\\n' | sed 's/}{/},{/g'
"""
ALIVE = ("running", "paused")


def look(host: LabHost) -> dict[str, dict[str, str]]:
    found = json.loads(f"[{host.shell(LOOK)}]")
    return {entry["name"].lstrip("/"): entry for entry in found}


def became(was: dict[str, str], now: dict[str, str] | None) -> str:
    if now is None:
        return "deleted"
    ran, runs = was["state"] in ALIVE, now["state"] in ALIVE
    if ran and runs:
        return "keeps_running" if was["began"] == now["began"] and was["state"] == now["state"] else "restarted"
    return {(True, False): "stopped", (False, True): "started"}.get((ran, runs), "unchanged")


def restart(host: LabHost, live_restore: bool) -> None:
    host.write(CONFIG, json.dumps({"live-restore": live_restore}))
    host.service("restart")
    host.shell(POPULATE, timeout=300)
    before = look(host)
    foretold = host.module("engine_restart", {"mode": "restart"}, "--check")
    assert look(host) == before
    done = host.module("engine_restart", {"mode": "restart"})
    assert not done["failed"], done["msg"]
    after = look(host)
    told = {entry["name"]: entry["outcome"] for entry in foretold["forecast"]}
    assert {name: became(was, after.get(name)) for name, was in before.items()} == told
    assert len(told) == 18 and done["forecast"] == foretold["forecast"]
    # An engine that ends removes the anonymous volumes of the container that it deletes only where it gets that far.
    # No other goes, nor any where live restore spares the container or an old engine deletes it in spite of that.
    volumes = set(host.docker("volume", "ls", "-q").split())
    assert before["kept-data"]["volumes"][0] in volumes
    assert not live_restore or before["removed"]["volumes"][0] in volumes


@pytest.mark.parametrize("live_restore", [False, True])
def test_containers_fare_as_was_foretold(lab_hosts: list[LabHost], live_restore: bool) -> None:
    on_each(lab_hosts, lambda host: restart(host, live_restore))
