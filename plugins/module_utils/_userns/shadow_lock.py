# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of /etc/subuid and /etc/subgid that useradd and usermod hold while they change them.

A file with the process id, linked to ``<file>.lock``. A lock whose process is gone is taken over; one that names no
process is left, since shadow leaves it too.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.looks import FileFault, cannot_write, unchanged

# As long as shadow itself tries.
_TRIES = 15
_PAUSE_SECONDS = 1.0


@contextlib.contextmanager
def locked(
    paths: t.Sequence[str], tries: int = _TRIES, sleep: t.Callable[[float], None] = time.sleep
) -> t.Iterator[None]:
    """Hold the locks of all files, taken in the order given. Raises FileFault where one cannot be had."""
    held: list[str] = []
    try:
        for path in paths:
            _take(path, tries, sleep)
            held.append(path)
        yield
    finally:
        for path in reversed(held):
            with contextlib.suppress(OSError):
                os.unlink(f"{path}.lock")


def _take(path: str, tries: int, sleep: t.Callable[[float], None]) -> None:
    reason = ""
    for attempt in range(tries):
        if attempt:
            sleep(_PAUSE_SECONDS)
        reason = _try(path)
        if not reason:
            return
    raise FileFault(f"cannot lock {path}: {reason}")


def _try(path: str) -> str:
    """Take the lock; return an empty text, or why it cannot be had now."""
    lock = f"{path}.lock"
    # A name of its own, so that nothing of others has to make room.
    own = f"{path}.{os.getpid()}.{secrets.token_hex(6)}"
    try:
        descriptor = os.open(own, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FileFault(unchanged(path, cannot_write(own, error))) from None
    try:
        try:
            # With the end of the text that C wants, as shadow writes it.
            os.write(descriptor, f"{os.getpid()}\0".encode())
        finally:
            os.close(descriptor)
        if _linked(own, lock):
            return ""
        reason = _held(lock)
        if reason:
            return reason
        with contextlib.suppress(FileNotFoundError):
            os.unlink(lock)
        return "" if _linked(own, lock) else f"{lock} was taken at the same moment"
    except OSError as error:
        raise FileFault(unchanged(path, cannot_write(own, error))) from None
    finally:
        with contextlib.suppress(OSError):
            os.unlink(own)


def _linked(own: str, lock: str) -> bool:
    try:
        os.link(own, lock, follow_symlinks=False)
    except FileExistsError:
        return False
    return os.stat(own).st_nlink == 2


def _held(lock: str) -> str:
    """Why the lock must be respected; empty where its process is gone."""
    try:
        with open(lock, "rb") as stream:
            content = stream.read(64)
    except FileNotFoundError:
        return ""
    text = content.split(b"\0")[0].decode("ascii", "replace").strip()
    if not re.fullmatch(r"[1-9][0-9]{0,9}", text):
        return f"{lock} is there and names no process; remove it if nothing changes users now"
    try:
        os.kill(int(text), 0)
    except ProcessLookupError:
        return ""
    except (OSError, OverflowError):
        pass
    return f"{lock} is held by process {text}"
