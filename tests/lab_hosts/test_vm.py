# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole road on a kernel of the host's own: control groups v2, AppArmor, auditd, and a reboot in the middle."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.journey import HARDEN, Journey, journey
from ansible_collections.seawall.docker.tests.support.lab_host import LabHost, LabHosts

# What auditd alone can keep, and what the kernel's own account of a container decides.
WATCHED = ("1.1.3", "1.1.5", "1.1.7", "1.1.9", "1.1.18")
LIMITED = ("5.1", "5.11", "5.12", "5.29")


TOTAL = {
    "remediate_for_containers": {"total": {"memory": "256m", "cpus": 1.5, "pids": 999}},
    "remediate_rules": ["daemon-cgroup-parent-default"],
    "audit_policy": {"allowed_cgroup_parents": ["containers.slice"]},
}


@pytest.fixture
def vm(lab: LabHosts) -> LabHost:
    return lab.get("vm")[0]


def reboot(road: Journey) -> None:
    """What was hardened is hardened by the next boot as well, and the audit says the same."""
    before = road.statuses()
    road.host.reboot()
    assert road.done("seawall.docker.audit") == 0
    after = road.statuses()
    assert {number: (status, after[number]) for number, status in before.items() if after[number] != status} == {}
    assert road.proof() == "protected"


def total_for_containers(road: Journey) -> None:
    """The kernel holds a container to what all containers together may use."""
    assert road.done(HARDEN, **TOTAL) > 0
    road.host.container("shares", "--memory", "512m")
    found = road.host.module("cgroup_info")["cgroup"]["containers"]
    [limits] = [one["limits"] for one in found if one["name"] == "shares"]
    road.host.docker("rm", "--force", "shares")
    held = {name: (limits[name]["enforced"], limits[name]["limited_by"]) for name in ("memory_bytes", "cpus", "pids")}
    assert held == {
        "memory_bytes": (256 * 2**20, "/containers.slice/memory.max"),
        "cpus": (1.5, "/containers.slice/cpu.max"),
        "pids": (999, "/containers.slice/pids.max"),
    }


def test_from_a_default_installation_to_remapped_users_and_back_with_a_reboot(vm: LabHost, tmp_path: Path) -> None:
    info = vm.info()
    assert (info["CgroupVersion"], info["CgroupDriver"]) == ("2", "systemd")
    assert "name=apparmor" in info["SecurityOptions"]
    first = Journey(vm, tmp_path / "first")
    vm.container("limited", "--memory", "64m", "--pids-limit", "50", "--cpu-shares", "512")
    assert first.done("seawall.docker.audit") == 0
    found = first.statuses()
    # Nothing of a kernel that may be asked is unknown; auditd watches nothing yet.
    assert [number for number, status in found.items() if status == "unknown"] == []
    assert {found[number] for number in WATCHED} == {"fail"}
    assert {number: found[number] for number in LIMITED} == dict.fromkeys(LIMITED, "pass")
    vm.docker("rm", "--force", "limited")

    journey(vm, tmp_path, frozenset({"daemon_options", "audit_watches"}), reboot)

    # The way back leaves what was hardened beside the mapping.
    last = Journey(vm, tmp_path / "last")
    assert last.done("seawall.docker.audit") == 0
    assert {last.statuses()[number] for number in WATCHED} == {"pass"}
    total_for_containers(last)
