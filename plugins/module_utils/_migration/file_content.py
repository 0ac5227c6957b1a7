# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content of files with holes: copy it, and compare it. Holes cost nothing, however large a file says it is."""

from __future__ import annotations

import errno
import heapq
import os
import typing as t

# What is copied and compared at once.
PART_BYTES = 4 << 20
_COMPARED_BYTES = 1 << 20
# The kernel or the file system cannot copy by itself.
_UNABLE = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF, errno.ETXTBSY)


def extents(descriptor: int, size: int) -> t.Iterator[t.Tuple[int, int]]:
    """Return start and end of each part of a file that is no hole."""
    end = 0
    while end < size:
        try:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
            end = min(os.lseek(descriptor, start, os.SEEK_HOLE), size)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            if error.errno != errno.EINVAL:
                raise
            # A file system without holes.
            start, end = end, size
        yield start, end


def copy(source: int, target: int, status: os.stat_result, copied: t.Callable[[int], None]) -> bool:
    """Copy the content into an empty file. Return False if the source ended early. ``copied`` is told of each part."""
    by_kernel = hasattr(os, "copy_file_range")
    os.ftruncate(target, status.st_size)
    for start, end in extents(source, status.st_size):
        while start < end:
            length = min(PART_BYTES, end - start)
            count = 0
            if by_kernel:
                try:
                    count = os.copy_file_range(source, target, length, start, start)
                except OSError as error:
                    if error.errno not in _UNABLE:
                        raise
                # It says 0 for files of some file systems that are not empty.
                by_kernel = count > 0
            if not count:
                count = _copy_part(source, target, length, start)
            if not count:
                return False
            start += count
            copied(count)
    return True


def _copy_part(source: int, target: int, length: int, start: int) -> int:
    part = os.pread(source, length, start)
    written = 0
    while written < len(part):
        written += os.pwrite(target, part[written:], start + written)
    return written


def differ(first: int, second: int, size: int, compared: t.Callable[[int], None]) -> bool:
    """Return whether two files of this size differ in a byte. Holes may lie elsewhere in two equal files."""
    before = -1
    for position in heapq.merge(_blocks(first, size), _blocks(second, size)):
        if position == before:
            continue
        before = position
        block = os.pread(first, _COMPARED_BYTES, position)
        if block != os.pread(second, _COMPARED_BYTES, position):
            return True
        compared(len(block))
    return False


def _blocks(descriptor: int, size: int) -> t.Iterator[int]:
    """Return where the blocks of a file begin that are no holes as a whole."""
    position = 0
    for start, end in extents(descriptor, size):
        position = max(position, start - start % _COMPARED_BYTES)
        while position < end:
            yield position
            position += _COMPARED_BYTES
