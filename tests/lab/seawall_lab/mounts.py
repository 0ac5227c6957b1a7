# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mounts that a broken build or a crashed engine may have left, and which must not be removed through."""

from __future__ import annotations

import re
from pathlib import Path

from .process import run

_MOUNTINFO = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(r"\\([0-7]{3})")


def mounts_below(mountinfo: str, directory: Path) -> list[Path]:
    """Mount points at or below a directory, deepest first, from the text of /proc/self/mountinfo."""
    found = []
    for line in mountinfo.splitlines():
        # Blanks and the like are written as three octal digits.
        point = Path(_ESCAPED.sub(lambda match: chr(int(match.group(1), 8)), line.split()[4]))
        if point.is_relative_to(directory):
            found.append(point)
    return sorted(found, key=lambda point: len(point.parts), reverse=True)


def unmount_below(directory: Path) -> None:
    """Unmount all of them; lazily, because what keeps one busy is about to go as well."""
    for point in mounts_below(_MOUNTINFO.read_text(encoding="utf-8"), directory.resolve()):
        run(["umount", "--lazy", str(point)])
