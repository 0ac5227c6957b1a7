# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits as asked for and as the kernel writes them."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.seawall.docker.plugins.module_utils._cgroup import limits
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.limits import Held


@pytest.mark.parametrize(
    ("host_config", "declared"),
    [
        ({}, {}),
        ({"Memory": 0, "MemorySwap": -1, "PidsLimit": None, "CpuShares": 0, "CpusetCpus": "", "BlkioWeight": 0}, {}),
        ({"PidsLimit": -1, "CpuQuota": -1, "CpuPeriod": 100000}, {}),
        (
            {"Memory": 64, "MemorySwap": 128, "MemoryReservation": 32},
            {"memory_bytes": 64, "memory_swap_bytes": 128, "memory_reservation_bytes": 32},
        ),
        ({"NanoCpus": 1500000000}, {"cpus": 1.5}),
        ({"CpuQuota": 20000, "CpuPeriod": 50000}, {"cpus": 0.4}),
        ({"CpuQuota": 25000, "CpuPeriod": 0}, {"cpus": 0.25}),
        (
            {"CpuShares": 512, "CpusetCpus": "0,1", "CpusetMems": "0", "PidsLimit": 5, "BlkioWeight": 300},
            {"cpu_shares": 512, "cpuset_cpus": "0,1", "cpuset_mems": "0", "pids": 5, "blkio_weight": 300},
        ),
    ],
)
def test_what_a_container_asks_for(host_config: dict[str, t.Any], declared: dict[str, t.Any]) -> None:
    found = limits.declared_limits(host_config)
    assert list(found) == list(limits.LIMITS)
    assert {name: value for name, value in found.items() if value is not None} == declared


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("max\n", None),
        ("-1\n", None),
        ("9223372036854771712\n", None),
        ("9223372036854710272", None),
        ("0\n", 0),
        ("67108864\n", 67108864),
    ],
)
def test_amounts(text: str, value: int | None) -> None:
    assert limits.parse_amount(text) == value


@pytest.mark.parametrize("text", ["", "abc", "-2", "1 2", "1" * 30])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        limits.parse_amount(text)


def test_cpu_quotas() -> None:
    assert limits.parse_cpu_max("max 100000\n") is None
    assert limits.parse_cpu_max("50000 100000\n") == 0.5
    assert limits.cores("-1\n", "100000\n") is None
    assert limits.cores("20000\n", "50000\n") == 0.4
    for period in ("", "0", "max"):
        with pytest.raises(ValueError, match="not a"):
            limits.cores("1", period)


def test_weights() -> None:
    assert limits.parse_weight("1024\n") == 1024
    assert limits.parse_weight("default 100\n8:0 200\n") == 100
    for text in ("", "default", "max"):
        with pytest.raises(ValueError, match="not a"):
            limits.parse_weight(text)


# Values that runc writes, old and new.
@pytest.mark.parametrize(
    ("shares", "linear", "curve"),
    [(2, 1, 1), (512, 20, 59), (1024, 39, 100), (2048, 79, 174), (262144, 10000, 10000), (1, 1, 1)],
)
def test_both_conversions_of_cpu_shares(shares: int, linear: int, curve: int) -> None:
    assert limits.cpu_weights(shares) == sorted({linear, curve})


@given(st.sets(st.integers(0, 300)))
def test_cpu_sets_survive_a_round_trip(numbers: set[int]) -> None:
    assert limits.parse_cpuset(limits.cpuset_text(numbers)) == numbers


@pytest.mark.parametrize("text", ["a", "3-1", "0-99999999", "0-65537", "1--2"])
def test_what_is_no_cpu_set_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a list"):
        limits.parse_cpuset(text)


def test_the_tightest_limit_counts_and_names_its_file() -> None:
    held = [Held(64, "/a/b/memory.max"), Held(None, None), Held(32, "/a/memory.max"), Held(32, "/memory.max")]
    assert limits.tightest(held) == Held(32, "/a/memory.max")
    assert limits.tightest([]) == Held(None, None)


@pytest.mark.parametrize(
    ("name", "declared", "enforced", "file", "verdict"),
    [
        ("memory_bytes", None, None, None, "unlimited"),
        ("memory_bytes", 67108864, None, None, "not_enforced"),
        ("memory_bytes", 10000001, 9998336, "memory.max", "equal"),
        ("memory_bytes", 67108864, 67108864 - 4097, "memory.max", "differs"),
        ("memory_bytes", None, 33554432, "memory.max", "undeclared"),
        ("pids", 30, 33, "pids.max", "differs"),
        ("pids", 30, 30, "pids.max", "equal"),
        ("cpus", 0.333, 0.34, "cpu.max", "equal"),
        ("cpus", 0.333333, 0.33333, "cpu.max", "equal"),
        ("cpus", 0.5, 0.51, "cpu.max", "differs"),
        ("cpus", 0.5, 0.49, "cpu.max", "differs"),
        ("cpuset_cpus", "0,1", "0-1", "cpuset.cpus.effective", "equal"),
        ("cpuset_cpus", "0-1", "1", "cpuset.cpus.effective", "differs"),
        ("cpuset_cpus", "0-1", "", "cpuset.cpus.effective", "differs"),
        ("cpu_shares", 1024, 39, "cpu.weight", "equal"),
        ("cpu_shares", 1024, 100, "cpu.weight", "equal"),
        ("cpu_shares", 1024, 60, "cpu.weight", "differs"),
        ("cpu_shares", 512, 512, "cpu.shares", "equal"),
        ("cpu_shares", 1, 2, "cpu.shares", "equal"),
        ("blkio_weight", 300, 300, "io.bfq.weight", "equal"),
        ("blkio_weight", 300, 2930, "io.weight", "equal"),
        ("blkio_weight", 100, 100, "io.weight", "differs"),
        ("blkio_weight", 300, 300, "blkio.weight", "equal"),
    ],
)
def test_verdicts(name: str, declared: limits.Value, enforced: limits.Value, file: str | None, verdict: str) -> None:
    path = f"/docker/x/{file}" if file else None
    assert limits.verdict(name, declared, Held(enforced, path), 4096) == verdict


@pytest.mark.parametrize(
    ("name", "declared", "enforced", "file", "equal"),
    [
        # Memory is rounded to whole pages, and nothing else is.
        ("memory_bytes", 10000000, 10000000 + 4096, "memory.max", True),
        ("memory_bytes", 10000000, 10000000 + 4097, "memory.max", False),
        ("memory_swap_bytes", 10000000, 10000000 - 4096, "memory.swap.max", True),
        ("pids", 30, 31, "pids.max", False),
        ("blkio_weight", 300, 301, "io.bfq.weight", False),
        # CPU is rounded up to steps of a hundredth, and by the last place of what is written.
        ("cpus", 0.5, 0.5, "cpu.max", True),
        ("cpus", 0.5, 0.509, "cpu.max", True),
        ("cpus", 0.5, 0.49995, "cpu.max", True),
        ("cpus", 0.5, 0.4998, "cpu.max", False),
        # The curve may be one off, other weights may not.
        ("cpu_shares", 1024, 38, "cpu.weight", True),
        ("cpu_shares", 1024, 40, "cpu.weight", True),
        ("cpu_shares", 1024, 41, "cpu.weight", False),
        ("cpu_shares", 1024, 101, "cpu.weight", True),
        ("cpu_shares", 1024, 1024, "cpu.weight", False),
        ("blkio_weight", 300, 2930, "io.weight", True),
        ("blkio_weight", 300, 2929, "io.weight", False),
        ("blkio_weight", 5, 1, "io.weight", True),
        ("blkio_weight", 1000, 10000, "io.weight", True),
        # Version 1 has bounds of its own.
        ("cpu_shares", 300000, 262144, "cpu.shares", True),
        ("cpu_shares", 300000, 262143, "cpu.shares", False),
        ("cpu_shares", 3, 3, "cpu.shares", True),
        ("cpuset_cpus", "0-1", "x", "cpuset.cpus", False),
        ("cpuset_cpus", "0, 1", "0-1", "cpuset.cpus", True),
        ("cpuset_cpus", "5-5", "5", "cpuset.cpus", True),
        ("cpuset_cpus", "0-65536", "0-65536", "cpuset.cpus", True),
    ],
)
def test_how_far_the_kernel_may_be_from_what_was_asked(
    name: str, declared: t.Any, enforced: t.Any, file: str, equal: bool
) -> None:
    held = Held(enforced, f"/a/{file}")
    assert limits.verdict(name, declared, held, 4096) == ("equal" if equal else "differs")


@pytest.mark.parametrize(
    ("declared", "path", "values"),
    [
        (512, "/a/cpu.weight", [20, 59]),
        (512, "cpu.weight", [20, 59]),
        (512, "/a/cpu.shares", None),
        (10, "/a/io.weight", [1]),
        (505, "/a/io.weight", [5000]),
        (500, "/a/io.bfq.weight", None),
        (0.5, "/a/cpu.weight", None),
        (None, "/a/cpu.weight", None),
        (512, None, None),
    ],
)
def test_weights_that_the_kernel_holds_in_another_unit(
    declared: t.Any, path: str | None, values: list[int] | None
) -> None:
    assert limits.expected_values(declared, path) == values


def test_a_quota_without_its_period_has_the_usual_one() -> None:
    assert limits.parse_cpu_max("50000") == 0.5
    assert limits.parse_cpu_max("50000 25000") == 2.0
    assert limits.parse_cpu_max("33333 100000") == 0.33333
    assert limits.declared_limits({"CpuQuota": 33333, "CpuPeriod": 70000})["cpus"] == 0.476186
    assert limits.declared_limits({"NanoCpus": 333333333, "CpuQuota": 5})["cpus"] == 0.333333
    assert limits.declared_limits({"NanoCpus": 1, "CpuQuota": 5})["cpus"] == 0.0


def test_numbers_in_a_row_are_written_as_one_part() -> None:
    assert limits.cpuset_text([3, 1, 2, 5, 7, 8]) == "1-3,5,7-8"
    assert limits.cpuset_text([]) == ""
    assert limits.parse_cpuset("1-3,,5\n") == {1, 2, 3, 5}
    assert limits.parse_cpuset("\n") == frozenset()


@pytest.mark.parametrize(
    ("parse", "text", "said"),
    [
        (limits.parse_amount, " many\n", "not an amount: 'many'"),
        (limits.parse_amount, "x" * 50, f"not an amount: '{'x' * 40}'"),
        (limits.parse_weight, "", "not an amount: ''"),
        (limits.parse_weight, "max\n", "not a weight: 'max'"),
        (limits.parse_cpuset, " 1;2 ", "not a list of CPUs or nodes: '1;2'"),
        (limits.parse_cpuset, "y" * 50, f"not a list of CPUs or nodes: '{'y' * 40}'"),
        (limits.parse_cpu_max, "5 0", "not a period: '0'"),
    ],
)
def test_what_is_not_understood_is_shown_as_far_as_it_is_short(
    parse: t.Callable[[str], t.Any], text: str, said: str
) -> None:
    with pytest.raises(ValueError, match="^not a") as caught:
        parse(text)
    assert str(caught.value) == said
