# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's list of mounts (``/proc/PID/mountinfo``), and which mount holds a path. Pure."""

from __future__ import annotations

import re
import typing as t


class Mount(t.NamedTuple):
    """``device_number`` is the kernel's ``major:minor``; ``root`` the directory of the file system that is mounted;
    ``options`` are those of the file system."""

    number: int
    parent: int
    device_number: str
    root: str
    mount_point: str
    file_system: str
    device: str
    options: str = ""
    flags: str = ""


def parse_mountinfo(text: str, only_at: str | None = None) -> list[Mount]:
    """Parse every mount, in the order of the kernel, or only those at one place. Ignore a line of another form."""
    mounts = []
    for line in text.split("\n"):
        if only_at is not None and (f" {only_at} " not in line or line.split(" ", 5)[4:5] != [only_at]):
            continue
        front, separator, back = line.partition(" - ")
        fields, rest = front.split(" "), back.split(" ")
        if not separator or len(fields) < 6 or len(rest) < 2 or not (fields[0].isdecimal() and fields[1].isdecimal()):
            continue
        mounts.append(
            Mount(
                int(fields[0]),
                int(fields[1]),
                fields[2],
                unescape(fields[3]),
                unescape(fields[4]),
                unescape(rest[0]),
                unescape(rest[1]),
                unescape(rest[2]) if len(rest) > 2 else "",
                fields[5],
            )
        )
    return mounts


def is_read_only(mount: Mount) -> bool:
    """Return whether nothing can be written through the mount. The file system behind it can be read-only as well."""
    return "ro" in mount.flags.split(",") or "ro" in mount.options.split(",")


def unescape(text: str) -> str:
    """Decode the octal numbers that the kernel writes for space, tab, newline and backslash."""
    if "\\" not in text:
        return text
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), text)


def mount_of(mounts: list[Mount], path: str) -> Mount | None:
    """Return the mount that a path without links leads to. None if the list has no root.

    Walks from the root as the kernel does, so that a mount which lies below another one's cover is not taken.
    """
    numbers = {mount.number for mount in mounts}
    roots = (mount for mount in mounts if mount.mount_point == "/")
    current = next((mount for mount in roots if mount.parent == mount.number or mount.parent not in numbers), None)
    seen: set[int] = set()
    while current is not None and current.number not in seen:
        seen.add(current.number)
        number = current.number
        onward = [
            mount
            for mount in mounts
            if mount.parent == number and mount.number not in seen and _holds(mount.mount_point, path)
        ]
        if not onward:
            return current
        # The first mount point on the way; of two at one place, the later covers the earlier.
        nearest = min(len(mount.mount_point) for mount in onward)
        current = [mount for mount in onward if len(mount.mount_point) == nearest][-1]
    return current


def _holds(mount_point: str, path: str) -> bool:
    return mount_point == "/" or path == mount_point or path.startswith(mount_point.rstrip("/") + "/")
