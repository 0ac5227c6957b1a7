# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a default installation to remapped users and back, on one host: what every kind of host must be able to do."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Callable
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.lab_host import LabHost, Play

HARDEN = "seawall.docker.harden"
USERNS = "seawall.docker.userns_remap"
PROVE = "seawall.docker.prove"

# Containers of every make that matters to a restart, and data in a volume.
POPULATE = """
set -e
docker volume create kept
docker run -d --stop-timeout 1 --name always --restart always -v kept:/data busybox:local sh -c 'echo precious > /data/file; sleep 3600'
docker run -d --stop-timeout 1 --name plain busybox:local sleep 3600
docker create --name created busybox:local true
for try in $(seq 50); do test -s /var/lib/docker/volumes/kept/_data/file && exit; sleep 0.1; done; exit 1
"""
# What a hardening may change and a dry run must not, with the times of all files.
EVERYTHING = """
find /etc -xdev ! -name mtab -printf '%p %i %m %u %g %s %C@\\n' | sort
docker ps --all --no-trunc --format '{{.ID}} {{.Names}} {{.State}}' | sort
docker inspect --format '{{.State.StartedAt}}' $(docker ps -q) | sort
cat /run/docker.pid
ls /run/seawall.docker 2>/dev/null || true
"""
# What must be the same after all of it, remapped and back.
POSSESSIONS = """
docker ps --all --no-trunc --format '{{.ID}} {{.Names}}' | sort
docker images --no-trunc --format '{{.ID}} {{.Repository}}' | grep -v seawall-canary | sort
docker volume ls --format '{{.Name}}'
cat /var/lib/docker/volumes/kept/_data/file
"""
# Processes of containers, which are children of a shim each; a slow engine may leave shims behind that hold nothing.
STRANDED = "for shim in $(pgrep -x 'containerd-shim.*'); do pgrep -P $shim -a; done; true"


class Journey:
    """Plays against one host, with the reports that they write."""

    def __init__(self, host: LabHost, work: Path) -> None:
        self.host = host
        self.reports = work / host.name
        self.plan: dict[str, t.Any] = {}
        self.unlike: list[str] = []

    def play(self, playbook: str, *flags: str, **variables: t.Any) -> Play:
        done = self.host.playbook(playbook, {"audit_report_directory": str(self.reports), **variables}, *flags)
        file = self.reports / "plans" / f"{self.host.name}.json"
        if file.exists():
            self.plan = json.loads(file.read_text(encoding="utf-8"))
        return done

    def done(self, playbook: str, *flags: str, **variables: t.Any) -> int:
        """Run a play that must succeed, and return how many tasks changed something."""
        done = self.play(playbook, *flags, **variables)
        assert done.status == 0, done.output
        return int(re.findall(r"changed=(\d+)", done.output)[-1])

    def statuses(self) -> dict[str, str]:
        """What the last play's audit said of the host."""
        report = json.loads((self.reports / "hosts" / f"{self.host.name}.json").read_text(encoding="utf-8"))
        return {finding["number"]: finding["status"] for finding in report["findings"]}

    def proof(self) -> str:
        """What comes of the experiment that people do by hand."""
        assert self.done(PROVE) == 0
        file = self.reports / "proofs" / f"{self.host.name}.json"
        return t.cast(str, json.loads(file.read_text(encoding="utf-8"))["verdict"])

    def forecast(self) -> dict[str, str]:
        return {one["number"]: one["after"] for one in self.plan["forecast"]["findings"]}

    def compare(self, promised: dict[str, str]) -> None:
        """Note what came otherwise than was foreseen; all of it is looked at in the end."""
        for number, status in self.statuses().items():
            if promised[number] not in (status, "unknown"):
                self.unlike.append(f"{self.host.name}: {number} is {status}, and {promised[number]} was foreseen")

    def sees(self) -> str:
        return self.host.shell(EVERYTHING)


def journey(
    host: LabHost,
    work: Path,
    kinds: frozenset[str] = frozenset({"daemon_options"}),
    while_remapped: Callable[[Journey], None] = lambda road: None,
) -> None:
    """Dry run, hardening, remapped users, and back with nothing lost; ``kinds`` are those of the steps that harden it."""
    host.shell(POPULATE)
    possessions = host.shell(POSSESSIONS)
    road = Journey(host, work)

    # A dry run shows everything and changes nothing.
    before = road.sees()
    assert road.done(HARDEN, "--check", "--diff") > 0
    assert road.sees() == before
    assert {step["kind"] for step in road.plan["steps"]} == kinds and road.plan["blockers"] == []
    promised = road.forecast()

    # The real run does what the dry run said, and a second one nothing.
    running = host.shell("docker ps -q | sort")
    assert road.done(HARDEN) > 0
    road.compare(promised)
    assert host.shell("docker ps -q | sort") == running
    assert host.info()["LiveRestoreEnabled"] is True
    # Only the change time of the file is other than at the restart, as after chattr.
    host.shell("ln /etc/docker/daemon.json /etc/docker/second-name && rm /etc/docker/second-name")
    before = road.sees()
    assert road.done(HARDEN) == 0
    assert road.sees() == before

    # Root of a container is root of the host, until it is another user.
    assert road.proof() == "exposed"
    before = road.sees()
    assert road.done(USERNS, "--check", "--diff") > 0
    assert road.sees() == before
    (step,) = road.plan["steps"]
    assert (step["kind"], step["impact"]) == ("userns_remap", "disruptive")
    assert step["invisible"]["containers"] == ["always", "created", "plain"] and step["invisible"]["volumes"] == [
        "kept"
    ]
    promised = road.forecast()
    assert road.done(USERNS) > 0
    road.compare(promised)
    assert road.statuses()["2.10"] == "pass"
    info = host.info()
    assert "name=userns" in info["SecurityOptions"] and info["LiveRestoreEnabled"] is True
    start = int(host.shell("grep ^dockremap: /etc/subuid").split(":")[1])
    assert info["DockerRootDir"] == f"/var/lib/docker/{start}.{start}" and start >= 100000
    # No container of the old mapping was left without an engine.
    assert host.shell(STRANDED) == ""
    before = road.sees()
    assert road.done(USERNS) == 0 and road.done(HARDEN) == 0
    assert road.sees() == before

    assert road.proof() == "protected"
    while_remapped(road)

    # And back again.
    assert road.done(USERNS, "--check", "--diff", userns_remap_state="absent") > 0
    promised = road.forecast()
    back = road.play(USERNS, userns_remap_state="absent")
    assert back.status == 0 and re.findall(r"changed=(\d+)", back.output)[-1] != "0", back.output
    assert "shown by Docker again, and not running: " in back.output and "docker start " in back.output
    road.compare(promised)
    assert road.statuses()["2.10"] == "fail"
    assert road.done(USERNS, userns_remap_state="absent") == 0
    assert "name=userns" not in host.info()["SecurityOptions"]
    assert host.shell(POSSESSIONS) == possessions
    assert host.docker("ps", "--format", "{{.Names}}") == "always"
    host.docker("start", "plain")
    assert road.unlike == []
