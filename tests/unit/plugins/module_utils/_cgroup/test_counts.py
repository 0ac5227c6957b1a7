# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel counted, in the files of both versions, and limits of single devices."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._cgroup import throttles
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.counts import Counts
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.tree import CgroupTree
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.tests.support.dictionary_host import ID, DictionaryHost

V2 = "30 2 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
V1 = "".join(
    f"3{n} 2 0:2{n} / /sys/fs/cgroup/{name} rw - cgroup cgroup rw,{name}\n"
    for n, name in enumerate(("memory", "cpu", "pids", "blkio"))
)
SCOPE = f"/system.slice/docker-{ID}.scope"


def v2(**files: t.Any) -> CgroupTree:
    known = {"cgroup.procs": "1\n", **{name.replace("__", "."): text for name, text in files.items()}}
    return CgroupTree(
        DictionaryHost(
            {"/proc/self/mountinfo": V2, **{f"/sys/fs/cgroup{SCOPE}/{name}": text for name, text in known.items()}}
        )
    )


def test_counts_of_version_2() -> None:
    tree = v2(
        memory__current="3145728\n",
        memory__peak="9437184\n",
        pids__current="2\n",
        cpu__stat="usage_usec 1204000\nuser_usec 1\nnr_periods 120\nnr_throttled 7\nthrottled_usec 318400\n",
        memory__events="low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\n",
        pids__events="max 3\n",
        cpu__pressure="some avg10=1.00 avg60=0.50 avg300=0.12 total=77\n",
        memory__pressure=Unread("cannot read memory.pressure: Operation not supported"),
    )
    counts = Counts(tree, {"unified": SCOPE}, ID)
    assert counts.use() == {
        "memory_bytes": 3145728,
        "memory_peak_bytes": 9437184,
        "pids": 2,
        "pids_peak": None,
        "cpu_seconds": 1.204,
    }
    assert counts.held_back() == {
        "cpu_periods": 120,
        "cpu_periods_throttled": 7,
        "cpu_seconds_throttled": 0.318,
        "memory_limit_hits": 12,
        "oom_kills": 1,
        "pids_refused": 3,
        "pressure": {"cpu": 0.12, "memory": None, "io": None},
    }


def test_counts_of_version_1_of_a_kernel_that_lacks_some() -> None:
    own = f"/docker/{ID}"
    files = {
        "memory/memory.usage_in_bytes": "4096\n",
        "memory/memory.failcnt": "2\n",
        "memory/memory.memsw.failcnt": "5\n",
        "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\n",
        "cpu/cpu.stat": "nr_periods 4\nnr_throttled 1\nthrottled_time 250000000\n",
        "pids/pids.events": "max 0\n",
    }
    host = DictionaryHost(
        {
            "/proc/self/mountinfo": V1,
            **{f"/sys/fs/cgroup/{name}{own}/cgroup.procs": "1\n" for name in ("memory", "cpu", "pids")},
            **{f"/sys/fs/cgroup/{path.replace('/', own + '/', 1)}": text for path, text in files.items()},
        }
    )
    counts = Counts(CgroupTree(host), dict.fromkeys(("memory", "cpu", "pids", "cpuacct"), own), ID)
    held = counts.held_back()
    assert (held["memory_limit_hits"], held["oom_kills"], held["pids_refused"]) == (7, None, 0)
    assert held["cpu_seconds_throttled"] == 0.25 and held["pressure"] is None
    assert counts.use()["cpu_seconds"] is None and counts.use()["memory_bytes"] == 4096


@pytest.mark.parametrize(
    ("tree", "paths", "reason"),
    [
        (v2(pids__events="max many\n"), {"unified": SCOPE}, "max in pids.events is not understood"),
        (v2(memory__events=Unread("not permitted", "denied")), {"unified": SCOPE}, "not permitted"),
        (v2(), {"unified": "/user.slice"}, "counts other processes"),
        (v2(), {"unified": f"/gone/{ID}"}, "is not there"),
        (v2(cpu__pressure=Unread("not permitted", "denied")), {"unified": SCOPE}, "not permitted"),
    ],
)
def test_a_count_that_is_not_the_containers_or_not_understood_is_not_known(
    tree: CgroupTree, paths: dict[str, str], reason: str
) -> None:
    with pytest.raises(Unread) as caught:
        Counts(tree, paths, ID).held_back()
    assert reason in caught.value.reason


def test_limits_of_devices_of_the_groups_above_count_with_version_2() -> None:
    mounts = {"/proc/self/mountinfo": V2, f"/sys/fs/cgroup{SCOPE}/cgroup.procs": "1\n"}
    tree = CgroupTree(
        DictionaryHost(
            {
                **mounts,
                f"/sys/fs/cgroup{SCOPE}/io.max": "8:0 rbps=4096 wbps=max riops=max wiops=100\n",
                "/sys/fs/cgroup/system.slice/io.max": "8:0 rbps=1024 wbps=max riops=max wiops=max\n",
            }
        )
    )
    assert throttles.enforced_throttles(tree, {"unified": SCOPE}) == {
        ("8:0", "read_bps"): 1024,
        ("8:0", "write_iops"): 100,
    }


def test_declared_and_enforced_limits_of_devices_side_by_side() -> None:
    declared = throttles.declared_throttles(
        {
            "BlkioDeviceReadBps": [{"Path": "/dev/sda", "Rate": 1024}, {"Path": "/dev/gone", "Rate": 5}],
            "BlkioDeviceWriteIOps": [{"Path": "/dev/sda", "Rate": 7}, {"Path": "/dev/sdb", "Rate": 0}],
            "BlkioDeviceReadIOps": None,
        }
    )
    enforced = {("8:0", "read_bps"): 512, ("8:16", "write_bps"): 9, ("8:0", "write_iops"): 7}
    rows = throttles.compared(declared, enforced, {"/dev/sda": "8:0"}.get)
    assert [(row["device"], row["number"], row["limit"], row["verdict"]) for row in rows] == [
        (None, "8:16", "write_bps", "undeclared"),
        ("/dev/gone", None, "read_bps", "not_enforced"),
        ("/dev/sda", "8:0", "read_bps", "differs"),
        ("/dev/sda", "8:0", "write_iops", "equal"),
    ]


@pytest.mark.parametrize("text", ["8:0 rbps=x\n", "sda rbps=1\n", "8:0 rbps\n", "8:0 rbps=-1\n"])
def test_a_limit_of_a_device_that_is_not_understood_is_not_known(text: str) -> None:
    with pytest.raises(Unread):
        throttles.parse_io_max(text)


@pytest.mark.parametrize("text", ["8:0\n", "8:0 max\n", "Total 7\n", "8:0 1\n" * 1001])
def test_a_rate_of_version_1_that_is_not_understood_is_not_known(text: str) -> None:
    with pytest.raises(Unread):
        throttles.parse_device_rates(text)
