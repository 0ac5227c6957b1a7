# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether two threads have the same table of open files. Those of a process share one unless a thread made its own.

Source: kcmp(2).
"""

from __future__ import annotations

import errno
import os
import platform
import sys

from ansible_collections.seawall.docker.plugins.module_utils._host.system_call import system_call

# The number of the call on each architecture on which the engine runs.
_KCMP = {
    "x86_64": 312,
    "aarch64": 272,
    "riscv64": 272,
    "loongarch64": 272,
    "ppc64le": 354,
    "s390x": 343,
    "mips64": 5306,
}
_KCMP_FILES = 2


def same_table(first: int, second: int) -> bool:
    """Return whether both have the same table. Raises OSError: ESRCH where one of them has ended, ENOSYS where this kernel cannot compare."""
    number = _KCMP.get(platform.machine())
    # A Python of 32 bits on such a kernel makes calls by other numbers.
    if number is None or sys.maxsize < 2**32:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    return system_call(number, first, second, _KCMP_FILES, 0, 0) == 0
