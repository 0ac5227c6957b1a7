# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a user other than root, or than the one who runs this, decides what lies at a path.

Root runs no program, and writes no file, that another user can put in the place of the one that was meant. A path is
walked from the root directory down: each directory, each symbolic link and, for a program, the file itself must belong to
a trusted user and be writable by no other. So the answer stays true after it was given: in a directory that only root can
change, nobody else can change an entry.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import walk

_ACCESS_LIST = "system.posix_acl_access"


class Untrusted(Exception):
    """Another user decides what lies at the path; ``reason`` names the place and the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def trusted_users() -> frozenset[int]:
    """Root, and the user whose rights this process has."""
    return frozenset((0, os.geteuid()))


def resolve(path: str, users: t.FrozenSet[int], program: bool = False) -> str:
    """The path with all symbolic links resolved; what lies at its end need not exist, nor the last directories.

    ``users`` are the user ids that are trusted. ``program`` demands that the file itself is theirs, too: who may write
    into a program decides what it does. For other files, a directory such as /tmp is accepted, where everybody may make
    entries, if the entry exists and belongs to a trusted user: the sticky bit keeps others from replacing it.
    Raises Untrusted, and OSError for what cannot be looked at.
    """
    if not path.startswith("/"):
        raise Untrusted(f"{path} is no absolute path")
    _check("/", os.lstat("/"), users)
    resolved, sticky = "/", False
    try:
        for step in walk.steps(path):
            resolved = step.resolved
            sticky = _check_step(step, users, program, sticky)
    except walk.TooManyLinks as fault:
        raise Untrusted(fault.reason) from None
    return resolved


def _check_step(step: walk.Step, users: t.FrozenSet[int], program: bool, sticky: bool) -> bool:
    """Check one entry, and return whether it is a directory in which everybody may create entries.

    ``sticky`` is that of the directory that holds the entry.
    """
    if step.error is not None:
        if step.error.errno != errno.ENOENT:
            raise step.error
        if sticky:
            raise Untrusted(f"everybody may create {step.path}")
        return False  # nobody else can create it: the directory above has been checked
    status = t.cast(os.stat_result, step.status)
    is_directory = stat.S_ISDIR(status.st_mode)
    is_sticky = not program and is_directory and bool(status.st_mode & stat.S_ISVTX)
    if step.up:
        return is_sticky  # was checked on the way down
    if step.is_link:
        _check(step.path, status, users)
        return False
    if not step.last or program or sticky or is_directory:
        _check(step.path, status, users, is_sticky)
    return is_sticky


def _check(path: str, status: os.stat_result, users: t.FrozenSet[int], sticky: bool = False) -> None:
    if status.st_uid not in users:
        raise Untrusted(f"{path} belongs to {_user_name(status.st_uid)}")
    if stat.S_ISLNK(status.st_mode):
        return  # has no rights of its own: who can change it is decided by the directory above
    if sticky:
        return  # its entries are checked one by one
    if status.st_mode & stat.S_IWOTH:
        raise Untrusted(f"everybody may change {path}")
    if status.st_mode & stat.S_IWGRP:
        if _has_access_list(path):
            raise Untrusted(f"an access list lets others change {path}")
        if not _is_empty(status.st_gid, users):
            raise Untrusted(f"the group {_group_name(status.st_gid)} may change {path}")


def _has_access_list(path: str) -> bool:
    try:
        return bool(os.getxattr(path, _ACCESS_LIST, follow_symlinks=False))
    except OSError as error:
        if error.errno in (errno.ENODATA, errno.EOPNOTSUPP):
            return False
        raise


def _is_empty(gid: int, users: t.FrozenSet[int]) -> bool:
    """Whether no other user is in the group, as is usual for Debian's staff, which owns /usr/local."""
    try:
        members = {pwd.getpwnam(name).pw_uid for name in grp.getgrgid(gid).gr_mem}
    except KeyError:
        return False  # a group or a member that the host does not know: anybody may have that number
    members |= {entry.pw_uid for entry in pwd.getpwall() if entry.pw_gid == gid}
    return members <= users


def _user_name(uid: int) -> str:
    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
