# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was written and the running engine has not taken over yet, so that a run that was cut off can be completed.

A note beside the process ids in /run: after a reboot every engine has read its file anew, and the note is gone.
It is written before the file, and holds only where the file is still the one that it is about, and the daemon is that
one or none: an engine that started since has read the file.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import taken_over
from ansible_collections.seawall.docker.plugins.module_utils._daemon.taken_over import (
    Record,
    fingerprint,
    identity_in,
    name_for,
)

_KIND = "pending"
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


def daemon_identity(pid: int | None) -> str | None:
    """A process for as long as it lives: its id and its start in clock ticks. None where there is no such process."""
    if pid is None:
        return None
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            return identity_in(pid, stream.read())
    except OSError:
        return None


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
    """The note about the file, where it still holds. ``daemon`` is None where none runs."""
    name = name_for(path, _KIND)
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
    if note.path != path or note.written_hash != fingerprint(content) or note.needs not in _LEVELS:
        return None
    if daemon is None:
        # It has ended, perhaps over this very file. Nothing but a start takes it over now.
        return note._replace(needs="restart")
    return note if note.daemon == daemon else None


def write(note: Note) -> None:
    """Keep the note. What cannot be kept is no reason to stop: then only a run that is cut off loses its memory."""
    _keep(name_for(note.path, _KIND), note._asdict())


def remember(path: str, daemon: str, content: bytes | None) -> None:
    """Keep that the daemon works with this content, for audits and later runs."""
    _keep(name_for(path, "running"), Record(path, daemon, fingerprint(content))._asdict())


def _keep(name: str, document: t.Dict[str, t.Any]) -> None:
    with contextlib.suppress(OSError):
        os.makedirs(taken_over.DIRECTORY, mode=0o700, exist_ok=True)
        if os.lstat(taken_over.DIRECTORY).st_uid != os.geteuid():
            return
        temporary = f"{name}.{os.getpid()}"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(document, stream)
        os.rename(temporary, name)


def forget(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name_for(path, _KIND))
