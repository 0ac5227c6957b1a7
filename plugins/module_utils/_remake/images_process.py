# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that saves images into the journal, or loads them from there."""

from __future__ import annotations

import contextlib
import io
import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, object_path
from ansible_collections.seawall.docker.plugins.module_utils._engine.streaming import Streams
from ansible_collections.seawall.docker.plugins.module_utils._engine.writing import WritableEngine
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._migration import copy_progress, recorded_process
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_checks import RESERVE_BYTES, free_of
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_progress import Progress
from ansible_collections.seawall.docker.plugins.module_utils._remake import archive
from ansible_collections.seawall.docker.plugins.module_utils._remake.archive import ArchiveFault
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import (
    ARCHIVE,
    ARCHIVE_PART,
    IMAGES,
    Document,
    Journal,
    RemakeFailure,
)

# How long the engine may need for a part. It unpacks the whole archive before it answers, so it may take longer after the last.
IDLE_SECONDS = 900.0
_LOOK_BYTES = 64 * bounds.MIB


class Carried(t.NamedTuple):
    """What is saved or loaded. ``images`` are all records, ``pulled`` the ids of those that come from their registries again.

    ``names`` are those by which the engine is asked. ``place`` is the archive that is made, or the data root into which it is
    loaded.
    """

    journal: Journal
    had_id: str
    images: t.List[Document]
    pulled: t.List[str]
    names: t.List[str]
    streams: Streams
    writable: WritableEngine
    place: str

    def archived(self) -> t.List[Document]:
        return [one for one in self.images if one["id"] not in self.pulled]


def start(carried: Carried, work: t.Callable[[Carried, Progress], None], source: str) -> None:
    """Start the process. Raises RemakeFailure."""

    def begin() -> Progress:
        progress = Progress(source, carried.place)
        progress.expect(sum(int(one["bytes"]) for one in carried.archived()))
        progress.write(copy_progress.RUNNING)
        return progress

    faults = (EngineError, ArchiveFault, RemakeFailure, OSError)
    task = recorded_process.Task("carries the images", begin, lambda progress: work(carried, progress), faults)
    recorded_process.start(task, RemakeFailure)


def save(carried: Carried, progress: Progress) -> None:
    """Save the images into one archive, so that layers that they share are there once. Raises as its parts do."""
    journal = carried.journal
    journal.make()
    size = _save_archive(carried, progress) if carried.archived() else 0
    ids = [one["id"] for one in carried.archived()]
    journal.write(IMAGES, {"of": carried.had_id, "bytes": size, "ids": ids, "pulled": carried.pulled})


def _save_archive(carried: Carried, progress: Progress) -> int:
    journal, part = carried.journal, carried.journal.path(ARCHIVE_PART)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(part)
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            _require_room(descriptor, 0)
            progress.phase("copy")
            carried.streams.download("/images/get", {"names": carried.names}, _Sink(stream, progress))
            stream.flush()
            os.fsync(descriptor)
            size = os.fstat(descriptor).st_size
        progress.phase("compare")
        archive.verify(part, [one["id"] for one in carried.archived()], lambda count: progress.tick(count, 0))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
    progress.phase("move")
    journal.place(part, journal.path(ARCHIVE))
    return size


class _Sink:
    """Writes parts of the archive, and looks now and then whether the file system still has room."""

    def __init__(self, stream: t.BinaryIO, progress: Progress) -> None:
        self._stream = stream
        self._progress = progress
        self._since_look = 0

    def __call__(self, part: bytes) -> None:
        self._stream.write(part)
        self._progress.tick(len(part), 0)
        self._since_look += len(part)
        if self._since_look >= _LOOK_BYTES:
            self._since_look = 0
            _require_room(self._stream.fileno(), 0)


def _require_room(descriptor: int, size: int) -> None:
    free = free_of(descriptor)[0]
    if free < size + RESERVE_BYTES:
        raise RemakeFailure(
            f"there is no room for the images: {free // bounds.MIB} MiB are free, {size // bounds.MIB} MiB are needed,"
            f" and {RESERVE_BYTES // bounds.MIB} MiB must stay free"
        )


def load(carried: Carried, progress: Progress) -> None:
    """Load the archive, and pull what is not in it. Raises as its parts do."""
    if carried.archived():
        _load_archive(carried, progress)
    progress.phase("pull")
    for image in carried.images:
        if image["id"] in carried.pulled:
            _pull(carried, image)


def _load_archive(carried: Carried, progress: Progress) -> None:
    descriptor = os.open(carried.journal.path(ARCHIVE), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        size = os.fstat(descriptor).st_size
        root = os.open(carried.place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            # The engine unpacks the archive beside the images that it makes of it.
            _require_room(root, 2 * size)
        finally:
            os.close(root)
        progress.expect(size)
        progress.phase("load")
        carried.streams.upload("/images/load", {"quiet": 1}, stream, size, lambda count: progress.tick(count, 0))


def _pull(carried: Carried, image: Document) -> None:
    """Pull an image by a digest, and give it its names again."""
    faults = []
    for reference in image["digests"]:
        try:
            carried.streams.upload("/images/create", {"fromImage": reference}, io.BytesIO(), 0, lambda count: None)
            for tag in image["tags"]:
                repository, _colon, name = tag.rpartition(":")
                query = {"repo": repository, "tag": name}
                carried.writable.call("POST", object_path("images", image["id"], "tag"), query)
            return
        except EngineError as error:
            faults.append(f"{reference}: {error.reason}")
    raise RemakeFailure(f"{'. '.join(faults)}. Go back, and save the image instead of pulling it")
