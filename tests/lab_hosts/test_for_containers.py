# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A total for all containers, from a dry run to a failed change that is taken back.

The engine of a container host makes groups of containers beside the slice of its systemd; that they are below it is seen by
``test_vm.py``.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.model import Case
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.run_line import RunLine
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.unit import unit_of
from ansible_collections.seawall.docker.tests.support.journey import HARDEN, Journey
from ansible_collections.seawall.docker.tests.support.lab_host import CONFIG, LabHost, LabHosts

FILE = "/etc/systemd/system/containers.slice.d/50-seawall.conf"
EVIL = "100% $HOME ${HOME} %n \\ \" ' {{ 7 }}"
DRIVER = {"exec-opts": ["native.cgroupdriver=systemd"]}


def wanted(memory: str) -> dict[str, t.Any]:
    return {
        "remediate_for_containers": {
            "ulimits": {"core": {"soft": 0, "hard": 0}},
            "cgroup_namespace": "private",
            "total": {"memory": memory, "cpus": 1.5, "pids": 999},
        },
        "remediate_rules": ["daemon-cgroup-parent-default"],
        "audit_policy": {"allowed_cgroup_parents": ["containers.slice"]},
    }


def in_force(host: LabHost) -> list[str]:
    shown = host.shell("systemctl show containers.slice -p MemoryMax -p TasksMax -p CPUQuotaPerSecUSec")
    return sorted(shown.split())


def test_a_total_for_all_containers(lab: LabHosts, tmp_path: Path) -> None:
    [host] = lab.get("trixie")
    host.write(CONFIG, json.dumps(DRIVER))
    host.service("restart")
    road = Journey(host, tmp_path)

    dry = road.play(HARDEN, "--check", "--diff", **wanted("256m"))
    assert dry.status == 0 and "+MemoryMax=268435456" in dry.output, dry.output
    assert host.read(FILE) is None and json.loads(host.read(CONFIG) or "") == DRIVER

    assert road.done(HARDEN, **wanted("256m")) > 0
    assert host.read(FILE) == (
        "# Written by seawall.docker: what all containers together may use.\n"
        "[Slice]\nMemoryMax=268435456\nCPUQuota=150%\nTasksMax=999\n"
    )
    assert json.loads(host.read(CONFIG) or "") == {
        **DRIVER,
        "cgroup-parent": "containers.slice",
        "default-cgroupns-mode": "private",
        "default-ulimits": {"core": {"Name": "core", "Soft": 0, "Hard": 0}},
    }
    assert in_force(host) == ["CPUQuotaPerSecUSec=1.500000s", "MemoryMax=268435456", "TasksMax=999"]

    assert road.done(HARDEN, **wanted("256m")) == 0
    assert road.plan["steps"] == [] and road.statuses()["2.11"] == "pass"

    # The engine does not start with the plugin, which does not answer: the file of the slice goes back with its own.
    host.write("/etc/docker/plugins/nope.spec", "unix:///run/nope.sock")
    before = host.read(FILE), host.read(CONFIG)
    choices = {
        **wanted("512m"),
        "remediate_rules": ["2.13"],
        "remediate_daemon_options": {"authorization-plugins": ["nope"]},
    }
    failed = road.play(HARDEN, **choices)
    assert failed.status != 0 and "dial unix /run/nope.sock" in failed.output
    assert (host.read(FILE), host.read(CONFIG)) == before and host.info()["CgroupDriver"] == "systemd"
    assert in_force(host)[1] == "MemoryMax=536870912"
    # systemd has not read it back yet, which the next run sees and puts right, without a restart.
    pid = host.engine_pid()
    assert road.done(HARDEN, **wanted("256m")) > 0
    assert in_force(host)[1] == "MemoryMax=268435456" and host.engine_pid() == pid

    unit_of_a_container(host)
    # The engine made the group in the machine's own tree, where the lab does not look for it.
    host.shell("find /sys/fs/cgroup/*/containers.slice -depth -type d -exec rmdir {} + 2>/dev/null; true")


def unit_of_a_container(host: LabHost) -> None:
    """systemd and Docker take each word of the unit as it was meant, and the variable from the file."""
    case = Case({"name": "by-unit"}, {}, {"unit": {"name": "by-unit.service"}}, {}, {}, {})
    command = ["sh", "-c", 'echo "$TOKEN:$1"; exec sleep 600', "sh", EVIL]
    words = ["--name=by-unit", "--env=TOKEN", "--init", "busybox:local", *command]
    made = unit_of(case, RunLine("", [], words)) or {}
    host.write(made["file"], made["content"])
    host.write(made["environment_file"], "TOKEN=secret\n", 0o600)
    assert host.shell(f"systemd-analyze verify {made['file']} 2>&1") == ""
    host.shell("systemctl daemon-reload; systemctl start by-unit")
    host.shell("for try in $(seq 50); do docker logs by-unit 2>&1 | grep secret && exit; sleep 0.2; done; exit 1")
    assert host.docker("logs", "by-unit") == f"secret:{EVIL}"
    [found] = host.module("container_needs_info", {"containers": ["by-unit"]})["containers"]
    assert found["unit"] == {"name": "by-unit.service", "file": made["file"], "restart": "no"}
    host.shell("systemctl stop by-unit")
    assert host.docker("ps", "--quiet", "--filter", "name=by-unit") == ""
