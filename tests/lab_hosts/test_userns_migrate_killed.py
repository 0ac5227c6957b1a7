# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole move is killed at random points, with what works on the host in every second case: nothing is lost, and it goes on or back."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

from ansible_collections.seawall.docker.tests.lab_hosts.test_userns_migrate import MIGRATE, furnish, root_of, state
from ansible_collections.seawall.docker.tests.support.lab_host import LabHost, LabHosts

KILLS = int(os.environ.get("SEAWALL_KILLS") or 20)
# So often it is seen through the eyes of containers what a host has. Between that, the host is killed on.
TO_THE_END = 7
VOLUMES = "cd /var/lib/docker/volumes && find . ! -name metadata.db -exec stat -c '%n %u:%g %a %F %h' {} + | sort"
CONTENTS = "find /srv/shop /srv/www /var/lib/docker/volumes -type f ! -name metadata.db -exec sha256sum {} + | sort"


class Chain:
    """Moves and moves back one host, and kills both."""

    def __init__(self, host: LabHost, work: Path, dice: random.Random) -> None:
        self._host = host
        self._dice = dice
        self._variables = {
            "audit_report_directory": str(work),
            "userns_migrate_wait": 60,
            "userns_migrate_outside": ["agent"],
            "userns_migrate_bind_mounts": ["/srv/shop"],
        }
        self._before = state(host)
        self._kept = self._on_disk()
        # How long each direction takes is known when it was gone once.
        self._seconds: dict[str, float] = {}
        self.kills: list[str] = []

    def _on_disk(self) -> str:
        return self._host.shell(VOLUMES) + self._host.shell(CONTENTS)

    def to_the_end(self, direction: str) -> None:
        begun = time.monotonic()
        done = self._host.playbook(MIGRATE, {**self._variables, "userns_migrate_state": direction})
        self._seconds.setdefault(direction, time.monotonic() - begun)
        assert done.status == 0, f"{self.kills}\n{done.output}"
        self._require_whole(direction)

    def kill(self, direction: str) -> str:
        """Kill it somewhere, and return where to go from there."""
        seconds = self._dice.uniform(0.15, 1) * self._seconds[direction]
        variables = {**self._variables, "userns_migrate_state": direction}
        ended = self._host.kill_playbook_after(MIGRATE, variables, seconds)
        if ended is not None:
            assert ended.status == 0, f"{self.kills}\n{ended.output}"
            self._require_whole(direction)
            return _other(direction)
        self._end_processes(hard=len(self.kills) % 2 == 1)
        self.kills.append(f"{direction} after {seconds:.1f} s")
        print(self.kills[-1], flush=True)
        self._require_engine()
        assert self._on_disk() == self._kept, self.kills
        return direction if self._dice.random() < 0.7 or not self._has_journal() else _other(direction)

    def _end_processes(self, hard: bool) -> None:
        """Kill what works on the host, or let it come to its end."""
        while hard and self._processes():
            self._host.run(f"kill -KILL {' '.join(self._processes())}")
        self._host.shell(
            f"for try in $(seq 700); do alive=; for pid in {' '.join(self._processes())}; do [ ! -e /proc/$pid ] || alive=1; done;"
            ' [ -n "$alive" ] || exit 0; sleep 0.2; done; exit 1'
        )

    def _processes(self) -> list[str]:
        script = 'cat /run/seawall.docker/copy-*.json 2>/dev/null || echo "{}"'
        records = [json.loads(line) for line in self._host.shell(script).replace("}{", "}\n{").splitlines()]
        working = [str(one["process"]).partition("/")[0] for one in records if one.get("state") == "running"]
        alive = self._host.shell(f"for pid in {' '.join(working)}; do [ ! -e /proc/$pid ] || echo $pid; done")
        return [*map(str, self._host.modules()), *alive.split()]

    def _require_engine(self) -> None:
        """An engine that was just being restarted comes up by itself."""
        asked = "for try in $(seq 150); do timeout 10 docker version >/dev/null 2>&1 && exit; sleep 0.2; done; exit 1"
        assert self._host.run(asked).returncode == 0, self.kills

    def _has_journal(self) -> bool:
        return self._host.run("test -e /var/lib/seawall.docker/migration/had.json").returncode == 0

    def _require_whole(self, direction: str) -> None:
        assert state(self._host) == self._before, self.kills
        outside = {"present": "100000", "absent": "0"}[direction]
        assert [root_of(self._host, name) for name in ("db", "web", "agent")] == [outside, outside, "0"], self.kills


def _other(direction: str) -> str:
    return {"present": "absent", "absent": "present"}[direction]


def test_a_move_that_is_killed_at_random_points_loses_nothing(lab: LabHosts, tmp_path: Path) -> None:
    seed = int(os.environ.get("SEAWALL_SEED") or random.randrange(1 << 20))
    print(f"SEAWALL_SEED={seed}", flush=True)
    (host,) = lab.get("trixie")
    furnish(host)
    chain = Chain(host, tmp_path, random.Random(seed))
    chain.to_the_end("present")
    chain.to_the_end("absent")
    direction = "present"
    seen = 0
    while len(chain.kills) < KILLS:
        direction = chain.kill(direction)
        if len(chain.kills) // TO_THE_END > seen:
            seen += 1
            chain.to_the_end(direction)
            direction = _other(direction)
