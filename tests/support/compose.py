# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker Compose: the one of Debian 13, taken from its package. Nothing is installed on the machine."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSION = "2.26.1"
_PACKAGE = "docker-compose_2.26.1-4_amd64.deb"
_ADDRESS = f"http://deb.debian.org/debian/pool/main/d/docker-compose/{_PACKAGE}"
_SHA256 = "47681197cb2b1ab88206b42a1a92fc75f50d9530a6322d03494a473eed0408ea"


def compose_program() -> str:
    """Return the path of the program. Raises RuntimeError where there is none for this machine."""
    kept = ROOT / ".build" / "compose" / VERSION / "docker-compose"
    if not kept.exists():
        if platform.machine() != "x86_64":
            raise RuntimeError(f"there is no package of Docker Compose for {platform.machine()} here")
        _unpack(kept)
    return str(kept)


def _unpack(kept: Path) -> None:
    with urllib.request.urlopen(_ADDRESS, timeout=120) as answer:
        content = answer.read()
    found = hashlib.sha256(content).hexdigest()
    if found != _SHA256:
        raise RuntimeError(f"{_ADDRESS} has another checksum: {found}")
    work = kept.parent.with_suffix(".new")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / _PACKAGE).write_bytes(content)
    subprocess.run(["dpkg-deb", "-x", str(work / _PACKAGE), str(work / "tree")], check=True)
    kept.parent.mkdir(parents=True, exist_ok=True)
    (work / "tree/usr/libexec/docker/cli-plugins/docker-compose").replace(kept)
    shutil.rmtree(work)
