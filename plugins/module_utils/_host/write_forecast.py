# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What will keep a file from being written, seen before, for check mode: with the sentences of the attempt itself.

A quota, and a limit of the security module, show only in the attempt.
"""

from __future__ import annotations

import errno
import os
import stat

from ansible_collections.seawall.docker.plugins.module_utils._host import file_flags
from ansible_collections.seawall.docker.plugins.module_utils._host.looks import (
    FileFault,
    Look,
    cannot_make,
    cannot_replace,
    cannot_write,
    look,
    no_backup,
    unchanged,
)


def require_writable(path: str, content: bytes, before: Look, backup: bool) -> None:
    """Raise the FileFault with which ``back_up`` and ``replace`` would end. Writes nothing."""
    directory = os.path.dirname(path) or "/"
    if not os.path.isdir(directory):
        missing = directory
        while not os.path.isdir(os.path.dirname(missing)):
            missing = os.path.dirname(missing)
        error = _of_directory(os.path.dirname(missing), (1,))
        if error is not None:
            raise FileFault(cannot_make(missing, error))
        return
    # The candidate is removed before the backup is made. The backup stays beside the new file.
    error = _of_directory(directory, (len(content),))
    if error is not None:
        raise FileFault(unchanged(path, cannot_write(path, error)))
    if before.content is not None and backup:
        error = _of_directory(directory, (len(before.content),))
        if error is not None:
            raise FileFault(no_backup(path, cannot_write(path, error)))
        error = _of_directory(directory, (len(before.content), len(content)))
        if error is not None:
            raise FileFault(unchanged(path, cannot_write(path, error)))
    if file_flags.flag_of(path) or file_flags.flag_of(directory):
        raise FileFault(cannot_replace(path, OSError(errno.EPERM, os.strerror(errno.EPERM))))
    if before.content is not None and _is_mount_point(path):
        raise FileFault(cannot_replace(path, OSError(errno.EBUSY, os.strerror(errno.EBUSY))))


def fault_of_writing(path: str, size: int) -> str | None:
    """Return why no file of that size could be written to the path, with a backup, or None if nothing shows."""
    try:
        require_writable(path, bytes(size), look(path), backup=True)
    except FileFault as fault:
        return fault.reason
    return None


def fault_of_attributes(path: str) -> str | None:
    """Return why owner and mode of a file could not be set, or None if nothing shows."""
    flag = file_flags.ended_by(path)
    if flag:
        return flag
    try:
        read_only = os.statvfs(path).f_flag & os.ST_RDONLY
    except OSError:
        return None
    return f"the file system of {path} is mounted read-only" if read_only else None


def _of_directory(directory: str, sizes: tuple[int, ...]) -> OSError | None:
    """Return the error of creating files of these sizes in the directory, or None if none shows."""
    try:
        status = os.statvfs(directory)
    except OSError as error:
        return error
    if status.f_flag & os.ST_RDONLY:
        return _error(errno.EROFS)
    if file_flags.flag_of(directory) == "immutable":
        return _error(errno.EPERM)
    free = status.f_bfree if os.geteuid() == 0 else status.f_bavail
    block = status.f_frsize or 4096
    blocks = sum(-(-size // block) for size in sizes)
    # File systems that make inodes as they need them count none.
    no_inode = bool(status.f_files) and status.f_ffree < len(sizes)
    return _error(errno.ENOSPC) if no_inode or (status.f_blocks and free < blocks) else None


def _is_mount_point(path: str) -> bool:
    """Whether something is mounted on the file itself, as containers do it. A file cannot be renamed over it."""
    try:
        own, above = os.lstat(path), os.lstat(os.path.dirname(path) or "/")
    except OSError:
        return False
    return stat.S_ISREG(own.st_mode) and own.st_dev != above.st_dev


def _error(code: int) -> OSError:
    return OSError(code, os.strerror(code))
