# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare a tree with its copy under the shift of ids: every entry, every attribute, every byte."""

from __future__ import annotations

import os
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._migration import attributes, file_content, tree
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import Shift
from ansible_collections.seawall.docker.plugins.module_utils._migration.tree_measure import MAX_LISTED, share_of

# Inodes with further names to come, 300 bytes each. Of more of them, only the number of names is compared.
_MAX_INODES = 200_000


class Difference(t.NamedTuple):
    """``kind`` is ``missing`` in the copy, ``added`` there, or ``changed``; ``what`` names what differs."""

    kind: str
    path: str
    what: str = ""


class Differences:
    """The first MAX_LISTED differences, how many there are, and the bytes that were compared."""

    def __init__(self) -> None:
        self.listed: t.List[Difference] = []
        self.found = 0

    def add(self, kind: str, path: str, what: str = "") -> None:
        self.found += 1
        if len(self.listed) < MAX_LISTED:
            self.listed.append(Difference(kind, tree.shown(path), what))


class TreeComparison:
    """One comparison. ``tick`` is told of bytes and entries as they are compared. ``contents`` is whether bytes are compared."""

    def __init__(
        self,
        source: int,
        source_path: str,
        copy: int,
        shift: Shift,
        tick: t.Callable[[int, int], None] = lambda size, entries: None,
        contents: bool = True,
    ) -> None:
        self._source, self._source_path = source, source_path
        self._copy = copy
        self._shift = shift
        self._tick = tick
        self._contents = contents
        self._result = Differences()
        # The directories of the copy that are open; -1 below one that it does not have.
        self._open: t.List[int] = []
        self._inodes: t.Dict[t.Tuple[int, int], t.Tuple[int, int]] = {}

    def run(self) -> Differences:
        """Compare and return what differs. Raises tree.TreeFault."""
        try:
            for step in tree.walk(self._source, self._source_path):
                try:
                    self._step(step)
                except OSError as error:
                    raise tree.TreeFault(f"cannot compare {tree.shown(step.path)}: {error.strerror or error}") from None
        finally:
            for descriptor in self._open:
                if descriptor not in (-1, self._copy):
                    os.close(descriptor)
        return self._result

    def _step(self, step: tree.Step) -> None:
        if step.kind == tree.LEAVE:
            descriptor = self._open.pop()
            if descriptor >= 0:
                self._look_for_added(step, descriptor)
            if descriptor not in (-1, self._copy):
                os.close(descriptor)
            return
        if step.kind == tree.ENTER:
            self._open.append(self._enter(step))
            return
        if not stat.S_ISSOCK(step.status.st_mode) and self._open[-1] >= 0:
            self._compare(step, self._open[-1], step.name)
        self._tick(0 if self._contents else share_of(step.status), 1)

    def _enter(self, step: tree.Step) -> int:
        self._tick(0, 1)
        if not self._open:
            self._compare(step, self._copy, ".")
            return self._copy
        above = self._open[-1]
        if above < 0 or not self._compare(step, above, step.name):
            return -1
        return tree.open_directory(step.name, above)

    def _look_for_added(self, step: tree.Step, descriptor: int) -> None:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                try:
                    status = os.stat(entry.name, dir_fd=step.descriptor, follow_symlinks=False)
                    known = not stat.S_ISSOCK(status.st_mode)
                except FileNotFoundError:
                    known = False
                if not known and not stat.S_ISSOCK(entry.stat(follow_symlinks=False).st_mode):
                    self._result.add("added", f"{step.path}/{entry.name}")

    def _compare(self, step: tree.Step, directory: int, name: str) -> bool:
        """Compare an entry with its copy. Return False if there is none of the same kind."""
        try:
            status = os.stat(name, dir_fd=directory, follow_symlinks=False)
        except FileNotFoundError:
            self._result.add("missing", step.path)
            return False
        if stat.S_IFMT(status.st_mode) != stat.S_IFMT(step.status.st_mode):
            self._result.add("changed", step.path, "type")
            return False
        different = [*self._of_status(step, status), *self._of_attributes(step, directory, name)]
        if self._differs_in_content(step, directory, name, status):
            different.append("content")
        if different:
            self._result.add("changed", step.path, ", ".join(different))
        return True

    def _of_status(self, step: tree.Step, status: os.stat_result) -> t.Iterator[str]:
        before = step.status
        if self._shift.uid(before.st_uid) != status.st_uid:
            yield "owner"
        if self._shift.gid(before.st_gid) != status.st_gid:
            yield "group"
        if stat.S_IMODE(before.st_mode) != stat.S_IMODE(status.st_mode):
            yield "mode"
        if before.st_mtime_ns != status.st_mtime_ns:
            yield "time"
        if before.st_rdev != status.st_rdev:
            yield "device number"
        if step.kind == tree.ENTRY and not self._same_names(before, status):
            yield "hard links"

    def _same_names(self, before: os.stat_result, status: os.stat_result) -> bool:
        """Whether the names of a file in one tree are the names of one file in the other, as far as the table reaches."""
        if before.st_nlink == 1:
            return status.st_nlink == 1
        key = (before.st_dev, before.st_ino)
        copy, seen = self._inodes.get(key, (status.st_ino, 0))
        if seen + 1 < before.st_nlink and (seen or len(self._inodes) < _MAX_INODES):
            self._inodes[key] = (copy, seen + 1)
        else:
            self._inodes.pop(key, None)
        # Names of a file outside of the tree are not copied.
        return copy == status.st_ino and before.st_nlink >= status.st_nlink

    def _of_attributes(self, step: tree.Step, directory: int, name: str) -> t.Iterator[str]:
        try:
            wanted = attributes.shifted(attributes.read(step.directory, step.name), self._shift)
        except attributes.Unshiftable as fault:
            yield fault.reason
            return
        found = attributes.read(directory, name)
        for attribute in sorted({*wanted, *found} - {attributes.MARK, *attributes.LEFT_OUT}):
            if wanted.get(attribute) != found.get(attribute):
                yield attribute

    def _differs_in_content(self, step: tree.Step, directory: int, name: str, status: os.stat_result) -> bool:
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFLNK:
            return os.readlink(step.name, dir_fd=step.directory) != os.readlink(name, dir_fd=directory)
        if kind != stat.S_IFREG:
            return False
        if status.st_size != step.status.st_size:
            return True
        if not self._contents:
            return False
        names = step.status.st_nlink
        source = tree.open_file(step)
        try:
            copy = tree.open_file(tree.Step(tree.ENTRY, directory, name, step.path, status))
            try:
                return file_content.differ(source, copy, status.st_size, lambda count: self._tick(count // names, 0))
            finally:
                os.close(copy)
        finally:
            os.close(source)
