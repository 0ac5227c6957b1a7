# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options with which no engine or no container starts, and hosts that cannot take a change: each ends as it began."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support.lab_host import CONFIG, LabHost, Result, on_each

ORIGINAL = '{ "labels":  ["a=b"] }\n'
RUN = ("run", "--rm", "--network", "none", "busybox:local", "echo", "ran")

# dockerd --validate lets all of these pass. Beside each: what the message says, as a regular expression.
OPTIONS: list[tuple[Result, str]] = [
    ({"storage-driver": "nope"}, "driver"),
    ({"storage-opts": ["nope=1"]}, "nope"),
    ({"log-opts": {"nope": "1"}}, "nope"),
    ({"log-driver": "nope"}, "nope"),
    ({"exec-opts": ["native.cgroupdriver=nope"]}, "names no driver of control groups"),
    ({"exec-opts": ["native.cgroupdriver=systemd"], "cgroup-parent": "/x"}, "systemd"),
    ({"insecure-registries": ["a b"]}, "is neither a network nor a host"),
    ({"default-runtime": "nope"}, "nope"),
    ({"runtimes": {"runc": {"path": "/usr/sbin/runc"}}}, "runc"),
    ({"runtimes": {"other": {}}}, "no path"),
    ({"runtimes": {"other": {"path": "/nope"}}, "default-runtime": "other"}, "/nope"),
    ({"init": True, "init-path": "/nope"}, "/nope"),
    ({"seccomp-profile": "/nope.json"}, "/nope.json"),
    ({"icc": False, "iptables": False}, "iptables"),
    ({"bip": "10.9.0.1/24", "bridge": "docker0"}, "exclude each other"),
    ({"group": "nope"}, "group"),
    ({"default-ulimits": {"nope": {"Name": "nope", "Hard": 1, "Soft": 1}}}, "no limit"),
    ({"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 1, "Soft": 2}}}, "Soft limit above"),
    ({"min-api-version": "x"}, "min-api-version"),
    # A flag of the units of systemd; an engine that sysvinit starts waits for it.
    ({"containerd": "/nope.sock"}, "already the flag --containerd|did not answer within 60 seconds"),
    ({"userns-remap": "ghost"}, "ghost"),
    ({"authorization-plugins": ["nope"]}, "there is no plugin 'nope'"),
]


def begin(host: LabHost) -> None:
    host.write(CONFIG, ORIGINAL)
    host.service("restart")


def tried(host: LabHost, options: Result, **restart: t.Any) -> Result:
    """Write the options and have the engine take them over; the result of the module that refused."""
    written = host.module("daemon_config", {"options": options})
    if written["failed"]:
        return written
    assert written["changed"] and written["needs"] in ("reload", "restart") and written["restore"]
    return host.module("engine_restart", {"mode": written["needs"], "restore": written["restore"], **restart})


def as_it_was(host: LabHost) -> list[str]:
    """What is not as it was before a change that was refused or taken back."""
    found = []
    if host.read(CONFIG) != ORIGINAL:
        found.append(f"{CONFIG} holds {host.read(CONFIG)!r}")
    said = host.run("docker", "info", "--format", "{{.Labels}} {{.DefaultRuntime}} {{.LiveRestoreEnabled}}")
    if said.stdout.strip() != "[a=b] runc false":
        found.append(f"the engine says {said.stdout}{said.stderr}")
    return found


def every_option(host: LabHost) -> list[str]:
    begin(host)
    wrong = []
    for options, word in OPTIONS:
        refused = tried(host, options, timeout=60)
        said = str(refused.get("msg", ""))
        faults = as_it_was(host)
        if not refused["failed"] or not re.search(word, said) or "\n" in said:
            faults.append(f"it ended with {said!r}")
        if refused.get("error") and not refused["rolled_back"]:
            faults.append(f"it was not rolled back: {refused['rollback_error']}")
        wrong += [f"{host.name}: {options}: {fault}" for fault in faults]
    if host.run("docker", *RUN).stdout != "ran\n":
        wrong.append(f"{host.name}: no container runs at the end")
    return wrong


def test_options_that_validate_and_do_not_start(lab_hosts: list[LabHost]) -> None:
    wrong = [line for lines in on_each(lab_hosts, every_option).values() for line in lines]
    assert not wrong, "\n".join(wrong)


def silent_engine(host: LabHost) -> None:
    """Waiting for a plugin that does not answer keeps an engine from answering for some fifteen seconds."""
    host.write("/etc/docker/plugins/nope.spec", "unix:///run/nope.sock")
    refused = tried(host, {"authorization-plugins": ["nope"], "mtu": 1400}, timeout=3)
    assert refused["failed"] and "did not answer within 3 seconds" in refused["msg"], refused["msg"]
    assert refused["rolled_back"] is True


def node_of_a_swarm(host: LabHost) -> None:
    host.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
    pid = host.engine_pid()
    refused = tried(host, {"live-restore": True, "mtu": 1400})
    assert refused["failed"] and "swarm" in refused["msg"], refused["msg"]
    assert host.engine_pid() == pid
    host.docker("swarm", "leave", "--force")


def malformed_ranges(host: LabHost) -> None:
    """An engine would end over this line or, worse, from 28 on, make root of every container root of the host."""
    host.shell("useradd -r -U ops && echo ops:200000:65536 >> /etc/subgid")
    host.write("/etc/subuid", "ops:abc:65536\n")
    refused = tried(host, {"userns-remap": "ops"})
    assert refused["failed"] and re.search("/etc/subuid.* line 1 ", refused["msg"]), refused["msg"]
    by_hand = host.module("subid", {"user": "ops"})
    assert by_hand["failed"] and by_hand["malformed"][0]["text"] == "ops:abc:65536"
    # Nor does a restart let an engine start with what somebody else wrote.
    pid = host.engine_pid()
    host.write(CONFIG, '{"userns-remap": "ops"}')
    refused = host.module("engine_restart", {"mode": "restart"})
    assert refused["failed"] and "/etc/subuid" in refused["msg"] and host.engine_pid() == pid, refused["msg"]
    host.write(CONFIG, ORIGINAL)
    assert host.read("/etc/subuid") == "ops:abc:65536\n"


def full_disk(host: LabHost) -> None:
    """Full before anything is written, or but for the backup; and once it was written, so that going back finds no room."""
    host.service("stop")
    host.shell("mount -t tmpfs -o size=32k,mode=755 tmpfs /etc/docker")
    host.write(CONFIG, ORIGINAL)
    host.service("start")
    for spare in (0, 4096):
        host.run("dd if=/dev/zero of=/etc/docker/fill bs=4k 2>/dev/null")
        host.shell(f"truncate -s -{spare} /etc/docker/fill")
        refused = tried(host, {"mtu": 1400})
        assert refused["failed"] and "is full" in refused["msg"] and "unchanged" in refused["msg"], refused
        assert host.shell("ls -A /etc/docker | grep daemon").split() == ["daemon.json"]
    host.shell("rm /etc/docker/fill")
    written = host.module("daemon_config", {"options": {"storage-driver": "nope", "mtu": 1400}})
    assert written["changed"], written
    host.run("dd if=/dev/zero of=/etc/docker/fill bs=4k 2>/dev/null")
    refused = host.module("engine_restart", {"mode": written["needs"], "restore": written["restore"]})
    assert refused["failed"] and refused["rolled_back"] is True, refused["msg"]


@pytest.mark.parametrize("fault", [silent_engine, node_of_a_swarm, malformed_ranges, full_disk])
def test_a_host_that_cannot_take_a_change(lab_hosts: list[LabHost], fault: t.Callable[[LabHost], None]) -> None:
    def whole(host: LabHost) -> None:
        begin(host)
        fault(host)
        assert as_it_was(host) == [] and host.docker(*RUN) == "ran"

    on_each(lab_hosts, whole)
