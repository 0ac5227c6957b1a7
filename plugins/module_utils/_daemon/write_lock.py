# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of a host that each module holds while it changes the host, so that two runs do not undo each other's work.

The kernel frees the lock when its process ends, however it ends. It is held by one module, never over several tasks.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._daemon.record_files import make_directory
from ansible_collections.seawall.docker.plugins.module_utils._host.looks import FileFault
from ansible_collections.seawall.docker.plugins.module_utils._host.moments import now_text

WAIT_SECONDS = 60.0
_PAUSE_SECONDS = 0.25
_MAX_BYTES = 4096


class LockFault(FileFault):
    """The lock cannot be had. If another process holds it, the message names that process."""


@contextlib.contextmanager
def write_lock(what: str, check_mode: bool = False, seconds: t.Optional[float] = None) -> t.Iterator[None]:
    """Hold the lock while ``what`` changes the host. Raises LockFault after ``seconds``. Check mode needs no lock.

    Only root can make the directory of the lock. The user of a rootless engine changes nothing of the host.
    """
    if check_mode or not _is_root():
        yield
        return
    descriptor = _opened()
    try:
        _take(descriptor, WAIT_SECONDS if seconds is None else seconds)
        _write_holder(descriptor, what)
        yield
    finally:
        os.close(descriptor)


def _is_root() -> bool:
    return os.geteuid() == 0


def _path() -> str:
    return f"{config_records.DIRECTORY}/lock"


def _opened() -> int:
    """Return a descriptor that no child process inherits: a daemon that is started would hold the lock for ever."""
    try:
        if not make_directory():
            raise LockFault(
                f"{config_records.DIRECTORY} belongs to another user or can be written by others, and is not used."
                " Remove it, and run this again"
            )
        return os.open(_path(), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LockFault(f"cannot lock the host with {_path()}: {error.strerror}") from None


def _take(descriptor: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= end:
                reason = (
                    f"another run changes this host: {_holder(descriptor)}. Nothing was changed after"
                    f" {seconds:g} seconds of waiting. Run this again when the other run has ended"
                )
                raise LockFault(reason) from None
        except OSError as error:
            raise LockFault(f"cannot lock the host with {_path()}: {error.strerror}") from None
        time.sleep(_PAUSE_SECONDS)


def _write_holder(descriptor: int, what: str) -> None:
    document = {"what": what, "process": os.getpid(), "since": now_text()}
    # A full file system costs only the words about who holds the lock.
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(document).encode(), 0)


def _holder(descriptor: int) -> str:
    try:
        document = json.loads(os.pread(descriptor, _MAX_BYTES, 0))
        return f"{document['what']} (process {int(document['process'])}), since {document['since']}"
    except (OSError, ValueError, TypeError, KeyError):
        return f"its process is not known, see {_path()}"
