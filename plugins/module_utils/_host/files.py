# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replacing configuration files so that at every moment the old or the new file is there, whole.

The one place of the collection that writes files of a host.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import trust, walk
from ansible_collections.seawall.docker.plugins.module_utils._host.looks import (
    FileFault,
    Look,
    cannot_make,
    cannot_replace,
    cannot_write,
    in_words,
    look,
    no_backup,
    unchanged,
)


class Restore(t.NamedTuple):
    """How to put one file back: from ``backup_file``, or, where that is None, by removing it."""

    path: str
    backup_file: t.Optional[str]


def real_target(path: str) -> str:
    """The file that is meant by the path, symbolic links followed. Raises FileFault where others decide which it is.

    A link is followed only if it, and every directory that leads to its target, belongs to root or to us and can
    be changed by nobody else: otherwise its owner would choose the file that we replace.
    """
    target, is_linked = "/", False
    try:
        for step in walk.steps(path):
            target, is_linked = step.resolved, is_linked or step.is_link
    except walk.TooManyLinks as fault:
        raise FileFault(f"{path} is not written: {fault.reason}") from None
    except OSError as error:
        raise FileFault(f"{path} is not written: {in_words(error, error.filename or path)}") from None
    if not is_linked:
        return target
    require_trusted(path)
    with contextlib.suppress(FileNotFoundError):
        if os.lstat(target).st_uid not in trust.trusted_users():
            raise FileFault(f"{path} is not written: it is a symbolic link to {target}, which belongs to another user")
    return target


def require_trusted(path: str) -> None:
    """Raise FileFault where another user than root, or the one who runs this, can change which file lies at the path.

    A file that lies in a directory of somebody else is not written: its owner could have it be another one at that moment.
    """
    try:
        trust.resolve(path, trust.trusted_users())
    except trust.Untrusted as fault:
        raise FileFault(f"{path} is not written: {fault.reason}, and so decides which file that is") from None
    except OSError as error:
        raise FileFault(f"{path} is not written: {in_words(error, path)}") from None


def temporary_path(path: str) -> str:
    """A free name beside the path, on the same file system."""
    directory, name = os.path.split(path)
    return os.path.join(directory, f".{name}.ansible-{secrets.token_hex(6)}")


def write_new(path: str, content: bytes, like: Look) -> None:
    """Create a file that must not exist yet, on the disk when this returns. Leaves nothing behind where it fails."""
    created = False
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        created = True
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            status = os.fstat(descriptor)
            if (status.st_uid, status.st_gid) != (like.uid, like.gid):
                os.fchown(descriptor, like.uid, like.gid)
            os.fchmod(descriptor, like.mode)
            os.fsync(descriptor)
    except OSError as error:
        if created:
            with contextlib.suppress(OSError):
                os.unlink(path)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise FileFault(cannot_write(path, error), full) from None


def replace(path: str, content: bytes, before: Look) -> None:
    """Put ``content`` in the place of what ``before`` saw, keeping mode, owner and extended attributes.

    ``path`` must come from ``real_target``. Raises FileFault, with the old file untouched, where that fails or where
    somebody else changed the file since ``before``.
    """
    temporary = temporary_path(path)
    try:
        write_new(temporary, content, before)
    except FileFault as fault:
        raise FileFault(unchanged(path, fault.reason), fault.full) from None
    try:
        if before.content is not None:
            _copy_attributes(path, temporary)
        if look(path).content != before.content:
            raise FileFault(f"{path} is not written: somebody else changed it at the same moment; run again")
        os.rename(temporary, path)
    except OSError as error:
        _discard(temporary)
        raise FileFault(cannot_replace(path, error)) from None
    except FileFault:
        _discard(temporary)
        raise
    _flush_directory(path)


def back_up(path: str, before: Look) -> str | None:
    """Keep a copy of the file beside it, under the name that Ansible uses; None where there is no file."""
    if before.content is None:
        return None
    stamp = time.strftime("%Y-%m-%d@%H:%M:%S~", time.localtime())
    for attempt in range(100):
        # Two runs within one second must not share a name.
        name = f"{path}.{os.getpid() + attempt}.{stamp}"
        if not os.path.lexists(name):
            break
    try:
        write_new(name, before.content, before)
    except FileFault as fault:
        raise FileFault(no_backup(path, fault.reason)) from None
    with contextlib.suppress(OSError):
        _copy_attributes(path, name)
    _flush_directory(name)
    return name


def put_back(item: Restore, check_mode: bool = False) -> bool:
    """Put the file back, unless in check mode, and return whether that changes anything. Raises FileFault."""
    target = real_target(item.path)
    require_trusted(target)
    current = look(target)
    if item.backup_file is None:
        if current.content is None or check_mode:
            return current.content is not None
        try:
            os.unlink(target)
        except OSError as error:
            raise FileFault(f"cannot remove {target}: {in_words(error, target)}") from None
        _flush_directory(target)
        return True
    require_trusted(item.backup_file)
    backup = look(item.backup_file)
    if backup.content is None:
        raise FileFault(f"cannot put {target} back: its backup {item.backup_file} is gone")
    if (current.content, current.mode, current.uid, current.gid) == tuple(backup):
        return False
    if check_mode:
        return True
    try:
        if current.content is None:
            write_new(target, backup.content, backup)
        else:
            replace(target, backup.content, current._replace(mode=backup.mode, uid=backup.uid, gid=backup.gid))
    except FileFault as fault:
        if not fault.full or os.path.islink(item.backup_file):
            raise
        # The backup has the owner, mode and attributes of the file, and moving it takes no room.
        try:
            os.rename(item.backup_file, target)
        except OSError:
            raise fault from None
    _flush_directory(target)
    return True


def make_directory(path: str) -> None:
    """Make a directory with its parents, 0755 whatever the umask is. Raises FileFault."""
    missing = []
    while path and not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for directory in reversed(missing):
        try:
            os.mkdir(directory)
            os.chmod(directory, 0o755)
        except OSError as error:
            raise FileFault(cannot_make(directory, error)) from None


def _copy_attributes(source: str, target: str) -> None:
    """Labels and access lists belong to the file's identity; what the file system does not take is left out."""
    try:
        names = os.listxattr(source, follow_symlinks=False)
    except OSError:
        return
    for name in names:
        with contextlib.suppress(OSError):
            os.setxattr(target, name, os.getxattr(source, name, follow_symlinks=False), follow_symlinks=False)


def _discard(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _flush_directory(path: str) -> None:
    """Make a rename last through a power cut."""
    with contextlib.suppress(OSError):
        descriptor = os.open(os.path.dirname(path) or "/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
