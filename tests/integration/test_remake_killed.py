# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module of a move is killed at random moments, with the processes that it left to work on: nothing is lost or made twice."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support.direct_module import run_module
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost

JOURNAL = {"journal": "/var/lib/docker/journal"}
ACCOUNT = """
getent passwd dockremap >/dev/null || echo dockremap:x:987:987::/:/bin/false >> /etc/passwd
getent group dockremap >/dev/null || echo dockremap:x:987: >> /etc/group
echo dockremap:300000:65536 | tee /etc/subuid > /etc/subgid
"""
ID_MAP = [{"inside": 0, "outside": 300000, "count": 65536}]
KILLS = 3
# Seconds, from the start of Python to the end of a module that has something to do.
SHORTEST, LONGEST = 0.1, 1.2
SUM = "cd /data; busybox find . -type f | busybox sort | busybox xargs busybox sha256sum; busybox find . | busybox sort"


@pytest.fixture
def host() -> t.Iterator[IsolatedHost]:
    with IsolatedHost() as host:
        yield host


def did(host: IsolatedHost, *command: str) -> str:
    done = host.docker(*command)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Killing:
    """Runs modules of one host. ``killed`` counts the modules and processes that were killed."""

    def __init__(self, host: IsolatedHost) -> None:
        self._host = host
        self._random = random.Random(20)
        self.killed = 0

    def run(self, name: str, **options: t.Any) -> dict[str, t.Any]:
        """Kill the module a few times, then let it come to its end, and return its result."""
        arguments = {**({} if name == "migration_copy" else JOURNAL), **options}
        kills, longest = 0, LONGEST
        while kills < KILLS:
            limit = f"{self._random.uniform(SHORTEST, longest):.2f}"
            result = run_module(self._host, name, arguments, before=("timeout", "--signal=KILL", limit))
            is_killed = result.get("msg") == "the module was killed"
            kills += is_killed
            # It came to its end before; later ones have less to do.
            longest = longest if is_killed else max(longest * 0.7, SHORTEST)
            if self._random.random() < 0.5:
                self._kill_process()
        self.killed += kills
        for _try in range(3):
            result = run_module(self._host, name, arguments)
            # That a process was killed is said once.
            if "was killed" not in str(result.get("msg")):
                break
        assert not result["failed"], (name, result)
        return result

    def _kill_process(self) -> None:
        script = 'cat /run/seawall.docker/copy-*.json 2>/dev/null || echo "{}"'
        for line in self._host.run("sh", "-c", script).stdout.replace("}{", "}\n{").splitlines():
            record = json.loads(line)
            if record.get("state") == "running":
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(record["process"].partition("/")[0]), signal.SIGKILL)
                    self.killed += 1


def test_killed_at_random_moments_of_the_whole_way(host: IsolatedHost) -> None:
    host.start()
    did(host, "network", "create", "--subnet=172.30.5.0/24", "shop")
    options = ("--stop-signal=SIGKILL", "--network=shop")
    host.container("db", *options, "--ip=172.30.5.9", "--volume=data:/data", "--volume=/anonymous")
    fill = "cd /data; for i in 1 2 3; do busybox dd if=/dev/urandom of=file$i bs=1M count=20 2>/dev/null; mkdir d$i; touch d$i/f; done"
    did(host, "exec", "db", "sh", "-c", fill)
    for name in ("one", "two", "three"):
        host.container(name, *options, "--volumes-from=db")
    before = did(host, "exec", "three", "sh", "-c", SUM)
    killing = Killing(host)
    names = [one["name"] for one in killing.run("migration_record")["containers"]]
    assert sorted(names) == ["db", "one", "three", "two"]
    assert killing.run("migration_images", state="saved", wait=100)["state"] == "saved"
    killing.run("migration_stop", state="stopped")
    assert did(host, "ps", "-q") == ""
    host.stop()
    assert host.run("sh", "-c", ACCOUNT).returncode == 0
    host.start(config={"userns-remap": "dockremap"}, images=False)
    assert killing.run("migration_images", state="loaded", wait=100)["state"] == "loaded"
    for volume in killing.run("migration_recreate", stage="volumes")["volumes"]:
        places = {"source": volume["source"], "destination": volume["destination"]}
        assert killing.run("migration_copy", **places, uid_map=ID_MAP, wait=100)["state"] == "complete"
    killing.run("migration_recreate", stage="containers")
    made = killing.run("migration_recreate", stage="running")
    assert made["state"] == "running" and {one["state"] for one in made["containers"]} == {"up"}
    assert killing.killed >= 20
    assert sorted(did(host, "ps", "-a", "--format={{.Names}}").split()) == sorted(names)
    assert did(host, "exec", "three", "sh", "-c", SUM) == before and IMAGE in did(
        host, "image", "ls", "--format={{.Repository}}:{{.Tag}}"
    )
    assert len(did(host, "volume", "ls", "-q").split()) == 2 and len(did(host, "network", "ls", "-q").split()) == 4

    killing.run("migration_recreate", state="absent", remove_volumes=True)
    assert did(host, "ps", "-aq") == "" == did(host, "volume", "ls", "-q")
    host.stop()
    host.start(images=False)
    assert killing.run("migration_stop", state="started")["state"] == "started"
    assert did(host, "exec", "three", "sh", "-c", SUM) == before
    killing.run("migration_record", state="absent")
    assert host.run("ls", JOURNAL["journal"]).returncode != 0
