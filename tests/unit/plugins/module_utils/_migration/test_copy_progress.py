# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a copy is what its process wrote last, also where it ends while somebody looks."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._migration import copy_progress

HOST = Host(lambda *_words, **_options: (1, "", ""))
PLACE = "/srv/new"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only records of root count")


@pytest.fixture
def progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> copy_progress.Progress:
    """The record of a copy that runs in this process."""
    monkeypatch.setattr(config_records, "DIRECTORY", str(tmp_path / "run"))
    one = copy_progress.Progress("/srv/old", PLACE)
    one.write(copy_progress.RUNNING)
    return one


def ends(monkeypatch: pytest.MonkeyPatch, last: t.Callable[[], None]) -> None:
    """The process does this between the look at its record and the look at itself, and is gone."""

    def lives(_process: t.Any) -> bool:
        last()
        return False

    monkeypatch.setattr(copy_progress, "_lives", lives)


def state() -> t.Any:
    record = copy_progress.read(HOST, PLACE)
    return record and record["state"]


def test_a_copy_that_ends_while_somebody_looks_was_not_killed(
    progress: copy_progress.Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert state() == "running"
    ends(monkeypatch, lambda: progress.write(copy_progress.COMPLETE))
    assert state() == "complete"


def test_a_copy_that_fails_while_somebody_looks_says_of_what(
    progress: copy_progress.Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends(monkeypatch, lambda: progress.fail("no room", ["no room"]))
    record = copy_progress.read(HOST, PLACE)
    assert record is not None and (record["state"], record["reason"]) == ("failed", "no room")


def test_a_copy_that_ends_without_a_last_word_was_killed(
    progress: copy_progress.Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends(monkeypatch, lambda: None)
    assert state() == "interrupted"


def test_another_copy_that_began_meanwhile_is_not_taken_for_the_one_that_ended(
    progress: copy_progress.Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(copy_progress.file_of(PLACE))

    def another() -> None:
        path.write_text(
            json.dumps({**json.loads(path.read_text(encoding="utf-8")), "process": "2/1"}), encoding="utf-8"
        )

    ends(monkeypatch, another)
    assert state() == "running"


def test_a_record_that_was_told_and_forgotten_meanwhile_is_none(
    progress: copy_progress.Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends(monkeypatch, lambda: copy_progress.forget(PLACE))
    assert copy_progress.read(HOST, PLACE) is None
