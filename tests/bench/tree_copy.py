# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a volume takes to copy with shifted ids, beside ``cp -a`` and ``rsync -aHAXS`` of the same data. Needs root.

Each copy ends when it is on the disk.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
import time
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.plugins.module_utils._migration import copy_run
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import Shift
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import Extent
from ansible_collections.seawall.docker.tests.bench.machine import Cost, cost_of, median_of
from ansible_collections.seawall.docker.tests.bench.page import Results, Table

# MiB in large files, and the number of small ones.
SIZES = "1024,10000"
RUNS = 3
PLACES = ("copies",)

MIB = 1 << 20
EXTENTS = [Extent(0, 100000, 65536)]


class Phases(copy_run.Observer):
    """When each part of a copy began."""

    def __init__(self) -> None:
        self.began: dict[str, float] = {}

    def phase(self, name: str) -> None:
        self.began[name] = time.monotonic()


def large(place: Path, mebibytes: int) -> None:
    """A few files with that much content in all."""
    place.mkdir()
    for number in range(8):
        with open(place / f"{number}", "wb") as stream:
            stream.writelines(os.urandom(MIB) for _part in range(mebibytes // 8))


def many(place: Path, files: int) -> None:
    """As many files of 4 KiB, a hundred in a directory."""
    for number in range(files):
        directory = place / f"{number // 100}"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"{number}").write_bytes(os.urandom(4096))


def shifted(source: Path, target: Path) -> str:
    phases = Phases()
    copy_run.copy(copy_run.Request(str(source), str(target), Shift(EXTENTS, EXTENTS)), phases)
    names = list(phases.began)
    ends = [*(phases.began[name] for name in names[1:]), time.monotonic()]
    return ", ".join(f"{name} {end - phases.began[name]:.1f}" for name, end in zip(names, ends, strict=True))


def program(*words: str) -> t.Callable[[Path, Path], str]:
    def run(source: Path, target: Path) -> str:
        subprocess.run([*words, f"{source}/", f"{target}/"], check=True)
        subprocess.run(["sync", "--file-system", str(target)], check=True)
        return ""

    return run


WAYS: dict[str, t.Callable[[Path, Path], str]] = {
    "migration_copy": shifted,
    "cp -a": program("cp", "--archive", "--no-target-directory"),
    "rsync -aHAXS": program("rsync", "-aHAXS"),
}

# The other ways are so many times as long as this one.
_BESIDE = "cp -a"


def measured(source: Path, target: Path, runs: int) -> t.Iterator[list[str]]:
    """What each way took, in turn: the median seconds, those of processors, and the parts of the last run."""
    here = {way: run for way, run in WAYS.items() if run is shifted or shutil.which(way.partition(" ")[0])}
    parts: dict[str, str] = {}

    def one(way: str) -> None:
        parts[way] = here[way](source, target)

    taken: dict[str, list[Cost]] = {way: [] for way in here}
    for _run in range(runs):
        for way in here:
            os.sync()
            taken[way].append(cost_of(functools.partial(one, way)))
            shutil.rmtree(target)
    cp = median_of(taken[_BESIDE])
    for way in WAYS:
        if way in here:
            cost = median_of(taken[way])
            times = (f"{cost.seconds / cp.seconds:.1f}", f"{cost.cpu / cp.cpu:.1f}")
            yield [f"`{way}`", f"{cost.seconds:.1f}", f"{cost.cpu:.1f}", *times, parts[way]]
        else:
            yield [f"`{way}`", "not installed", *[""] * 4]


def measure(sizes: str, runs: int) -> Results:
    mebibytes, files = map(int, sizes.split(","))
    rows = []
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp"), prefix="seawall-bench-") as name:
        place = Path(name)
        large(place / "large", mebibytes)
        many(place / "many", files)
        for what, title in (("large", f"{mebibytes:,} MiB in 8 files"), ("many", f"{files:,} files of 4 KiB")):
            rows += [[title, *row] for row in measured(place / what, place / "copy", runs)]
    head = [
        "data",
        "with",
        "seconds",
        "of processors",
        f"beside `{_BESIDE}`, times",
        "of processors, times",
        "its parts, s",
    ]
    return Results([Table("copies", head, rows)])
