# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limits that the kernel enforces for one group, from the files of version 1 or 2."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._cgroup import limits
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import UNIFIED
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.limits import Held
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.tree import CgroupTree, ancestors
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

NOTHING = Held(None, None)

# The controllers whose limits containers have; blkio is called io in version 2.
V1_CONTROLLERS = ("blkio", "cpu", "cpuset", "memory", "pids")
V2_CONTROLLERS = ("cpu", "cpuset", "io", "memory", "pids")


class GroupReader:
    """Reads the limits of one container's groups. ``paths`` maps each controller to the group."""

    def __init__(self, tree: CgroupTree, paths: dict[str, str]) -> None:
        self._tree = tree
        self._paths = paths

    def held(self, name: str) -> Held:
        """Return the limit of that name as the kernel enforces it. Raise Unread."""
        version = 2 if self._tree.version == 2 else 1
        try:
            return _READERS[version][name](self)
        except ValueError as error:
            raise Unread(f"the kernel's file is not understood: {error}") from None

    def _group(self, controller: str) -> tuple[str, str] | None:
        """The hierarchy and group of a controller; None where the kernel does not have the controller at all."""
        hierarchy = UNIFIED if self._tree.version == 2 else controller
        path = self._paths.get(hierarchy)
        if path is None or (hierarchy != UNIFIED and hierarchy not in self._tree.mounted):
            return None
        return hierarchy, path

    def _own(self, controller: str, files: tuple[str, ...], parse: t.Callable[[str], limits.Value]) -> Held:
        """The group's own value, of the first of the files that it has."""
        group = self._group(controller)
        if group is None:
            return NOTHING
        for file in files:
            text = self._tree.read(*group, file)
            if text is not None:
                return Held(parse(text), _join(group[1], file))
        self._tree.require_group(*group)
        return NOTHING

    def _tightest(self, controller: str, file: str, parse: t.Callable[[str, str, str], limits.Value]) -> Held:
        """The least value of the group and all above it. ``parse`` gets the text, the hierarchy and the group."""
        group = self._group(controller)
        if group is None:
            return NOTHING
        hierarchy, path = group
        found = []
        for above in ancestors(path):
            text = self._tree.read(hierarchy, above, file)
            if text is not None:
                found.append(Held(parse(text, hierarchy, above), _join(above, file)))
            elif above == path:
                self._tree.require_group(hierarchy, path)
        return limits.tightest(found)

    def amount(self, controller: str, file: str) -> Held:
        return self._tightest(controller, file, lambda text, _hierarchy, _group: limits.parse_amount(text))

    def memory_v1(self, file: str) -> Held:
        """Return a memory limit of version 1. Before Linux 5.11 a parent's limit could be turned off for groups below it."""
        own = self._paths.get("memory")

        def parse(text: str, hierarchy: str, group: str) -> limits.Value:
            value = limits.parse_amount(text)
            if value is not None and group != own:
                binding = self._tree.read(hierarchy, group, "memory.use_hierarchy")
                return None if binding is not None and binding.strip() == "0" else value
            return value

        return self._tightest("memory", file, parse)

    def memory_and_swap_v2(self) -> Held:
        """Return memory and swap together. Version 2 has a limit of swap alone, to which memory is added."""
        memory, swap = self.amount("memory", "memory.max"), self.amount("memory", "memory.swap.max")
        if isinstance(memory.value, int) and isinstance(swap.value, int):
            return Held(memory.value + swap.value, swap.path)
        return NOTHING

    def cpus_v1(self) -> Held:
        def parse(text: str, hierarchy: str, group: str) -> limits.Value:
            if limits.parse_amount(text) is None:
                return None
            return limits.cores(text, self._tree.read(hierarchy, group, "cpu.cfs_period_us") or "")

        return self._tightest("cpu", "cpu.cfs_quota_us", parse)

    def weight(self, controller: str, *files: str) -> Held:
        return self._own(controller, files, limits.parse_weight)

    def reservation_v1(self) -> Held:
        own = self._own("memory", ("memory.soft_limit_in_bytes",), limits.parse_amount)
        return NOTHING if own.value in (None, 0) else own

    def reservation_v2(self) -> Held:
        """Return what is reserved. The kernel protects no more than each group above reserves, which most do not."""
        own = self._own("memory", ("memory.low",), limits.parse_amount)
        return NOTHING if own.value in (None, 0) else self.amount("memory", "memory.low")

    def cpuset(self, kind: str) -> Held:
        """The CPUs or memory nodes (``cpus`` or ``mems``) that the group may use after all groups above it."""
        wanted = f"cpuset.{kind}"
        effective = f"{wanted}.effective" if self._tree.version == 2 else f"cpuset.effective_{kind}"
        place = self._group("cpuset")
        if place is None:
            return NOTHING
        hierarchy, path = place
        own = self._own("cpuset", (effective, wanted), lambda text: limits.cpuset_text(limits.parse_cpuset(text)))
        left = limits.parse_cpuset(str(own.value or ""))
        if own.path is not None:
            if left == self._set(hierarchy, "/", effective):
                return own  # all that the host has
            asked = self._set(hierarchy, path, wanted)
            if asked and asked <= left:
                return own
        else:
            # A group that did not get the controller has what the nearest one above has that did.
            asked = frozenset()
            above = (self._set(hierarchy, group, effective) for group in ancestors(path))
            left = next((one for one in above if one), left)
        # A group above limits the set. Name the highest one that already leaves no more of what is asked for than there is.
        for group in reversed(ancestors(path)[1:]):
            has = self._set(hierarchy, group, effective)
            if has and (has & asked or has) == left:
                return Held(limits.cpuset_text(left), _join(group, effective))
        return own

    def _set(self, hierarchy: str, group: str, file: str) -> frozenset[int]:
        return limits.parse_cpuset(self._tree.read(hierarchy, group, file) or "")


def _join(group: str, file: str) -> str:
    return f"{group.rstrip('/')}/{file}"


_READERS: dict[int, dict[str, t.Callable[[GroupReader], Held]]] = {
    1: {
        "memory_bytes": lambda group: group.memory_v1("memory.limit_in_bytes"),
        "memory_swap_bytes": lambda group: group.memory_v1("memory.memsw.limit_in_bytes"),
        "memory_reservation_bytes": lambda group: group.reservation_v1(),
        "cpus": lambda group: group.cpus_v1(),
        "cpu_shares": lambda group: group.weight("cpu", "cpu.shares"),
        "cpuset_cpus": lambda group: group.cpuset("cpus"),
        "cpuset_mems": lambda group: group.cpuset("mems"),
        "pids": lambda group: group.amount("pids", "pids.max"),
        "blkio_weight": lambda group: group.weight("blkio", "blkio.bfq.weight", "blkio.weight"),
    },
    2: {
        "memory_bytes": lambda group: group.amount("memory", "memory.max"),
        "memory_swap_bytes": lambda group: group.memory_and_swap_v2(),
        "memory_reservation_bytes": lambda group: group.reservation_v2(),
        "cpus": lambda group: group._tightest("cpu", "cpu.max", lambda text, _h, _g: limits.parse_cpu_max(text)),
        "cpu_shares": lambda group: group.weight("cpu", "cpu.weight"),
        "cpuset_cpus": lambda group: group.cpuset("cpus"),
        "cpuset_mems": lambda group: group.cpuset("mems"),
        "pids": lambda group: group.amount("pids", "pids.max"),
        "blkio_weight": lambda group: group.weight("io", "io.bfq.weight", "io.weight"),
    },
}
