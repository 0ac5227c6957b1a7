# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a volume takes to copy with shifted ids, beside ``cp -a`` and ``rsync -aHAXS`` of the same data. Needs root.

Prints the seconds of the fastest of some runs, and the seconds of processors in that run. Each copy ends when it is on the disk.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import tempfile
import time
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.plugins.module_utils._migration import copy_run
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import Shift
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import Extent

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


def processor_seconds() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def measure(source: Path, target: Path, way: t.Callable[[Path, Path], str], runs: int) -> tuple[float, float, str]:
    results = []
    for _run in range(runs):
        os.sync()
        began, used = time.monotonic(), processor_seconds()
        parts = way(source, target)
        results.append((time.monotonic() - began, processor_seconds() - used, parts))
        shutil.rmtree(target)
    return min(results)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure copies of trees.")
    parser.add_argument("--mebibytes", type=int, default=1024)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--directory", default="/var/tmp", help="on the file system to measure")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory, prefix="seawall-bench-") as name:
        place = Path(name)
        large(place / "large", options.mebibytes)
        many(place / "many", options.files)
        for what, title in (("large", f"{options.mebibytes} MiB"), ("many", f"{options.files} files")):
            for way, run in WAYS.items():
                if not shutil.which(way.partition(" ")[0]) and run is not shifted:
                    print(f"{title:<12} {way:<16} is not installed", flush=True)
                    continue
                seconds, used, parts = measure(place / what, place / "copy", run, options.runs)
                print(f"{title:<12} {way:<16} {seconds:6.1f} s, processors {used:5.1f} s  {parts}", flush=True)


if __name__ == "__main__":
    main()
