# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a tree is copied to: beside its destination until it is complete, and then there by one rename.

A copy that was killed leaves its staging directory, which the next one empties. Nothing else is ever removed.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import hashlib
import json
import os
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import trust
from ansible_collections.seawall.docker.plugins.module_utils._migration import attributes, tree
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import Shift
from ansible_collections.seawall.docker.plugins.module_utils._migration.tree_measure import Measure

_RENAME_EXCHANGE = 2


class Staging:
    """The staging directory of one copy, locked. Close it in any case."""

    def __init__(self, parent: int, name: str, descriptor: int) -> None:
        self._parent = parent
        self._name = name
        self.descriptor = descriptor

    def prepare(self) -> None:
        """Empty the directory, and make the ones that a copy needs. Raises OSError and tree.TreeFault."""
        tree.empty(self.descriptor, self._name)
        for attribute in attributes.ACCESS_LISTS:
            # Inherited from the directory above, it would be added to everything that is made below.
            with contextlib.suppress(OSError):
                os.removexattr(self.descriptor, attribute)
        try:
            os.setxattr(self.descriptor, attributes.MARK, b"{}")
        except OSError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise
            raise tree.TreeFault(
                "the file system of the destination keeps no attributes of root (trusted), by which a complete copy is known"
            ) from None
        os.fchmod(self.descriptor, 0o700)
        for name in ("tree", "links"):
            os.mkdir(name, 0o700, dir_fd=self.descriptor)

    def remove_links(self) -> int:
        """Remove what is left in ``links``, and return how many files have names outside of the tree."""
        links = tree.open_directory("links", self.descriptor)
        try:
            left = 0
            with os.scandir(links) as entries:
                for _entry in entries:
                    left += 1
            tree.empty(links, "links")
        finally:
            os.close(links)
        os.rmdir("links", dir_fd=self.descriptor)
        return left

    def move(self, destination: str, mark: bytes, kept: t.Optional[str] = None) -> None:
        """Mark the tree as complete, bring it to the disk, and move it to its place. Raises OSError and tree.TreeFault.

        With ``kept``, what is in its place gets this name. At each moment one of both is there, and none is removed.
        """
        os.setxattr(attributes.place(self.descriptor, "tree"), attributes.MARK, mark)
        write_out(self.descriptor)
        # It replaces an empty directory, and fails for one that is not empty.
        os.rename("tree", kept or destination, src_dir_fd=self.descriptor, dst_dir_fd=self._parent)
        if kept is not None:
            try:
                exchange(self._parent, kept, destination)
            except BaseException:
                os.rename(kept, "tree", src_dir_fd=self._parent, dst_dir_fd=self.descriptor)
                raise
        os.fsync(self._parent)

    def discard(self) -> None:
        """Remove the directory and what is in it. Raises OSError and tree.TreeFault."""
        tree.empty(self.descriptor, self._name)
        os.rmdir(self._name, dir_fd=self._parent)

    def close(self) -> None:
        os.close(self.descriptor)


def staging_name(destination: str) -> str:
    """Return the name of the staging directory beside the destination; its length does not depend on that of the name."""
    name = os.path.basename(destination)
    return f".seawall-copy-{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"


def open_staging(parent: int, destination: str) -> Staging:
    """Make and lock the staging directory. Raises OSError, and tree.TreeFault if another copy holds it."""
    name = staging_name(destination)
    for _attempt in range(5):
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=parent)
        try:
            descriptor = tree.open_directory(name, parent)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_same(os.fstat(descriptor), name, parent):
                return Staging(parent, name, descriptor)
        except BlockingIOError:
            os.close(descriptor)
            raise tree.TreeFault(f"another copy to {destination} is running; wait for its end") from None
        # Another copy ended and removed it between the two calls.
        os.close(descriptor)
    raise tree.TreeFault(f"another copy to {destination} ends just now; run this again")


def is_left(parent: int, destination: str) -> bool:
    """Return whether there is a staging directory. Raises OSError."""
    try:
        os.stat(staging_name(destination), dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _is_same(status: os.stat_result, name: str, parent: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(status, os.stat(name, dir_fd=parent, follow_symlinks=False))
    return False


def open_trusted(path: str, what: str) -> int:
    """Open a directory that only root can change, or replace. Raises tree.TreeFault."""
    try:
        resolved = trust.resolve(path, trust.trusted_users())
        if resolved != path:
            raise tree.TreeFault(f"{what} {path} leads over a symbolic link; give {resolved}")
        descriptor = tree.open_directory(path)
    except trust.Untrusted as fault:
        raise tree.TreeFault(f"{what} {path} is not used: {fault.reason}, and could exchange what lies there") from None
    except OSError as error:
        raise tree.TreeFault(f"{what} {path}: {error.strerror}") from None
    if os.fstat(descriptor).st_mode & stat.S_IWOTH:
        os.close(descriptor)
        raise tree.TreeFault(f"{what} {path} is not used: everybody may make files there")
    return descriptor


def mark_of(source: str, shift: Shift, found: Measure) -> bytes:
    """Return what a complete tree is marked with: where it comes from, by which maps, and when that had changed last."""
    return json.dumps({**_origin(source, shift), **_content(found)}, sort_keys=True).encode()


def is_of(mark: bytes, source: str, shift: Shift, found: t.Optional[Measure]) -> bool:
    """Return whether the mark is of a copy of this tree. Without ``found``, also if the tree changed since."""
    wanted = {**_origin(source, shift), **({} if found is None else _content(found))}
    try:
        document = json.loads(mark)
    except ValueError:
        return False
    return isinstance(document, dict) and all(document.get(key) == value for key, value in wanted.items())


def _origin(source: str, shift: Shift) -> t.Dict[str, t.Any]:
    """A hash, since some file systems keep no attribute that is longer than 4 KiB, and maps and paths may be."""
    text = json.dumps([tree.shown(source), shift.uid_map, shift.gid_map, shift.outward])
    return {"origin": hashlib.sha256(text.encode()).hexdigest()}


def _content(found: Measure) -> t.Dict[str, int]:
    return {"entries": found.entries, "changed_ns": found.changed_ns}


def content_of(parent: int, name: str) -> t.Tuple[str, bytes]:
    """Return what is there: ``absent``, ``file``, ``empty``, ``copy`` with its mark, or ``other``. Raises OSError."""
    try:
        status = os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return "absent", b""
    if not stat.S_ISDIR(status.st_mode):
        return "file", b""
    try:
        return "copy", os.getxattr(attributes.place(parent, name), attributes.MARK, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.ENODATA, errno.EOPNOTSUPP):
            raise
    descriptor = tree.open_directory(name, parent)
    try:
        with os.scandir(descriptor) as entries:
            return ("empty" if next(entries, None) is None else "other"), b""
    finally:
        os.close(descriptor)


def exchange(parent: int, first: str, second: str) -> None:
    """Exchange two entries of a directory in one step. Raises OSError, and tree.TreeFault if the C library is too old."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        raise tree.TreeFault("the C library of this host cannot exchange two directories in one step (glibc 2.28)")
    names = (os.fsencode(first), os.fsencode(second))
    if library.renameat2(parent, names[0], parent, names[1], ctypes.c_uint(_RENAME_EXCHANGE)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def write_out(descriptor: int) -> None:
    """Bring the file system of a descriptor to the disk. Raises OSError if something could not be written."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "syncfs"):
        os.sync()
    elif library.syncfs(descriptor):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
