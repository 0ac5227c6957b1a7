# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-test on supported releases of ansible-core, each in an environment of its own, over a copy of what git
knows. No ignore file is part of the collection. Calls for different releases, or for sanity and units, may run at once.

python tests/tools/ansible_test.py sanity               on all releases
python tests/tools/ansible_test.py sanity 2.18 2.21     on some
python tests/tools/ansible_test.py sanity 2.19 --skip-test pylint
python tests/tools/ansible_test.py sanity 2.21 --exclude tests/
python tests/tools/ansible_test.py units                on all releases, with every Python that each supports and that is here
python tests/tools/ansible_test.py units 2.18/3.8 2.21  on some of these pairs
python tests/tools/ansible_test.py units 2.21/3.12 --that-need-ansible   the tests that import ansible-core, and no others

With --note, what passes is kept in tests/support/tried.json. With a Python that is for hosts alone, `units` are the tests of
what runs on hosts. The candidate for the next release is tried only when it is named.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from support.ansible_cores import CANDIDATE, CORES, TRIED, Core, pythons
from tools.needing_ansible import tests_that_need_ansible

BUILD = ROOT / ".build" / "ansible-test"
# It also succeeds when it finds nothing to do, so what it says is counted: sanity tests, and unit tests that passed.
_COUNTED = {
    "sanity": re.compile(r'^Running sanity test "([\w-]+)"', re.MULTILINE),
    "units": re.compile(r"\b(\d+) passed\b"),
}
_LEAST = {"sanity": 20, "units": 900}
_LEAST_THAT_NEED_ANSIBLE = 200
# What says why a run failed, of thousands of lines.
_REASON = re.compile(r"ERROR|FATAL|FAILED|E  ")
_REASONS_SHOWN = 40


class Job(t.NamedTuple):
    """One call of ansible-test; ``python`` is that of the tests, None for all that the release knows."""

    core: Core
    what: str
    python: str | None
    # Sanity tests that are left out.
    skipped: tuple[str, ...] = ()
    # Files of tests; without any, all are run.
    files: tuple[str, ...] = ()
    # Directories, each with a slash at its end, of which no file is looked at.
    excluded: tuple[str, ...] = ()

    @property
    def place(self) -> Path:
        """Where ansible-test runs: what runs at once shares no files."""
        return BUILD / f"{self.what}-{self.core.release}"

    @property
    def copy(self) -> Path:
        return self.place / "ansible_collections" / "seawall" / "docker"

    @property
    def home(self) -> Path:
        """ansible-test keeps its environments there, and nothing of the user's."""
        return self.place / "home"

    @property
    def least(self) -> int:
        """Fewer tests than this mean that ansible-test did not find what it should run."""
        return _LEAST_THAT_NEED_ANSIBLE if self.files else _LEAST[self.what]

    def __str__(self) -> str:
        return f"ansible-core {self.core.release}, {self.what}{f' on Python {self.python}' if self.python else ''}"


def jobs(
    what: str,
    named: list[str],
    found: dict[str, Path],
    skipped: tuple[str, ...] = (),
    files: tuple[str, ...] = (),
    excluded: tuple[str, ...] = (),
) -> list[Job]:
    """What was asked for, the newest release first."""
    if what == "sanity":
        return [
            Job(core, what, None, (*core.unreachable, *skipped), excluded=excluded) for core, _version in _chosen(named)
        ]
    return [
        Job(core, what, version, files=files)
        for core, wanted in _chosen(named)
        for version in ([wanted] if wanted else [one for one in core.target if one in found])
    ]


def _chosen(named: list[str]) -> list[tuple[Core, str | None]]:
    if not named:
        return [(core, None) for core in reversed(CORES)]
    known = {name: core for core in (*CORES, CANDIDATE) for name in (core.series, core.release)}
    pairs = [name.partition("/") for name in named]
    for release, _slash, version in pairs:
        if release not in known:
            sys.exit(f"No supported ansible-core is called {release}; there are {', '.join(sorted(known))}.")
        if version and version not in known[release].target:
            sys.exit(f"ansible-core {release} does not support Python {version}.")
    return [(known[release], version or None) for release, _slash, version in pairs]


@contextlib.contextmanager
def alone() -> t.Iterator[None]:
    """Hold the lock of what all calls share: the environments with ansible-core, and the wheels of pip."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w", encoding="ascii") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def copy_collection(copy: Path) -> None:
    """ansible-test wants the collection under `ansible_collections`, and no link."""
    shutil.rmtree(copy, ignore_errors=True)
    listed = run(["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    # A repository of its own: otherwise the one around it says that all of this is ignored.
    for command in (["init", "--quiet"], ["add", "--all"]):
        run(["git", "-C", str(copy), *command])


def provide_pip(core: Core, python: Path, home: Path) -> None:
    """ansible-test installs pip by a script that it downloads from a host of its own, unless it finds it in its cache.
    A wheel from the package index does the same."""
    for version in core.pip:
        script = home / ".ansible" / "test" / "cache" / f"get_pip_{version.replace('.', '_')}.py"
        if script.exists():
            continue
        wheels = BUILD / "wheels"
        run([str(python), "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(wheels), f"pip=={version}"])
        wheel = next(wheels.glob(f"pip-{version}-*.whl"))
        script.parent.mkdir(parents=True, exist_ok=True)
        text = f"""\
            import runpy, sys
            WHEEL = {str(wheel)!r}
            wanted = [one for one in sys.argv[1:] if one not in ("--no-setuptools", "--no-wheel")]
            sys.argv = ["pip", "install", "--quiet", "--no-index", "--find-links", {str(wheels)!r}, *wanted]
            sys.path.insert(0, WHEEL)
            runpy.run_module("pip", run_name="__main__", alter_sys=True)
            """
        script.write_text(textwrap.dedent(text), encoding="utf-8")


def environment(core: Core, found: dict[str, Path]) -> Path:
    """A virtual environment with this release, made once."""
    version = core.controller_of(found)
    place = BUILD / f"core-{core.release}-{version}"
    if not (place / ".ready").exists():
        run([str(found[version]), "-m", "venv", "--clear", str(place)])
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, f"ansible-core=={core.release}"])
        (place / ".ready").touch()
    return place


def run(command: list[str]) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def attempt(job: Job, found: dict[str, Path]) -> bool:
    """Whether ansible-test ran what it should and found no fault."""
    if job.core.controller_of(found) not in found or (job.python and job.python not in found):
        print(f"{job}: not tried, a Python for it is missing here.", flush=True)
        return False
    with alone():
        place = environment(job.core, found)
        provide_pip(job.core, place / "bin" / "python", job.home)
    copy_collection(job.copy)
    # Sanity tests need no environment of ansible-test's, so they are faster without.
    command = [str(place / "bin" / "ansible-test"), job.what, "--requirements", "--color", "no"]
    command += ["--venv", "--python", job.python] if job.python else ["--local"]
    for test in job.skipped:
        command += ["--skip-test", test]
    for directory in job.excluded:
        command += ["--exclude", directory]
    command += job.files
    path = [str(place / "bin"), *(str(program.parent) for program in found.values()), os.environ["PATH"]]
    surroundings = {**os.environ, "HOME": str(job.home), "PATH": os.pathsep.join(path), "LC_ALL": "C.UTF-8"}
    surroundings.pop("ANSIBLE_COLLECTIONS_PATH", None)
    start = time.monotonic()
    done = subprocess.run(command, check=False, cwd=job.copy, env=surroundings, text=True, capture_output=True)
    seconds = time.monotonic() - start
    output = done.stdout + done.stderr
    matches = _COUNTED[job.what].findall(output)
    count = sum(map(int, matches)) if job.what == "units" else len(set(matches))
    good = done.returncode == 0 and count >= job.least
    if not good:
        print(output, end="")
        reasons = [line for line in output.splitlines() if _REASON.match(line)]
        print("\n".join(["", f"What failed in {job}:", *reasons[-_REASONS_SHOWN:]]))
    print(f"{job}: {count} tests {'passed' if good else 'FAILED'} in {seconds:.0f} s", flush=True)
    return good


def note(results: dict[Job, bool]) -> None:
    """Keep what was seen to pass, by release: the documentation's table of what is supported is made of it."""
    seen = json.loads(TRIED.read_text(encoding="utf-8"))
    for job, good in results.items():
        passed = seen.setdefault(job.core.release, {"sanity": [], "units": []})
        versions = [job.python] if job.python else [job.core.controller_of(pythons())]
        passed[job.what] = [version for version in passed[job.what] if version not in versions] + versions * good
        passed[job.what].sort(key=lambda version: int(version.split(".")[1]))
    TRIED.write_text(json.dumps(seen, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def main(words: list[str]) -> None:
    if not words or words[0] not in _COUNTED:
        sys.exit(__doc__)
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("what", choices=sorted(_COUNTED))
    parser.add_argument("releases", nargs="*")
    parser.add_argument("--skip-test", action="append", default=[])
    parser.add_argument("--exclude", action="append", default=[])
    parser.add_argument("--that-need-ansible", action="store_true")
    parser.add_argument("--note", action="store_true")
    asked = parser.parse_intermixed_args(words)
    if asked.note and (asked.skip_test or asked.exclude or asked.that_need_ansible):
        sys.exit(
            "What was left out cannot be noted as passed: --note goes without --skip-test, --exclude and --that-need-ansible."
        )
    if asked.what == "units" and asked.exclude:
        sys.exit("--exclude leaves files out of sanity tests; name the pairs for units.")
    if asked.what == "sanity" and asked.that_need_ansible:
        sys.exit("--that-need-ansible chooses unit tests; leave it out for sanity.")
    files = tuple(tests_that_need_ansible(ROOT)) if asked.that_need_ansible else ()
    found = pythons()
    wanted = jobs(asked.what, asked.releases, found, tuple(asked.skip_test), files, tuple(asked.exclude))
    results = {job: attempt(job, found) for job in wanted}
    if asked.note:
        note(results)
    sys.exit(0 if results and all(results.values()) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
