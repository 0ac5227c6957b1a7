# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report of a fleet costs, from the files of its hosts alone.

Makes findings of recorded hosts whose containers are repeated under names of their own, and writes them as an audit does. Each
report is made in a process of its own: its time, its most memory, and how long its files are.
"""

from __future__ import annotations

import copy
import functools
import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
import traceback
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.plugins.action import report
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, slices
from ansible_collections.seawall.docker.tests.bench.page import Results, Table, Target

Json = dict[str, t.Any]

# Hosts x containers of each. 10000x20 takes many minutes.
SIZES = "100x50,1000x50,1000x20"
RUNS = 1
PLACES = ("fleet", "targets")

RECORDED = Path(__file__).resolve().parents[1] / "unit" / "recorded"
# A name that no host has: each made host puts its own name there.
_PLACE = "bench-host-name"


def templates(containers: int) -> list[str]:
    """The findings of each recorded host with so many containers, as a text with a place for the name of a host."""
    benchmark, policy = load_benchmark("cis-1.8.0"), policy_with({})
    made = []
    for path in sorted(RECORDED.glob("*.json")):
        posture = json.loads(path.read_text(encoding="utf-8"))
        posture = posture.get("posture", posture)
        found = posture.get("containers") or []
        if not found:
            continue
        posture["containers"] = [copied(found[number % len(found)], number) for number in range(containers)]
        made.append(files.host_json(evaluate(posture, benchmark, policy, _PLACE)))
    return made


def copied(container: Json, number: int) -> Json:
    # Every third name has that of the host in it, as orchestrators make them; the others are the same everywhere.
    name = f"{_PLACE}-task-{number}" if number % 3 == 0 else f"service-{number}"
    return {**copy.deepcopy(container), "name": name, "id": f"{number:064x}"}


def write_hosts(folder: Path, hosts: int, containers: int) -> None:
    """Write the files of the hosts."""
    texts = templates(containers)
    (folder / "hosts").mkdir(parents=True)
    for number in range(hosts):
        name = f"host-{number:05}"
        path = folder / "hosts" / files.host_file_name(name)
        path.write_text(texts[number % len(texts)].replace(_PLACE, name), encoding="utf-8")


def one_report(source: Path, target: Path) -> None:
    options = {
        "formats": ["json", "html"],
        "findings": None,
        "hosts": None,
        "page_hosts": 500,
        "directory": str(target),
    }
    with files.Folder(str(target)) as folder:
        report._reported(options, folder, slices.host_files([str(source)]))


def in_child(work: t.Callable[[], None]) -> resource.struct_rusage:
    """Do the work in a process of its own, and return what it used. It begins with the memory of this one, which stays small."""
    child = os.fork()
    if child == 0:
        failed = 1
        try:
            work()
            failed = 0
        finally:
            if failed:
                traceback.print_exc()
            os._exit(failed)
    _child, status, used = os.wait4(child, 0)
    if status != 0:
        sys.exit("The work ended in an error.")
    return used


class Report(t.NamedTuple):
    """What the report of so many hosts took."""

    hosts: int
    containers: int
    seconds: float
    cpu: float
    megabytes: float
    page_bytes: int
    whole_bytes: int
    host_bytes: int


def reported(hosts: int, containers: int, runs: int) -> Report:
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as where:
        source, target = Path(where) / "slice", Path(where) / "report"
        in_child(functools.partial(write_hosts, source, hosts, containers))
        taken = []
        for _run in range(runs):
            shutil.rmtree(target, ignore_errors=True)
            began = time.perf_counter()
            used = in_child(functools.partial(one_report, source, target))
            taken.append((time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024))
        seconds, cpu, memory = (statistics.median(column) for column in zip(*taken, strict=True))
        sizes = [(target / name).stat().st_size for name in ("index.html", "audit.json")]
        host = (source / "hosts" / "host-00000.json").stat().st_size
        return Report(hosts, containers, seconds, cpu, memory, *sizes, host)


def measure(sizes: str, runs: int) -> Results:
    found = [reported(*map(int, size.split("x")), runs) for size in sizes.split(",")]
    head = [
        "hosts",
        "containers of each",
        "seconds",
        "of processors",
        "most memory",
        "page",
        "`audit.json`",
        "file of a host",
    ]
    rows = [
        [
            f"{one.hosts:,}",
            f"{one.containers}",
            f"{one.seconds:.1f}",
            f"{one.cpu:.1f}",
            f"{one.megabytes:.0f} MB",
            f"{one.page_bytes / 1e6:.1f} MB",
            f"{one.whole_bytes / 1e6:.1f} MB",
            f"{one.host_bytes / 1e3:.0f} kB",
        ]
        for one in found
    ]
    return Results([Table("fleet", head, rows)], list(targets(found)))


def targets(found: t.Sequence[Report]) -> t.Iterator[Target]:
    aims = {(1000, 50): (20, 300), (10000, 20): (200, 400)}
    for one in found:
        if (one.hosts, one.containers) in aims:
            seconds, megabytes = aims[one.hosts, one.containers]
            what = f"report of {one.hosts:,} hosts with {one.containers} containers"
            now = f"{one.seconds:.1f} s, of processors {one.cpu:.1f} s"
            yield Target(what, f"{seconds} s", now, one.seconds <= seconds)
            yield Target(f"{what}: memory", f"{megabytes} MB", f"{one.megabytes:.0f} MB", one.megabytes <= megabytes)
        if one.containers == 50 and one is next(other for other in found if other.containers == 50):
            kilobytes = one.host_bytes / 1e3
            what = "findings of one host with 50 containers"
            yield Target(what, "smaller than 550 kB", f"{kilobytes:.0f} kB", kilobytes < 550)
