# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the engine's update request of what is wanted and what a container has. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._cgroup import limits
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.limits import Held
from ansible_collections.seawall.docker.plugins.module_utils._container_limits.wanted import (
    Restart,
    Wanted,
    as_limit,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Document

_PERIOD = 100000
# The engine's names, and what its /info says where the kernel cannot hold such a limit.
_KEYS = {
    "memory_bytes": ("Memory", "MemoryLimit"),
    "memory_swap_bytes": ("MemorySwap", "SwapLimit"),
    "memory_reservation_bytes": ("MemoryReservation", "MemoryLimit"),
    "cpus": ("NanoCpus", "CpuCfsQuota"),
    "cpu_shares": ("CpuShares", "CPUShares"),
    "cpuset_cpus": ("CpusetCpus", "CPUSet"),
    "cpuset_mems": ("CpusetMems", "CPUSet"),
    "pids": ("PidsLimit", "PidsLimit"),
    "blkio_weight": ("BlkioWeight", ""),
}


class Change(t.NamedTuple):
    """One value that changes. ``why`` is set where the declared value is as wanted, and the kernel holds another."""

    name: str
    before: t.Any
    after: t.Any
    why: str = ""


def completed(wanted: Wanted, info: Document) -> Wanted:
    """Add the bound of swap that the engine gives a new container with a bound of memory: twice as much in all.

    Without it, an update of memory alone leaves a container all swap there is, or is refused below the present bound.
    """
    memory = wanted.limits.get("memory_bytes")
    if not isinstance(memory, int) or "memory_swap_bytes" in wanted.limits or not info.get("SwapLimit"):
        return wanted
    return wanted._replace(limits={**wanted.limits, "memory_swap_bytes": 2 * memory})


def cannot_hold(wanted: Wanted, info: Document) -> list[str]:
    """Return the wanted limits that the engine would drop, since the kernel has no such limit here."""
    lacking = [name for name in wanted.limits if _KEYS[name][1] and info.get(_KEYS[name][1]) is False]
    return [f"{name}: this host cannot limit it (the engine's /info says {_KEYS[name][1]}: false)" for name in lacking]


def restart_of(host_config: Document) -> Restart:
    """Return the restart policy that a container has."""
    policy = host_config.get("RestartPolicy") or {}
    return Restart(str(policy.get("Name") or "no"), int(policy.get("MaximumRetryCount") or 0))


def changes_of(
    wanted: Wanted, host_config: Document, held: dict[str, Held], own: t.Container[str], page_size: int
) -> list[Change]:
    """Return what is to be changed. ``held`` is what the kernel enforces, ``own`` the limits whose tightest value is
    in a group of the container itself, and not in one above it."""
    declared = limits.declared_limits(host_config)
    found = []
    for name, value in wanted.limits.items():
        aim = as_limit(value)
        if not same(declared[name], aim):
            found.append(Change(name, declared[name], aim))
        elif name in held and name in own and limits.verdict(name, aim, held[name], page_size) not in _AS_WANTED:
            found.append(Change(name, declared[name], aim, f"the kernel holds {held[name].value}"))
    restart = restart_of(host_config)
    if wanted.restart is not None and restart != wanted.restart:
        found.append(Change("restart_policy", str(restart), str(wanted.restart)))
    return found


# A limit that nobody asked for is as wanted where none is wanted: it is not the engine's to take away.
_AS_WANTED = ("equal", "unlimited", "undeclared")


def same(declared: t.Any, aim: t.Any) -> bool:
    """Return whether two limits are the same; CPUs may be written in several ways."""
    if isinstance(declared, str) and isinstance(aim, str):
        return limits.parse_cpuset(declared) == limits.parse_cpuset(aim)
    if isinstance(declared, float) or isinstance(aim, float):
        return declared is not None and aim is not None and abs(declared - aim) < 1e-6
    return bool(declared == aim)


def body_of(wanted: Wanted, changes: t.Sequence[Change], host_config: Document) -> Document:
    """Return the request for these changes. Bounds of memory and swap go together, since each is judged by the other."""
    names = {change.name for change in changes}
    if names & {"memory_bytes", "memory_swap_bytes"}:
        names |= {name for name in ("memory_bytes", "memory_swap_bytes") if name in wanted.limits}
    body: Document = {}
    for name in _KEYS:
        if name not in names:
            continue
        value = wanted.limits[name]
        if name == "cpus":
            body.update(_cpus(float(value), host_config))
        else:
            body[_KEYS[name][0]] = value
    if "restart_policy" in names and wanted.restart is not None:
        body["RestartPolicy"] = {"Name": wanted.restart.name, "MaximumRetryCount": wanted.restart.retries}
    return body


def _cpus(cores: float, host_config: Document) -> Document:
    """An engine refuses one way of writing it where the container has the other."""
    if host_config.get("CpuQuota"):
        period = int(host_config.get("CpuPeriod") or _PERIOD)
        return {"CpuQuota": round(cores * period), "CpuPeriod": period}
    return {"NanoCpus": round(cores * 1_000_000_000)}
