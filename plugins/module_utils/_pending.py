# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was written and the running engine has not taken over yet, so that a run that was cut off can be completed.

A note beside the process ids in /run: after a reboot every engine has read its file anew, and the note is gone.
It is written before the file, and holds only where file and daemon are still those that it is about.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import typing as t

DIRECTORY = "/run/seawall.docker"
_LEVELS = ("none", "reload", "restart")


class Note(t.NamedTuple):
    """The engine runs with ``backup_file`` (None: no file), known by its hash, and the file now has another one."""

    path: str
    backup_file: t.Optional[str]
    restorable: bool
    running_hash: t.Optional[str]
    written_hash: t.Optional[str]
    needs: str
    keys: t.List[str]
    daemon: t.Optional[str]


def fingerprint(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def daemon_identity(pid: int | None) -> str | None:
    """A process for as long as it lives: its id and its start in clock ticks. None where there is no such process."""
    if pid is None:
        return None
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            fields = stream.read().rpartition(")")[2].split()
    except OSError:
        return None
    return f"{pid}/{fields[19]}" if len(fields) > 19 else None


def merged(earlier: Note | None, later: Note) -> Note | None:
    """The note after one more change: what the engine runs with is still what the first note says."""
    if earlier is None:
        return later if later.needs != "none" else None
    if earlier.running_hash == later.written_hash:
        return None  # changed back
    needs = max(earlier.needs, later.needs, key=_LEVELS.index)
    changed = sorted({*earlier.keys, *later.keys})
    return later._replace(
        backup_file=earlier.backup_file,
        restorable=earlier.restorable,
        running_hash=earlier.running_hash,
        needs=needs,
        keys=changed,
    )


def read(path: str, content: bytes | None, daemon: str | None) -> Note | None:
    """The note about the file, where it still holds: the file is as written, and the daemon is the same process."""
    name = _name(path)
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid not in (0, os.geteuid()):
            return None
        try:
            document = json.loads(stream.read(1 << 20))
            note = Note(**document)
        except (ValueError, TypeError):
            return None
    if note.path != path or note.daemon != daemon or note.written_hash != fingerprint(content):
        return None
    return note if note.needs in _LEVELS else None


def write(note: Note) -> None:
    """Keep the note. What cannot be kept is no reason to stop: then only a run that is cut off loses its memory."""
    with contextlib.suppress(OSError):
        os.makedirs(DIRECTORY, mode=0o700, exist_ok=True)
        if os.lstat(DIRECTORY).st_uid != os.geteuid():
            return
        name = _name(note.path)
        temporary = f"{name}.{os.getpid()}"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(note._asdict(), stream)
        os.rename(temporary, name)


def forget(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(_name(path))


def _name(path: str) -> str:
    return f"{DIRECTORY}/pending-{hashlib.sha256(path.encode()).hexdigest()[:16]}.json"
