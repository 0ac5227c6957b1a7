# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is judged of containers that tried to take more than their limits: only what the kernel counted is a pass."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._trial import limit_trials as trials
from ansible_collections.seawall.docker.plugins.module_utils._trial.image import Shell
from ansible_collections.seawall.docker.plugins.module_utils._trial.limit_trials import Seen
from ansible_collections.seawall.docker.plugins.module_utils._trial.limits_proof import device_of

SPARED = {"oom_kills": 0, "pids_refused": 0}
IDLE = Seen(True, 0, SPARED, "")
MIB = trials.MIB


@pytest.mark.parametrize(
    ("hog", "neighbour", "state", "reason"),
    [
        (Seen(True, 0, {"oom_kills": 1, "memory_peak_bytes": 32 * MIB}, ""), IDLE, "enforced", "killed at 32 MiB"),
        # Kernels before 5.19 keep no peak with version 2.
        (Seen(True, 0, {"oom_kills": 1, "memory_peak_bytes": None}, ""), IDLE, "enforced", "killed at 32 MiB"),
        (Seen(True, 0, {"oom_kills": 1, "memory_peak_bytes": 40 * MIB}, ""), IDLE, "not_enforced", "used 41943040"),
        (Seen(False, 7, None, "it ended"), IDLE, "not_enforced", "got 48 MiB"),
        (Seen(True, 0, SPARED, ""), IDLE, "inconclusive", "neither"),
        (Seen(True, 0, {"oom_kills": None}, ""), IDLE, "inconclusive", "neither"),
        (Seen(False, 137, None, "it ended"), IDLE, "inconclusive", "it ended"),
        (Seen(True, 0, {"oom_kills": 1}, ""), Seen(False, 137, None, "x"), "not_enforced", "took no memory ended"),
        # On a host that is too slow to look in time.
        (Seen(True, 0, {"oom_kills": 1}, ""), Seen(False, 0, None, "x"), "inconclusive", "ended by itself"),
        (Seen(True, 0, {"oom_kills": 1}, ""), Seen(True, 0, None, "gone"), "inconclusive", "gone"),
        (Seen(True, 0, {"oom_kills": 1}, ""), Seen(True, 0, {"oom_kills": 1}, ""), "inconclusive", "spared"),
    ],
)
def test_memory(hog: Seen, neighbour: Seen, state: str, reason: str) -> None:
    found = trials.judge_memory(hog, neighbour)
    assert (found.state, reason in found.reason) == (state, True), found


@pytest.mark.parametrize(
    ("bomb", "state"),
    [
        (Seen(True, 0, {"pids_refused": 1, "pids_peak": 16, "pids": 16}, ""), "enforced"),
        (Seen(True, 0, {"pids_refused": 3, "pids_peak": None, "pids": 2}, ""), "enforced"),
        (Seen(True, 0, {"pids_refused": 1, "pids_peak": 40, "pids": 16}, ""), "not_enforced"),
        (Seen(False, 7, None, "it ended"), "not_enforced"),
        (Seen(True, 0, {"pids_refused": 0, "pids": 12}, ""), "inconclusive"),
        (Seen(True, 0, {"pids_refused": None, "pids": None}, ""), "inconclusive"),
        (Seen(False, 2, None, "it ended"), "inconclusive"),
    ],
)
def test_processes(bomb: Seen, state: str) -> None:
    assert trials.judge_pids(bomb, IDLE).state == state
    assert trials.judge_pids(bomb, Seen(True, 0, None, "gone")).state in (state, "inconclusive")


@pytest.mark.parametrize(
    ("light", "heavy", "state"),
    [
        (0.04, 0.6, "enforced"),
        (0.6, 0.6, "not_enforced"),
        (0.2, 0.6, "inconclusive"),
        # Too little to compare.
        (0.0, 0.1, "inconclusive"),
        (None, 0.6, "inconclusive"),
        (0.01, None, "inconclusive"),
    ],
)
def test_cpu_time(light: float | None, heavy: float | None, state: str) -> None:
    assert trials.judge_cpu(light, heavy, "").state == state


HELD = {("8:0", "write_bps"): MIB}


@pytest.mark.parametrize(
    ("free", "held", "rates", "state"),
    [
        (0.3, 3.1, HELD, "enforced"),
        (0.3, 0.4, HELD, "not_enforced"),
        (0.3, 0.4, {}, "not_enforced"),
        # A disk that is slow by itself is no limit that was seen.
        (0.3, 3.1, {}, "inconclusive"),
        (3.0, 4.0, HELD, "inconclusive"),
        # As in a virtual machine that is emulated: starting the container alone takes longer than writing may.
        (12.4, 8.6, HELD, "inconclusive"),
        (12.4, 12.5, {}, "not_enforced"),
        (12.4, 14.0, HELD, "enforced"),
        (0.1, 1.4, HELD, "not_enforced"),
        (0.3, 3.1, None, "not_possible"),
        (None, None, HELD, "not_possible"),
        (0.3, None, HELD, "not_possible"),
    ],
)
def test_writes(free: float | None, held: float | None, rates: t.Any, state: str) -> None:
    assert trials.judge_writes(free, held, rates, "/dev/vda").state == state


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        (["enforced", "enforced", "not_possible"], "enforced"),
        (["enforced", "inconclusive"], "inconclusive"),
        (["enforced", "inconclusive", "not_enforced"], "not_enforced"),
        # What cannot be tried is no pass.
        (["not_possible"], "inconclusive"),
        ([], "inconclusive"),
    ],
)
def test_the_whole(states: list[str], verdict: str) -> None:
    assert trials.verdict_of([{"state": state} for state in states]) == verdict


def test_each_container_is_bounded_by_more_than_the_limit_that_is_tried() -> None:
    shell = Shell("busybox", None, ["/busybox", "sh"], "/busybox ")
    for script, limits in (
        (trials.HOG, trials.memory_limits()),
        (trials.BUSY, trials.cpu_limits(3, 64)),
        (trials.WRITER, trials.write_limits("/dev/vda")),
    ):
        body = trials.container_of("image:1", shell, script, 70, limits)
        settings = body["HostConfig"]
        assert settings["PidsLimit"] == 16 and settings["Memory"] <= 64 * MIB and settings["CapDrop"] == ["ALL"]
        assert settings["Ulimits"] == [{"Name": "cpu", "Soft": 30, "Hard": 30}]
        assert settings["ReadonlyRootfs"] is (script != trials.WRITER)
    assert body["HostConfig"]["BlkioDeviceWriteBps"] == [{"Path": "/dev/vda", "Rate": MIB}]
    assert body["Entrypoint"][-3:] == ["proof", "/busybox ", "70"]


def test_a_file_system_without_a_disk_has_no_device() -> None:
    assert device_of("/proc") is None and device_of("/nowhere") is None
