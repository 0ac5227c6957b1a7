# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive is in its place when it is whole, whatever happens while it is written."""

from __future__ import annotations

import os
import signal
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_progress import Progress
from ansible_collections.seawall.docker.plugins.module_utils._remake import images_process
from ansible_collections.seawall.docker.plugins.module_utils._remake.archive import ArchiveFault
from ansible_collections.seawall.docker.plugins.module_utils._remake.images_process import Carried
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import (
    ARCHIVE,
    ARCHIVE_PART,
    IMAGES,
    Journal,
    RemakeFailure,
)

from .test_archive import IMAGE, LAYERS, files, written

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the journal belongs to root")


class Sent:
    """The parts of an archive as an engine sends them. What ``last`` is comes after them."""

    def __init__(self, content: bytes, last: t.Callable[[], None] = lambda: None) -> None:
        self._content = content
        self._last = last

    def download(self, path: str, query: dict[str, t.Any], sink: t.Callable[[bytes], None]) -> None:
        assert path == "/images/get" and query == {"names": ["shop:1"]}
        for at in range(0, len(self._content), 1 << 20):
            sink(self._content[at : at + (1 << 20)])
        self._last()


def carried(tmp_path: Path, sent: Sent) -> Carried:
    journal = Journal(str(tmp_path / "journal"))
    images = [{"id": IMAGE, "tags": ["shop:1"], "bytes": 9}]
    return Carried(
        journal, "it", images, [], ["shop:1"], t.cast(t.Any, sent), t.cast(t.Any, None), journal.path(ARCHIVE)
    )


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    return written(tmp_path / "sent.tar", files(LAYERS, True)).read_bytes()


@pytest.fixture
def progress(monkeypatch: pytest.MonkeyPatch) -> Progress:
    found = Progress("/a", "/b")
    monkeypatch.setattr(found, "write", lambda state: None)
    return found


def broken() -> None:
    raise EngineError("the engine broke off")


def test_what_is_not_whole_is_removed(tmp_path: Path, content: bytes, progress: Progress) -> None:
    for sent, fault in (
        (Sent(content, broken), EngineError),
        (Sent(content[:-100_000]), ArchiveFault),
        (Sent(b""), ArchiveFault),
    ):
        this = carried(tmp_path, sent)
        with pytest.raises(fault):
            images_process.save(this, progress)
        assert os.listdir(this.journal.directory) == []


def test_a_process_that_is_killed_leaves_nothing_that_counts(
    tmp_path: Path, content: bytes, progress: Progress
) -> None:
    this = carried(tmp_path, Sent(content, lambda: os.kill(os.getpid(), signal.SIGKILL)))
    child = os.fork()
    if not child:
        try:
            images_process.save(this, progress)
        finally:
            os._exit(1)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert os.listdir(this.journal.directory) == [ARCHIVE_PART] and this.journal.read(IMAGES) is None
    images_process.save(carried(tmp_path, Sent(content)), progress)
    assert sorted(os.listdir(this.journal.directory)) == sorted([ARCHIVE, IMAGES])
    saved = this.journal.read(IMAGES)
    assert saved is not None and (saved["of"], saved["bytes"], saved["ids"]) == ("it", len(content), [IMAGE])
    assert Path(this.journal.path(ARCHIVE)).read_bytes() == content and os.stat(this.place).st_mode & 0o777 == 0o600


def test_the_room_is_watched_while_it_is_written(
    tmp_path: Path, content: bytes, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([(1 << 40, 9), (1 << 20, 9)])
    monkeypatch.setattr(images_process, "free_of", lambda descriptor: next(looks))
    monkeypatch.setattr(images_process, "_LOOK_BYTES", 1 << 20)
    this = carried(tmp_path, Sent(content))
    with pytest.raises(RemakeFailure, match="no room for the images: 1 MiB are free"):
        images_process.save(this, progress)
    assert os.listdir(this.journal.directory) == []
