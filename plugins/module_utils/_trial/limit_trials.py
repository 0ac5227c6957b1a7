# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that try to take more than their limits: what they run, how they are made, and what is judged of them.

Each container ends by itself after seconds, and takes little even where no limit holds it.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._trial.image import Shell
from ansible_collections.seawall.docker.plugins.module_utils._trial.proving import INCONCLUSIVE, LABEL

Document = t.Dict[str, t.Any]

MIB = 2**20
ENFORCED, NOT_ENFORCED, NOT_POSSIBLE = "enforced", "not_enforced", "not_possible"

MEMORY_BYTES, MEMORY_TRIED_MIB = 32 * MIB, 48
PIDS, PIDS_TRIED = 16, 32
LIGHT_SHARES, HEAVY_SHARES = 64, 1024
# CPU time of the heavier container after which both are compared.
CPU_SECONDS = 0.5
WRITE_BYTES_A_SECOND, WRITTEN_MIB = MIB, 3
# What a writer that is held back takes longer than one that is not, and what is too little to tell; within the last it would
# have written twice as fast as it may.
_HELD_SECONDS, _FREE_SECONDS, _TOO_FAST_SECONDS = 1.5, 0.75, 1.5
# The status with which a container ends that got more than its limit.
GOT_MORE, WRITTEN = 7, 5
# How much longer than what is left for the test a container that does nothing lives.
LONGER_SECONDS = 10

# $1 goes before the names of sleep and dd, $2 are the seconds after which a container ends by itself. What tries is a child, so
# that the container and its counts outlive it.
SLEEP = "exec $1sleep $2"
# Doubled to one MiB, and then as many of these as were asked for. ulimit is for hosts on which no limit holds.
HOG = f"""
(ulimit -v 262144
part=0123456789abcdef; count=0
while [ $count -lt 16 ]; do part=$part$part; count=$((count+1)); done
all=; count=0
while [ $count -lt {MEMORY_TRIED_MIB} ]; do all=$all$part; count=$((count+1)); done
) 2> /dev/null && exit {GOT_MORE}
{SLEEP}
"""
BOMB = f"""
(count=0
while [ $count -lt {PIDS_TRIED} ]; do $1sleep $2 & count=$((count+1)); done
) 2> /dev/null && exit {GOT_MORE}
{SLEEP}
"""
BUSY = "while :; do :; done"
# Past the cache: the kernel counts what is written back later for others.
WRITER = (
    f"$1dd if=/dev/zero of=/written bs={MIB} count={WRITTEN_MIB} oflag=direct 2> /dev/null && exit {WRITTEN}\nexit 6"
)


class Seen(t.NamedTuple):
    """A container: what the engine says of its state, and what the kernel counted in its groups, None where nothing was
    seen, which ``unseen`` explains. ``device_rates`` is None where the kernel keeps none."""

    running: bool
    exit_code: t.Optional[int]
    counts: t.Optional[Document]
    unseen: str
    device_rates: t.Optional[t.Dict[t.Tuple[str, str], int]] = None


class Verdict(t.NamedTuple):
    state: str
    reason: str


def container_of(reference: str, shell: Shell, script: str, seconds: int, limits: Document) -> Document:
    """A container without network and rights that runs the script, and sleeps so long."""
    settings: Document = {
        "NetworkMode": "none",
        "ReadonlyRootfs": script != WRITER,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "RestartPolicy": {"Name": "no"},
        "LogConfig": {"Type": "none"},
        # What a killed run leaves ends by itself, whatever it does.
        "Ulimits": [{"Name": "cpu", "Soft": 30, "Hard": 30}],
        **limits,
    }
    return {
        "Image": reference,
        "User": "0:0",
        "Entrypoint": [*shell.words, "-c", script, "proof", shell.tools, str(seconds)],
        "Cmd": [],
        "Labels": {LABEL: "1"},
        "NetworkDisabled": True,
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": settings,
    }


def memory_limits() -> Document:
    # As much memory and swap together as memory, so that the kernel cannot move it to swap.
    return {"Memory": MEMORY_BYTES, "MemorySwap": MEMORY_BYTES, "PidsLimit": PIDS}


def cpu_limits(cpu: int, shares: int) -> Document:
    return {"CpusetCpus": str(cpu), "CpuShares": shares, "Memory": MEMORY_BYTES, "PidsLimit": PIDS}


def write_limits(device: str | None) -> Document:
    limits = {"Memory": 2 * MEMORY_BYTES, "PidsLimit": PIDS}
    throttle = [{"Path": device, "Rate": WRITE_BYTES_A_SECOND}]
    return limits if device is None else {**limits, "BlkioDeviceWriteBps": throttle}


def is_decided(seen: Seen, count: str) -> bool:
    """Whether nothing more is to be expected: the container ended, or the kernel counted that the limit held it back."""
    return not seen.running or bool((seen.counts or {}).get(count))


def judge_memory(hog: Seen, neighbour: Seen) -> Verdict:
    limit = f"{MEMORY_BYTES // MIB} MiB"
    if hog.exit_code == GOT_MORE and not hog.running:
        return Verdict(NOT_ENFORCED, f"a container with a limit of {limit} got {MEMORY_TRIED_MIB} MiB")
    counts, beside = hog.counts, neighbour.counts
    if counts is None:
        return Verdict(INCONCLUSIVE, f"the kernel does not show what became of the container: {hog.unseen}")
    if not counts.get("oom_kills"):
        return Verdict(INCONCLUSIVE, "the container neither got more memory than its limit, nor was it killed for that")
    peak = counts.get("memory_peak_bytes")
    if peak is not None and peak > MEMORY_BYTES:
        return Verdict(NOT_ENFORCED, f"a container with a limit of {limit} used {peak} bytes before it was killed")
    if not neighbour.running and neighbour.exit_code == 0:
        return Verdict(INCONCLUSIVE, "the other container had ended by itself before it was looked at")
    if not neighbour.running:
        return Verdict(NOT_ENFORCED, "a container that took no memory ended when another one took more than its limit")
    if beside is None or beside.get("oom_kills") != 0:
        return Verdict(
            INCONCLUSIVE, f"the kernel does not show that the other container was spared: {neighbour.unseen}"
        )
    return Verdict(
        ENFORCED, f"a process that wanted {MEMORY_TRIED_MIB} MiB was killed at {limit}, and a container beside it lived"
    )


def judge_pids(bomb: Seen, neighbour: Seen) -> Verdict:
    if bomb.exit_code == GOT_MORE and not bomb.running:
        return Verdict(NOT_ENFORCED, f"a container with a limit of {PIDS} processes started {PIDS_TRIED} more")
    counts, beside = bomb.counts, neighbour.counts
    if counts is None:
        return Verdict(INCONCLUSIVE, f"the kernel does not show what became of the container: {bomb.unseen}")
    if not counts.get("pids_refused"):
        return Verdict(INCONCLUSIVE, "the container neither got more processes than its limit, nor was it refused one")
    most = counts.get("pids_peak") or counts.get("pids")
    if most is None or most > PIDS:
        return Verdict(NOT_ENFORCED, f"a container with a limit of {PIDS} processes had {most}")
    if not neighbour.running or beside is None or beside.get("pids_refused") != 0:
        return Verdict(INCONCLUSIVE, "the kernel does not show that the other container was spared")
    return Verdict(ENFORCED, f"a container that started {PIDS_TRIED} processes was refused more than {PIDS}")


def judge_cpu(light: float | None, heavy: float | None, unseen: str) -> Verdict:
    """``light`` and ``heavy`` are seconds of CPU time that both got, None where the kernel did not show it."""
    if light is None or heavy is None or heavy < CPU_SECONDS:
        why = unseen or "the host was too busy"
        return Verdict(INCONCLUSIVE, f"two busy containers on one CPU did not get enough CPU time to compare: {why}")
    words = (
        f"the one with {LIGHT_SHARES} shares got {light:.2f} s of CPU time, the one with {HEAVY_SHARES} {heavy:.2f} s"
    )
    if light < heavy / 4:
        return Verdict(ENFORCED, f"of two busy containers on one CPU {words}")
    state = NOT_ENFORCED if light > heavy / 2 else INCONCLUSIVE
    return Verdict(state, f"of two busy containers that should share one CPU {words}")


def judge_writes(free: float | None, held: float | None, rates: t.Any, device: str) -> Verdict:
    """``free`` and ``held`` are the seconds that writing took without and with a limit, None where it failed. ``rates`` are
    those that the kernel showed, None where it keeps none."""
    if rates is None:
        return Verdict(NOT_POSSIBLE, "the kernel keeps no limits of devices for containers here")
    if free is None or held is None:
        why = "the image has no dd, or the file system does not write past the cache"
        return Verdict(NOT_POSSIBLE, f"the container could not write to {device}: {why}")
    longer = held - free
    words = f"{WRITTEN_MIB} MiB took {held:.1f} s with a limit of 1 MiB a second on {device}, and {free:.1f} s without"
    is_held = WRITE_BYTES_A_SECOND in rates.values()
    if held < _TOO_FAST_SECONDS or (longer < _FREE_SECONDS and not is_held):
        return Verdict(NOT_ENFORCED, words)
    if not is_held:
        return Verdict(INCONCLUSIVE, f"{words}; the kernel was not seen to hold that limit")
    if longer >= _HELD_SECONDS:
        return Verdict(ENFORCED, words)
    return Verdict(INCONCLUSIVE, f"{words}; this host is too slow to show that the limit makes the difference")


def verdict_of(trials: t.Sequence[Document]) -> str:
    states = [trial["state"] for trial in trials]
    if NOT_ENFORCED in states:
        return NOT_ENFORCED
    return ENFORCED if ENFORCED in states and INCONCLUSIVE not in states else INCONCLUSIVE
