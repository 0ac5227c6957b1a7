# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel counted in a container's own groups: what it used, and how often a limit held it back.

Every count is one since the group was made, that is, since the container started. A file that a kernel does not have leaves
its count None. Sources: cgroup-v1 and cgroup-v2 in the kernel's documentation.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._cgroup import limits
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import UNIFIED, group_of
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.tree import CgroupTree
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# "some avg10=0.00 avg60=0.12 avg300=0.30 total=12345" of pressure files.
_PRESSURE = re.compile(r"^some .*\bavg300=([0-9]{1,3}\.[0-9]{2})\b", re.MULTILINE)


class Counts:
    """Reads the counts of the container with that id. ``paths`` maps each controller, or ``unified``, to its group."""

    def __init__(self, tree: CgroupTree, paths: dict[str, str], identifier: str) -> None:
        self._tree = tree
        self._paths = paths
        self._identifier = identifier
        self._v2 = tree.version == 2

    def use(self) -> dict[str, t.Any]:
        """Return what the container uses now, and the most that it used. Raises Unread.

        Memory is in bytes, with the file cache that the kernel can drop, as limits count it. ``cpu_seconds`` is processor time.
        """
        if self._v2:
            seconds = self._scaled(self._entry("cpu", "cpu.stat", "usage_usec"), 1e6)
            memory = ("memory.current", "memory.peak")
        else:
            seconds = self._scaled(self._number("cpuacct", "cpuacct.usage"), 1e9)
            memory = ("memory.usage_in_bytes", "memory.max_usage_in_bytes")
        return {
            "memory_bytes": self._number("memory", memory[0]),
            "memory_peak_bytes": self._number("memory", memory[1]),
            "pids": self._number("pids", "pids.current"),
            "pids_peak": self._number("pids", "pids.peak"),
            "cpu_seconds": seconds,
        }

    def held_back(self) -> dict[str, t.Any]:
        """Return how often limits held the container back. Raises Unread.

        ``pressure`` is the share of the last five minutes, in percent, in which some process waited for CPU, memory or I/O;
        only version 2 has it.
        """
        counts: dict[str, t.Any] = {
            "cpu_periods": self._entry("cpu", "cpu.stat", "nr_periods"),
            "cpu_periods_throttled": self._entry("cpu", "cpu.stat", "nr_throttled"),
        }
        if self._v2:
            counts["cpu_seconds_throttled"] = self._scaled(self._entry("cpu", "cpu.stat", "throttled_usec"), 1e6)
            counts["memory_limit_hits"] = self._entry("memory", "memory.events", "max")
            counts["oom_kills"] = self._entry("memory", "memory.events", "oom_kill")
        else:
            counts["cpu_seconds_throttled"] = self._scaled(self._entry("cpu", "cpu.stat", "throttled_time"), 1e9)
            # Where memory and swap together have the same limit, the kernel meets that one first. Newer kernels count that
            # in neither file (seen with 6.18), so the number is a lower bound.
            hits = (self._number("memory", "memory.failcnt"), self._number("memory", "memory.memsw.failcnt"))
            counts["memory_limit_hits"] = None if hits[0] is None else hits[0] + (hits[1] or 0)
            counts["oom_kills"] = self._entry("memory", "memory.oom_control", "oom_kill")
        counts["pids_refused"] = self._entry("pids", "pids.events", "max")
        counts["pressure"] = {name: self._pressure(name) for name in ("cpu", "memory", "io")} if self._v2 else None
        return counts

    def _text(self, controller: str, file: str) -> str | None:
        hierarchy = UNIFIED if self._v2 else controller
        if hierarchy not in self._paths or (not self._v2 and hierarchy not in self._tree.mounted):
            return None
        if group_of(self._paths[hierarchy], self._identifier) is None:
            raise Unread(f"the group {self._paths[hierarchy]} counts other processes than the container's, too")
        text = self._tree.read(hierarchy, self._paths[hierarchy], file)
        if text is None:
            # No such file is an answer only while the group is there.
            self._tree.require_group(hierarchy, self._paths[hierarchy])
        return text

    def _number(self, controller: str, file: str) -> int | None:
        text = self._text(controller, file)
        return None if text is None else _amount(text, file)

    def _entry(self, controller: str, file: str, key: str) -> int | None:
        for line in (self._text(controller, file) or "").split("\n"):
            name, _space, number = line.partition(" ")
            if name == key:
                return _amount(number, f"{key} in {file}")
        return None

    def _pressure(self, name: str) -> float | None:
        try:
            match = _PRESSURE.search(self._text(name, f"{name}.pressure") or "")
        except Unread as gap:
            # A kernel that was started with psi=0 has the file and refuses to open it.
            if gap.kind != "failed":
                raise
            return None
        return float(match.group(1)) if match else None

    @staticmethod
    def _scaled(count: int | None, per_second: float) -> float | None:
        return None if count is None else round(count / per_second, 3)


def _amount(text: str, what: str) -> int | None:
    try:
        return limits.parse_amount(text)
    except ValueError as error:
        raise Unread(f"{what} is not understood: {error}") from None
