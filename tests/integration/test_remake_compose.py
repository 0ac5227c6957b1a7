# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project that is left to compose: the command that is named makes its containers on the networks and volumes that were moved."""

from __future__ import annotations

import shlex

from ansible_collections.seawall.docker.tests.integration.test_remake import (
    carried,
    copied,
    did,
    made_again,
    recorded,
    remapped,
    stopped,
)
from ansible_collections.seawall.docker.tests.support.compose import compose_program
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost

PROJECT = f"""
services:
  db:
    image: {IMAGE}
    command: sleep 3600
    stop_signal: SIGKILL
    volumes: [data:/data]
    networks:
      back: {{aliases: [store]}}
  web:
    image: {IMAGE}
    command: sleep 3600
    stop_signal: SIGKILL
    depends_on: [db]
    environment: [WORDS]
    networks: [back]
volumes:
  data:
networks:
  back:
    ipam: {{config: [{{subnet: 172.30.6.0/24}}]}}
"""


def test_compose_goes_on_with_what_was_moved() -> None:
    with IsolatedHost() as host:
        host.start()
        place = "/run/shop of mine"
        host.run("mkdir", place)
        for name, content in (("compose.yml", PROJECT), ("words.env", "WORDS=of the file\n")):
            host.run("sh", "-c", f"cat > {shlex.quote(f'{place}/{name}')}", input=content)
        options = ("--project-name", "shop", "--file", f"{place}/compose.yml", "--env-file", f"{place}/words.env")
        done = host.run(compose_program(), *options, "up", "--detach")
        assert done.returncode == 0, done.stderr
        did(host, "exec", "shop-db-1", "sh", "-c", "echo row > /data/table")
        host.container("agent", "--stop-signal=SIGKILL")
        first = recorded(host, compose=True)
        (project,) = first["compose_projects"]
        assert project["left"] and sorted(project["containers"]) == ["shop-db-1", "shop-web-1"], first
        assert carried(host, "saved")["changed"] and stopped(host, "stopped")["changed"]
        remapped(host)
        assert carried(host, "loaded")["changed"]
        copied(host, made_again(host, stage="volumes"))
        assert made_again(host)["state"] == "running" and did(host, "ps", "--format={{.Names}}") == "agent"

        words = shlex.split(project["command"])
        assert words[:2] == ["docker", "compose"]
        again = host.run(compose_program(), *words[2:])
        assert again.returncode == 0 and "not created by" not in again.stderr, again.stderr
        assert did(host, "exec", "shop-db-1", "cat", "/data/table") == "row"
        assert did(host, "exec", "shop-web-1", "sh", "-c", "echo $WORDS") == "of the file"
        assert did(host, "exec", "shop-db-1", "cat", "/proc/self/uid_map").split()[1] == "300000"
        # Nothing is left for compose to put right.
        assert host.run(compose_program(), *words[2:]).stderr.count("Running") == 2
