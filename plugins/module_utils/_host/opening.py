# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Open regular files for reading, and nothing else: opening a device can do something, and a fifo can hold the reader."""

from __future__ import annotations

import contextlib
import errno
import os
import stat as stat_module
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread


def as_unread(what: str, path: str, error: OSError) -> Unread:
    """Return why a path could not be looked at or read, by the error of the system call."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ESRCH):
        return Unread(f"{path} does not exist", "absent")
    if error.errno in (errno.EACCES, errno.EPERM):
        hint = "" if os.geteuid() == 0 else ", which needs root"
        return Unread(f"not permitted to {what} {path}{hint}", "denied")
    return Unread(f"cannot {what} {path}: {error.strerror or error}")


@contextlib.contextmanager
def opened(path: str) -> t.Iterator[int]:
    """Open a regular file for reading, and close it. Raises Unread."""
    descriptor = open_regular(path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


# O_NONBLOCK: a fifo put in place of a file must not hold the audit for ever.
_READING = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def open_regular(path: str) -> int:
    """Open a regular file for reading. The caller closes it. Raises Unread.

    Looked at before it is opened, since opening a device can do something, and afterwards, since it may be another one.
    """
    known = _only_the_kernel_makes(path)
    try:
        if not known:
            _require_regular(os.stat(path), path)
        descriptor = os.open(path, _READING)
    except OSError as error:
        raise as_unread("read", path, error) from None
    try:
        if not known:
            _require_regular(os.fstat(descriptor), path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _only_the_kernel_makes(path: str) -> bool:
    """Whether only root could put a device or fifo at a path. That holds for files of control groups, and for those directly in the
    directory of a process. It does not hold deeper: ``/proc/PID/root`` leads to the files of the process. To look at these files
    first would take half as long as to read them."""
    inside = path.startswith("/sys/fs/cgroup/") or (path.startswith("/proc/") and path.count("/") == 3)
    return inside and ".." not in path


def _require_regular(status: os.stat_result, path: str) -> None:
    if not stat_module.S_ISREG(status.st_mode):
        raise Unread(f"{path} is not a regular file")


@contextlib.contextmanager
def opened_below(directory: str, path: str, max_bytes: int | None) -> t.Iterator[int]:
    """Open a regular file below a directory whose content somebody else controls, as a descriptor that only names it.
    Without ``max_bytes`` a directory is wanted, and no file.

    No link below the directory is followed, since it could lead to the host's files, and no other file system is
    entered, since its owner could hold the reader. Raises Unread.
    """
    parts = path.strip("/").split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise Unread(f"{path} is not a plain path below {directory}")
    where = directory
    try:
        current = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            mount = _mount_id(current)
            for part in parts:
                where = f"{where.rstrip('/')}/{part}"
                inner = os.open(part, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=current)
                os.close(current)
                current = inner
                if _mount_id(current) != mount:
                    raise Unread(f"another file system is mounted at {where}, and it was not entered")
                if stat_module.S_ISLNK(os.fstat(current).st_mode):
                    raise Unread(f"{where} is a symbolic link, which is not followed")
            _require_wanted(os.fstat(current), where, max_bytes)
            yield current
        finally:
            os.close(current)
    except OSError as error:
        raise as_unread("read", where, error) from None


def _require_wanted(status: os.stat_result, path: str, max_bytes: int | None) -> None:
    if max_bytes is None:
        if not stat_module.S_ISDIR(status.st_mode):
            raise Unread(f"{path} is not a directory")
        return
    _require_regular(status, path)
    if status.st_size > max_bytes:
        raise Unread(f"{path} is larger than {max_bytes} bytes and was not read")


def _mount_id(descriptor: int) -> str | None:
    """The kernel's number of the mount that a descriptor is on, found without asking the file system."""
    with open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii") as stream:
        return next((line for line in stream if line.startswith("mnt_id:")), None)
