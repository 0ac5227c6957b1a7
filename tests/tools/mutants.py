# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change the pure parts of the code in small ways, one at a time, and list the changes that no unit test notices.

``mutants.py MUTMUT [--every N] [--tests PATTERN] [FILE …]``: without files all of PURE, which takes hours. Files are named as in
PURE, or by a part of that. ``--every 8`` tries every eighth change of each function. ``--tests 'test_plan_*.py'`` runs only test
files with such a name: minutes less before the first change, and what lives may be noticed by another test.
What is changed is a copy of the checkout. Results of functions and tests that did not change since are kept.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".build" / "mutants"
PACKAGE = Path("ansible_collections/seawall/docker")
EQUIVALENT = ROOT / "tests" / "unit" / "equivalent_mutants.txt"
AIM = 85

_ROOMS = "tests/unit/plugins/module_utils"
_AUDIT_TESTS = (f"{_ROOMS}/_posture/test_audit_rules.py", f"{_ROOMS}/_posture/test_audit_rules_parsed.py")
_CGROUP_TESTS = (f"{_ROOMS}/_cgroup", f"{_ROOMS}/_posture/test_cgroup.py")
_CONFIG_TESTS = (f"{_ROOMS}/_daemon_config", f"{_ROOMS}/_daemon")
_DAEMON_TESTS = (f"{_ROOMS}/_daemon", f"{_ROOMS}/_daemon_config", f"{_ROOMS}/_posture/test_daemon.py")
_RESTART_TESTS = (f"{_ROOMS}/_restart/test_restart_forecast.py",)
_USERNS_TESTS = (f"{_ROOMS}/_userns", f"{_ROOMS}/_posture/test_userns.py")
_CONTROLLER_TESTS = ("tests/unit/plugins/plugin_utils", "tests/unit/properties")
# What needs neither a host nor an engine, with the tests that must notice its changes.
PURE: dict[str, tuple[str, ...]] = {
    "plugins/module_utils/_cgroup/limits.py": _CGROUP_TESTS,
    "plugins/module_utils/_cgroup/reading.py": _CGROUP_TESTS,
    "plugins/module_utils/_cgroup/tree.py": _CGROUP_TESTS,
    "plugins/module_utils/_daemon/combinations.py": _DAEMON_TESTS,
    "plugins/module_utils/_daemon/daemon_json.py": _DAEMON_TESTS,
    "plugins/module_utils/_daemon/domains.py": _DAEMON_TESTS,
    "plugins/module_utils/_daemon/flags.py": _DAEMON_TESTS,
    "plugins/module_utils/_daemon/start_times.py": _DAEMON_TESTS,
    "plugins/module_utils/_daemon_config/clashes.py": _CONFIG_TESTS,
    "plugins/module_utils/_daemon_config/json_edit.py": _CONFIG_TESTS,
    "plugins/module_utils/_daemon_config/plan.py": _CONFIG_TESTS,
    "plugins/module_utils/_daemon_config/wanted.py": _CONFIG_TESTS,
    "plugins/module_utils/_engine/references.py": _CONTROLLER_TESTS,
    "plugins/module_utils/_posture/auditing/coverage.py": _AUDIT_TESTS,
    "plugins/module_utils/_posture/auditing/rules.py": _AUDIT_TESTS,
    **dict.fromkeys(
        (f"plugins/module_utils/_posture/packet_filter/{name}.py" for name in ("nft", "saved", "walk")),
        (f"{_ROOMS}/_posture/test_packet_filter.py", f"{_ROOMS}/_posture/test_packet_walk.py"),
    ),
    "plugins/module_utils/_restart/forecast.py": _RESTART_TESTS,
    "plugins/module_utils/_userns/idmap.py": _USERNS_TESTS,
    "plugins/module_utils/_userns/subid_plan.py": _USERNS_TESTS,
    "plugins/module_utils/_userns/subid_space.py": _USERNS_TESTS,
    "plugins/plugin_utils/_benchmark/*.py": _CONTROLLER_TESTS,
    "plugins/plugin_utils/_plan/*.py": _CONTROLLER_TESTS,
}
# Exit statuses that mutmut keeps: a test failed, none noticed, none ran.
_LIVES, _UNTESTED = (0,), (5, 33)
# No function has more changes.
_MAX_OF_FUNCTION = 500


class Mutant(t.NamedTuple):
    """``old`` and ``new`` are the lines that differ, without their indentation. ``status`` is None if it was not tried."""

    file: str
    function: str
    old: str
    new: str
    status: int | None

    @property
    def line(self) -> str:
        return f"{self.file}: {self.old} -> {self.new}"

    @property
    def is_wording(self) -> bool:
        """Whether only the words of a message differ, which are nobody's contract."""
        return _same_but_for_words(self.old, self.new)


def _same_but_for_words(old: str, new: str) -> bool:
    # Every text is looked at, so that what lies between two of them is taken for none.
    strings = re.compile(r"""f?("[^"]*"|'[^']*')""")

    def without_words(line: str) -> str:
        return strings.sub(lambda found: "TEXT" if " " in found[1] else found[0], line)

    if without_words(old) == without_words(new) and old != new:
        return True
    # A message that is not there at all.
    gone = re.sub(r"\bNone\b", "TEXT", new)
    return "TEXT" in without_words(old) and without_words(old) == gone and old.startswith("raise ")


def files_named(words: t.Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the files that are meant, with their tests. Raise SystemExit for a word that names none."""
    known = {
        str(path.relative_to(ROOT)): tests
        for pattern, tests in PURE.items()
        for path in sorted(ROOT.glob(pattern))
        if path.read_text(encoding="utf-8").strip()
    }
    found = {}
    for word in words or ["*"]:
        matching = {name: tests for name, tests in known.items() if fnmatch.fnmatch(name, f"*{word}*")}
        if not matching:
            sys.exit(f"{word} names none of the pure files: {', '.join(known)}")
        found.update(matching)
    return found


def tests_named(pattern: str, tests: t.Sequence[str]) -> tuple[str, ...]:
    """Return those of the test files, and of the files in test directories, whose name the pattern matches."""
    known = [
        path for test in tests for path in ([ROOT / test] if test.endswith(".py") else (ROOT / test).rglob("test_*.py"))
    ]
    found = sorted(str(path.relative_to(ROOT)) for path in known if fnmatch.fnmatch(path.name, pattern))
    if not found:
        sys.exit(f"{pattern} matches none of {len(known)} test files")
    return tuple(found)


def copy_checkout() -> None:
    """Copy what git knows; a file is written only if it differs, so that results are kept."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    names = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for name in names:
        target = WORK / PACKAGE / name
        content = (ROOT / name).read_bytes()
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    for path in [path for path in (WORK / PACKAGE).rglob("*") if path.is_file()]:
        if str(path.relative_to(WORK / PACKAGE)) not in names:
            path.unlink()


def changes_of_each(every: int) -> list[str]:
    """Return patterns of the names that mutmut gives to every so manieth change of a function; none for all."""
    return [f"*__mutmut_{number}" for number in range(1 + every // 2, _MAX_OF_FUNCTION, every)] if every > 1 else []


def run(mutmut: str, files: t.Sequence[str], tests: t.Sequence[str], changes: t.Sequence[str]) -> None:
    """Try changes of the files, one process at a time: those that these patterns name, or all."""
    # Its copy holds the changed files, and it changes none that is there already.
    shutil.rmtree(WORK / "mutants" / PACKAGE / "tests", ignore_errors=True)
    lists = {
        "source_paths": [str(PACKAGE / "plugins")],
        "only_mutate": [str(PACKAGE / file) for file in files],
        "also_copy": ["ansible_collections"],
        # Without a traceback: for one, pytest parses the file with all its changes, which takes 20 seconds for a long one.
        "pytest_add_cli_args": [
            "--import-mode=importlib",
            "-p",
            "no:cacheprovider",
            "-x",
            "-q",
            "--tb=no",
            "--durations=0",
        ],
        "pytest_add_cli_args_test_selection": [str(PACKAGE / test) for test in tests],
    }
    text = "".join(f"{key}=\n" + "".join(f"    {value}\n" for value in values) for key, values in lists.items())
    (WORK / "setup.cfg").write_text(f"[mutmut]\n{text}", encoding="utf-8")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONPATH", None)
    with (WORK / "log.txt").open("w", encoding="utf-8") as log:
        done = subprocess.run(
            ["nice", mutmut, "run", "--max-children", "1", *changes],
            cwd=WORK,
            env=environment,
            stdout=log,
            stderr=log,
            check=False,
        )
    if done.returncode != 0:
        sys.exit(f"mutmut ended with status {done.returncode}; what it said is in {WORK / 'log.txt'}")


def mutants_of(file: str) -> t.Iterator[Mutant]:
    """Return the changes of a file with what came of them; only those that live are looked at."""
    meta = WORK / "mutants" / PACKAGE / f"{file}.meta"
    for name, status in json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"].items():
        old, new = _difference(name, PACKAGE / file) if status in _LIVES + _UNTESTED else ("", "")
        yield Mutant(file, name.rpartition(".")[2].partition("__mutmut")[0], old, new, status)


def _difference(name: str, path: Path) -> tuple[str, str]:
    # mutmut reads its settings as it is imported, and its command takes seconds for each change.
    from mutmut.mutation.diff_apply import get_diff_for_mutant  # type: ignore[import-not-found]

    lines = [line for line in get_diff_for_mutant(name, path=path).splitlines() if re.match(r"[-+](?![-+]{2} )", line)]
    old, new = (" ".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")
    return old, new


def equivalents() -> dict[str, str]:
    """Return the changes that change nothing, each with its reason."""
    found = {}
    for line in EQUIVALENT.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            change, separator, reason = line.rpartition("  # ")
            if not separator:
                sys.exit(f"{EQUIVALENT.name} gives no reason for: {line}")
            found[change.strip()] = reason
    return found


def report(mutants: t.Sequence[Mutant], same: t.Mapping[str, str]) -> int:
    """Print the share that was noticed of each file, and what was not. Return 1 if it is too little in all."""
    print("noticed  of   file")
    for file in sorted({one.file for one in mutants}):
        counted, noticed = _counts([one for one in mutants if one.file == file], same)
        print(f"{_share(noticed, counted):>6} % {counted:>4}  {file}")
    counted, noticed = _counts(mutants, same)
    print(f"{_share(noticed, counted):>6} % {counted:>4}  in all; the aim is {AIM} %")
    lives = [one for one in mutants if one.status in _LIVES + _UNTESTED and not one.is_wording and one.line not in same]
    for one in lives:
        print(f"{one.line}{'  (no test runs it)' if one.status in _UNTESTED else ''}")
    return int(_share(noticed, counted) < AIM)


def _counts(mutants: t.Sequence[Mutant], same: t.Mapping[str, str]) -> tuple[int, int]:
    counted = [one for one in mutants if one.status is not None and not one.is_wording and one.line not in same]
    return len(counted), sum(one.status not in _LIVES + _UNTESTED for one in counted)


def _share(noticed: int, counted: int) -> int:
    return 100 * noticed // counted if counted else 100


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mutmut")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument("--tests", default="*", metavar="PATTERN")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_intermixed_args()
    files = files_named(arguments.files)
    WORK.mkdir(parents=True, exist_ok=True)
    os.chdir(WORK)
    copy_checkout()
    found: list[Mutant] = []
    for tests in dict.fromkeys(files.values()):
        chosen = [file for file, its_tests in files.items() if its_tests == tests]
        run(arguments.mutmut, chosen, tests_named(arguments.tests, tests), changes_of_each(arguments.every))
        found += [one for file in chosen for one in mutants_of(file)]
    return report(found, equivalents())


if __name__ == "__main__":
    sys.exit(main())
