# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file before it is replaced, and the sentences for what keeps it from being read or replaced."""

from __future__ import annotations

import errno
import os
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import file_flags

# Configuration files are small; a larger one is damage, and is not copied about.
MAX_BYTES = 8 * 1024 * 1024


class FileFault(Exception):
    """A file that could not be read or replaced; ``reason`` is one sentence. The file is as it was before.

    ``full`` says that there was no room for another file.
    """

    def __init__(self, reason: str, full: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.full = full


class Look(t.NamedTuple):
    """A file as it was when it was read. ``content`` is None where there is none, and then nothing else counts."""

    content: t.Optional[bytes]
    mode: int = 0o644
    uid: int = 0
    gid: int = 0


def look(path: str) -> Look:
    """Read a regular file with its mode and owner. Raises FileFault for anything else that is there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ENOENT:
            return Look(None)
        raise FileFault(f"cannot read {path}: {in_words(error, path)}") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise FileFault(f"{path} is not a regular file")
    with os.fdopen(descriptor, "rb") as stream:
        try:
            content = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise FileFault(f"cannot read {path}: {in_words(error, path)}") from None
    if len(content) > MAX_BYTES:
        raise FileFault(f"{path} is larger than {MAX_BYTES} bytes")
    return Look(content, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)


def cannot_write(path: str, error: OSError) -> str:
    return f"cannot write a file in {os.path.dirname(path) or '/'}: {in_words(error, path)}"


def cannot_make(directory: str, error: OSError) -> str:
    return f"cannot make {directory}: {in_words(error, directory)}"


def cannot_replace(path: str, error: OSError) -> str:
    hint = " (it is a mount point of its own)" if error.errno == errno.EBUSY else ""
    return unchanged(path, f"cannot replace it: {in_words(error, path)}{hint}")


def unchanged(path: str, reason: str) -> str:
    return f"{path} is unchanged: {reason}"


def no_backup(path: str, reason: str) -> str:
    return f"{path} is unchanged, since no backup could be made: {reason}"


def in_words(error: OSError, path: str) -> str:
    if error.errno == errno.ENOSPC:
        return f"the file system of {os.path.dirname(path) or '/'} is full"
    if error.errno == errno.EDQUOT:
        return f"the disk quota on the file system of {os.path.dirname(path) or '/'} is used up"
    if error.errno == errno.EROFS:
        return f"the file system of {os.path.dirname(path) or '/'} is mounted read-only"
    if error.errno in (errno.EACCES, errno.EPERM) and os.geteuid() != 0:
        return f"{error.strerror}, which needs root (become)"
    if error.errno == errno.EPERM:
        return file_flags.hindrance(path) or error.strerror or str(error)
    return error.strerror or str(error)
