# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules that write keep about a daemon's configuration file, for audits and later runs to read.

The record says which content a running daemon works with. The times of a file tell that only until somebody changes the
file, its mode, or its directory. A record is about one process: a daemon that starts anew is judged by times again.

The note says what was written and not taken over, so that a run that was cut off can be completed. It holds only where the
file is still the one that it is about, and the daemon is that one or none: an engine that started since has read the file.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

DIRECTORY = "/run/seawall.docker"
LEVELS = ("none", "reload", "restart")
RECORD, NOTE = "running", "pending"
_MAX_BYTES = 1 << 20


class Record(t.NamedTuple):
    """``content_hash`` is None where the daemon works without a file; ``daemon`` is an identity."""

    path: str
    daemon: str
    content_hash: t.Optional[str]


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


def name_for(path: str, kind: str) -> str:
    """The file in DIRECTORY that holds something about the configuration file ``path``."""
    return f"{DIRECTORY}/{kind}-{hashlib.sha256(path.encode()).hexdigest()[:16]}.json"


def identity_in(pid: int, stat: str) -> str | None:
    """A process for as long as it lives: its id and its start in clock ticks, from the text of /proc/PID/stat."""
    fields = stat.rpartition(")")[2].split()
    return f"{pid}/{fields[19]}" if len(fields) > 19 else None


def daemon_identity(pid: int | None) -> str | None:
    """The identity of a process that may have ended: None where there is no such process."""
    if pid is None:
        return None
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            return identity_in(pid, stream.read())
    except OSError:
        return None


def read_note(host: Host, path: str, content_hash: str | None, daemon: str | None) -> Note | None:
    """The note about the file with this content, where it still holds. ``daemon`` is None where none runs.

    Raises Unread where it cannot be told whether there is one.
    """
    try:
        document = _read(host, name_for(path, NOTE))
    except Unread as gap:
        if gap.kind == "absent":
            return None
        raise
    try:
        note = Note(**document)
    except TypeError:
        return None
    if note.path != path or note.written_hash != content_hash or note.needs not in LEVELS:
        return None
    if daemon is None:
        # It has ended, perhaps over this very file. Nothing but a start takes it over now.
        return note._replace(needs="restart")
    return note if note.daemon == daemon else None


def _read(host: Host, name: str) -> t.Any:
    """The document in a file of DIRECTORY. Raises Unread, of kind absent also for a file that another user could have
    written, since it says nothing."""
    for trusted, kind in ((DIRECTORY, "directory"), (name, "file")):
        status = host.stat(trusted, False)
        if status.uid not in (0, host.effective_uid()) or status.mode & 0o022 or status.type != kind:
            raise Unread(f"{trusted} could have been written by other users, and is not believed", "absent")
    try:
        return json.loads(host.read_bytes(name, _MAX_BYTES))
    except ValueError:
        raise Unread(f"{name} is damaged", "absent") from None


def read_record(host: Host, path: str, pid: int) -> Record | None:
    """The record about the daemon that runs as ``pid``, where there is one that nobody but root could have written."""
    try:
        record = Record(**_read(host, name_for(path, RECORD)))
        daemon = identity_in(pid, host.read_text(f"/proc/{pid}/stat"))
    except (Unread, TypeError):
        return None
    return record if daemon is not None and record.path == path and record.daemon == daemon else None
