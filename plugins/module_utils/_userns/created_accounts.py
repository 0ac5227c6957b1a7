# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of accounts that modules created on this host since it was booted.

What undoes a change comes back through variables of the controller. The record is what says that an account may be removed.
An account that cannot be recorded is one that stays.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_records import read_document
from ansible_collections.seawall.docker.plugins.module_utils._daemon.record_files import write_record
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

_PREFIX = "account-"
_MAX_BYTES = 4096


def note(kind: str, name: str, number: int) -> None:
    """Record that a user or a group was created."""
    with contextlib.suppress(OSError):
        write_record(_path(kind, number), _document(kind, name, number))


def is_noted(host: Host, kind: str, name: str, number: int) -> bool:
    """Whether the record says so, and only root can have written it."""
    try:
        return bool(read_document(host, _path(kind, number), _MAX_BYTES) == _document(kind, name, number))
    except Unread:
        return False


def forget(kind: str, _name: str, number: int) -> None:
    """Forget an account that is gone."""
    with contextlib.suppress(OSError):
        os.unlink(_path(kind, number))


def _document(kind: str, name: str, number: int) -> t.Dict[str, t.Any]:
    return {"kind": kind, "name": name, "number": number}


def _path(kind: str, number: int) -> str:
    return f"{config_records.DIRECTORY}/{_PREFIX}{kind}-{number}.json"
