# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of accounts that modules created on this host since it was booted.

What undoes a change comes back through variables of the controller. The record is what says that an account may be removed.
An account that cannot be recorded is one that stays.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

_PREFIX = "account-"
_MAX_BYTES = 4096


def note(kind: str, name: str, number: int) -> None:
    """Record that a user or a group was created."""
    with contextlib.suppress(OSError):
        os.makedirs(config_records.DIRECTORY, mode=0o700, exist_ok=True)
        status = os.lstat(config_records.DIRECTORY)
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
            return
        path = _path(kind, number)
        temporary = f"{path}.{secrets.token_hex(8)}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(_document(kind, name, number), stream)
        os.rename(temporary, path)


def is_noted(host: Host, kind: str, name: str, number: int) -> bool:
    """Whether the record says so, and only root can have written it."""
    path = _path(kind, number)
    try:
        for trusted, expected in ((config_records.DIRECTORY, "directory"), (path, "file")):
            status = host.stat(trusted, False)
            if status.uid not in (0, host.effective_uid()) or status.mode & 0o022 or status.type != expected:
                return False
        document: t.Any = json.loads(host.read_bytes(path, _MAX_BYTES))
    except (Unread, ValueError):
        return False
    return bool(document == _document(kind, name, number))


def forget(kind: str, _name: str, number: int) -> None:
    """Forget an account that is gone."""
    with contextlib.suppress(OSError):
        os.unlink(_path(kind, number))


def _document(kind: str, name: str, number: int) -> t.Dict[str, t.Any]:
    return {"kind": kind, "name": name, "number": number}


def _path(kind: str, number: int) -> str:
    return f"{config_records.DIRECTORY}/{_PREFIX}{kind}-{number}.json"
