# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The releases of ansible-core that are supported, one table for tests, documentation and the matrix.

The Pythons are those that ansible-core itself names for its releases.
"""

from __future__ import annotations

import shutil
import subprocess
import typing as t
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Core:
    """One release: the newest of its series, what it runs on, and which Pythons of hosts it speaks to."""

    release: str
    controller: tuple[str, ...]
    target: tuple[str, ...]
    # The releases of pip that its ansible-test asks for.
    pip: tuple[str, ...] = ("25.2",)
    # Sanity tests of it that want more than a package index.
    unreachable: tuple[str, ...] = ()

    @property
    def series(self) -> str:
        return ".".join(self.release.split(".")[:2])

    def controller_of(self, found: t.Container[str]) -> str:
        """The Python that runs it in tests, of those that are there: the first that the release supports."""
        return next((version for version in self.controller if version in found), self.controller[0])


def _minors(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"3.{minor}" for minor in range(first, last + 1))


CORES: t.Final = (
    Core("2.18.19", _minors(11, 13), _minors(8, 13), pip=("24.2",)),
    Core("2.19.14", _minors(11, 13), _minors(8, 13), pip=("24.2",)),
    Core("2.20.10", _minors(12, 14), _minors(9, 14)),
    Core("2.21.5", _minors(12, 14), _minors(9, 14)),
)

# Watched, and not yet promised.
CANDIDATE: t.Final = Core("2.22.0rc1", _minors(13, 15), _minors(9, 15), unreachable=("pylint",))
# What was seen to pass, written by tests/tools/ansible_test.py.
TRIED: t.Final = Path(__file__).with_name("tried.json")


def pythons() -> dict[str, Path]:
    """The Pythons of this machine that answer, by version. A version manager's stand-ins may be there and not answer."""
    found: dict[str, Path] = {}
    for version in _minors(8, 14):
        managed = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python{version}"))
        for candidate in [*map(str, managed), shutil.which(f"python{version}")]:
            if candidate and _answers(candidate):
                found.setdefault(version, Path(candidate))
    return found


def _answers(program: str) -> bool:
    command = [program, "-c", "import ensurepip, venv"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
