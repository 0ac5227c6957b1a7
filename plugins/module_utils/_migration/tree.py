# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Walk a tree whose names somebody else chose: by descriptors of directories, no link followed, no file system entered.

Memory and descriptors are bounded by the depth, not by the number of entries: each open directory takes two descriptors.
"""

from __future__ import annotations

import os
import stat
import typing as t

# Two trees at this depth take about 750 descriptors; 1024 are usual. Ordinary programs cannot name paths of 2048 levels.
MAX_DEPTH = 240

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

ENTER, LEAVE, ENTRY = "enter", "leave", "entry"


class TreeFault(Exception):
    """A tree that cannot be walked, copied or compared; ``reason`` is one sentence with the path."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Step(t.NamedTuple):
    """One entry. A directory comes twice: before its entries (ENTER) and after them (LEAVE), with its own descriptor.

    ``directory`` and ``name`` lead to the entry, and ``path`` is what people are shown.
    """

    kind: str
    directory: int
    name: str
    path: str
    status: os.stat_result
    descriptor: int = -1


def shown(path: str) -> str:
    """Return a path as text that every output can take: names need not be UTF-8."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def fault(path: str, error: OSError) -> TreeFault:
    return TreeFault(f"{shown(path)}: {error.strerror or error}")


def open_directory(name: str, directory: t.Optional[int] = None) -> int:
    """Open a directory that is no link, without a trace in its access time where that is permitted. Raises OSError."""
    return _opened(name, _DIRECTORY, directory)


def open_file(step: Step) -> int:
    """Open the regular file of a step. Raises OSError, and TreeFault if it is another file by now."""
    descriptor = _opened(step.name, _FILE, step.directory)
    _require_same(descriptor, step.status, step.path)
    return descriptor


def _opened(name: str, flags: int, directory: t.Optional[int]) -> int:
    try:
        return os.open(name, flags | os.O_NOATIME, dir_fd=directory)
    except PermissionError:
        return os.open(name, flags, dir_fd=directory)


def _require_same(descriptor: int, status: os.stat_result, path: str) -> None:
    now = os.fstat(descriptor)
    if (now.st_dev, now.st_ino, stat.S_IFMT(now.st_mode)) != (
        status.st_dev,
        status.st_ino,
        stat.S_IFMT(status.st_mode),
    ):
        os.close(descriptor)
        raise TreeFault(f"{shown(path)} was replaced while it was read; stop what writes there")


def walk(top: int, path: str) -> t.Iterator[Step]:
    """Walk the tree below an open directory, which comes first and last. Raises TreeFault.

    A directory of another file system, which is a mount or a subvolume, is a fault.
    """
    status = os.fstat(top)
    stack: t.List[t.Tuple[Step, t.Iterator[os.DirEntry[str]]]] = []
    first = Step(ENTER, top, ".", path, status, top)
    try:
        yield first
        stack.append((first, os.scandir(top)))
        while stack:
            step, entries = stack[-1]
            entry = next(entries, None)
            if entry is not None:
                inner = _step(step, entry.name, status.st_dev)
                if inner.kind == ENTER and len(stack) >= MAX_DEPTH:
                    os.close(inner.descriptor)
                    raise TreeFault(f"{shown(inner.path[:200])}…: more than {MAX_DEPTH} directories deep")
                if inner.kind == ENTER:
                    stack.append((inner, iter(())))
                    stack[-1] = (inner, os.scandir(inner.descriptor))
                yield inner
                continue
            yield step._replace(kind=LEAVE)
            stack.pop()
            _close(step, entries, top)
    except OSError as error:
        raise fault(stack[-1][0].path if stack else path, error) from None
    finally:
        for step, entries in stack:
            _close(step, entries, top)


def _close(step: Step, entries: t.Any, top: int) -> None:
    if hasattr(entries, "close"):
        entries.close()
    if step.descriptor != top:
        os.close(step.descriptor)


def _step(above: Step, name: str, device: int) -> Step:
    path = f"{above.path}/{name}"
    try:
        status = os.stat(name, dir_fd=above.descriptor, follow_symlinks=False)
        if not stat.S_ISDIR(status.st_mode):
            # Files of an overlay have the device of their layer.
            return Step(ENTRY, above.descriptor, name, path, status)
        if status.st_dev != device:
            raise TreeFault(f"{shown(path)} is on another file system, which is not entered; unmount it")
        descriptor = open_directory(name, above.descriptor)
    except OSError as error:
        raise fault(path, error) from None
    _require_same(descriptor, status, path)
    return Step(ENTER, above.descriptor, name, path, status, descriptor)


def empty(top: int, path: str) -> None:
    """Remove everything below an open directory. Raises TreeFault and OSError; a mount below it is a fault."""
    for _attempt in range(3):
        for step in walk(top, path):
            if step.kind == ENTRY:
                os.unlink(step.name, dir_fd=step.directory)
            elif step.kind == LEAVE and step.descriptor != top:
                os.rmdir(step.name, dir_fd=step.directory)
        # Some file systems leave entries out of a list that changes meanwhile.
        with os.scandir(top) as entries:
            if next(entries, None) is None:
                return
    raise TreeFault(f"{shown(path)} cannot be emptied: somebody else makes files there")
