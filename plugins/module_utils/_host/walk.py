# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory entries that the kernel looks up to open a path, one by one, with symbolic links followed."""

from __future__ import annotations

import errno
import os
import stat
import typing as t

# As many as the kernel follows.
MAX_LINKS = 40
ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ESRCH)


class TooManyLinks(Exception):
    """The path leads through more symbolic links than the kernel follows; ``reason`` is one sentence."""

    def __init__(self, path: str) -> None:
        self.reason = f"{path} leads through more than {MAX_LINKS} symbolic links"
        super().__init__(self.reason)


class Step(t.NamedTuple):
    """One directory entry. ``path`` has no symbolic links above it, and ``resolved`` is what all steps so far mean.

    ``status`` is None for an entry that does not exist, with ``error``; then ``resolved`` holds the rest of the path, too.
    ``up`` says that this is the parent directory, for ``..``. ``last`` says that nothing follows.
    """

    path: str
    status: t.Optional[os.stat_result]
    resolved: str
    last: bool
    up: bool = False
    error: t.Optional[OSError] = None

    @property
    def is_link(self) -> bool:
        return self.status is not None and stat.S_ISLNK(self.status.st_mode)


def steps(path: str) -> t.Iterator[Step]:
    """Walk the path from / down. Raises TooManyLinks, and OSError for an entry that may not be looked at."""
    resolved = ""
    # Not by abspath, which takes ".." for the parent of a link instead of the parent of its target.
    waiting = _parts(path if path.startswith("/") else f"{os.getcwd()}/{path}")
    links = 0
    while waiting:
        part = waiting.pop()
        if part == "..":
            resolved = resolved.rpartition("/")[0]
            yield Step(resolved or "/", os.lstat(resolved or "/"), resolved or "/", not waiting, up=True)
            continue
        current = f"{resolved}/{part}"
        try:
            status = os.lstat(current)
            target = os.readlink(current) if stat.S_ISLNK(status.st_mode) else None
        except OSError as error:
            if error.errno not in ABSENT:
                raise
            yield Step(current, None, os.path.normpath("/".join([current, *reversed(waiting)])), True, error=error)
            return
        if target is None:
            resolved = current
            yield Step(current, status, resolved, not waiting)
            continue
        links += 1
        if links > MAX_LINKS:
            raise TooManyLinks(path)
        if target.startswith("/"):
            resolved = ""
        waiting += _parts(target)
        yield Step(current, status, resolved or "/", not waiting)


def _parts(path: str) -> list[str]:
    """The parts of a path, the last one first."""
    return [part for part in reversed(path.split("/")) if part not in ("", ".")]
