# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs make targets side by side, as many at once as there are processors. What failed is told last, with its reasons.

python tests/tools/abreast.py style "sanity CORE=2.21" docs

All that a target says is kept in .build/abreast. One line of each is printed as it ends, and all of those that failed.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".build" / "abreast"
# A line that says why something failed, in the words of pytest, ansible-test, ruff, mypy, make and Python.
_REASON = re.compile(r"\s*(ERROR|FATAL|FAILED|FAILURE|E  |\w+Error:)|.*: error:|[\w./-]+:\d+:\d+: ")
_REASONS_SHOWN = 30
_LAST_SHOWN = 3


class Done(t.NamedTuple):
    """A target that ended: the seconds that it took, and those of processors."""

    target: str
    status: int
    seconds: float
    processors: float
    said: list[str]

    def __str__(self) -> str:
        end = "passed" if self.status == 0 else "FAILED"
        return f"{self.target}: {end} in {self.seconds:.0f} s ({self.processors:.0f} s of processors)"

    @property
    def reasons(self) -> list[str]:
        """The last lines that say why it failed, and the last of all."""
        found = [line for line in self.said[:-_LAST_SHOWN] if _REASON.match(line)]
        return [*found[-_REASONS_SHOWN:], *self.said[-_LAST_SHOWN:]]


def run(target: str) -> Done:
    """Run a target to its end."""
    log = PLACE / f"{re.sub('[^a-z0-9.]+', '-', target.lower()).strip('-')}.log"
    words = [os.environ.get("MAKE", "make"), "--no-print-directory", *shlex.split(target)]
    began = time.monotonic()
    with log.open("wb") as stream:
        child = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT)
        _pid, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    said = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return Done(target, child.returncode, time.monotonic() - began, used.ru_utime + used.ru_stime, said)


def main(targets: list[str]) -> None:
    if not targets:
        sys.exit(__doc__)
    PLACE.mkdir(parents=True, exist_ok=True)
    failed = []
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for future in as_completed([pool.submit(run, target) for target in targets]):
            done = future.result()
            last = next((line for line in reversed(done.said) if line.strip()), "")
            print(f"== {done}" + (f"; {last}" if done.status == 0 and last else ""), flush=True)
            if done.status != 0:
                failed.append(done)
    for done in failed:
        print("\n".join(["", f"==== All that make {done.target} said:", *done.said]))
    for done in failed:
        print("\n".join(["", f"==== {done}:", *done.reasons]))
    if failed:
        sys.exit(f"FAILED: {', '.join(done.target for done in failed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
