# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shift the ids of a directory of the host in its place, so that it can be continued after it was killed, and taken back.

Users of the host may change the directory meanwhile. So each entry is held by a descriptor while it is looked at and changed, and a
file that has names elsewhere is not changed at all: it may be one of the system.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._migration import attributes, tree
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import Shift, ShiftOnce
from ansible_collections.seawall.docker.plugins.module_utils._migration.tree_measure import Measure
from ansible_collections.seawall.docker.plugins.module_utils._migration.trusted_files import (
    Content,
    Contents,
    Seal,
    Trust,
)

# What a file has that loses it with its owner is kept here until it has it again. Only root of the host can set or see it.
INTENT = "trusted.seawall.owners"
_MAX_LINKED = 200_000
MAX_PRIVILEGED = 10_000
_RIGHTS_OF_OWNER = stat.S_ISUID | stat.S_ISGID


class Survey(Measure):
    """What a directory holds. ``linked`` has the number of names for each inode with several; all of them lie in it. ``seals`` and
    ``contents`` are those of its files with setuid bits or capabilities."""

    def __init__(self) -> None:
        super().__init__()
        self.linked: t.Dict[t.Tuple[int, int], int] = {}
        self.to_change = 0
        self.seals: t.Set[Seal] = set()
        self.contents: t.Set[Content] = set()


class Shifted:
    """What became of a directory. ``dropped`` are files that lost setuid bits or capabilities on the way back."""

    def __init__(self) -> None:
        self.changed = 0
        self.seals: t.List[Seal] = []
        self.dropped: t.List[str] = []
        self.dropped_found = 0


def survey(top: int, path: str, shift: Shift, contents: bool = False) -> Survey:
    """Walk the directory, and find everything that forbids the shift. With ``contents`` those of privileged files are read. Raises
    tree.TreeFault."""
    result = Survey()
    seen: t.Dict[t.Tuple[int, int], int] = {}
    privileged = 0
    reader = Contents()
    for step in tree.walk(top, path):
        if step.kind == tree.LEAVE:
            continue
        result.entries += 1
        status = step.status
        if step.kind == tree.ENTRY and status.st_nlink > 1:
            inode = (status.st_dev, status.st_ino)
            seen[inode] = seen.get(inode, 0) + 1
            result.linked[inode] = status.st_nlink
            if len(seen) > _MAX_LINKED:
                raise tree.TreeFault(f"{tree.shown(path)} has more than {_MAX_LINKED} files with several names")
        found = _attributes(step)
        privileged += _is_privileged(status, found)
        if privileged > MAX_PRIVILEGED:
            raise tree.TreeFault(
                f"{tree.shown(path)} has more than {MAX_PRIVILEGED} files with setuid bits or capabilities"
            )
        if contents and _is_privileged(status, found):
            _note(step, found, reader, result)
        for reason in _reasons_against(step, found, shift):
            result.refuse(step.path, reason)
        with contextlib.suppress(attributes.Unshiftable):
            result.to_change += _needs_change(status, found, shift)
    for inode, names in seen.items():
        if names < result.linked[inode]:
            reason = f"the file with inode {inode[1]} has {result.linked[inode]} names, and {names} of them here; it may be one of the system"
            result.refuse(path, reason)
    return result


def _note(step: tree.Step, found: t.Dict[str, bytes], reader: Contents, into: Survey) -> None:
    into.seals.add((step.status.st_ino, step.status.st_ctime_ns))
    try:
        content = reader.of(step.name, step.status, found.get(attributes.CAPABILITY, b""), step.directory)
    except OSError as error:
        raise tree.fault(step.path, error) from None
    into.contents |= {content} if content is not None else set()


def _untold(size: int, entries: int) -> None:
    pass


def apply(
    top: int,
    path: str,
    shift: ShiftOnce,
    found: Survey,
    trust: Trust,
    tick: t.Callable[[int, int], None] = _untold,
) -> Shifted:
    """Shift all entries, and call ``tick`` for each.

    ``trust`` has the privileged files that are sealed on the way out, and may keep what they have on the way back.
    Raises tree.TreeFault. What was shifted until then stays so, and the next run goes on.
    """
    result, reader = Shifted(), Contents()
    for step in tree.walk(top, path):
        if step.kind == tree.ENTER:
            continue
        try:
            _change(step, shift, found, trust, reader, result)
        except attributes.Unshiftable as fault:
            raise tree.TreeFault(f"{tree.shown(step.path)}: {fault.reason}") from None
        except OSError as error:
            raise tree.TreeFault(f"cannot change {tree.shown(step.path)}: {error.strerror or error}") from None
        tick(0, 1)
    return result


def _change(
    step: tree.Step, shift: ShiftOnce, survey_: Survey, trust: Trust, reader: Contents, result: Shifted
) -> None:
    descriptor = os.open(step.name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=step.directory)
    try:
        status = os.fstat(descriptor)
        _require_ours(step, status, survey_)
        # The kernel goes to what the descriptor holds, a symbolic link as well, whatever its name leads to by now.
        where = f"/proc/self/fd/{descriptor}"
        found = {} if stat.S_ISLNK(status.st_mode) else attributes.read_at(where, True)
        privileged = _is_privileged(status, found)
        trusted = privileged and _is_trusted(where, status, found, trust, reader)
        if _needs_change(status, found, shift):
            keep = shift.outward or not privileged or trusted
            _write(where, status, found, shift, privileged and keep)
            result.changed += 1
            if not keep:
                result.dropped_found += 1
                result.dropped += [tree.shown(step.path)] if result.dropped_found <= 100 else []
        if trusted:
            result.seals.append((status.st_ino, os.fstat(descriptor).st_ctime_ns))
    finally:
        os.close(descriptor)


def _is_trusted(where: str, status: os.stat_result, found: t.Dict[str, bytes], trust: Trust, reader: Contents) -> bool:
    """Whether it is a privileged file of before. One that an interrupted run shifted has another seal, but the same content."""
    if (status.st_ino, status.st_ctime_ns) in trust.seals:
        return True
    content = reader.of(where, status, found.get(attributes.CAPABILITY, b""))
    if content is None or INTENT not in found:
        return content in trust.contents
    # What it is to have again is noted where only root of the host can write.
    return any((known[0], known[3]) == (content[0], content[3]) for known in trust.contents)


def _require_ours(step: tree.Step, status: os.stat_result, found: Survey) -> None:
    kind = stat.S_IFMT(status.st_mode)
    before = step.status
    if (status.st_dev, status.st_ino, kind) != (before.st_dev, before.st_ino, stat.S_IFMT(before.st_mode)):
        raise tree.TreeFault(f"{tree.shown(step.path)} was replaced meanwhile; stop what writes there")
    if (
        not stat.S_ISDIR(kind)
        and status.st_nlink > 1
        and found.linked.get((status.st_dev, status.st_ino)) != status.st_nlink
    ):
        raise tree.TreeFault(f"{tree.shown(step.path)} got another name meanwhile; stop what writes there")


def _attributes(step: tree.Step) -> t.Dict[str, bytes]:
    try:
        return {} if stat.S_ISLNK(step.status.st_mode) else attributes.read(step.directory, step.name)
    except OSError as error:
        raise tree.fault(step.path, error) from None


def _is_privileged(status: os.stat_result, found: t.Dict[str, bytes]) -> bool:
    held = bool(status.st_mode & _RIGHTS_OF_OWNER) or attributes.CAPABILITY in found or INTENT in found
    return held and not stat.S_ISDIR(status.st_mode) and not stat.S_ISLNK(status.st_mode)


def _reasons_against(step: tree.Step, found: t.Dict[str, bytes], shift: Shift) -> t.Iterator[str]:
    status = step.status
    if shift.uid(status.st_uid) is None:
        yield f"its owner {status.st_uid} is in no range of the uid map"
    if shift.gid(status.st_gid) is None:
        yield f"its group {status.st_gid} is in no range of the gid map"
    try:
        attributes.shifted(found, shift)
    except attributes.Unshiftable as fault:
        yield fault.reason


def _needs_change(status: os.stat_result, found: t.Dict[str, bytes], shift: Shift) -> bool:
    wanted = attributes.shifted(found, shift)
    return (
        INTENT in found
        or (shift.uid(status.st_uid), shift.gid(status.st_gid)) != (status.st_uid, status.st_gid)
        or any(found[name] != value for name, value in wanted.items())
    )


def _write(where: str, status: os.stat_result, found: t.Dict[str, bytes], shift: Shift, keep: bool) -> None:
    """Change the owner, which takes setuid bits and capabilities away, and give them back if they are to be kept."""
    uid, gid = shift.uid(status.st_uid), shift.gid(status.st_gid)
    if uid is None or gid is None:
        raise attributes.Unshiftable(f"its owner {status.st_uid}:{status.st_gid} is in no range")
    wanted = attributes.shifted(found, shift)
    mode, capability = stat.S_IMODE(status.st_mode), wanted.get(attributes.CAPABILITY)
    privileged = _is_privileged(status, found)
    if keep and INTENT in found:
        intent = json.loads(found[INTENT])
        mode = int(intent["mode"])
        # Noted by a run that may have gone the other way.
        noted = bytes.fromhex(intent["capability"])
        capability = attributes.shifted({attributes.CAPABILITY: noted}, shift)[attributes.CAPABILITY] if noted else None
    elif keep:
        note = {"mode": mode, "capability": (capability or b"").hex()}
        os.setxattr(where, INTENT, json.dumps(note).encode())
    elif privileged:
        mode, capability = mode & ~_RIGHTS_OF_OWNER, None
    os.chown(where, uid, gid)
    for name in attributes.ACCESS_LISTS:
        if name in wanted and wanted[name] != found[name]:
            os.setxattr(where, name, wanted[name])
    if privileged:
        os.chmod(where, mode)
    if capability is not None:
        os.setxattr(where, attributes.CAPABILITY, capability)
    if keep or INTENT in found:
        os.removexattr(where, INTENT)
