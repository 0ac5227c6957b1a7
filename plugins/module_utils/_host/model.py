# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host answers when it is asked for a file, an account, a group, its clocks or a program."""

from __future__ import annotations

import stat as stat_module
import typing as t

_FILE_TYPES = (
    (stat_module.S_ISREG, "file"),
    (stat_module.S_ISDIR, "directory"),
    (stat_module.S_ISLNK, "link"),
    (stat_module.S_ISSOCK, "socket"),
    (stat_module.S_ISCHR, "character_device"),
    (stat_module.S_ISBLK, "block_device"),
    (stat_module.S_ISFIFO, "fifo"),
)
DEVICES = ("character_device", "block_device")


def file_type(mode: int) -> str:
    """Return the type of a file by its mode from stat."""
    return next((name for test, name in _FILE_TYPES if test(mode)), "other")


class FileStatus(t.NamedTuple):
    """What stat says of a path; ``mode`` holds the permission bits only, ``changed_at`` seconds since 1970, ``names``
    how many hard links there are."""

    type: str
    mode: int
    uid: int
    gid: int
    size_bytes: int
    device: int
    inode: int
    changed_at: float
    names: int = 1


class Account(t.NamedTuple):
    name: str
    uid: int
    gid: int
    home: str
    shell: str


class Group(t.NamedTuple):
    name: str
    gid: int
    members: t.List[str]


class Clocks(t.NamedTuple):
    """``now`` is in seconds since 1970, and ``uptime`` in seconds since the kernel started."""

    now: float
    uptime: float


class CommandResult(t.NamedTuple):
    status: int
    output: str
    error: str
