# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what the modules that write record about a daemon's configuration file, for audits and later runs.

A record says which content a running daemon uses. The times of a file show this only until the file, its mode or its
directory is changed. A record applies to one process. After the next start of the daemon, the times decide again.

A note says what was written and is not used yet, so that an interrupted run can be completed. It is valid only if the
file still has this content, and if the daemon is the same process or does not run. A daemon that started later has read
the file.

A way back is kept after a reload that only prepares another change, such as live restore off before userns-remap. Until that
change is in force or taken back, going back means the file of before the preparation.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

DIRECTORY = "/run/seawall.docker"
LEVELS = ("none", "reload", "restart")
RECORD, NOTE, WAY_BACK = "running", "pending", "way-back"
_MAX_BYTES = 1 << 20


class Record(t.NamedTuple):
    """``content_hash`` is None if the daemon uses no file. ``daemon`` is the identity of the process."""

    path: str
    daemon: str
    content_hash: t.Optional[str]


class Note(t.NamedTuple):
    """The engine runs with ``backup_file`` (None: no file), whose hash is known, and the file now has another content."""

    path: str
    backup_file: t.Optional[str]
    restorable: bool
    running_hash: t.Optional[str]
    written_hash: t.Optional[str]
    needs: str
    keys: t.List[str]
    daemon: t.Optional[str]


class WayBack(t.NamedTuple):
    """The daemon runs with the file of this hash, and ``keys`` of it are other than in ``backup_file`` (None: no file)."""

    path: str
    backup_file: t.Optional[str]
    restorable: bool
    written_hash: t.Optional[str]
    keys: t.List[str]
    daemon: t.Optional[str]


def fingerprint(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def name_for(path: str, kind: str) -> str:
    """Return the name of the file in DIRECTORY for the configuration file ``path``."""
    return f"{DIRECTORY}/{kind}-{hashlib.sha256(path.encode()).hexdigest()[:16]}.json"


def identity_in(pid: int, stat: str) -> str | None:
    """Return the identity of a process from the text of /proc/PID/stat: its id, and its start in clock ticks."""
    fields = stat.rpartition(")")[2].split()
    return f"{pid}/{fields[19]}" if len(fields) > 19 else None


def daemon_identity(pid: int | None) -> str | None:
    """Return the identity of a process, or None if the process does not exist."""
    if pid is None:
        return None
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            return identity_in(pid, stream.read())
    except OSError:
        return None


def read_note(host: Host, path: str, content_hash: str | None, daemon: str | None) -> Note | None:
    """Return the note about the file with this content if it is still valid. ``daemon`` is None if none runs.

    Raises Unread if it is not known whether there is a note.
    """
    try:
        document = read_document(host, name_for(path, NOTE))
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


def read_way_back(host: Host, path: str, content_hash: str | None, daemon: str | None) -> WayBack | None:
    """Return the way back if the file has this content still and the daemon is the same process. Raises Unread."""
    try:
        way = WayBack(**read_document(host, name_for(path, WAY_BACK)))
    except Unread as gap:
        if gap.kind == "absent":
            return None
        raise
    except TypeError:
        return None
    known = way.path == path and way.written_hash == content_hash and way.daemon is not None
    return way if known and way.daemon == daemon else None


def read_document(host: Host, name: str, max_bytes: int = _MAX_BYTES) -> t.Any:
    """Return the document in a file of DIRECTORY. Raises Unread. If another user could have written the file, it counts
    as absent."""
    for trusted, kind in ((DIRECTORY, "directory"), (name, "file")):
        status = host.stat(trusted, False)
        if status.uid not in (0, host.effective_uid()) or status.mode & 0o022 or status.type != kind:
            raise Unread(f"{trusted} could have been written by other users, and is not believed", "absent")
    try:
        return json.loads(host.read_bytes(name, max_bytes))
    except ValueError:
        raise Unread(f"{name} is damaged", "absent") from None


def read_record(host: Host, path: str, pid: int) -> Record | None:
    """Return the record about the daemon ``pid`` if there is one that only root could have written."""
    try:
        record = Record(**read_document(host, name_for(path, RECORD)))
        daemon = identity_in(pid, host.read_text(f"/proc/{pid}/stat"))
    except (Unread, TypeError):
        return None
    return record if daemon is not None and record.path == path and record.daemon == daemon else None
