# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of containers: the configured ones, those in the files of the kernel, and whether both agree. Pure."""

from __future__ import annotations

import functools
import math
import re
import typing as t

# The name of each limit, in the order of the document.
LIMITS = (
    "memory_bytes",
    "memory_swap_bytes",
    "memory_reservation_bytes",
    "cpus",
    "cpu_shares",
    "cpuset_cpus",
    "cpuset_mems",
    "pids",
    "blkio_weight",
)
# What the kernel holds in a group that nobody gave a weight.
DEFAULT_SHARES = 1024
DEFAULT_WEIGHT = 100
DEFAULT_CFQ_WEIGHT = 500

_DEFAULT_PERIOD = 100000
# Version 1 says "no limit" by the largest number of whole pages that 63 bits hold, whatever the size of a page.
_UNLIMITED_BYTES = 2**62
# Runtimes round up to the steps of 10 ms a second in which systemd keeps a CPU quota; files hold whole microseconds.
_CPU_STEP = 0.01
_CPU_ROUNDING = 0.0001
_MAX_CPU = 65536

Value = t.Union[int, float, str, None]


class Held(t.NamedTuple):
    """An enforced limit: the value, and the file that contains it. ``value`` None means no limit."""

    value: Value
    path: t.Optional[str]


def declared_limits(host_config: dict[str, t.Any]) -> dict[str, Value]:
    """Return the limits that a container's ``HostConfig`` sets, in the units of the document. None means not set."""
    return {
        "memory_bytes": _positive(host_config.get("Memory")),
        # -1 asks for no limit, 0 for nothing.
        "memory_swap_bytes": _positive(host_config.get("MemorySwap")),
        "memory_reservation_bytes": _positive(host_config.get("MemoryReservation")),
        "cpus": _declared_cpus(host_config),
        "cpu_shares": _positive(host_config.get("CpuShares")),
        "cpuset_cpus": host_config.get("CpusetCpus") or None,
        "cpuset_mems": host_config.get("CpusetMems") or None,
        "pids": _positive(host_config.get("PidsLimit")),
        "blkio_weight": _positive(host_config.get("BlkioWeight")),
    }


def _positive(value: t.Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _declared_cpus(host_config: dict[str, t.Any]) -> float | None:
    nano = _positive(host_config.get("NanoCpus"))
    if nano is not None:
        return round(nano / 1e9, 6)
    quota = _positive(host_config.get("CpuQuota"))
    if quota is None:
        return None
    return round(quota / (_positive(host_config.get("CpuPeriod")) or _DEFAULT_PERIOD), 6)


def parse_amount(text: str) -> int | None:
    """``memory.max``, ``memory.limit_in_bytes``, ``pids.max`` and their kind; None is no limit.

    Raises ValueError for a text that is no amount.
    """
    word = text.strip()
    if word in ("max", "-1"):
        return None
    if len(word) > 20 or not (word.isascii() and word.isdigit()):
        raise ValueError(f"not an amount: {word[:40]!r}")
    value = int(word)
    return None if value >= _UNLIMITED_BYTES else value


def parse_cpu_max(text: str) -> float | None:
    """``cpu.max`` of version 2 ("50000 100000") in cores; None is no limit. Raises ValueError."""
    quota, _space, period = text.strip().partition(" ")
    return cores(quota, period or str(_DEFAULT_PERIOD))


def cores(quota: str, period: str) -> float | None:
    """A CPU quota and its period, as the kernel writes both, in cores; None is no limit. Raises ValueError."""
    amount, length = parse_amount(quota), parse_amount(period)
    if amount is None:
        return None
    if not length:
        raise ValueError(f"not a period: {period.strip()[:40]!r}")
    return round(amount / length, 6)


def parse_weight(text: str) -> int:
    """``cpu.weight``, ``cpu.shares``, ``io.weight`` ("default 100" and lines of devices). Raises ValueError."""
    words = text.split()
    word = words[1] if words[:1] == ["default"] and len(words) > 1 else words[0] if words else ""
    value = parse_amount(word)
    if value is None:
        raise ValueError(f"not a weight: {word[:40]!r}")
    return value


@functools.lru_cache(maxsize=8)  # most groups have the CPUs of the host
def parse_cpuset(text: str) -> frozenset[int]:
    """``0-2,5`` as the numbers in it. Raises ValueError."""
    numbers: set[int] = set()
    for part in text.strip().split(","):
        if not part:
            continue
        match = re.fullmatch(r"\s*([0-9]{1,6})(?:-([0-9]{1,6}))?\s*", part)
        first = int(match.group(1)) if match else 0
        last = int(match.group(2) or first) if match else -1
        if last < first or last > _MAX_CPU:
            raise ValueError(f"not a list of CPUs or nodes: {text.strip()[:40]!r}")
        numbers.update(range(first, last + 1))
    return frozenset(numbers)


def cpuset_text(numbers: t.Iterable[int]) -> str:
    """The numbers in the kernel's spelling: ``0-2,5``."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def tightest(held: t.Iterable[Held]) -> Held:
    """Return the smallest limit of a group and its ancestors; of equal limits the first."""
    best = Held(None, None)
    for entry in held:
        if entry.value is not None and (best.value is None or entry.value < best.value):  # type: ignore[operator]
            best = entry
    return best


def cpu_weights(shares: int) -> list[int]:
    """The weights of version 2 that runtimes make of CPU shares: linear until runc 1.3.1, then a curve."""
    shares = min(max(shares, 2), 262144)
    linear = 1 + ((shares - 2) * 9999) // 262142
    if shares == 2:
        curve = 1
    elif shares == 262144:
        curve = 10000
    else:
        power = math.log2(shares)
        curve = math.ceil(10 ** ((power * power + 125 * power) / 612.0 - 7.0 / 34.0))
    return sorted({linear, curve})


def expected_values(declared: Value, path: str | None) -> list[int] | None:
    """The values of which any is the declared one, for limits that the named file holds in another unit; else None."""
    file = (path or "").rsplit("/", 1)[-1]
    if not isinstance(declared, int):
        return None
    if file == "cpu.weight":
        return cpu_weights(declared)
    if file == "io.weight":
        # 10..1000 scaled to 1..10000; the files of BFQ take the weight as it is.
        return [1 + (max(declared, 10) - 10) * 9999 // 990]
    return None


def verdict(name: str, declared: Value, held: Held, page_size: int) -> str:
    """``equal``, ``differs``, ``not_enforced``, ``unlimited`` (neither asked for nor held), or ``undeclared``: the
    kernel holds a limit that the container does not ask for, as systemd's default for processes is."""
    # A reservation of 0 bytes reserves nothing; for all else, 0 is a limit.
    nothing = held.value is None or (name == "memory_reservation_bytes" and held.value == 0)
    if declared is None:
        return "unlimited" if nothing else "undeclared"
    if nothing:
        return "not_enforced"
    return "equal" if _agree(name, declared, held, page_size) else "differs"


def _agree(name: str, declared: Value, held: Held, page_size: int) -> bool:
    enforced = held.value
    if isinstance(declared, str) or isinstance(enforced, str):
        try:
            return parse_cpuset(str(declared)) == parse_cpuset(str(enforced))
        except ValueError:
            return False
    if declared is None or enforced is None:
        return False
    weights = expected_values(declared, held.path)
    if weights is not None:
        # The curve is computed in floating point, which may round the last place otherwise.
        return any(abs(enforced - weight) <= (name == "cpu_shares") for weight in weights)
    if name == "cpus":
        return -_CPU_ROUNDING <= enforced - declared < _CPU_STEP
    if name == "cpu_shares":
        return min(max(declared, 2), 262144) == enforced
    return abs(declared - enforced) <= (page_size if name.endswith("_bytes") else 0)
