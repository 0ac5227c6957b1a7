# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of what a run makes for a moment, so that a later run can remove what a killed one left behind.

Labels and names prove nothing: containers inherit the labels of their images, and everybody may choose a name. So each
run writes into a directory of root what it is about to make, under a name that nobody can guess, and the id as soon as
that is known. Only what such a record names is ever removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_records import daemon_identity
from ansible_collections.seawall.docker.plugins.module_utils._daemon.record_files import (
    is_own,
    make_directory,
    write_record,
)

CONTAINER, IMAGE, DIRECTORY, NETWORK = "container", "image", "directory", "network"
_PREFIX = "made-"
_MAX_BYTES = 1 << 16
_MAX_RECORDS = 200
_NAMES = {
    CONTAINER: re.compile(r"seawall-[a-z]{1,20}-[0-9a-f]{12,64}"),
    IMAGE: re.compile(r"seawall-[a-z]{1,20}:[0-9a-f]{12,64}"),
    DIRECTORY: re.compile(r"/(?:(?!\.)[^/]+/)*seawall-[a-z]{1,20}-[0-9a-f]{12,64}"),
    NETWORK: re.compile(r"seawall-[a-z]{1,20}-[0-9a-f]{12,64}"),
}
_IDENTIFIERS = {
    CONTAINER: re.compile(r"[0-9a-f]{64}"),
    IMAGE: re.compile(r"sha256:[0-9a-f]{64}"),
    DIRECTORY: re.compile(r"[0-9]{1,20}:[0-9]{1,20}"),
    NETWORK: re.compile(r"[0-9a-f]{64}"),
}


class Made(t.NamedTuple):
    """``name`` is the name of a container or a network, an image's reference or a directory's path, each with a part that
    nobody can guess.

    ``identifier`` is the engine's id, or a directory's device and inode; None until it is known. ``image`` is what the
    engine was told to make a container from.
    """

    kind: str
    name: str
    identifier: t.Optional[str] = None
    image: t.Optional[str] = None


def new_name(purpose: str, separator: str = "-") -> str:
    """A name that nobody can guess, for a container or a network (``-``) or an image (``:``)."""
    return f"seawall-{purpose}{separator}{secrets.token_hex(12)}"


class Record:
    """What one run has made at one engine, on disk before it is made. Without anything in it, there is no file.

    A record that cannot be kept stops nothing: then only what a killed run leaves stays where it is.
    """

    def __init__(self, engine: str, path: str | None = None, made: t.Sequence[Made] = ()) -> None:
        self.engine = _socket_of(engine)
        self._path = path or f"{config_records.DIRECTORY}/{_PREFIX}{secrets.token_hex(8)}.json"
        self.made = list(made)

    def add(self, made: Made) -> None:
        self.made.append(made)
        self._keep()

    def identify(self, name: str, identifier: str) -> None:
        """Write down the id of what was made under the name."""
        self.made = [one._replace(identifier=identifier) if one.name == name else one for one in self.made]
        self._keep()

    def find(self, name: str) -> Made | None:
        return next((one for one in self.made if one.name == name), None)

    def drop(self, name: str) -> None:
        """Forget what is gone."""
        self.made = [one for one in self.made if one.name != name]
        self._keep()

    def _keep(self) -> None:
        with contextlib.suppress(OSError):
            if self.made:
                document = {
                    "engine": self.engine,
                    "process": daemon_identity(os.getpid()),
                    "made": [one._asdict() for one in self.made],
                }
                write_record(self._path, document)
            elif make_directory():
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._path)


def _socket_of(address: str) -> str:
    """An engine by the one path of its socket: /var/run is a link to /run."""
    return os.path.realpath(address[len("unix://") :] if address.startswith("unix://") else address)


def left_behind(engine: str) -> list[Record]:
    """The records of runs at this engine that have ended without removing everything."""
    records = []
    try:
        if not is_own(os.lstat(config_records.DIRECTORY), stat.S_IFDIR):
            return []
        names = sorted(os.listdir(config_records.DIRECTORY))
    except OSError:
        return []
    for name in [one for one in names if one.startswith(_PREFIX) and one.endswith(".json")][:_MAX_RECORDS]:
        path = f"{config_records.DIRECTORY}/{name}"
        document = _read(path)
        if document is None or document.get("engine") != _socket_of(engine) or _lives(document.get("process")):
            continue
        made = [one for one in map(_made_of, _list_in(document)) if one is not None]
        records.append(Record(engine, path, made))
    return records


def _read(path: str) -> dict[str, t.Any] | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        # Another name for the file would be another way to change it.
        if not is_own(status, stat.S_IFREG) or status.st_nlink != 1 or status.st_size > _MAX_BYTES:
            return None
        try:
            document = json.loads(stream.read(_MAX_BYTES))
        except (OSError, ValueError, RecursionError):
            return None
    return document if isinstance(document, dict) else None


def _lives(process: t.Any) -> bool:
    """Whether the process that wrote a record still runs. One that names none is taken for ended."""
    number = str(process).partition("/")[0]
    if not re.fullmatch(r"[1-9][0-9]{0,9}", number):
        return False
    return bool(daemon_identity(int(number)) == process)


def _list_in(document: dict[str, t.Any]) -> list[t.Any]:
    made = document.get("made")
    return made[:100] if isinstance(made, list) else []


def _made_of(entry: t.Any) -> Made | None:
    """One thing of a record, where it has the form that a run gives it: anything else was never made by one."""
    if not isinstance(entry, dict) or entry.get("kind") not in _NAMES:
        return None
    kind, name, identifier, image = (entry.get(key) for key in ("kind", "name", "identifier", "image"))
    if not isinstance(name, str) or not _NAMES[str(kind)].fullmatch(name):
        return None
    if identifier is not None and not (isinstance(identifier, str) and _IDENTIFIERS[str(kind)].fullmatch(identifier)):
        return None
    if (image is not None and not isinstance(image, str)) or (kind == CONTAINER and not image):
        return None
    return Made(str(kind), name, identifier, image)
