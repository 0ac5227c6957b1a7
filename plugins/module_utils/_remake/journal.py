# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory of root with what an engine had, and what was made again of it.

It holds whole configurations with their secrets. So nobody but root may enter it, and nothing of it leaves the host. A file is
believed if only root can have written it and if it has the content that was written.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import bounds, files, trust
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import Bound, TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._host.failure import Failure
from ansible_collections.seawall.docker.plugins.module_utils._host.looks import FileFault, Look

Document = t.Dict[str, t.Any]

# The options that all modules have which work with a journal.
OPTIONS: Document = {
    "journal": {"type": "path", "default": "/var/lib/seawall.docker/migration"},
    "docker_host": {"type": "str"},
    "timeout": {"type": "int", "default": 30},
}
VERSION = 1
HAD, MADE, IMAGES, OWNERS = "had.json", "made.json", "images.json", "owners.json"
# What is left of a journal when the tree of before was removed.
REMOVED = "removed.json"
ARCHIVE = "images.tar"
ARCHIVE_PART = "images.tar.part"
# A description of a container has 4 to 10 KB.
_DOCUMENT = Bound(128 * bounds.MIB, 4_000_000)
_FINGERPRINT = "fingerprint"


class RemakeFailure(Failure):
    """Why what an engine had was not recorded, carried or made again; ``details`` are further results."""

    def __init__(self, reason: str, **details: t.Any) -> None:
        super().__init__(reason, details)


class Journal:
    """One journal. Its directory is made by the first ``write``."""

    def __init__(self, directory: str) -> None:
        self.directory = directory

    def path(self, name: str) -> str:
        return f"{self.directory}/{name}"

    def check(self) -> bool:
        """Return whether there is a directory. Raises RemakeFailure for one that another user can enter or replace."""
        if not self.directory.startswith("/") or os.path.normpath(self.directory) != self.directory:
            raise RemakeFailure(f"journal {self.directory} is no absolute path without . and ..")
        try:
            resolved = trust.resolve(self.directory, frozenset((0,)))
            status = os.lstat(self.directory)
        except FileNotFoundError:
            return False
        except trust.Untrusted as fault:
            raise RemakeFailure(f"{self.directory} is not used: {fault.reason}") from None
        except OSError as error:
            raise RemakeFailure(f"cannot look at {self.directory}: {error.strerror}") from None
        if resolved != self.directory or not stat.S_ISDIR(status.st_mode):
            raise RemakeFailure(f"{self.directory} is not used: it is no directory, or a link leads there")
        if status.st_mode & 0o077:
            raise RemakeFailure(
                f"{self.directory} is not used: other users than root may enter it (mode {stat.S_IMODE(status.st_mode):04o})."
                " Name another directory, or take their rights away"
            )
        return True

    def read(self, name: str) -> t.Optional[Document]:
        """Return a document of the journal, None if there is none. Raises RemakeFailure for one that is not believed."""
        if not self.check():
            return None
        path = self.path(name)
        content = self._content(path)
        if content is None:
            return None
        try:
            document = bounds.parse_json(content, _DOCUMENT, path)
        except (TooMuch, ValueError):
            document = None
        if not isinstance(document, dict) or document.pop(_FINGERPRINT, None) != _fingerprint(document):
            raise RemakeFailure(
                f"{path} is damaged, or somebody changed it; nothing was done. Move it away to start anew"
            )
        if document.get("version") != VERSION:
            raise RemakeFailure(f"{path} was written by another release of this collection; nothing was done")
        return document

    @staticmethod
    def _content(path: str) -> t.Optional[bytes]:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RemakeFailure(f"cannot read {path}: {error.strerror}") from None
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != 0 or status.st_mode & 0o077:
                raise RemakeFailure(
                    f"{path} is not believed: it is not a file of root that nobody else may read or write"
                )
            return stream.read(_DOCUMENT.bytes + 1)

    def write(self, name: str, document: Document) -> None:
        """Write a document as a whole, on the disk when this returns. Raises RemakeFailure."""
        self.make()
        document = {**document, "version": VERSION}
        text = json.dumps({**document, _FINGERPRINT: _fingerprint(document)}, indent=1)
        path = self.path(name)
        temporary = files.temporary_path(path)
        try:
            files.write_new(temporary, text.encode(), Look(None, 0o600))
            self.place(temporary, path)
        except FileFault as fault:
            raise RemakeFailure(fault.reason) from None

    def make(self) -> None:
        """Make the directory if there is none. Raises RemakeFailure."""
        if self.check():
            return
        try:
            files.make_directory(os.path.dirname(self.directory))
            os.mkdir(self.directory, 0o700)
        except FileFault as fault:
            raise RemakeFailure(fault.reason) from None
        except OSError as error:
            raise RemakeFailure(f"cannot make {self.directory}: {error.strerror}") from None
        self.check()

    @staticmethod
    def place(temporary: str, path: str) -> None:
        """Give a complete file its name. Raises RemakeFailure."""
        try:
            os.rename(temporary, path)
            descriptor = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise RemakeFailure(f"cannot write {path}: {error.strerror}") from None

    def forget(self, name: str) -> None:
        """Remove one document, if it is there. Raises RemakeFailure."""
        try:
            os.unlink(self.path(name))
        except FileNotFoundError:
            return
        except OSError as error:
            raise RemakeFailure(f"cannot remove {self.path(name)}: {error.strerror}") from None

    def remove(self, but: t.Container[str] = ()) -> bool:
        """Remove what this collection wrote, and the directory if nothing else is in it. Return whether there was something."""
        if not self.check():
            return False
        removed = False
        for name in [one for one in (IMAGES, ARCHIVE, ARCHIVE_PART, OWNERS, MADE, HAD, REMOVED) if one not in but]:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path(name))
                removed = True
        with contextlib.suppress(OSError):
            os.rmdir(self.directory)
        return removed


def _fingerprint(document: Document) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
