# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection community.docker, whose connections reach into containers, taken from the package index."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

# The last release that every Python of a controller can install.
_PACKAGE = "ansible==12.3.0"
_WANTED = tuple(f"ansible_collections/community/{name}/" for name in ("docker", "library_inventory_filtering_v1"))
_PLACE = Path(__file__).resolve().parents[2] / ".build" / "community"


def community_docker() -> Path:
    """A folder for Ansible's collections path. It is fetched once a checkout: the package holds a hundred collections."""
    if not (_PLACE / ".ready").exists():
        _PLACE.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--dest", str(_PLACE), _PACKAGE], check=True)
        (wheel,) = _PLACE.glob("ansible-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(_PLACE, [name for name in archive.namelist() if name.startswith(_WANTED)])
        wheel.unlink()
        (_PLACE / ".ready").touch()
    return _PLACE
