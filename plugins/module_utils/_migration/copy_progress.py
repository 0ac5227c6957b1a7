# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a copy or other long work is, in a file below /run that another session can watch, and what became of it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._daemon.record_files import write_record
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_run import Observer
from ansible_collections.seawall.docker.plugins.module_utils._migration.tree_measure import Measure

RUNNING, COMPLETE, FAILED, INTERRUPTED = "running", "complete", "failed", "interrupted"
_WRITE_SECONDS = 1.0
# An entry without content takes about as long as so many bytes.
_ENTRY_BYTES = 64 * 1024
_MAX_BYTES = 1 << 20
# After these nothing is compared.
_ONCE = ("load", "shift")


def file_of(destination: str) -> str:
    """Return the path of the progress file of the copy to this place."""
    name = hashlib.sha256(destination.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return f"{config_records.DIRECTORY}/copy-{name}.json"


def read(host: Host, destination: str) -> t.Optional[t.Dict[str, t.Any]]:
    """Return the last record of a copy to this place, None if there is none. A copy whose process ended is interrupted."""
    document = _document(host, destination)
    if document is not None and document.get("state") == RUNNING and not _lives(document.get("process")):
        # It may have ended between this record and the look at its process. What stands there now is its last word.
        last = _document(host, destination)
        if last is None or last.get("process") != document.get("process"):
            return last
        document = last
        if document.get("state") == RUNNING:
            document["state"] = INTERRUPTED
    return document


def forget(destination: str) -> None:
    """Remove the record, since somebody was told what it says. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(file_of(destination))


def set_reported(record: t.Dict[str, t.Any]) -> bool:
    """Record that somebody was told of the end of this copy. Return whether that is the first time."""
    if record.get("reported"):
        return False
    with contextlib.suppress(OSError):
        write_record(file_of(record["destination"]), {**record, "reported": True})
    return True


def _document(host: Host, destination: str) -> t.Optional[t.Dict[str, t.Any]]:
    try:
        document = config_records.read_document(host, file_of(destination), _MAX_BYTES)
    except Unread:
        return None
    return document if isinstance(document, dict) and document.get("destination") == destination else None


def _lives(process: t.Any) -> bool:
    number = str(process).partition("/")[0]
    if not number.isdigit():
        return False
    try:
        with open(f"/proc/{number}/stat", encoding="utf-8", errors="replace") as stream:
            text = stream.read()
    except OSError:
        return False
    # One that was killed stays in the list of processes until its parent asks for its end.
    return config_records.identity_in(int(number), text) == process and text.rpartition(")")[2].split()[0] not in "ZX"


class Progress(Observer):
    """Writes the record of this process's copy, at most once a second. What cannot be written does not stop the copy."""

    def __init__(self, source: str, destination: str) -> None:
        self._began = time.monotonic()
        self._written = 0.0
        self._phase_name = "start"
        self._totals = (0, 0)
        self._done = (0, 0)
        self._document: t.Dict[str, t.Any] = {
            "source": source,
            "destination": destination,
            "process": config_records.daemon_identity(os.getpid()),
            "reason": None,
            "refusals": [],
            "sockets": [],
            "sockets_found": 0,
        }

    def phase(self, name: str) -> None:
        self._phase_name, self._done = name, (0, 0)
        self.write(RUNNING)

    def measured(self, result: Measure) -> None:
        self._totals = (result.bytes, result.entries)
        self._document.update(sockets=result.sockets, sockets_found=result.sockets_found)

    def expect(self, size: int, entries: int = 0) -> None:
        self._totals = (size, entries)

    def note(self, **facts: t.Any) -> None:
        """Say more in the next record."""
        self._document.update(facts)

    def tick(self, size: int, entries: int) -> None:
        self._done = (self._done[0] + size, self._done[1] + entries)
        if time.monotonic() - self._written >= _WRITE_SECONDS:
            self.write(RUNNING)

    def fail(self, reason: str, refusals: t.List[str]) -> None:
        self._document.update(reason=reason, refusals=refusals)
        self.write(FAILED)

    def write(self, state: str) -> None:
        self._written = time.monotonic()
        seconds = self._written - self._began
        left = 0.0 if state == COMPLETE else seconds_left(self._phase_name, self._done, self._totals, seconds)
        document = {
            **self._document,
            "state": state,
            "phase": self._phase_name,
            "bytes": self._done[0],
            "bytes_total": self._totals[0],
            "entries": self._done[1],
            "entries_total": self._totals[1],
            "seconds": round(seconds, 1),
            "seconds_left": left if left is None else round(left),
        }
        with contextlib.suppress(OSError):
            write_record(file_of(self._document["destination"]), document)


def seconds_left(phase: str, done: t.Tuple[int, int], totals: t.Tuple[int, int], seconds: float) -> t.Optional[float]:
    """Return how long a copy takes from here, by how long it took so far; None if nothing is known yet.

    The comparison reads two trees, and so takes about as long as the copy.
    """
    part, whole = (size + entries * _ENTRY_BYTES for size, entries in (done, totals))
    if phase not in ("copy", "compare", *_ONCE) or not whole:
        return 0.0 if phase == "move" else None
    worked = min(part, whole) + (whole if phase == "compare" else 0)
    work = whole if phase in _ONCE else 2 * whole
    return seconds * (work - worked) / worked if worked else None
