# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole road on every kind of host: dry run, hardening, remapped users, and back with nothing lost."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.lab_host import CONFIG, LabHost, Play, on_each

HARDEN = "seawall.docker.harden"
USERNS = "seawall.docker.userns_remap"
PROVE = "seawall.docker.prove"

# Containers of every make that matters to a restart, and data in a volume.
POPULATE = """
set -e
docker volume create kept
docker run -d --name always --restart always -v kept:/data busybox:local sh -c 'echo precious > /data/file; sleep 3600'
docker run -d --name plain busybox:local sleep 3600
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


def journey(host: LabHost, work: Path) -> None:
    host.shell(POPULATE)
    possessions = host.shell(POSSESSIONS)
    road = Journey(host, work)

    # A dry run shows everything and changes nothing.
    before = road.sees()
    assert road.done(HARDEN, "--check", "--diff") > 0
    assert road.sees() == before
    assert {step["kind"] for step in road.plan["steps"]} == {"daemon_options"} and road.plan["blockers"] == []
    promised = road.forecast()

    # The real run does what the dry run said, and a second one nothing.
    running = host.shell("docker ps -q | sort")
    assert road.done(HARDEN) > 0
    road.compare(promised)
    assert host.shell("docker ps -q | sort") == running
    assert host.info()["LiveRestoreEnabled"] is True
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
    assert host.run("pgrep", "-x", "containerd-shim.*").returncode == 1
    before = road.sees()
    assert road.done(USERNS) == 0 and road.done(HARDEN) == 0
    assert road.sees() == before

    assert road.proof() == "protected"

    # And back again.
    assert road.done(USERNS, "--check", "--diff", userns_remap_state="absent") > 0
    promised = road.forecast()
    assert road.done(USERNS, userns_remap_state="absent") > 0
    road.compare(promised)
    assert road.statuses()["2.10"] == "fail"
    assert road.done(USERNS, userns_remap_state="absent") == 0
    assert "name=userns" not in host.info()["SecurityOptions"]
    assert host.shell(POSSESSIONS) == possessions
    assert host.docker("ps", "--format", "{{.Names}}") == "always"
    host.docker("start", "plain")
    assert road.proof() == "exposed"
    assert road.unlike == []


def test_from_a_default_installation_to_remapped_users_and_back(lab_hosts: list[LabHost], tmp_path: Path) -> None:
    on_each(lab_hosts, lambda host: journey(host, tmp_path))


BROKEN = '{\n  "debug": true,\n}\n'


def invalid_file(host: LabHost, work: Path) -> None:
    host.write(CONFIG, BROKEN)
    pid = host.engine_pid()
    for playbook in (HARDEN, USERNS):
        failed = Journey(host, work).play(playbook)
        assert failed.status != 0 and f"{CONFIG} is invalid, and is left as it is: line 3, column 1" in failed.output
    assert host.read(CONFIG) == BROKEN and host.engine_pid() == pid
    assert host.shell("ls /etc/docker; cat /etc/subuid; getent passwd dockremap || true").split() == [
        "daemon.json"
    ] or (host.name == "bookworm")


def does_not_start(host: LabHost, work: Path) -> None:
    """The plugin is only looked for when the engine starts, and its absence ends the engine."""
    original = '{"labels":  ["a=b"]}'
    host.write(CONFIG, original)
    host.service("restart")
    options = {"authorization-plugins": ["nope"]}
    failed = Journey(host, work).play(HARDEN, remediate_daemon_options=options, remediate_rules=["2.13"])
    assert failed.status != 0 and 'plugin "nope" not found' in failed.output
    assert "The previous files were put back" in failed.output
    assert host.read(CONFIG) == original
    assert host.info()["Labels"] == ["a=b"] and host.docker("run", "--rm", "busybox:local", "echo", "ran") == "ran"


def malformed_ranges(host: LabHost, work: Path) -> None:
    host.write("/etc/subuid", "alice:abc:65536\n")
    pid = host.engine_pid()
    failed = Journey(host, work).play(USERNS)
    assert failed.status != 0 and "/etc/subuid line 1: 'alice:abc:65536'" in failed.output
    assert host.read("/etc/subuid") == "alice:abc:65536\n" and host.read(CONFIG) is None and host.engine_pid() == pid
    assert host.run("id", "dockremap").returncode != 0


def full_disk(host: LabHost, work: Path) -> None:
    host.shell("mount -t tmpfs -o size=16k,mode=755 tmpfs /etc/docker; printf '{}' > /etc/docker/daemon.json")
    host.service("restart")
    host.run("dd if=/dev/zero of=/etc/docker/fill bs=4k 2>/dev/null")
    failed = Journey(host, work).play(HARDEN)
    assert failed.status != 0 and "is full" in failed.output and "unchanged" in failed.output
    assert host.read(CONFIG) == "{}" and host.info()["LiveRestoreEnabled"] is False


def remapping_fails(host: LabHost, work: Path) -> None:
    """A file lies where the engine must make the directory of the mapping."""
    original = '{ "live-restore": true }\n'
    host.write(CONFIG, original)
    host.service("restart")
    host.container("always", "--restart", "always")
    ranges = host.shell("cat /etc/subuid /etc/subgid")
    host.shell("touch /var/lib/docker/100000.100000")
    failed = Journey(host, work).play(USERNS)
    assert failed.status != 0 and "The previous files were put back" in failed.output, failed.output
    assert host.read(CONFIG) == original
    assert host.shell("cat /etc/subuid /etc/subgid") == ranges and host.run("id", "dockremap").returncode != 0
    info = host.info()
    assert info["LiveRestoreEnabled"] is True and "name=userns" not in info["SecurityOptions"]
    assert host.docker("ps", "--format", "{{.Names}}") == "always"


@pytest.mark.parametrize("damage", [invalid_file, does_not_start, malformed_ranges, full_disk, remapping_fails])
def test_a_host_that_cannot_be_hardened_runs_as_before(
    lab_hosts: list[LabHost], tmp_path: Path, damage: t.Callable[[LabHost, Path], None]
) -> None:
    on_each(lab_hosts, lambda host: damage(host, tmp_path))
