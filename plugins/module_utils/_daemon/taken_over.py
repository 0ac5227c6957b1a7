# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of which content of its configuration file a running daemon works with.

The times of a file tell that only until somebody changes the file, its mode, or its directory. What the modules that
write know beyond that (a reload that was confirmed, a file that was put back) they keep here, for the audit to read.
A record is about one process: a daemon that starts anew is judged by times again.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

DIRECTORY = "/run/seawall.docker"
_MAX_BYTES = 1 << 16


class Record(t.NamedTuple):
    """``content_hash`` is None where the daemon works without a file; ``daemon`` is an identity."""

    path: str
    daemon: str
    content_hash: t.Optional[str]


def fingerprint(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def name_for(path: str, kind: str) -> str:
    """The file in DIRECTORY that holds something about the configuration file ``path``."""
    return f"{DIRECTORY}/{kind}-{hashlib.sha256(path.encode()).hexdigest()[:16]}.json"


def identity_in(pid: int, stat: str) -> str | None:
    """A process for as long as it lives: its id and its start in clock ticks, from the text of /proc/PID/stat."""
    fields = stat.rpartition(")")[2].split()
    return f"{pid}/{fields[19]}" if len(fields) > 19 else None


def read_record(host: Host, path: str, pid: int) -> Record | None:
    """The record about the daemon that runs as ``pid``, where there is one that nobody but root could have written."""
    name = name_for(path, "running")
    try:
        for trusted in (DIRECTORY, name):
            status = host.stat(trusted, False)
            if status.uid != 0 or status.mode & 0o022 or status.type not in ("directory", "file"):
                return None
        record = Record(**json.loads(host.read_bytes(name, _MAX_BYTES)))
        daemon = identity_in(pid, host.read_text(f"/proc/{pid}/stat"))
    except (Unread, ValueError, TypeError):
        return None
    return record if daemon is not None and record.path == path and record.daemon == daemon else None
