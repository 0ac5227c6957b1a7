# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Search a file, such as a program, for texts, in parts and within budgets."""

from __future__ import annotations

import errno
import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import Budget


def _extents(descriptor: int) -> t.Iterator[tuple[int, int]]:
    """Where a file has data, as pairs of start and end."""
    end = 0
    while True:
        try:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
            end = os.lseek(descriptor, start, os.SEEK_HOLE)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return  # no data after this place
            if error.errno != errno.EINVAL:
                raise
            # The file system does not tell holes.
            yield end, os.fstat(descriptor).st_size
            return
        yield start, end


def search(
    descriptor: int, texts: list[str], budgets: t.Sequence[Budget], take: t.Callable[[bytes], None]
) -> bool | str:
    """Return whether the file holds one of the texts, or why it was not read to its end, whoever asks. ``take`` gets what is read."""
    wanted = [text.encode() for text in texts]
    overlap = max(len(text) for text in wanted) - 1
    seen = 0
    for start, end in _extents(descriptor):
        # A hole is made of zeros, so no text crosses it while the file stays as it is.
        rest = b""
        while start < end:
            for budget in budgets:
                budget.check()
            part = os.pread(descriptor, min(bounds.PROGRAM_PART_BYTES, end - start), start)
            if not part:
                break
            take(part)
            start += len(part)
            seen += len(part)
            for budget in budgets:
                budget.spend(len(part))
            window = rest + part
            if any(text in window for text in wanted):
                return True
            rest = window[-overlap:]
            if seen > bounds.PROGRAM_BYTES:
                return f"holds more than {bounds.size_text(bounds.PROGRAM_BYTES)} and was not searched to its end"
    return False
