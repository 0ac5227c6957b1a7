# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory that a container is let loose on: two files of root to attack, and one that everybody may write.

What the container says of itself stands in the file for everybody. What became of the other two is seen from outside.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway import identity_of
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway_record import (
    DIRECTORY,
    Made,
    Record,
    new_name,
)

# Not a temporary directory, which the daemon may have one of its own of; and every directory above lets users pass.
PARENT = "/run"
OVERWRITE, DELETE, CONTROL = "overwrite-me", "delete-me", "control"
_CONTENT = b"This file belongs to root of the host. A container must not be able to change it.\n"
_MAX_CONTROL_BYTES = 4096
SLEEP_SECONDS = 30

# $1 is a word that only this run knows, $2 goes before rm and sleep. The shell's own echo and read do the rest.
# It sleeps at its end, so that the kernel can be asked whose process it is; whoever has asked removes the container.
SCRIPT = f"""
read inside outside count < /proc/self/uid_map
echo "$1 began $inside $outside $count" > /trap/{CONTROL} || exit 41
(echo changed > /trap/{OVERWRITE}) 2> /dev/null
overwrite=$?
$2rm -f /trap/{DELETE} 2> /dev/null
delete=$?
echo "$1 ended $overwrite $delete" >> /trap/{CONTROL} || exit 42
exec $2sleep {SLEEP_SECONDS}
"""


class Seen(t.NamedTuple):
    """``began`` and ``ended`` are what the container wrote with the word of this run; None where it did not."""

    began: t.Optional[t.List[int]]
    ended: t.Optional[t.List[int]]
    overwritten: bool
    deleted: bool


class Trap:
    """Use as a context manager. Raises OSError where the directory cannot be made."""

    def __init__(self, record: Record, parent: str = PARENT) -> None:
        self.word = secrets.token_hex(16)
        self._record = record
        # The inner name cannot be guessed nor listed: what is written there comes from the container alone.
        self._outer = os.path.join(parent, new_name("proof"))
        self.directory = os.path.join(self._outer, secrets.token_hex(16))
        self._made: t.Dict[str, t.Tuple[int, int]] = {}

    def __enter__(self) -> Trap:
        self._record.add(Made(DIRECTORY, self._outer))
        try:
            os.mkdir(self._outer, 0o700)
        except OSError:
            self._record.drop(self._outer)
            raise
        try:
            self._record.identify(self._outer, identity_of(os.lstat(self._outer)))
            os.mkdir(self.directory, 0o700)
            for name, mode in ((OVERWRITE, 0o600), (DELETE, 0o600), (CONTROL, 0o666)):
                path = os.path.join(self.directory, name)
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(b"" if name == CONTROL else _CONTENT)
                    os.fchmod(descriptor, mode)
                    status = os.fstat(descriptor)
                    self._made[name] = (status.st_ino, status.st_uid)
            # Whoever root of the container is must get as far as the files, or their modes would not be what is tried.
            os.chmod(self.directory, 0o755)
            os.chmod(self._outer, 0o711)
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_unused: object) -> None:
        self.remove()

    def remove(self) -> None:
        with contextlib.suppress(RecursionError):  # of directories that the container nested too deep
            shutil.rmtree(self._outer, ignore_errors=True)
        if not os.path.lexists(self._outer):
            self._record.drop(self._outer)

    def look(self) -> Seen:
        control = self._control().split("\n")
        return Seen(
            _numbers(control, f"{self.word} began ", 3),
            _numbers(control, f"{self.word} ended ", 2),
            self._touched(OVERWRITE),
            self._touched(DELETE),
        )

    def _control(self) -> str:
        _status, content = self._read(CONTROL, _MAX_CONTROL_BYTES)
        return content.decode("ascii", "replace")

    def _touched(self, name: str) -> bool:
        """Whether a file is no longer what it was; one that cannot be looked at any more was touched."""
        status, content = self._read(name, len(_CONTENT) + 1)
        if status is None or (status.st_ino, status.st_uid) != self._made[name]:
            return True
        return status.st_mode != stat.S_IFREG | 0o600 or content != _CONTENT

    def _read(self, name: str, size: int) -> tuple[os.stat_result | None, bytes]:
        """A file of the directory, in which a container may have put anything; only a regular file is read."""
        try:
            descriptor = os.open(
                os.path.join(self.directory, name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            )
        except OSError:
            return None, b""
        try:
            status = os.fstat(descriptor)
            return status, os.read(descriptor, size) if stat.S_ISREG(status.st_mode) else b""
        except OSError:
            return None, b""
        finally:
            os.close(descriptor)


def _numbers(lines: list[str], prefix: str, number: int) -> list[int] | None:
    for line in lines:
        words = line[len(prefix) :].split(" ") if line.startswith(prefix) else []
        if len(words) == number and all(word.isascii() and word.isdigit() and len(word) <= 10 for word in words):
            return [int(word) for word in words]
    return None
