# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""System calls for which the standard library of Python 3.8 has no function."""

from __future__ import annotations

import errno
import functools
import os
import typing as t


@functools.lru_cache(maxsize=None)
def _library() -> t.Any:
    try:
        import ctypes  # not in every system's minimal Python
    except ImportError:
        return None
    return ctypes.CDLL(None, use_errno=True), ctypes.get_errno


def system_call(number: int, *arguments: int) -> int:
    """Return what the kernel returns. Raises OSError, ENOSYS where the kernel or Python cannot make the call."""
    found = _library()
    if found is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    library, get_errno = found
    result = int(library.syscall(number, *arguments))
    if result < 0:
        raise OSError(get_errno(), os.strerror(get_errno()))
    return result
