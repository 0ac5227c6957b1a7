# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping what was written and the running engine has not taken over yet, so that a run that was cut off can be completed.

A note beside the process ids in /run: after a reboot every engine has read its file anew, and the note is gone.
It is written before the file. What a note means, and when it holds, is in ``_daemon/config_records.py``.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_records import (
    LEVELS,
    NOTE,
    RECORD,
    WAY_BACK,
    Note,
    Record,
    WayBack,
    fingerprint,
    name_for,
    read_note,
    read_way_back,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.record_files import write_record
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread


def merged(earlier: Note | None, later: Note) -> Note | None:
    """The note after one more change: what the engine runs with is still what the first note says."""
    if earlier is None:
        return later if later.needs != "none" else None
    if earlier.running_hash == later.written_hash:
        return None  # changed back
    needs = max(earlier.needs, later.needs, key=LEVELS.index)
    changed = sorted({*earlier.keys, *later.keys})
    return later._replace(
        backup_file=earlier.backup_file,
        restorable=earlier.restorable,
        running_hash=earlier.running_hash,
        needs=needs,
        keys=changed,
    )


def read(host: Host, path: str, content: bytes | None, daemon: str | None) -> Note | None:
    """The note about the file, where it still holds and can be read. ``daemon`` is None where none runs."""
    try:
        return read_note(host, path, fingerprint(content), daemon)
    except Unread:
        return None


def way_back(host: Host, path: str, content: bytes | None, daemon: str | None) -> WayBack | None:
    """The way back over a preparation that is in force, or None if there is none or it cannot be read."""
    try:
        return read_way_back(host, path, fingerprint(content), daemon)
    except Unread:
        return None


def keep_way_back(note: Note) -> None:
    """Keep the way back of a change that is in force now and only prepares another one."""
    way = WayBack(note.path, note.backup_file, note.restorable, note.written_hash, note.keys, note.daemon)
    _keep(name_for(note.path, WAY_BACK), way._asdict())


def write(note: Note) -> None:
    """Keep the note. What cannot be kept is no reason to stop: then only a run that is cut off loses its memory."""
    _keep(name_for(note.path, NOTE), note._asdict())


def remember(path: str, daemon: str, content: bytes | None) -> None:
    """Keep that the daemon works with this content, for audits and later runs."""
    _keep(name_for(path, RECORD), Record(path, daemon, fingerprint(content))._asdict())


def _keep(name: str, document: t.Dict[str, t.Any]) -> None:
    with contextlib.suppress(OSError):
        write_record(name, document)


def forget(path: str) -> None:
    """Forget what is not in force, and the way back before it."""
    for kind in (NOTE, WAY_BACK):
        with contextlib.suppress(OSError):
            os.unlink(name_for(path, kind))
