# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy a tree with all its ids shifted.

The target lies in a directory that only root can enter until it is complete, so what is made there is changed by nobody else.
Hard links need no table in memory: the directory ``links`` has one name for each inode that has further names to come.
"""

from __future__ import annotations

import os
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._migration import attributes, file_content, tree
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import Shift
from ansible_collections.seawall.docker.plugins.module_utils._migration.tree_measure import share_of

# Told the bytes and the entries that were copied since the last call. It may raise to end the copy.
Tick = t.Callable[[int, int], None]


class TreeCopy:
    """One copy. ``staging`` is a directory with the empty directories ``tree`` and ``links``."""

    def __init__(self, source: int, source_path: str, staging: int, shift: Shift, tick: Tick) -> None:
        self._source, self._source_path = source, source_path
        self._staging = staging
        self._links = -1
        self._shift = shift
        self._tick = tick
        # The directories of the target that are open, from the root of the tree down.
        self._targets: t.List[int] = []

    def run(self) -> None:
        """Copy the tree. Raises tree.TreeFault, and what ``tick`` raises."""
        self._links = tree.open_directory("links", self._staging)
        try:
            for step in tree.walk(self._source, self._source_path):
                try:
                    self._copy(step)
                except OSError as error:
                    raise tree.TreeFault(f"cannot copy {tree.shown(step.path)}: {error.strerror or error}") from None
        finally:
            for descriptor in [*self._targets, self._links]:
                os.close(descriptor)
            self._targets = []

    def _copy(self, step: tree.Step) -> None:
        if step.kind == tree.ENTER:
            self._enter(step)
        elif step.kind == tree.LEAVE:
            os.close(self._targets.pop())
            # After its entries: an access list would be inherited, and each entry changes the time.
            self._finish(step, *self._target_of(step))
            self._tick(0, 1)
        elif not stat.S_ISSOCK(step.status.st_mode):
            self._make_entry(step)

    def _target_of(self, step: tree.Step) -> t.Tuple[int, str]:
        return (self._targets[-1], step.name) if self._targets else (self._staging, "tree")

    def _enter(self, step: tree.Step) -> None:
        directory, name = self._target_of(step)
        if self._targets:
            os.mkdir(name, 0o700, dir_fd=directory)
        self._targets.append(tree.open_directory(name, directory))

    def _make_entry(self, step: tree.Step) -> None:
        status, target = step.status, self._targets[-1]
        inode = f"{status.st_dev}-{status.st_ino}"
        if status.st_nlink > 1 and self._link(inode, status.st_nlink, target, step.name):
            self._tick(share_of(status), 1)
            return
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFREG:
            self._make_file(step, target)
        elif kind == stat.S_IFLNK:
            os.symlink(os.readlink(step.name, dir_fd=step.directory), step.name, dir_fd=target)
        else:
            os.mknod(step.name, kind | 0o600, status.st_rdev, dir_fd=target)
        self._finish(step, target, step.name)
        if status.st_nlink > 1:
            os.link(step.name, inode, src_dir_fd=target, dst_dir_fd=self._links, follow_symlinks=False)
        self._tick(0, 1)

    def _link(self, inode: str, names: int, target: int, name: str) -> bool:
        """Give a file that was copied already one more name. Return False if it was not copied yet."""
        try:
            made = os.stat(inode, dir_fd=self._links, follow_symlinks=False).st_nlink
        except FileNotFoundError:
            return False
        if made == names:
            # The last name: the one in ``links`` becomes it. So a file never has more names than in the source.
            os.rename(inode, name, src_dir_fd=self._links, dst_dir_fd=target)
        else:
            os.link(inode, name, src_dir_fd=self._links, dst_dir_fd=target, follow_symlinks=False)
        return True

    def _make_file(self, step: tree.Step, directory: int) -> None:
        names = step.status.st_nlink
        source = tree.open_file(step)
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            target = os.open(step.name, flags, 0o600, dir_fd=directory)
            try:
                whole = file_content.copy(source, target, step.status, lambda count: self._tick(count // names, 0))
            finally:
                os.close(target)
            now = os.fstat(source)
        finally:
            os.close(source)
        before = step.status
        if not whole or (now.st_size, now.st_mtime_ns, now.st_ctime_ns) != (
            before.st_size,
            before.st_mtime_ns,
            before.st_ctime_ns,
        ):
            raise tree.TreeFault(f"{tree.shown(step.path)} changed while it was copied; stop what writes there")

    def _finish(self, step: tree.Step, directory: int, name: str) -> None:
        """Give a copy its owner, attributes, mode and times, in the order in which none takes another one away."""
        status = step.status
        uid, gid = self._shift.uid(status.st_uid), self._shift.gid(status.st_gid)
        if uid is None or gid is None:
            raise tree.TreeFault(f"{tree.shown(step.path)}: its owner {status.st_uid}:{status.st_gid} is in no range")
        try:
            wanted = attributes.shifted(attributes.read(step.directory, step.name), self._shift)
        except attributes.Unshiftable as fault:
            raise tree.TreeFault(f"{tree.shown(step.path)}: {fault.reason}") from None
        capability = wanted.pop(attributes.CAPABILITY, None)
        # A change of the owner takes setuid bits and capabilities away.
        os.chown(name, uid, gid, dir_fd=directory, follow_symlinks=False)
        attributes.write(directory, name, wanted)
        if not stat.S_ISLNK(status.st_mode):
            os.chmod(name, stat.S_IMODE(status.st_mode), dir_fd=directory)
        if capability is not None:
            attributes.write(directory, name, {attributes.CAPABILITY: capability})
        os.utime(name, ns=(status.st_atime_ns, status.st_mtime_ns), dir_fd=directory, follow_symlinks=False)
