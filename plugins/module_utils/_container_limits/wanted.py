# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the limits that a site wants for containers, and the containers that it means. Pure."""

from __future__ import annotations

import fnmatch
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.limits import Value, parse_cpuset
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Document, container_name
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds, sizes

UNLIMITED = -1
# What engines refuse, before the kernel is asked.
_LEAST_MEMORY = 6 * 1024 * 1024
_SHARES = (2, 262144)
_WEIGHT = (10, 1000)
_RESTART = re.compile(r"(no|always|unless-stopped|on-failure)(?::([0-9]{1,9}))?")
_COMPOSE_PROJECT = "com.docker.compose.project"


class WantedFault(Exception):
    """Options of the module that make no sense on any host, in one sentence."""


class Restart(t.NamedTuple):
    """A restart policy; ``retries`` is 0 for no bound."""

    name: str
    retries: int

    def __str__(self) -> str:
        return f"{self.name}:{self.retries}" if self.retries else self.name


class Wanted(t.NamedTuple):
    """``limits`` by the names of ``_cgroup.limits.LIMITS``, in their units, ``UNLIMITED`` for none. Only what is
    to be set."""

    limits: t.Dict[str, t.Union[int, float, str]]
    restart: t.Optional[Restart]


class Selection(t.NamedTuple):
    """Which containers are meant: all that are given must hold. A label without a value is enough by itself."""

    names: t.Sequence[str]
    labels: t.Dict[str, t.Optional[str]]
    compose_project: t.Optional[str]

    def holds(self, inspected: Document) -> bool:
        """Return whether the container, as the engine describes it, is meant."""
        config = inspected.get("Config") or {}
        labels = config.get("Labels") or {}
        wanted = dict(self.labels)
        if self.compose_project is not None:
            wanted[_COMPOSE_PROJECT] = self.compose_project
        named = not self.names or any(fnmatch.fnmatchcase(container_name(inspected), one) for one in self.names)
        return named and all(key in labels and value in (None, labels[key]) for key, value in wanted.items())

    def exact_names(self) -> list[str]:
        """Return the names that are no patterns: each must be there."""
        return [name for name in self.names if not re.search(r"[*?\[]", name)]

    def matching_nothing(self, names: t.Collection[str]) -> list[str]:
        """Return the patterns that match none of these names of containers."""
        exact = self.exact_names()
        return [one for one in self.names if one not in exact and not fnmatch.filter(names, one)]


def _bytes_of(text: str, option: str) -> int:
    size = sizes.bytes_of(text)
    if size is None:
        raise WantedFault(sizes.fault_of(text, option))
    return size


def wanted_of(options: dict[str, t.Any]) -> Wanted:
    """Return the option ``limits`` of the module in the units of limits. Raises WantedFault."""
    given = {key: value for key, value in options.items() if value is not None}
    limits: dict[str, int | float | str] = {}
    for option in ("memory", "memory_swap", "memory_reservation"):
        if option in given:
            free = option == "memory_swap" and given[option].strip() == str(UNLIMITED)
            limits[f"{option}_bytes"] = UNLIMITED if free else _bytes_of(given[option], option)
    for option in ("cpus", "cpu_shares", "pids", "blkio_weight"):
        if option in given:
            limits[option] = given[option]
    for option in ("cpuset_cpus", "cpuset_mems"):
        if option in given:
            limits[option] = _cpuset(given[option], option)
    _require_sense(limits)
    restart = _restart(given["restart_policy"]) if "restart_policy" in given else None
    if not limits and restart is None:
        raise WantedFault("limits names nothing to set")
    return Wanted(limits, restart)


def _cpuset(text: str, option: str) -> str:
    try:
        numbers = parse_cpuset(text)
    except ValueError as error:
        raise WantedFault(f"{option}: {error}") from None
    if not numbers:
        raise WantedFault(f"{option} names nothing; write numbers such as 0-2,5")
    return text.strip()


def _require_sense(limits: dict[str, t.Any]) -> None:
    """Raise WantedFault for what an engine refuses wherever it runs."""
    memory, swap = limits.get("memory_bytes"), limits.get("memory_swap_bytes")
    reservation = limits.get("memory_reservation_bytes")
    if memory is not None and memory < _LEAST_MEMORY:
        raise WantedFault(f"memory of {bounds.size_text(int(memory))} is too little: engines want 6m at least")
    if swap is not None and memory is None:
        raise WantedFault("memory_swap is memory and swap together, and needs memory beside it")
    if swap not in (None, UNLIMITED) and swap < memory:
        raise WantedFault("memory_swap is memory and swap together, and cannot be less than memory")
    if reservation is not None and memory is not None and reservation > memory:
        raise WantedFault("memory_reservation cannot be more than memory")
    if limits.get("cpus") is not None and limits["cpus"] < 0.01:
        raise WantedFault(f"cpus {limits['cpus']} is too little: engines want 0.01 at least")
    for option, (least, most) in (("cpu_shares", _SHARES), ("blkio_weight", _WEIGHT)):
        if option in limits and not least <= limits[option] <= most:
            raise WantedFault(f"{option} must be between {least} and {most}")
    if "pids" in limits and limits["pids"] != UNLIMITED and limits["pids"] < 1:
        raise WantedFault("pids must be 1 or more, or -1 for no limit")


def _restart(text: str) -> Restart:
    found = _RESTART.fullmatch(text.strip())
    if found is None or (found.group(2) and found.group(1) != "on-failure"):
        raise WantedFault(
            f"restart_policy {text!r} is none; write no, always, unless-stopped, on-failure or on-failure:5"
        )
    return Restart(found.group(1), int(found.group(2) or 0))


def as_limit(value: t.Any) -> Value:
    """Return a wanted value as a limit, of which None is that there is none."""
    return None if value == UNLIMITED else t.cast(Value, value)
