# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits for running containers, on a real engine and in the kernel's own files."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.direct_module import run_module
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost
from ansible_collections.seawall.docker.tests.support.quick_audit import audit

MIB = 2**20
Result = dict[str, t.Any]


@pytest.fixture(scope="module")
def engine() -> t.Iterator[IsolatedHost]:
    with IsolatedHost() as host:
        host.start()
        yield host


@pytest.fixture
def host(engine: IsolatedHost) -> t.Iterator[IsolatedHost]:
    """An engine without containers."""
    yield engine
    engine.docker("sh", "-c", "docker ps -aq | xargs -r docker rm -f")


def limit(host: IsolatedHost, work: Path, limits: Result, *flags: str, **options: t.Any) -> Result:
    return run_module(host, "container_limits", {"limits": limits, **options}, *flags)


def pid_of(host: IsolatedHost, name: str) -> int:
    return int(host.docker("inspect", "--format", "{{.State.Pid}}", name).stdout)


def file_of(host: IsolatedHost, name: str, controller: str, file: str) -> Path:
    """The kernel's file, found by another way than the module's: the process's own list of groups."""
    lines = Path(f"/proc/{pid_of(host, name)}/cgroup").read_text(encoding="ascii").splitlines()
    groups = {one: line.split(":", 2)[2] for line in lines for one in line.split(":", 2)[1].split(",")}
    if Path("/sys/fs/cgroup/cgroup.controllers").exists():
        return Path(f"/sys/fs/cgroup{groups['']}/{V2.get(file, file)}")
    return Path(f"/sys/fs/cgroup/{controller}{groups[controller]}/{file}")


V2 = {"memory.limit_in_bytes": "memory.max", "cpu.cfs_quota_us": "cpu.max"}


def kernel(host: IsolatedHost, name: str, controller: str, file: str) -> str:
    return file_of(host, name, controller, file).read_text(encoding="ascii").strip()


def declared(host: IsolatedHost, name: str) -> Result:
    answer: Result = json.loads(host.docker("inspect", "--format", "{{json .HostConfig}}", name).stdout)
    return answer


WANTED = {"memory": "64m", "pids": 50, "cpu_shares": 512, "restart_policy": "on-failure:5"}
RULES = ("5.11", "5.12", "5.15", "5.29")


def test_rules_pass_afterwards_and_the_containers_ran_on(host: IsolatedHost, tmp_path: Path) -> None:
    for name in ("shop-web", "shop-db", "other"):
        host.container(name, "--network", "none", "--restart", "always")
    before = {name: pid_of(host, name) for name in ("shop-web", "shop-db", "other")}
    assert {audit(host).verdicts(number)["shop-web"] for number in RULES} == {"fail"}

    foretold = limit(host, tmp_path, WANTED, "--check", containers=["shop-*"])
    assert foretold["changed"] and {one["name"]: one["after"] for one in foretold["containers"][0]["changes"]} == {
        "memory_bytes": 64 * MIB,
        "memory_swap_bytes": 128 * MIB,
        "cpu_shares": 512,
        "pids": 50,
        "restart_policy": "on-failure:5",
    }
    assert declared(host, "shop-db")["Memory"] == 0

    done = limit(host, tmp_path, WANTED, containers=["shop-*"])
    assert done["changed"] and not done["failed"] and done["containers"] == foretold["containers"]
    for name in ("shop-web", "shop-db"):
        assert kernel(host, name, "memory", "memory.limit_in_bytes") == str(64 * MIB)
        assert kernel(host, name, "pids", "pids.max") == "50"
        # As much swap as a new container with this much memory has.
        assert declared(host, name)["MemorySwap"] == 128 * MIB
        assert declared(host, name)["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 5}
    assert {name: pid_of(host, name) for name in before} == before
    judged = audit(host)
    for number in RULES:
        assert judged.verdicts(number) == {"shop-web": "pass", "shop-db": "pass", "other": "fail"}, number
    assert not limit(host, tmp_path, WANTED, containers=["shop-*"])["changed"]


def test_a_change_behind_the_engines_back_is_found_and_put_right(host: IsolatedHost, tmp_path: Path) -> None:
    host.container("web", "--network", "none", "--memory", "64m", "--pids-limit", "50")
    wanted = {"memory": "64m", "pids": 50}
    assert not limit(host, tmp_path, wanted, containers=["web"])["changed"]
    file_of(host, "web", "memory", "memory.limit_in_bytes").write_text(str(32 * MIB), encoding="ascii")
    file_of(host, "web", "pids", "pids.max").write_text("max", encoding="ascii")
    done = limit(host, tmp_path, wanted, containers=["web"])
    assert {one["name"]: one["why"] for one in done["containers"][0]["changes"]} == {
        "memory_bytes": f"the kernel holds {32 * MIB}",
        "pids": "the kernel holds None",
    }
    assert kernel(host, "web", "memory", "memory.limit_in_bytes") == str(64 * MIB)
    assert kernel(host, "web", "pids", "pids.max") == "50"


def test_a_limit_below_what_is_used_is_refused_with_the_figures(host: IsolatedHost, tmp_path: Path) -> None:
    fill = "busybox dd if=/dev/zero of=/big/file bs=1M count=40 2>/dev/null; touch /big/done; sleep 3600 & sleep 3600"
    host.container("full", "--network", "none", "--tmpfs", "/big", command=("sh", "-c", fill))
    host.container("idle", "--network", "none")
    host.docker("sh", "-c", "until docker exec full ls /big/done; do sleep 0.1; done")
    before = pid_of(host, "full")
    refused = limit(host, tmp_path, {"memory": "16m", "pids": 1}, containers=["*"])
    assert refused["failed"] and refused["msg"].startswith("No container was changed. full: memory of 16 MiB is below")
    assert "pids of 1 is below the 2 processes" in refused["msg"]
    assert declared(host, "idle")["Memory"] == 0 and pid_of(host, "full") == before
    # Told to, it does what the kernel then makes of it: no other process.
    done = limit(host, tmp_path, {"pids": 1}, containers=["full"], allow_below_use=True)
    assert done["changed"] and kernel(host, "full", "pids", "pids.max") == "1"


CHOICES = [
    ({"containers": ["w*", "db"]}, {"web", "worker", "db"}),
    ({"labels": {"tier": None}}, {"web", "db"}),
    ({"labels": {"tier": "front"}}, {"web"}),
    ({"compose_project": "shop"}, {"db", "worker"}),
    ({"compose_project": "shop", "containers": ["w*"]}, {"worker"}),
    ({"containers": ["nothing-*"]}, set()),
]


def test_who_is_meant(host: IsolatedHost, tmp_path: Path) -> None:
    project = "com.docker.compose.project=shop"
    host.container("web", "--network", "none", "--label", "tier=front")
    host.container("db", "--network", "none", "--label", "tier=back", "--label", project)
    service = 'com.docker.compose.service=x: {"evil": "{{ 7193 * 13577 }}"}\nprivileged: true'
    host.container("worker", "--network", "none", "--label", project, "--label", service)
    assert host.docker("create", "--name", "wait", IMAGE, "sleep", "1").returncode == 0
    for choice, names in CHOICES:
        found = limit(host, tmp_path, {"pids": 60}, "--check", **choice)
        assert {one["name"] for one in found["containers"]} == names, choice
        assert found["not_running"] == (["wait"] if "w*" in choice.get("containers", []) and len(choice) == 1 else [])
    (worker,) = limit(host, tmp_path, {"pids": 60}, "--check", containers=["worker"])["containers"]
    # Other people's words are one word of the file.
    assert len(worker["compose_lines"]) == 3 and "\n" not in worker["compose_lines"][1]
    assert "97659361" not in json.dumps(worker)
    idle = limit(host, tmp_path, {"pids": 60}, "--check", containers=["we*", "nothing-*"])
    assert idle["matching_nothing"] == ["nothing-*"]
    assert "no container of this host matches nothing-*" in str(idle["warnings"])
    missing = limit(host, tmp_path, {"pids": 60}, containers=["web", "wep"])
    assert missing["failed"] and missing["msg"] == "no container is called wep"
    none = limit(host, tmp_path, {"pids": 60})
    assert none["failed"] and "name the containers" in none["msg"]


def test_what_engines_refuse_in_other_ways_is_asked_for_in_the_right_one(host: IsolatedHost, tmp_path: Path) -> None:
    host.container("bounded", "--network", "none", "--memory", "64m")
    host.container("quota", "--network", "none", "--cpu-quota", "50000", "--cpu-period", "200000")
    host.container("nano", "--network", "none", "--cpus", "0.5")
    host.container("brief", "--network", "none", "--rm")
    # More memory than memory and swap together were.
    assert limit(host, tmp_path, {"memory": "300m"}, containers=["bounded"])["changed"]
    assert declared(host, "bounded")["MemorySwap"] == 600 * MIB
    done = limit(host, tmp_path, {"cpus": 0.75}, containers=["quota", "nano"])
    assert done["changed"] and (declared(host, "quota")["CpuQuota"], declared(host, "nano")["NanoCpus"]) == (
        150000,
        750000000,
    )
    assert not limit(host, tmp_path, {"cpus": 0.75}, containers=["quota", "nano"])["changed"]
    refused = limit(host, tmp_path, {"restart_policy": "always", "pids": 10}, containers=["brief"])
    assert refused["failed"] and "--rm" in refused["msg"] and not declared(host, "brief")["PidsLimit"]
    swap = limit(host, tmp_path, {"memory": "300m", "memory_swap": "-1"}, containers=["bounded"])
    assert swap["changed"] and declared(host, "bounded")["MemorySwap"] == -1
    assert not limit(host, tmp_path, {"memory": "300m", "memory_swap": "-1"}, containers=["bounded"])["changed"]


def test_a_limit_that_the_kernel_drops_is_an_error(host: IsolatedHost, tmp_path: Path) -> None:
    for name in ("web", "witness"):
        host.container(name, "--network", "none")
    said = host.docker("update", "--blkio-weight", "300", "witness")
    drops = "discarded" in said.stdout + said.stderr
    done = limit(host, tmp_path, {"blkio_weight": 300}, containers=["web"])
    if drops:
        assert done["failed"] and "web: blkio_weight is None and not 300" in done["msg"], done
    else:
        assert done["changed"] and not done["failed"], done
