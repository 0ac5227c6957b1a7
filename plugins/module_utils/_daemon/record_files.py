# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write records of this collection into the directory that only their user, who is root on most hosts, can change."""

from __future__ import annotations

import json
import os
import secrets
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records


def make_directory() -> bool:
    """Make the directory if there is none. Return whether only this user can change it. Raises OSError."""
    os.makedirs(config_records.DIRECTORY, mode=0o700, exist_ok=True)
    return is_own(os.lstat(config_records.DIRECTORY), stat.S_IFDIR)


def is_own(status: os.stat_result, kind: int) -> bool:
    """Return whether nobody but this user can have made or changed a file or directory. ``kind`` is its type of ``stat``."""
    return stat.S_IFMT(status.st_mode) == kind and status.st_uid == os.geteuid() and not status.st_mode & 0o022


def write_record(path: str, document: t.Dict[str, t.Any]) -> None:
    """Write a record as a whole. Nothing is written if other users can change the directory. Raises OSError."""
    if not make_directory():
        return
    temporary = f"{path}.{secrets.token_hex(8)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(document, stream)
        os.rename(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise
