# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file says its licence, where its format has room for that."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINE = "SPDX-License-Identifier: GPL-3.0-or-later"
# Texts for people, data, lists of packages, and the licence itself; they are under the LICENSE of the whole.
WITHOUT = {".md", ".json", ".png", ".txt", ".rst", ".bin", ""}
WITH = {"Makefile", ".ci/run", "tests/tools/style"}
# Written by a program.
GENERATED = {"changelogs/changelog.yaml"}
# Of others, as they published it, with their own licence in it: Jenkins' schema of JUnit files.
OF_OTHERS = {"tests/support/schemas/junit-10.xsd": "The MIT License (MIT)"}


def test_every_file_says_its_licence() -> None:
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.splitlines() if (ROOT / name).is_file() and (ROOT / name).stat().st_size]
    without = GENERATED | set(OF_OTHERS)
    wanted = [name for name in names if name in WITH or (Path(name).suffix not in WITHOUT and name not in without)]
    silent = [name for name in wanted if LINE not in (ROOT / name).read_text(encoding="utf-8")[:600]]
    assert len(wanted) > 100 and silent == []


def test_files_of_others_say_theirs() -> None:
    for name, licence in OF_OTHERS.items():
        assert licence in (ROOT / name).read_text(encoding="utf-8")[:600]
