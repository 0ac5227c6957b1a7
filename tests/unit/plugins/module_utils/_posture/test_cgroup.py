# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collector of control groups, on a host made of dictionaries."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import group_of
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.tree import ancestors, parse_mounts
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture import cgroup
from ansible_collections.seawall.docker.tests.support.dictionary_host import ID, DictionaryHost, container, context_of

GIB = 2**30


def use_options(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    def option(_context: Context, name: str) -> dict[str, t.Any]:
        return {"value": values.get(name.replace("-", "_"), ""), "origin": {"kind": "flag", "source": "--x"}}

    monkeypatch.setattr(cgroup, "configured_option", option)


@pytest.fixture(autouse=True)
def _options(monkeypatch: pytest.MonkeyPatch) -> None:
    use_options(monkeypatch)


V1_MOUNTS = (
    "".join(
        f"3{n} 2 0:2{n} / /sys/fs/cgroup/{names} rw,relatime shared:1 - cgroup cgroup rw,{names}\n"
        for n, names in enumerate(("memory", "cpu,cpuacct", "cpuset", "pids", "blkio"))
    )
    + "40 2 0:40 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
    + "41 2 0:41 / /sys/fs/cgroup/unified rw - cgroup2 none rw\n"
)
V2_MOUNTS = "30 2 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"


def v1_host(**changes: t.Any) -> DictionaryHost:
    own = f"/docker/{ID}"
    memory, cpu, cpuset = (f"/sys/fs/cgroup/{name}" for name in ("memory", "cpu,cpuacct", "cpuset"))
    files: dict[str, t.Any] = {
        "/proc/self/mountinfo": V1_MOUNTS,
        "/proc/4242/cgroup": f"9:memory:{own}/init.scope\n8:cpu,cpuacct:{own}\n7:cpuset:{own}\n6:pids:{own}\n"
        f"5:blkio:{own}\n1:name=systemd:{own}\n0::/\n",
        f"{memory}/memory.limit_in_bytes": "9223372036854771712\n",
        f"{memory}/docker/memory.limit_in_bytes": "9223372036854771712\n",
        f"{memory}{own}/memory.limit_in_bytes": "67108864\n",
        f"{memory}{own}/cgroup.procs": "4242\n",
        f"{memory}{own}/memory.memsw.limit_in_bytes": "134217728\n",
        f"{memory}{own}/memory.soft_limit_in_bytes": "9223372036854771712\n",
        f"{cpu}{own}/cpu.cfs_quota_us": "50000\n",
        f"{cpu}{own}/cpu.cfs_period_us": "100000\n",
        f"{cpu}{own}/cpu.shares": "1024\n",
        f"{cpu}{own}/cgroup.procs": "4242\n",
        f"{cpuset}/cpuset.effective_cpus": "0-3\n",
        f"{cpuset}{own}/cpuset.effective_cpus": "0-3\n",
        f"{cpuset}/cpuset.effective_mems": "0\n",
        f"{cpuset}{own}/cpuset.effective_mems": "0\n",
        f"/sys/fs/cgroup/pids{own}/pids.max": "max\n",
        f"/sys/fs/cgroup/pids{own}/cgroup.procs": "4242\n",
        f"/sys/fs/cgroup/blkio{own}/cgroup.procs": "4242\n",
    }
    files.update({path.replace("OWN", own): text for path, text in changes.items()})
    return DictionaryHost({path: text for path, text in files.items() if text is not None})


def limits_of(host: DictionaryHost, inspected: dict[str, t.Any], **info: t.Any) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", cgroup.collect(context_of(host, inspected, **info))["containers"][0])


def test_version_1_limits() -> None:
    host = v1_host()
    found = limits_of(host, container(Memory=64 * 2**20, MemorySwap=128 * 2**20, NanoCpus=500000000, PidsLimit=20))
    assert found["path"] == dict.fromkeys(("blkio", "cpu", "cpuset", "memory", "pids"), f"/docker/{ID}")
    verdicts = {name: entry["verdict"] for name, entry in found["limits"].items()}
    assert verdicts == {
        "memory_bytes": "equal",
        "memory_swap_bytes": "equal",
        "memory_reservation_bytes": "unlimited",
        "cpus": "equal",
        "cpu_shares": "unlimited",
        "cpuset_cpus": "unlimited",
        "cpuset_mems": "unlimited",
        "pids": "not_enforced",
        "blkio_weight": "unlimited",
    }
    assert found["limits"]["memory_bytes"]["limited_by"] == f"/docker/{ID}/memory.limit_in_bytes"
    assert found["unread"] == {}
    assert len(host.reads) == len(set(host.reads))


@pytest.mark.parametrize(
    ("hierarchy", "enforced", "by"),
    [(None, 1048576, "/docker"), ("1\n", 1048576, "/docker"), ("0\n", 67108864, f"/docker/{ID}")],
)
def test_a_group_above_binds_unless_it_was_told_not_to(hierarchy: str | None, enforced: int, by: str) -> None:
    host = v1_host(
        **{
            "/sys/fs/cgroup/memory/docker/memory.limit_in_bytes": "1048576\n",
            "/sys/fs/cgroup/memory/docker/memory.use_hierarchy": hierarchy,
        }
    )
    entry = limits_of(host, container(Memory=64 * 2**20))["limits"]["memory_bytes"]
    assert (entry["enforced"], entry["limited_by"]) == (enforced, f"{by}/memory.limit_in_bytes")


def test_a_process_that_left_its_group_has_the_limits_of_where_it_is() -> None:
    text = f"9:memory:/\n6:pids:/docker/{ID}\n"
    found = limits_of(v1_host(**{"/proc/4242/cgroup": text}), container(Memory=64 * 2**20))
    assert found["path"] == {"memory": "/", "pids": f"/docker/{ID}"}
    assert found["limits"]["memory_bytes"]["verdict"] == "not_enforced"
    # What the group above used is not what the container used.
    assert "the group / counts other processes" in found["unread"]["use"]


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"/proc/4242/cgroup": None}, "limits", "the container ended meanwhile"),
        ({"/proc/4242/cgroup": "9:memory:/user\n"}, "limits", "the process 4242 is in no control group"),
        ({"/proc/self/mountinfo": ""}, "limits", "no control groups are mounted here"),
        (
            {"/sys/fs/cgroup/pidsOWN/pids.max": None, "/sys/fs/cgroup/pidsOWN/cgroup.procs": None},
            "limits.pids",
            "the control group",
        ),
        ({"/sys/fs/cgroup/pidsOWN/pids.max": "many"}, "limits.pids", "the kernel's file is not understood"),
        ({"/sys/fs/cgroup/pidsOWN/pids.max": Unread("not permitted", "denied")}, "limits.pids", "not permitted"),
    ],
)
def test_limits_that_cannot_be_read_are_unread(changes: dict[str, t.Any], key: str, reason: str) -> None:
    found = limits_of(v1_host(**changes), container(PidsLimit=5))
    assert found["unread"][key].startswith(reason)
    assert found["limits"]["pids"] == {"declared": 5}


def test_an_auditor_in_another_cgroup_namespace_sees_no_limits() -> None:
    host = v1_host()
    host.links["/proc/self/ns/cgroup"] = "cgroup:[4026532999]"
    assert "cgroup namespace of its own" in limits_of(host, container())["unread"]["limits"]


def test_a_stopped_container_has_declared_limits_only() -> None:
    found = limits_of(v1_host(), container(False, Memory=7))
    assert found["limits"]["memory_bytes"] == {"declared": 7}
    assert set(found["unread"]) == {"path", "limits", "device_limits", "network_marks", "use", "held_back"}
    assert set(found["unread"].values()) == {"the container does not run"}


def v2_host(**changes: t.Any) -> DictionaryHost:
    own = f"/system.slice/docker-{ID}.scope"
    root = "/sys/fs/cgroup"
    files: dict[str, t.Any] = {
        "/proc/self/mountinfo": V2_MOUNTS,
        "/proc/4242/cgroup": f"0::{own}\n",
        f"{root}/cgroup.controllers": "cpuset cpu io memory pids\n",
        f"{root}/system.slice/cgroup.controllers": "cpu io memory pids\n",
        f"{root}/system.slice/memory.max": "max\n",
        f"{root}{own}/cgroup.procs": "4242\n",
        f"{root}{own}/memory.max": "67108864\n",
        f"{root}{own}/memory.swap.max": "67108864\n",
        f"{root}{own}/memory.low": "0\n",
        f"{root}{own}/cpu.max": "50000 100000\n",
        f"{root}{own}/cpu.weight": "20\n",
        f"{root}{own}/pids.max": "2346\n",
        f"{root}{own}/io.weight": "default 2930\n",
        **{f"{root}{path.replace('OWN', own)}": text for path, text in changes.items()},
    }
    return DictionaryHost({path: text for path, text in files.items() if text is not None})


def test_version_2_limits() -> None:
    asked = container(Memory=64 * 2**20, MemorySwap=128 * 2**20, NanoCpus=500000000, CpuShares=512, BlkioWeight=300)
    found = limits_of(v2_host(), asked, CgroupDriver="systemd")
    verdicts = {name: entry["verdict"] for name, entry in found["limits"].items()}
    assert verdicts == {
        "memory_bytes": "equal",
        "memory_swap_bytes": "equal",
        "memory_reservation_bytes": "unlimited",
        "cpus": "equal",
        "cpu_shares": "equal",
        "cpuset_cpus": "unlimited",
        "cpuset_mems": "unlimited",
        "pids": "undeclared",
        "blkio_weight": "equal",
    }
    assert found["limits"]["cpu_shares"]["expected"] == [20, 59]


def test_version_2_without_swap_accounting_does_not_enforce_swap() -> None:
    asked = container(Memory=64 * 2**20, MemorySwap=128 * 2**20)
    found = limits_of(v2_host(**{"OWN/memory.swap.max": None}), asked)
    assert found["limits"]["memory_swap_bytes"]["verdict"] == "not_enforced"


@pytest.mark.parametrize(
    ("asked", "own", "left", "above", "verdict", "by"),
    [
        # Nobody takes anything away.
        ("0-1", "0-1", "0-1", "0-3", "equal", "OWN"),
        # The slice has fewer than the container asks for.
        ("0-1", "0-1", "0", "0,2", "differs", "/system.slice"),
        # None of those that the container asks for: the kernel gives it what the slice has.
        ("0-1", "0-1", "2", "2", "differs", "/system.slice"),
        # Written behind the engine's back.
        ("0-1", "3", "3", "0-3", "differs", "OWN"),
        ("", "", "0-3", "0-3", "unlimited", None),
        ("", "", "2", "2", "undeclared", "/system.slice"),
    ],
)
def test_a_set_of_cpus_names_the_group_that_makes_it_small(
    asked: str, own: str, left: str, above: str, verdict: str, by: str | None
) -> None:
    host = v2_host(
        **{
            "/cpuset.cpus.effective": "0-3\n",
            "/system.slice/cpuset.cpus.effective": f"{above}\n",
            "OWN/cpuset.cpus": f"{own}\n",
            "OWN/cpuset.cpus.effective": f"{left}\n",
        }
    )
    entry = limits_of(host, container(CpusetCpus=asked), CgroupDriver="systemd")["limits"]["cpuset_cpus"]
    group = by and by.replace("OWN", f"/system.slice/docker-{ID}.scope")
    assert (entry["verdict"], entry["limited_by"]) == (verdict, group and f"{group}/cpuset.cpus.effective")
    assert entry["enforced"] == (left if group else None)


@pytest.mark.parametrize(
    ("slice_low", "verdict", "enforced"),
    [("0", "not_enforced", 0), ("1048576", "differs", 1048576), ("max", "equal", 16777216)],
)
def test_version_2_protects_no_more_than_the_groups_above_reserve(slice_low: str, verdict: str, enforced: int) -> None:
    host = v2_host(**{"OWN/memory.low": "16777216\n", "/system.slice/memory.low": f"{slice_low}\n"})
    entry = limits_of(host, container(MemoryReservation=2**24))["limits"]["memory_reservation_bytes"]
    assert (entry["verdict"], entry["enforced"]) == (verdict, enforced)
    entry = limits_of(host, container())["limits"]["memory_reservation_bytes"]
    assert entry["verdict"] == ("unlimited" if slice_low == "0" else "undeclared")


@pytest.mark.parametrize("host", [1, 2])
def test_a_quota_of_cpu_of_a_group_above_counts(host: int) -> None:
    if host == 1:
        cpu = "/sys/fs/cgroup/cpu,cpuacct"
        changes = {f"{cpu}/docker/cpu.cfs_quota_us": "20000\n", f"{cpu}/docker/cpu.cfs_period_us": "100000\n"}
        found = limits_of(v1_host(**changes), container(NanoCpus=500000000))
        by = "/docker/cpu.cfs_quota_us"
    else:
        found = limits_of(v2_host(**{"/system.slice/cpu.max": "20000 100000\n"}), container(NanoCpus=500000000))
        by = "/system.slice/cpu.max"
    entry = found["limits"]["cpus"]
    assert (entry["verdict"], entry["enforced"], entry["limited_by"]) == ("differs", 0.2, by)


def test_the_section_about_version_2() -> None:
    section = cgroup.collect(context_of(v2_host(), container(), CgroupDriver="systemd"))
    assert (section["version"], section["mode"], section["driver"]) == (2, "unified", "systemd")
    assert section["controllers"]["cpuset"] == {"mounted": True, "delegated": False}
    assert section["controllers"]["memory"] == {"mounted": True, "delegated": True}
    assert section["unread"] == {}


def test_a_rootless_engine_without_groups_enforces_nothing() -> None:
    host = v2_host()
    group = "/user.slice/user-1000.slice/user@1000.service/docker.service"
    host.files["/proc/4242/cgroup"] = f"0::{group}\n"
    host.files[f"/sys/fs/cgroup{group}/cgroup.procs"] = "1\n"
    found = limits_of(host, container(Memory=64 * 2**20), CgroupDriver="none", SecurityOptions=["name=rootless"])
    assert found["path"] == {"unified": group}
    assert found["limits"]["memory_bytes"]["verdict"] == "not_enforced"


def test_a_rootless_engine_drops_the_limits_of_controllers_that_its_user_did_not_get() -> None:
    # As systemd delegates by itself: memory and pids.
    user = "/user.slice/user-1000.slice/user@1000.service"
    scope = f"{user}/user.slice/docker-{ID}.scope"
    root = "/sys/fs/cgroup"
    host = v2_host()
    host.files.update(
        {
            "/proc/4242/cgroup": f"0::{scope}\n",
            f"{root}/user.slice/cpu.max": "max 100000\n",
            f"{root}/user.slice/cpu.weight": "20\n",
            f"{root}/user.slice/cpuset.cpus.effective": "0\n",
            f"{root}/cpuset.cpus.effective": "0-3\n",
            f"{root}{scope}/cgroup.procs": "4242\n",
            f"{root}{scope}/memory.max": "67108864\n",
            f"{root}{scope}/pids.max": "50\n",
        }
    )
    asked = container(Memory=2**26, NanoCpus=5 * 10**8, CpuShares=512, CpusetCpus="0", PidsLimit=50, BlkioWeight=300)
    found = limits_of(host, asked, CgroupDriver="systemd", SecurityOptions=["name=rootless"], CgroupVersion="2")
    assert found["unread"] == {}
    verdicts = {name: entry["verdict"] for name, entry in found["limits"].items()}
    assert {name: one for name, one in verdicts.items() if one != "unlimited"} == {
        "memory_bytes": "equal",
        "pids": "equal",
        # The user has no other.
        "cpuset_cpus": "equal",
        **dict.fromkeys(("cpus", "cpu_shares", "blkio_weight"), "not_enforced"),
    }
    assert found["limits"]["cpuset_cpus"]["limited_by"] == "/user.slice/cpuset.cpus.effective"
    host.files[f"{root}/user.slice/cpuset.cpus.effective"] = "0-3\n"
    found = limits_of(host, asked, CgroupDriver="systemd", SecurityOptions=["name=rootless"], CgroupVersion="2")
    assert found["limits"]["cpuset_cpus"]["verdict"] == "not_enforced"


def test_a_rootless_engine_on_version_1_has_no_limits_of_the_groups_of_its_user() -> None:
    # As a user's engine on Debian 13 has it: no group of the container's own, but for systemd's names.
    user = "/user.slice/user-1000.slice"
    groups = (
        f"4:memory:{user}\n8:cpu,cpuacct:{user}\n7:cpuset:/\n6:pids:{user}\n5:blkio:/\n1:name=systemd:{user}/{ID}\n"
    )
    root = "/sys/fs/cgroup"
    host = v1_host(
        **{
            "/proc/4242/cgroup": groups,
            f"{root}/memory{user}/memory.limit_in_bytes": "9223372036854771712\n",
            f"{root}/memory{user}/memory.soft_limit_in_bytes": "16777216\n",
            f"{root}/cpu,cpuacct{user}/cpu.shares": "512\n",
            f"{root}/cpu,cpuacct{user}/cpu.cfs_quota_us": "-1\n",
            f"{root}/cpu,cpuacct{user}/cpu.cfs_period_us": "100000\n",
            f"{root}/pids{user}/pids.max": "63723\n",
            f"{root}/blkio/blkio.weight": "300\n",
            f"{root}/blkio/cgroup.procs": "1\n",
            **{f"{root}/{name}{user}/cgroup.procs": "1\n" for name in ("memory", "cpu,cpuacct", "pids")},
        }
    )
    asked = container(
        Memory=2**26, MemoryReservation=2**24, NanoCpus=5 * 10**8, CpuShares=512, CpusetCpus="0", PidsLimit=50
    )
    asked["HostConfig"]["BlkioWeight"] = 300
    found = limits_of(host, asked, CgroupDriver="none", SecurityOptions=["name=rootless"])
    verdicts = {name: entry["verdict"] for name, entry in found["limits"].items()}
    assert verdicts.pop("pids") == "differs"
    assert (verdicts.pop("memory_swap_bytes"), verdicts.pop("cpuset_mems")) == ("unlimited", "unlimited")
    assert set(verdicts.values()) == {"not_enforced"}, verdicts
    assert set(found["unread"]) == {"use", "held_back"}


@pytest.mark.parametrize(("asked", "verdict"), [("0", "not_enforced"), ("0,1-3", "equal"), ("", "unlimited")])
def test_a_set_of_all_cpus_is_no_limit_unless_it_was_asked_for(asked: str, verdict: str) -> None:
    assert limits_of(v1_host(), container(CpusetCpus=asked))["limits"]["cpuset_cpus"]["verdict"] == verdict


def test_a_remote_engine_tells_version_and_declared_limits() -> None:
    section = cgroup.collect(context_of(DictionaryHost({}), container(Memory=GIB), local=False, CgroupVersion="2"))
    assert section["version"] == 2
    assert {"mode", "mount", "controllers"} <= set(section["unread"])
    assert section["containers"][0]["limits"]["memory_bytes"] == {"declared": GIB}
    assert "is remote" in section["containers"][0]["unread"]["limits"]


@pytest.mark.parametrize(
    ("parent", "driver", "group"),
    [
        ("", "cgroupfs", "/docker"),
        ("/a/b", "cgroupfs", "/a/b"),
        ("", "systemd", "/system.slice"),
        ("a-b.slice", "systemd", "/a.slice/a-b.slice"),
        ("-.slice", "systemd", "/"),
    ],
)
def test_the_parent_of_containers(parent: str, driver: str, group: str) -> None:
    assert cgroup.parent_group(parent, driver) == group


def test_groups_and_mounts() -> None:
    assert ancestors("/a/b") == ["/a/b", "/a", "/"]
    assert ancestors("/") == ["/"]
    assert group_of(f"/docker/{'f' * 64}/docker/{ID}/init.scope", ID) == f"/docker/{'f' * 64}/docker/{ID}"
    assert group_of("/user.slice", ID) is None
    points = {mount.point: mount.controllers for mount in parse_mounts(V1_MOUNTS + "garbage\n\n1 2 - cgroup\n")}
    assert points["/sys/fs/cgroup/cpu,cpuacct"] == {"cpu", "cpuacct"}
    assert "/sys/fs/cgroup/systemd" not in points
    assert points["/sys/fs/cgroup/unified"] == {"unified"}


@pytest.mark.parametrize(
    ("text", "reload", "settings", "loaded"),
    [
        (
            "# x\n[Slice]\nMemoryMax=268435456\nTasksMax = 9\nCPUWeight=3\n",
            "no",
            {"MemoryMax": "268435456", "TasksMax": "9"},
            True,
        ),
        ("MemoryMax=268435456\nCPUQuota=150%\n", "yes", {"MemoryMax": "268435456", "CPUQuota": "150%"}, False),
        ("", "", {}, None),
        (None, "no", None, None),
    ],
)
def test_what_was_written_for_the_slice_of_all_containers(
    monkeypatch: pytest.MonkeyPatch, text: str | None, reload: str, settings: t.Any, loaded: bool | None
) -> None:
    use_options(monkeypatch, cgroup_parent="containers.slice")
    monkeypatch.setattr(
        cgroup,
        "systemd_properties",
        lambda *_asked: {"NeedDaemonReload": reload, "MemoryMax": "268435456", "TasksMax": "9"},
    )
    file = "/etc/systemd/system/containers.slice.d/50-seawall.conf"
    host = v1_host(**({file: text} if text is not None else {}))
    section = cgroup.collect(context_of(host, container(), CgroupDriver="systemd"))
    assert section["daemon_slice"] == {"name": "containers.slice", "settings": settings, "loaded": loaded}


@pytest.mark.parametrize("parent", ["", "/x", "../../tmp/x.slice", "a/b.slice"])
def test_no_other_parent_names_a_file(monkeypatch: pytest.MonkeyPatch, parent: str) -> None:
    use_options(monkeypatch, cgroup_parent=parent)
    section = cgroup.collect(context_of(v1_host(), container(), CgroupDriver="systemd"))
    assert section["daemon_slice"] is None
