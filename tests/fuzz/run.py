# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Coverage-guided fuzzing of the targets with atheris: a counted number of runs each, from the kept cases onwards.

A case that breaks an invariant is written to the working directory's ``found/TARGET``; once its cause is understood,
it belongs into tests/fuzz/corpus/TARGET, which the unit tests replay; named `.bin`, so that no checker of text reads it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
PACKAGE = "ansible_collections.seawall.docker"
# Targets whose single run takes so many times longer than the others'.
SLOW = {"daemon_file": 4, "daemon_change": 4, "engine_client": 2}
# Long enough for every structure, short enough to be fast.
_MAX_BYTES = 4096


def fuzz(name: str, runs: int, seed: int) -> None:
    """Fuzz one target in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=[f"{PACKAGE}.plugins"]):
        import importlib

        targets = importlib.import_module(f"{PACKAGE}.tests.fuzz.targets")
    found = Path("found") / name
    found.mkdir(parents=True, exist_ok=True)
    # What the fuzzer finds new is kept apart: only what broke something belongs into the repository.
    with tempfile.TemporaryDirectory(prefix="seawall-fuzz-") as fresh:
        arguments = [f"-runs={runs}", f"-seed={seed}", f"-max_len={_MAX_BYTES}", "-timeout=30", "-rss_limit_mb=2048"]
        arguments += [f"-artifact_prefix={found}/", "-verbosity=0", "-print_final_stats=1"]
        kept = CORPUS / name
        atheris.Setup([sys.argv[0], *arguments, fresh, *([str(kept)] if kept.is_dir() else [])], targets.TARGETS[name])
        atheris.Fuzz()


def run_all(names: list[str], runs: int, seed: int) -> int:
    """Every target in a process of its own; how many broke."""

    runs_of = {name: max(runs // SLOW.get(name, 1), 1) for name in names}

    def one(name: str) -> tuple[str, float, subprocess.CompletedProcess[str]]:
        began = time.monotonic()
        command = [sys.executable, __file__, "--only", name, "--runs", str(runs_of[name]), "--seed", str(seed)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        return name, time.monotonic() - began, done

    broken = 0
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for name, seconds, done in pool.map(one, names):
            print(
                f"{name:20}{'ok' if done.returncode == 0 else 'BROKEN':8}{runs_of[name]} runs in {seconds:.0f} s",
                flush=True,
            )
            if done.returncode != 0:
                broken += 1
                print((done.stdout + done.stderr)[-4000:], flush=True)
    return broken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", help="default: all")
    parser.add_argument("--runs", type=int, default=20000, help="how often each target is run (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the fuzzer's random numbers (default: %(default)s)")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        fuzz(given.only, given.runs, given.seed)
        return
    from ansible_collections.seawall.docker.tests.fuzz.targets import TARGETS

    unknown = sorted(set(given.targets) - set(TARGETS))
    if unknown:
        parser.error(f"no such target: {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    sys.exit(1 if run_all(given.targets or list(TARGETS), given.runs, given.seed) else 0)


if __name__ == "__main__":
    main()
