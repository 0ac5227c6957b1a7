# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole road on every kind of host: dry run, hardening, remapped users, and back with nothing lost."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.journey import HARDEN, USERNS, Journey, journey
from ansible_collections.seawall.docker.tests.support.lab_host import (
    CONFIG,
    LabHost,
    LabHosts,
    on_each,
)


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
    """A plugin that does not answer ends the engine, and only the engine can see it."""
    original = '{"labels":  ["a=b"]}'
    host.write(CONFIG, original)
    host.service("restart")
    options = {"authorization-plugins": ["nope"]}
    host.write("/etc/docker/plugins/nope.spec", "unix:///run/nope.sock")
    failed = Journey(host, work).play(HARDEN, remediate_daemon_options=options, remediate_rules=["2.13"])
    assert failed.status != 0 and "dial unix /run/nope.sock" in failed.output
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
    fixed = "/etc/default/docker"
    host.shell(f"touch {fixed}; chmod 666 {fixed}; mount --bind {fixed} {fixed}; mount -o remount,bind,ro {fixed}")
    failed = Journey(host, work).play(HARDEN)
    assert f"{fixed}: the file system of {fixed} is mounted read-only" in " ".join(failed.output.split())
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


def locked_ranges(host: LabHost, work: Path) -> None:
    """Who holds the lock keeps the range from being given, and afterwards the new user from being removed."""
    host.container("always", "--restart", "always")
    before = host.shell("cat /etc/subuid /etc/subgid; docker ps --no-trunc --format '{{.ID}} {{.Names}}'")
    pid = host.engine_pid()
    holder = host.shell("setsid sleep 600 >/dev/null 2>&1 & echo -n $! | tee /etc/subgid.lock")
    failed = Journey(host, work).play(USERNS)
    held = f"cannot lock /etc/subgid: /etc/subgid.lock is held by process {holder}"
    left = "What could not be taken back: the user dockremap and its group: userdel: "
    last = failed.last_failure
    assert failed.status != 0 and f"{held}. {left}" in last and "\\n" not in last, failed.output
    assert host.run("id", "dockremap").returncode == 0 and host.read(CONFIG) is None
    assert host.engine_pid() == pid and host.info()["LiveRestoreEnabled"] is False
    after = host.shell("cat /etc/subuid /etc/subgid; docker ps --no-trunc --format '{{.ID}} {{.Names}}'")
    assert after == before

    # Once the lock is released, the next run needs no help.
    host.shell(f"kill {holder}; rm -f /etc/subgid.lock")
    assert Journey(host, work).done(USERNS) > 0
    assert "name=userns" in host.info()["SecurityOptions"]


@pytest.mark.parametrize("damage", [does_not_start, remapping_fails])
def test_a_host_that_cannot_be_hardened_runs_as_before(
    lab_hosts: list[LabHost], tmp_path: Path, damage: t.Callable[[LabHost, Path], None]
) -> None:
    on_each(lab_hosts, lambda host: damage(host, tmp_path))


@pytest.mark.parametrize("damage", [invalid_file, malformed_ranges, full_disk, locked_ranges])
def test_where_files_keep_a_host_from_being_hardened_it_runs_as_before(
    lab: LabHosts, tmp_path: Path, damage: t.Callable[[LabHost, Path], None]
) -> None:
    """The same whatever the engine is, so each on one kind of host."""
    if damage is invalid_file:
        (host,) = lab.get("bookworm")
    elif damage is full_disk:
        (host,) = lab.get("sid")
    else:
        (host,) = lab.get("trixie")
    damage(host, tmp_path)
