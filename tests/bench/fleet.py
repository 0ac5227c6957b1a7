# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report of a fleet costs, from the files of its hosts alone: part of ``make bench``.

Makes findings of recorded hosts whose containers are repeated under names of their own, writes them as an audit does, and
prints for each size the time and the most memory of one report in a process of its own, and how long its files are.
"""

from __future__ import annotations

import argparse
import copy
import functools
import json
import os
import resource
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

Json = dict[str, t.Any]

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
        posture["containers"] = [_copy(found[number % len(found)], number) for number in range(containers)]
        made.append(files.host_json(evaluate(posture, benchmark, policy, _PLACE)))
    return made


def _copy(container: Json, number: int) -> Json:
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


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the report of a fleet.")
    parser.add_argument("--sizes", default="100x50,1000x50", help="hosts x containers, such as 10000x20")
    print("  hosts containers seconds   CPU memory MB page MB audit.json MB host kB", flush=True)
    for size in parser.parse_args().sizes.split(","):
        hosts, containers = map(int, size.split("x"))
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as where:
            source, target = Path(where) / "slice", Path(where) / "report"
            in_child(functools.partial(write_hosts, source, hosts, containers))
            began = time.perf_counter()
            used = in_child(functools.partial(one_report, source, target))
            seconds, cpu, memory = time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024
            page, whole = ((target / name).stat().st_size / 1e6 for name in ("index.html", "audit.json"))
            host = (source / "hosts" / "host-00000.json").stat().st_size / 1e3
            line = f"{hosts:>7} {containers:>10} {seconds:>7.1f} {cpu:>5.1f} {memory:>9}"
            print(f"{line} {page:>7.1f} {whole:>13.1f} {host:>7.0f}", flush=True)


if __name__ == "__main__":
    main()
