# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flags of chattr that keep even root from changing a file or a directory."""

from __future__ import annotations

import fcntl
import os
import struct

_IMMUTABLE, _APPEND_ONLY = 0x10, 0x20
# FS_IOC_GETFLAGS, _IOR('f', 1, long), as most architectures write it, and as powerpc, mips and sparc do.
_READS = tuple(direction | struct.calcsize("l") << 16 | ord("f") << 8 | 1 for direction in (0x80000000, 0x40000000))


def flag_of(path: str) -> str:
    """Return ``immutable``, ``append-only``, or an empty text. A file system without such flags has none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        flags = _flags(descriptor)
    finally:
        os.close(descriptor)
    if flags & _IMMUTABLE:
        return "immutable"
    return "append-only" if flags & _APPEND_ONLY else ""


def _flags(descriptor: int) -> int:
    for request in _READS:
        try:
            # The kernel writes an int, although the number of the request says long.
            return int(struct.unpack("i4x", fcntl.ioctl(descriptor, request, bytes(8)))[0])
        except OSError:
            continue
    return 0


def hindrance(path: str) -> str:
    """Return which flag keeps a file from being replaced, on itself or on its directory, and how to remove the flag."""
    return ended_by(path) or ended_by(os.path.dirname(path) or "/")


def ended_by(path: str) -> str:
    """Return which flag keeps this file or directory from being changed, and what removes the flag."""
    flag = flag_of(path)
    if not flag:
        return ""
    return f"{path} is {flag}, which chattr -{'i' if flag == 'immutable' else 'a'} {path} ends"
