# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where and when something was measured, and how: the line below each table. Times of runs, and their medians."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import resource
import shutil
import statistics
import subprocess
import time
import typing as t
from pathlib import Path


class Machine:
    """The machine when a part begins."""

    def __init__(self) -> None:
        self.load = os.getloadavg()[0]

    def line(self, runs: int) -> str:
        """Return what the figures were measured with, up to now."""
        day = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        loads = f"load {self.load:.1f} before and {os.getloadavg()[0]:.1f} after"
        how = f"medians of {runs} runs" if runs > 1 else "one run"
        return f"Measured on {day}, {how}: {_processors()}, {_memory()}, {loads}; {', '.join(_versions())}."


def _processors() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return f"{os.cpu_count()} cores of {line.partition(':')[2].strip()}"
    return f"{os.cpu_count()} cores of {platform.machine()}"


def _memory() -> str:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{total / 2**30:.0f} GiB of memory"


def _versions() -> t.Iterator[str]:
    yield f"Linux {platform.release()}"
    yield f"Python {platform.python_version()}"
    for name in ("ansible-core", "jmespath"):
        yield f"{name} {importlib.metadata.version(name)}"
    engine = shutil.which("dockerd")
    if engine:
        words = subprocess.run([engine, "--version"], capture_output=True, text=True, check=False).stdout.split()
        yield f"Docker {words[2].rstrip(',')}" if len(words) > 2 else "Docker"


class Cost(t.NamedTuple):
    """Seconds of the clock, and of processors."""

    seconds: float
    cpu: float


def cost_of(run: t.Callable[[], object]) -> Cost:
    """Run it, and return what it and the processes that it started took."""
    began, used = time.perf_counter(), _processor_seconds()
    run()
    return Cost(time.perf_counter() - began, _processor_seconds() - used)


def _processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def in_turn(ways: t.Mapping[str, t.Callable[[], object]], runs: int) -> dict[str, Cost]:
    """Run all of them one after the other, so often, and return the medians: what else the machine does meets all alike."""
    taken: dict[str, list[Cost]] = {name: [] for name in ways}
    for _run in range(runs):
        for name, way in ways.items():
            taken[name].append(cost_of(way))
    return {name: median_of(costs) for name, costs in taken.items()}


def median_of(costs: t.Sequence[Cost]) -> Cost:
    return Cost(statistics.median(one.seconds for one in costs), statistics.median(one.cpu for one in costs))
