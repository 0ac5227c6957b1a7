# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Search files for texts, each content once.

Containers of one image run the same program, and each has a file of its own for the kernel. To compare it with a content that was
searched takes a fraction of the time of a search. Only contents decide: whoever runs a container chooses sizes and times.
"""

from __future__ import annotations

import functools
import os
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import Budget, TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._host.opening import as_unread, opened
from ansible_collections.seawall.docker.plugins.module_utils._host.search import search
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# A file of this size is compared with so many files.
_CANDIDATES = 3
_LARGEST = 64 * bounds.MIB
_PART_BYTES = 256 * bounds.KIB
# Of all contents that are kept together.
_KEPT_BYTES = 16 * bounds.MIB
_SETTLED_NANOSECONDS = 1_000_000_000

_File = t.Tuple[int, int, int, int]
_Part = t.Union[bytes, bytearray]


class Searches:
    """The searches of one module. ``budget`` is spent for everything that is read."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        # To get new memory for each part would take longer than to compare it.
        self._part, self._other_part = bytearray(_PART_BYTES), bytearray(_PART_BYTES)
        self._answers: t.Dict[t.Tuple[t.Any, ...], t.Union[bool, str]] = {}
        # Files that were searched, by size and texts: the path at which each was, and which file it was.
        self._searched: t.Dict[t.Tuple[t.Any, ...], t.List[t.Tuple[str, _File]]] = {}
        # Contents that hold none of the texts, in parts, also by size and texts. While there is room, one is kept instead of its file.
        self._kept: t.Dict[t.Tuple[t.Any, ...], t.List[t.List[bytes]]] = {}
        self._left_to_keep = _KEPT_BYTES

    def holds(self, path: str, texts: t.List[str], budget: t.Optional[Budget] = None) -> bool:
        """Return whether a file holds one of the texts. Raises Unread.

        A file is read once, whatever its names are: it is known by the descriptor from which it is read. ``budget`` is spent
        besides that of the module, and only for what is read of this file now.
        """
        budgets = [self._budget] if budget is None else [self._budget, budget]
        with opened(path) as descriptor:
            file = _identity(descriptor)
            known = self._answers.get((*file, *texts))
            if known is None:
                try:
                    known = self._same_as_before(descriptor, texts, budgets)
                    if known is None:
                        known = self._searched_now(descriptor, path, file, texts, budgets)
                except OSError as error:
                    raise as_unread("read", path, error) from None
                self._answers[(*file, *texts)] = known
        if isinstance(known, str):
            raise TooMuch(f"{path} {known}")
        return known

    def _searched_now(
        self, descriptor: int, path: str, file: _File, texts: t.List[str], budgets: t.Sequence[Budget]
    ) -> t.Union[bool, str]:
        size = file[2]
        key = (size, *texts)
        read = _Read(min(size, self._left_to_keep))
        # The kernel's clock of changes has steps: two changes in one look like one.
        settled = time.time_ns() - file[3] > _SETTLED_NANOSECONDS
        answer = search(descriptor, texts, budgets, read.add)
        candidates = len(self._kept.get(key, [])) + len(self._searched.get(key, []))
        if not isinstance(answer, bool) or candidates >= _CANDIDATES:
            return answer
        if answer or not read.size == size <= self._left_to_keep:
            if settled:
                self._searched.setdefault(key, []).append((path, file))
            return answer
        content = b"".join(read.parts)
        # The file can change while it is searched, and others are compared with what is kept. So that is searched itself.
        if any(text.encode() in content for text in texts):
            return True
        self._left_to_keep -= size
        parts = [content[start : start + _PART_BYTES] for start in range(0, size, _PART_BYTES)]
        self._kept.setdefault(key, []).append(parts)
        return False

    def _same_as_before(
        self, descriptor: int, texts: t.List[str], budgets: t.Sequence[Budget]
    ) -> t.Union[bool, str, None]:
        """Return the answer for a file with the same content that was searched before, or None."""
        status = os.fstat(descriptor)
        holes = status.st_blocks * 512 < status.st_size
        if holes or status.st_size > _LARGEST:
            return None  # a search skips holes, and reads one file instead of two
        key = (status.st_size, *texts)
        for parts in self._kept.get(key, []):
            if self._equal(descriptor, _of(parts), budgets):
                return False
        for path, file in self._searched.get(key, []):
            try:
                with opened(path) as other:
                    # The process may have ended, and another one have its number.
                    if (
                        _identity(other) == file
                        and self._equal(descriptor, functools.partial(self._of_file, other), budgets)
                        and _identity(other) == file
                    ):
                        return self._answers[(*file, *texts)]
            except TooMuch:
                raise
            except Unread:
                continue
        return None

    def _equal(self, descriptor: int, theirs: t.Callable[[int], _Part], budgets: t.Sequence[Budget]) -> bool:
        """Return whether a file holds what ``theirs`` returns for each position."""
        position = 0
        while True:
            for budget in budgets:
                budget.check()
            size = os.preadv(descriptor, [self._part], position)
            for budget in budgets:
                budget.spend(size)
            if (self._part if size == _PART_BYTES else self._part[:size]) != theirs(position):
                return False
            if not size:
                return True
            position += size

    def _of_file(self, descriptor: int, position: int) -> _Part:
        size = os.preadv(descriptor, [self._other_part], position)
        self._budget.spend(size)
        return self._other_part if size == _PART_BYTES else self._other_part[:size]


class _Read:
    """What a search read, up to a size: a file can grow meanwhile."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.size = 0
        self.parts: t.List[bytes] = []

    def add(self, part: bytes) -> None:
        self.size += len(part)
        if self.size <= self._most:
            self.parts.append(part)
        else:
            self.parts.clear()


def _of(parts: t.List[bytes]) -> t.Callable[[int], _Part]:
    """Return what gives the part of a kept content at a position."""

    def part(position: int) -> _Part:
        number, rest = divmod(position, _PART_BYTES)
        return parts[number] if number < len(parts) and not rest else b""

    return part


def _identity(descriptor: int) -> _File:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino, status.st_size, status.st_ctime_ns
