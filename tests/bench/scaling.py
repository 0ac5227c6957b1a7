# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a controller spends on one run over many hosts, without the hosts' part.

Each host has the recorded posture of a real host, with its containers repeated. So the whole run is that of an audit, but for the
connection and the module on the host. It measures seconds, seconds of
processors, and the most memory of all processes together.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from ansible_collections.seawall.docker.tests.bench.fleet import RECORDED, copied
from ansible_collections.seawall.docker.tests.bench.page import Results, Table

SIZES = "1,10,50,100"
RUNS = 3
PLACES = ("hosts",)
_CONTAINERS, _FORKS = 20, 20

_PROGRAM = Path(sys.executable).parent / "ansible-playbook"
# How often the memory is looked at, in seconds.
_PAUSE = 1.0


def postures(folder: Path, containers: int) -> list[Path]:
    """Write the recorded postures with so many containers each."""
    made = []
    for path in sorted(RECORDED.glob("*.json")):
        posture = json.loads(path.read_text(encoding="utf-8"))
        posture = posture.get("posture", posture)
        found = posture.get("containers") or []
        if found:
            posture["containers"] = [copied(found[number % len(found)], number) for number in range(containers)]
            made.append(folder / path.name)
            made[-1].write_text(json.dumps(posture), encoding="utf-8")
    return made


def write_inventory(folder: Path, hosts: int, given: list[Path]) -> Path:
    variables = {
        f"host-{number:05}": {"audit_posture_file": str(given[number % len(given)])} for number in range(hosts)
    }
    inventory = folder / "inventory.json"
    inventory.write_text(json.dumps({"all": {"hosts": variables, "vars": {"ansible_connection": "local"}}}))
    return inventory


class Memory(threading.Thread):
    """The most memory that a process and all below it took together, with a shared page counted once."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root, self.most, self.ended = root, 0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(_PAUSE):
            self.most = max(self.most, sum(map(_kilobytes, _family(self.root))))


def _family(root: int) -> set[int]:
    """The process and all below it, by the parents that the kernel shows: workers of Ansible have sessions of their own."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):  # the process ended meanwhile
            parents[int(name)] = int(
                Path(f"/proc/{name}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1]
            )
    family = {root}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def _kilobytes(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def audit(folder: Path, inventory: Path, forks: int) -> tuple[float, float, int]:
    """Return the seconds of an audit, those of processors, and the most memory in MB."""
    words = [str(_PROGRAM), "-i", str(inventory), "-f", str(forks), "seawall.docker.audit"]
    environment = {
        **os.environ,
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_DISPLAY_OK_HOSTS": "false",
    }
    began = time.perf_counter()
    with (folder / "output").open("w") as output:
        run = subprocess.Popen(
            [*words, "-e", "audit_report_directory=reports"],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        memory = Memory(run.pid)
        memory.start()
        _pid, status, used = os.wait4(run.pid, 0)
        memory.ended.set()
        memory.join()
    if status != 0:
        sys.exit((folder / "output").read_text(encoding="utf-8")[-4000:])
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, memory.most // 1024


def measure(sizes: str, runs: int) -> Results:
    head = [
        "hosts",
        "seconds",
        "of processors",
        "of processors, for each host more",
        "most memory of all processes",
        "reports",
    ]
    rows = []
    few: tuple[int, float] | None = None
    for hosts in map(int, sizes.split(",")):
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as where:
            folder = Path(where)
            inventory = write_inventory(folder, hosts, postures(folder, _CONTAINERS))
            taken = []
            for _run in range(runs):
                shutil.rmtree(folder / "reports", ignore_errors=True)
                taken.append(audit(folder, inventory, _FORKS))
            audited = json.loads((folder / "reports" / "audit.json").read_text(encoding="utf-8"))["totals"]["audited"]
            if audited != hosts:
                sys.exit(f"Only {audited} of {hosts} hosts were audited.")
            size = sum(path.stat().st_size for path in (folder / "reports").rglob("*") if path.is_file()) / 1e6
        seconds, cpu, memory = (statistics.median(column) for column in zip(*taken, strict=True))
        few = few or (hosts, cpu)
        more = f"{(cpu - few[1]) / (hosts - few[0]):.2f}" if hosts > few[0] else ""
        rows.append([f"{hosts:,}", f"{seconds:.1f}", f"{cpu:.1f}", more, f"{memory:.0f} MB", f"{size:.1f} MB"])
    return Results([Table("hosts", head, rows)])
