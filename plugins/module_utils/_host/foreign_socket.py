# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A socket of another process, asked itself.

The kernel's tables show the sockets of one network namespace. A process can open a socket in one namespace and enter
another; the socket stays where it was, and itself still tells whether it takes connections.
"""

from __future__ import annotations

import errno
import os
import queue
import socket
import threading

from ansible_collections.seawall.docker.plugins.module_utils._host.system_call import system_call

# The same on every architecture on which the engine runs; the standard library has neither for Python 3.8.
_PIDFD_OPEN = 434
_PIDFD_GETFD = 438
# PIDFD_THREAD, since Linux 6.9: the number may be that of any thread.
_OF_A_THREAD = os.O_EXCL


def listening_port(pid: int, descriptor: int, inode: int) -> int | None:
    """The port on which a socket of a process takes connections, 0 where its kind has no ports; None where it takes none.

    Raises OSError: ENOSYS where the kernel is older than 5.6, and ESTALE where the descriptor is another file by now.
    """
    copy = _duplicate(pid, descriptor)
    try:
        if os.fstat(copy).st_ino != inode:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        asked = socket.socket(fileno=copy)
        copy = -1
        try:
            if not asked.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                return None
            name = asked.getsockname()
            return int(name[1]) if asked.family in (socket.AF_INET, socket.AF_INET6) else 0
        finally:
            copy = asked.detach()
    finally:
        if copy >= 0:
            _close(copy)


_to_close: queue.SimpleQueue[int] = queue.SimpleQueue()
_idle = threading.Semaphore(0)


def _close(copy: int) -> None:
    """Close the copy without waiting. If its owner closed the socket meanwhile, this copy is the last one, and SO_LINGER, which
    the owner chose, can make its end take hours. A thread that waits for such an end takes no other copy; one
    that is idle takes the next."""
    _to_close.put(copy)
    if not _idle.acquire(blocking=False):
        threading.Thread(target=_close_copies, daemon=True).start()


def _close_copies() -> None:
    while True:
        os.close(_to_close.get())
        _idle.release()


def _duplicate(pid: int, descriptor: int) -> int:
    try:
        process = system_call(_PIDFD_OPEN, pid, 0)
    except OSError as error:
        # The number of a thread that is not the first of its process; newer kernels say ENOENT.
        if error.errno not in (errno.EINVAL, errno.ENOENT):
            raise
        process = system_call(_PIDFD_OPEN, pid, _OF_A_THREAD)
    try:
        return system_call(_PIDFD_GETFD, process, descriptor, 0)
    finally:
        os.close(process)
