# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of containers: on control groups v2 of a kernel of the host's own, with systemd as the driver, and tried on each host."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support.lab_host import LabHost, LabHosts, on_each
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged

MIB = 2**20
Result = dict[str, t.Any]
BOUNDS = (
    *(
        "--memory=64m",
        "--memory-swap=96m",
        "--memory-reservation=32m",
        "--pids-limit=50",
        "--device-read-bps=/dev/vda:1mb",
    ),
    *("--cpus=0.5", "--cpu-shares=512", "--cpuset-cpus=1", "--cpuset-mems=0"),
)
TIGHT = "tight.slice"
# The slice has another CPU than the container asks for, and a smaller quota.
TIGHTEN = f"systemctl set-property --runtime {TIGHT} AllowedCPUs=0 CPUQuota=20% MemoryMax=48M TasksMax=40"
WANTED = {"memory": "64m", "pids": 50, "cpu_shares": 512, "restart_policy": "on-failure:5"}
# An emulated engine has minutes for an answer beside other work.
PATIENT = {"timeout": 300}
RULES = ("5.11", "5.12", "5.15", "5.29")


@pytest.fixture
def vm(lab: LabHosts) -> LabHost:
    return lab.get("vm")[0]


def limits(vm: LabHost) -> dict[str, Result]:
    return {one["name"]: one for one in vm.module("cgroup_info")["cgroup"]["containers"]}


def held(one: Result, *names: str) -> dict[str, tuple[str, t.Any, str]]:
    """The verdict, what the kernel holds, and the group that decides, without the container's own."""
    own = one["path"]["unified"]
    found = {name: one["limits"][name] for name in names or one["limits"]}
    return {
        name: (entry["verdict"], entry["enforced"], (entry["limited_by"] or "").replace(own, "").rpartition("/")[0])
        for name, entry in found.items()
    }


def test_limits_of_version_2_are_shown_as_they_are_and_brought_about(vm: LabHost) -> None:
    vm.container("bounded", *BOUNDS)
    vm.container("below", *BOUNDS, f"--cgroup-parent={TIGHT}")
    vm.container("free", "--restart=always")
    vm.shell(TIGHTEN)
    found = limits(vm)
    assert held(found["bounded"]) == {
        "memory_bytes": ("equal", 64 * MIB, ""),
        "memory_swap_bytes": ("equal", 96 * MIB, ""),
        # The groups of systemd reserve nothing, so that nothing is protected below them.
        "memory_reservation_bytes": ("not_enforced", 0, "/system.slice"),
        "cpus": ("equal", 0.5, ""),
        "cpu_shares": ("equal", found["bounded"]["limits"]["cpu_shares"]["enforced"], ""),
        "cpuset_cpus": ("equal", "1", ""),
        "cpuset_mems": found_mems(found["bounded"]),
        "pids": ("equal", 50, ""),
        "blkio_weight": ("unlimited", None, ""),
    }
    (device,) = found["bounded"]["device_limits"]
    assert (device["limit"], device["enforced"], device["verdict"]) == ("read_bps", MIB, "equal")
    tight = held(found["below"], "memory_bytes", "cpus", "cpuset_cpus", "pids", "cpu_shares")
    assert tight.pop("cpu_shares")[0] == "equal"
    assert tight == {
        "memory_bytes": ("differs", 48 * MIB, f"/{TIGHT}"),
        "cpus": ("differs", 0.2, f"/{TIGHT}"),
        "cpuset_cpus": ("differs", "0", f"/{TIGHT}"),
        "pids": ("differs", 40, f"/{TIGHT}"),
    }
    # What a group above makes tighter is not the update's to bring about, and no fault of it.
    asked = {"containers": ["below"], "limits": {"cpus": 0.5, "cpuset_cpus": "1", "pids": 50}, **PATIENT}
    done = vm.module("container_limits", asked)
    assert not done["failed"] and not done["changed"], done
    assert sorted(one.partition(":")[0] for one in done["containers"][0]["bound_above"]) == [
        "cpus",
        "cpuset_cpus",
        "pids",
    ]

    behind_the_back(vm)
    from_failing_to_passing(vm)
    vm.docker("rm", "--force", "bounded", "below", "free")
    by_experiment(vm)


def found_mems(one: Result) -> tuple[str, t.Any, str]:
    """With one memory node, all of them were asked for."""
    assert one["limits"]["cpuset_mems"]["verdict"] == "equal"
    return held(one, "cpuset_mems")["cpuset_mems"]


def group_of(vm: LabHost, name: str) -> str:
    return f"/sys/fs/cgroup/system.slice/docker-{vm.docker('inspect', '--format', '{{.Id}}', name).strip()}.scope"


def behind_the_back(vm: LabHost) -> None:
    group = group_of(vm, "bounded")
    vm.shell(f"echo {32 * MIB} > {group}/memory.max; echo max > {group}/pids.max; echo 0 > {group}/cpuset.cpus")
    found = held(limits(vm)["bounded"], "memory_bytes", "pids", "cpuset_cpus")
    assert found == {
        "memory_bytes": ("differs", 32 * MIB, ""),
        "pids": ("not_enforced", None, ""),
        "cpuset_cpus": ("differs", "0", ""),
    }
    before = vm.docker("inspect", "--format", "{{.State.Pid}}", "bounded")
    asked = {"memory": "64m", "memory_swap": "96m", "pids": 50, "cpuset_cpus": "1"}
    done = vm.module("container_limits", {"containers": ["bounded"], "limits": asked, **PATIENT})
    assert done["changed"] and not done["failed"], done
    assert {one["name"] for one in done["containers"][0]["changes"]} == {
        "memory_bytes",
        "memory_swap_bytes",
        "pids",
        "cpuset_cpus",
    }
    held_now = vm.shell(f"cat {group}/memory.max {group}/pids.max {group}/cpuset.cpus").split()
    assert held_now == [str(64 * MIB), "50", "1"]
    assert vm.docker("inspect", "--format", "{{.State.Pid}}", "bounded") == before


def from_failing_to_passing(vm: LabHost) -> None:
    def verdicts() -> list[str]:
        judged = Judged(vm.module("posture_info")["posture"])
        return [judged.verdict(number, "free") for number in RULES]

    before = vm.docker("inspect", "--format", "{{.State.Pid}}", "free")
    assert verdicts() == ["fail"] * 4
    done = vm.module("container_limits", {"containers": ["free"], "limits": WANTED, **PATIENT})
    assert done["changed"] and not done["failed"], done
    assert verdicts() == ["pass"] * 4
    assert vm.docker("inspect", "--format", "{{.State.Pid}}", "free") == before
    assert not vm.module("container_limits", {"containers": ["free"], "limits": WANTED, **PATIENT})["changed"]


def by_experiment(host: LabHost) -> None:
    proof = host.module("limits_proof", {"timeout": 300})
    states = {one["trial"]: one["state"] for one in proof["trials"]}
    # An emulated machine may be too slow to show that a disk is held back, and a container host may have no disk of its own.
    assert states.pop("device_write") in ("enforced", "inconclusive", "not_possible"), proof
    assert states == dict.fromkeys(("memory", "pids", "cpu_weight"), "enforced"), proof
    assert host.docker("ps", "--all", "--quiet") == ""


def test_limits_hold_on_each_host(lab_hosts: list[LabHost]) -> None:
    on_each(lab_hosts, by_experiment)
