# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages of npm for tests, which are kept between runs. Nothing of theirs is run while they are installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

BUILD = Path(__file__).resolve().parents[2] / ".build"


def modules(folder_name: str, packages: tuple[str, ...]) -> Path:
    """Return the folder ``node_modules`` with these packages. Each set has a folder of its own: two processes may run tests."""
    for program in ("node", "npm"):
        assert shutil.which(program), f"{program} is missing: install Node.js 20 or newer with npm."
    folder = BUILD / folder_name
    installed = folder / "installed.json"
    if not installed.exists() or json.loads(installed.read_text("utf-8")) != list(packages):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        words = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), *packages]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        installed.write_text(json.dumps(packages), encoding="utf-8")
    return folder / "node_modules"
