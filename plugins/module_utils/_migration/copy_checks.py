# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a copy needs before it begins: two places that only root can change, room, and a destination that may be filled."""

from __future__ import annotations

import itertools
import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import bounds, mounts
from ansible_collections.seawall.docker.plugins.module_utils._host.failure import Failure
from ansible_collections.seawall.docker.plugins.module_utils._migration import staging, tree
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import Shift
from ansible_collections.seawall.docker.plugins.module_utils._migration.tree_measure import Measure

# What stays free on the file system: engine and host write meanwhile.
RESERVE_BYTES = 256 * bounds.MIB
RESERVE_FILES = 1000
_MOUNTINFO = "/proc/self/mountinfo"
_MOUNTINFO_BYTES = 32 * bounds.MIB

# States of a destination: nothing is there, this very copy is, another directory is and is to be replaced, or that was killed
# between its last two steps.
FREE, DONE, REPLACED, HALF_REPLACED = "free", "done", "replaced", "half replaced"


class Request(t.NamedTuple):
    """``source`` and ``destination`` are absolute paths without links. The destination must not exist, or be empty.

    ``replace`` allows another directory there, which is kept beside it.
    """

    source: str
    destination: str
    shift: Shift
    replace: bool = False


class CopyFault(Failure):
    """Why nothing was copied. ``refusals`` are all reasons, as far as they are listed."""

    def __init__(self, reason: str, refusals: t.Optional[t.List[str]] = None) -> None:
        self.reason = reason
        self.refusals = refusals or [reason]
        super().__init__(reason, {"refusals": self.refusals})


def kept_names(destination: str) -> t.Iterator[str]:
    """Yield the places where directories are kept that copies replace. The first that is free is taken."""
    yield f"{destination}.before"
    for number in itertools.count(1):
        yield f"{destination}.before.{number}"


def last_kept(destination: str) -> t.Optional[str]:
    """Return where the last directory is kept that a copy replaced, None if there is none."""
    last = None
    for path in kept_names(destination):
        if not os.path.lexists(path):
            break
        last = path
    return last


def place_to_keep(request: Request, parent: int, found: t.Optional[Measure]) -> t.Tuple[str, str]:
    """Return where the directory that is replaced is kept, and REPLACED, or HALF_REPLACED with where the copy is by now.

    Raises OSError. What was kept is never replaced itself.
    """
    for kept in kept_names(request.destination):
        kind, mark = staging.content_of(parent, os.path.basename(kept))
        if kind == "copy" and staging.is_of(mark, request.source, request.shift, found):
            return kept, HALF_REPLACED
        if kind == "absent":
            return kept, REPLACED
    raise AssertionError("numbers do not end")


def state_of(request: Request, parent: int, found: t.Optional[Measure]) -> str:
    """Return the state of the destination. ``found`` is None if the source is gone. Raises tree.TreeFault and OSError."""
    kind, mark = staging.content_of(parent, os.path.basename(request.destination))
    if kind == "copy" and staging.is_of(mark, request.source, request.shift, found):
        return DONE
    if kind in ("absent", "empty"):
        return FREE
    if kind == "file" or not request.replace:
        raise tree.TreeFault(f"{request.destination} {_words(request, kind, mark)}")
    return place_to_keep(request, parent, found)[1]


def _words(request: Request, kind: str, mark: bytes) -> str:
    if kind == "file":
        return "is no directory; name another destination, or move it away"
    if kind == "copy" and staging.is_of(mark, request.source, request.shift, None):
        return f"is an older copy of {request.source}, which changed since; use replace to copy it again"
    what = "the copy of another tree, or with other id maps" if kind == "copy" else "something that is no such copy"
    return f"is {what}; name another destination, move it away, or use replace"


def open_parent(request: Request) -> int:
    for what, path in (("source", request.source), ("destination", request.destination)):
        if not path.startswith("/") or os.path.normpath(path) != path or path == "/":
            raise tree.TreeFault(f"{what} {path} is no absolute path without . and ..")
    if f"{request.destination}/".startswith(f"{request.source}/") or f"{request.source}/".startswith(
        f"{request.destination}/"
    ):
        raise tree.TreeFault(f"one of {request.source} and {request.destination} lies in the other")
    return staging.open_trusted(os.path.dirname(request.destination), "the directory of the destination")


def open_source(request: Request) -> int:
    """Open the tree. Its own directory may belong to a user of a container, but not those above."""
    above = staging.open_trusted(os.path.dirname(request.source), "the directory of the source")
    try:
        return tree.open_directory(os.path.basename(request.source), above)
    except OSError as error:
        raise tree.TreeFault(f"the source {request.source}: {error.strerror}") from None
    finally:
        os.close(above)


def refuse(request: Request, parent: int, found: Measure) -> None:
    """Raise CopyFault with everything that forbids the copy, if there is something."""
    for mount_point in mounts_below(request.source):
        found.refuse(mount_point, "a file system is mounted here, which is not copied; unmount it")
    free, files = free_of(parent)
    if found.bytes + RESERVE_BYTES > free or found.entries + RESERVE_FILES > files:
        found.refuse(
            request.destination,
            f"the copy needs {found.bytes // bounds.MIB} MiB and {found.entries} inodes, and {RESERVE_BYTES // bounds.MIB}"
            f" MiB must stay free; its file system has {free // bounds.MIB} MiB and {files} inodes",
        )
    if found.refusals:
        more = f" (and {found.refusals_found - 1} more)" if found.refusals_found > 1 else ""
        raise CopyFault(f"nothing was copied: {found.refusals[0]}{more}", found.refusals)


def free_of(descriptor: int) -> t.Tuple[int, int]:
    """Return how many bytes and inodes are free for users. Raises OSError."""
    status = os.fstatvfs(descriptor)
    # Some file systems make inodes as they are needed, and say 0.
    return status.f_bavail * status.f_frsize, status.f_favail if status.f_files else RESERVE_FILES + (1 << 62)


def mounts_below(path: str) -> t.List[str]:
    """Return the mount points below a directory. Raises OSError."""
    return sorted({one.mount_point for one in all_mounts() if one.mount_point.startswith(f"{path}/")})


def all_mounts() -> t.List[mounts.Mount]:
    """Return the mounts that this process sees. Raises OSError."""
    with open(_MOUNTINFO, encoding="utf-8", errors="surrogateescape") as stream:
        return mounts.parse_mountinfo(stream.read(_MOUNTINFO_BYTES))
