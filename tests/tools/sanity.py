# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs `ansible-test sanity` on every supported release of ansible-core and `ansible-test units` on the newest, each in an
environment of its own, over a copy of what git knows. No ignore file is part of the collection.

python tests/tools/sanity.py            all releases
python tests/tools/sanity.py 2.18       one of them, with the unit tests
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from support.ansible_cores import CORES, Core, pythons

BUILD = ROOT / ".build" / "sanity"
COPY = BUILD / "ansible_collections" / "seawall" / "docker"
# ansible-test keeps its environments there, and nothing of the user's.
HOME = BUILD / "home"


def copy_collection() -> None:
    """ansible-test wants the collection under `ansible_collections`, and no link."""
    shutil.rmtree(BUILD / "ansible_collections", ignore_errors=True)
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, COPY / name)
    # A repository of its own: otherwise the one around it says that all of this is ignored.
    for command in (["init", "--quiet"], ["add", "--all"]):
        run(["git", "-C", str(COPY), *command])


def provide_pip(core: Core, python: Path) -> None:
    """ansible-test installs pip by a script that it downloads from a host of its own, unless it finds it in its cache.
    A wheel from the package index does the same."""
    script = HOME / ".ansible" / "test" / "cache" / f"get_pip_{core.pip.replace('.', '_')}.py"
    if script.exists():
        return
    wheels = BUILD / "wheels"
    run([str(python), "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(wheels), f"pip=={core.pip}"])
    wheel = next(wheels.glob(f"pip-{core.pip}-*.whl"))
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


def environment(core: Core, python: Path) -> Path:
    """A virtual environment with this release, made once."""
    place = BUILD / f"core-{core.release}-{python.parent.parent.name}"
    if not (place / ".ready").exists():
        run([str(python), "-m", "venv", "--clear", str(place)])
        requirements = ["--requirement", str(ROOT / "tests" / "requirements" / "sanity.txt")]
        run([*pip(place), f"ansible-core=={core.release}", *requirements])
        (place / ".ready").touch()
    return place


def pip(place: Path) -> list[str]:
    return [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def check(core: Core, found: dict[str, Path], named: bool) -> bool:
    """Whether sanity and unit tests are as they should be on this release."""
    usable = [version for version in core.controller if version in found]
    if not usable:
        print(f"ansible-core {core.release}: none of Python {', '.join(core.controller)} is here, so it was not tried.")
        return False
    version = usable[-1] if core.series == "2.19" else usable[0]
    place = environment(core, found[version])
    provide_pip(core, place / "bin" / "python")
    path = [str(place / "bin"), *(str(program.parent) for program in found.values()), os.environ["PATH"]]
    surroundings = {**os.environ, "HOME": str(HOME), "PATH": os.pathsep.join(path), "LC_ALL": "C.UTF-8"}
    surroundings.pop("ANSIBLE_COLLECTIONS_PATH", None)
    targets = [version for version in core.target if version in found]
    good = True
    units = [["units", "--python", version]] if named or core is CORES[-1] else []
    for what in (["sanity"], *units):
        command = ["ansible-test", *what, "--local", "--requirements", "--color", "no"]
        start = time.monotonic()
        print(f"== ansible-core {core.release}, Python {version}: {' '.join(command)}", flush=True)
        done = subprocess.run(
            [str(place / "bin" / command[0]), *command[1:]],
            check=False,
            cwd=COPY,
            env=surroundings,
            text=True,
            capture_output=True,
        )
        output = (done.stdout + done.stderr).splitlines()
        wanted = output if done.returncode else [line for line in output if "ERROR" in line] or output[-1:]
        print("\n".join(wanted))
        print(
            f"== {'passed' if done.returncode == 0 else 'FAILED'} in {time.monotonic() - start:.0f} s; Pythons of hosts {', '.join(targets)}",
            flush=True,
        )
        good = good and done.returncode == 0
    return good


def main() -> None:
    wanted = sys.argv[1:]
    cores = [core for core in CORES if not wanted or core.series in wanted or core.release in wanted]
    if not cores:
        sys.exit(f"No supported ansible-core is called {' '.join(wanted)}.")
    found = pythons()
    copy_collection()
    results = [check(core, found, bool(wanted)) for core in reversed(cores)]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
