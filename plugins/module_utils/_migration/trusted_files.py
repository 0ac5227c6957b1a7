# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files with setuid bits or capabilities are still those that were there before owners were shifted.

Root of a container that remaps can make such a file of its own. After the way back it would belong to root of the host.
"""

from __future__ import annotations

import hashlib
import os
import stat
import typing as t

# A file by its inode and when that changed last. Nobody can set that time.
Seal = t.Tuple[int, int]
# A file by its inode, its mode, what its capabilities are and the SHA-256 of its content: what a shift leaves as it is.
Content = t.Tuple[int, int, str, str]

_LARGEST = 64 << 20
_PART = 1 << 20


class Trust(t.NamedTuple):
    """Of all privileged files that were there before."""

    seals: t.FrozenSet[Seal]
    contents: t.FrozenSet[Content] = frozenset()


class Contents:
    """Reads contents, at most ``room`` bytes of all files. Beyond that a file has none that could be compared."""

    def __init__(self, room: int = 1 << 30) -> None:
        self._room = room

    def of(
        self, place: str, status: os.stat_result, capability: bytes, directory: t.Optional[int] = None
    ) -> t.Optional[Content]:
        """Return the content of a regular file, None of another or a large one. Raises OSError."""
        if not stat.S_ISREG(status.st_mode) or status.st_size > min(_LARGEST, self._room):
            return None
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        descriptor = os.open(place, flags | (os.O_NOFOLLOW if directory is not None else 0), dir_fd=directory)
        try:
            now = os.fstat(descriptor)
            if (now.st_dev, now.st_ino) != (status.st_dev, status.st_ino):
                return None
            digest, left = hashlib.sha256(), _LARGEST
            while left:
                part = os.read(descriptor, min(_PART, left))
                if not part:
                    self._room -= _LARGEST - left
                    return status.st_ino, stat.S_IMODE(status.st_mode), _rights(capability), digest.hexdigest()
                digest.update(part)
                left -= len(part)
        finally:
            os.close(descriptor)
        return None


def _rights(capability: bytes) -> str:
    """The attribute without its version and the root to whom it is given: flags and sets, as linux/capability.h has them."""
    return (capability[:1] + capability[4:20]).hex()
