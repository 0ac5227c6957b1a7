# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits for containers: what makes sense, what is asked of the engine, and what is refused, on both versions."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.limits import Held
from ansible_collections.seawall.docker.plugins.module_utils._container_limits import kept_by, request_body, run, use
from ansible_collections.seawall.docker.plugins.module_utils._container_limits.request_body import Change
from ansible_collections.seawall.docker.plugins.module_utils._container_limits.wanted import (
    Restart,
    Selection,
    Wanted,
    WantedFault,
    wanted_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

MIB = 2**20
PAGE = 4096


def test_patterns_that_match_nothing_are_told_from_names() -> None:
    selection = Selection(["web-*", "nomatch-*", "db"], {}, None)
    assert selection.matching_nothing(["web-1", "cache"]) == ["nomatch-*"] and selection.exact_names() == ["db"]


@pytest.mark.parametrize(
    ("text", "size"),
    [("512m", 512 * MIB), ("1.5g", 1536 * MIB), ("8388608", 8 * MIB), ("64MiB", 64 * MIB), ("64 mb", 64 * MIB)],
)
def test_sizes_as_people_write_them(text: str, size: int) -> None:
    assert wanted_of({"memory": text, "pids": None}).limits == {"memory_bytes": size}


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({}, "nothing to set"),
        ({"memory": "lots"}, "memory 'lots' is no size"),
        ({"memory": "-1"}, "is no size"),
        ({"memory": "4m"}, "memory of 4 MiB is too little: engines want 6m at least"),
        ({"memory_swap": "1g"}, "needs memory beside it"),
        ({"memory": "1g", "memory_swap": "512m"}, "cannot be less than memory"),
        ({"memory": "64m", "memory_reservation": "128m"}, "cannot be more than memory"),
        ({"cpus": 0.0}, "0.01 at least"),
        ({"cpu_shares": 1}, "between 2 and 262144"),
        ({"blkio_weight": 5}, "between 10 and 1000"),
        ({"pids": 0}, "1 or more, or -1"),
        ({"cpuset_cpus": "2-1"}, "not a list of CPUs"),
        ({"cpuset_cpus": ","}, "names nothing"),
        ({"restart_policy": "sometimes"}, "'sometimes' is none"),
        ({"restart_policy": "always:5"}, "'always:5' is none"),
    ],
)
def test_what_makes_no_sense_is_refused_before_a_host_is_asked(limits: dict[str, t.Any], reason: str) -> None:
    with pytest.raises(WantedFault, match=reason):
        wanted_of(limits)


def test_swap_follows_memory_as_for_a_new_container() -> None:
    wanted = wanted_of({"memory": "64m"})
    assert request_body.completed(wanted, {"SwapLimit": True}).limits["memory_swap_bytes"] == 128 * MIB
    assert "memory_swap_bytes" not in request_body.completed(wanted, {"SwapLimit": False}).limits
    free = wanted_of({"memory": "64m", "memory_swap": "-1"})
    assert request_body.completed(free, {"SwapLimit": True}) == free


HELD = {"memory_bytes": Held(64 * MIB, "/docker/x/memory.max"), "pids": Held(20, "/docker/pids.max")}
DECLARED = {"Memory": 64 * MIB, "PidsLimit": 50, "RestartPolicy": {"Name": "no"}}


def changed(wanted: Wanted, held: dict[str, Held], own: set[str]) -> list[str]:
    return [one.name for one in request_body.changes_of(wanted, DECLARED, held, own, PAGE)]


def test_only_what_is_otherwise_is_changed() -> None:
    wanted = Wanted({"memory_bytes": 64 * MIB, "pids": 50}, Restart("no", 0))
    # The group above is tighter: no update of the container can change that.
    assert changed(wanted, HELD, {"memory_bytes"}) == []
    # Its own is: somebody changed it.
    assert changed(wanted, HELD, {"memory_bytes", "pids"}) == ["pids"]
    assert changed(wanted, {**HELD, "memory_bytes": Held(None, None)}, {"memory_bytes"}) == ["memory_bytes"]
    # The kernel holds whole pages.
    assert changed(wanted, {"memory_bytes": Held(64 * MIB - 10, "/docker/x/memory.max")}, {"memory_bytes"}) == []
    assert changed(Wanted({}, Restart("on-failure", 5)), {}, set()) == ["restart_policy"]


def test_memory_and_swap_are_asked_for_together_and_cpus_as_the_container_has_them() -> None:
    wanted = Wanted({"memory_bytes": 64 * MIB, "memory_swap_bytes": 128 * MIB, "cpus": 1.5}, None)
    changes = [request_body.Change("memory_swap_bytes", None, 1), request_body.Change("cpus", None, 1.5)]
    assert request_body.body_of(wanted, changes, {}) == {
        "Memory": 64 * MIB,
        "MemorySwap": 128 * MIB,
        "NanoCpus": 1_500_000_000,
    }
    quota = {"CpuQuota": 1000, "CpuPeriod": 50000}
    assert request_body.body_of(wanted, changes[1:], quota) == {"CpuQuota": 75000, "CpuPeriod": 50000}


def test_what_an_engine_would_drop_is_named() -> None:
    wanted = Wanted({"pids": 5, "cpus": 1.0, "blkio_weight": 100}, None)
    assert request_body.cannot_hold(wanted, {"PidsLimit": False, "CpuCfsQuota": True}) == [
        "pids: this host cannot limit it (the engine's /info says PidsLimit: false)"
    ]


class Tree:
    """Files of one group."""

    def __init__(self, version: int, files: dict[str, str]) -> None:
        self.version = version
        self.files = files

    def read(self, _controller: str, _group: str, file: str) -> str | None:
        return self.files.get(file)


V1 = {
    "memory.usage_in_bytes": "1000\n",
    "memory.memsw.usage_in_bytes": "1500\n",
    "memory.stat": "inactive_file 7\ntotal_inactive_file 400\n",
    "pids.current": "3\n",
}
V2 = {
    "memory.current": "1000\n",
    "memory.swap.current": "500\n",
    "memory.stat": "anon 5\ninactive_file 400\n",
    "pids.current": "3\n",
}


@pytest.mark.parametrize(("version", "files"), [(1, V1), (2, V2)])
def test_use_is_without_the_cache_that_the_kernel_can_drop(version: int, files: dict[str, str]) -> None:
    paths = {"unified": "/x"} if version == 2 else {"memory": "/x", "pids": "/x"}

    def used(without: str = "") -> use.Use:
        return use.use_of(t.cast(t.Any, Tree(version, {k: v for k, v in files.items() if k != without})), paths)

    assert used() == use.Use(600, 1100, 3)
    # A kernel that does not count swap. Everything else must be there.
    assert used(without=next(name for name in files if "sw" in name)).memory_and_swap is None
    for name in ("memory.stat", "pids.current"):
        with pytest.raises(Unread, match=name):
            used(without=name)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"memory_bytes": 599}, "memory of 599 bytes is below the 0.0 MiB (600 bytes) that"),
        (
            {"memory_bytes": 600, "memory_swap_bytes": 1099},
            "memory_swap of 1099 bytes is below the 0.0 MiB (1100 bytes) that",
        ),
        ({"pids": 2}, "pids of 2 is below the 3 processes"),
        ({"memory_bytes": 600, "memory_swap_bytes": -1, "pids": -1}, ""),
    ],
)
def test_limits_below_use_are_refused(limits: dict[str, t.Any], said: str) -> None:
    assert "; ".join(use.refusals(Wanted(limits, None), use.Use(600, 1100, 3))).startswith(said)
    if not said:
        assert use.refusals(Wanted(limits, None), use.Use(600, 1100, 3)) == []


def test_a_difference_shows_sizes_as_people_write_them() -> None:
    changes = [Change("memory_bytes", None, 512 * MIB), Change("memory_swap_bytes", 1, -1), Change("pids", None, 50)]
    shown = run._difference([run.Target({"Id": "a" * 64, "Name": "/web"}, changes=changes)])
    assert shown["before"] == "web memory_bytes: no limit\nweb memory_swap_bytes: 1 bytes\nweb pids: no limit\n"
    assert shown["after"] == "web memory_bytes: 512 MiB\nweb memory_swap_bytes: -1\nweb pids: 50\n"


def test_what_keeps_the_limits() -> None:
    wanted = Wanted(
        {"memory_bytes": 512 * MIB, "memory_swap_bytes": -1, "cpus": 1.5, "pids": 50, "blkio_weight": 300},
        Restart("on-failure", 5),
    )
    labels = {"com.docker.compose.service": 'x: "y"\nprivileged: true'}
    assert kept_by.compose_lines(wanted, {"Config": {"Labels": labels}}) == [
        "services:",
        r'  "x: \"y\"\nprivileged: true":',
        '    mem_limit: "512m"',
        "    memswap_limit: -1",
        '    cpus: "1.5"',
        "    pids_limit: 50",
        "    blkio_config:",
        "      weight: 300",
        '    restart: "on-failure:5"',
    ]
    assert kept_by.compose_lines(wanted, {"Config": {"Labels": None}}) == []
    assert kept_by.run_options(wanted) == [
        "--memory=512m",
        "--memory-swap=-1",
        "--cpus=1.5",
        "--pids-limit=50",
        "--blkio-weight=300",
        "--restart=on-failure:5",
    ]
