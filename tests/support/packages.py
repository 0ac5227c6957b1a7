# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages of Debian, unpacked below .build and kept there. Nothing is installed on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

BUILD = Path(__file__).resolve().parents[2] / ".build"


def unpacked(name: str, *packages: str) -> Path:
    """Return the folder with the unpacked packages. Raises RuntimeError where apt does not have them."""
    kept = BUILD / name
    if not kept.exists():
        work = kept.with_name(f"{name}.{os.getpid()}")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        if _apt(work, "download", *packages).returncode != 0:
            _apt(work, "update")
            done = _apt(work, "download", *packages)
            if done.returncode != 0:
                raise RuntimeError(f"apt-get cannot download {', '.join(packages)}: {done.stderr.strip()}")
        for package in work.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", str(package), str(work)], check=True)
            package.unlink()
        work.rename(kept)
    return kept


def _apt(work: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["apt-get", *words], cwd=work, capture_output=True, text=True, check=False, timeout=300)
