# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lab keeps what it builds and what it remembers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError


@dataclass(frozen=True)
class Paths:
    """All directories of one lab; everything lies below one cache directory, so removing that removes the lab."""

    cache: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Paths:
        """The cache directory that SEAWALL_LAB_CACHE names, or the default one."""
        chosen = environ.get("SEAWALL_LAB_CACHE") or "~/.cache/seawall-lab"
        return cls(Path(chosen).expanduser().absolute())

    @property
    def images(self) -> Path:
        """Built base images, each under the hash of its recipe."""
        return self.cache / "images"

    @property
    def packages(self) -> Path:
        """Downloaded Debian packages, kept so that a changed recipe is not a new download."""
        return self.cache / "packages"

    @property
    def build(self) -> Path:
        """Scratch space of builds; nothing in it outlives the command."""
        return self.cache / "build"

    @property
    def state(self) -> Path:
        """What the lab started: process ids, start times, ports."""
        return self.cache / "state"

    @property
    def logs(self) -> Path:
        """Output of builds, of the engine and of the virtual machine's console."""
        return self.cache / "logs"

    @property
    def engine_data(self) -> Path:
        """The lab engine's own data root: images of another engine on this machine are never seen."""
        return self.cache / "engine"

    @property
    def key(self) -> Path:
        """The private SSH key for lab hosts."""
        return self.cache / "ssh" / "id_ed25519"

    def create(self) -> None:
        """Make the directories; readable for the owner alone, because a root login key lies among them."""
        try:
            # Docker's own subdirectories need no more than traversal by root, so 0700 holds for the whole tree.
            self.cache.mkdir(mode=0o700, parents=True, exist_ok=True)
            for directory in (self.images, self.packages, self.build, self.state, self.logs, self.key.parent):
                directory.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise LabError(f"cannot create the cache directory {self.cache}: {error.strerror}") from error


def need_space(directory: Path, gibibytes: float, purpose: str) -> None:
    """Fail before a long build does, with the numbers that matter."""
    free = shutil.disk_usage(directory).free / 2**30
    if free < gibibytes:
        raise LabError(
            f"{purpose} needs {gibibytes:g} GiB free in {directory}, but only {free:.1f} GiB are; "
            "free some or point SEAWALL_LAB_CACHE elsewhere"
        )


def require_root() -> None:
    """Building a root file system, starting an engine and reading its socket all need root."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root: run it with sudo")
