# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A journal that only root can have written, and nothing else, is believed."""

from __future__ import annotations

import json
import os
import stat
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import ARCHIVE, HAD, Journal, RemakeFailure

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the journal belongs to root")
CONTENT: t.Dict[str, t.Any] = {"containers": [{"Env": ["A=b"]}], "name": "\u20ac"}


@pytest.fixture(name="journal")
def _journal(tmp_path: Path) -> Journal:
    return Journal(str(tmp_path / "above" / "journal"))


def test_what_was_written_is_read(journal: Journal) -> None:
    assert journal.read(HAD) is None and not journal.remove()
    journal.write(HAD, CONTENT)
    assert journal.read(HAD) == {**CONTENT, "version": 1}
    assert stat.S_IMODE(os.stat(journal.directory).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(journal.path(HAD)).st_mode) == 0o600
    assert os.listdir(journal.directory) == [HAD]
    Path(journal.path(ARCHIVE)).touch()
    assert journal.remove() and not os.path.exists(journal.directory)


def test_what_is_not_ours_stays(journal: Journal) -> None:
    journal.write(HAD, CONTENT)
    other = Path(journal.path("other"))
    other.touch()
    assert journal.remove() and other.exists()


def test_what_somebody_changed_is_refused(journal: Journal) -> None:
    journal.write(HAD, CONTENT)
    path = Path(journal.path(HAD))
    document = json.loads(path.read_text(encoding="utf-8"))
    document["containers"] = []
    for content in (json.dumps(document), "{", "[]", '{"containers": []}', ""):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(RemakeFailure, match="damaged, or somebody changed it"):
            journal.read(HAD)


def test_a_place_that_others_can_change_is_refused(journal: Journal, tmp_path: Path) -> None:
    journal.write(HAD, CONTENT)
    os.chmod(journal.path(HAD), 0o644)
    with pytest.raises(RemakeFailure, match="not believed"):
        journal.read(HAD)
    os.chmod(journal.directory, 0o750)
    with pytest.raises(RemakeFailure, match="may enter it"):
        journal.read(HAD)
    os.chmod(journal.directory, 0o700)
    link = tmp_path / "link"
    link.symlink_to(journal.directory)
    with pytest.raises(RemakeFailure, match="a link leads there"):
        Journal(str(link)).check()
    os.chown(tmp_path / "above", 65534, 65534)
    with pytest.raises(RemakeFailure, match="is not used"):
        journal.write(HAD, CONTENT)
    with pytest.raises(RemakeFailure, match="no absolute path"):
        Journal("relative").check()


def test_a_link_in_the_place_of_the_file_is_not_followed(journal: Journal, tmp_path: Path) -> None:
    journal.make()
    os.symlink("/etc/passwd", journal.path(HAD))
    with pytest.raises(RemakeFailure, match="cannot read"):
        journal.read(HAD)
    journal.write(HAD, CONTENT)
    assert not os.path.islink(journal.path(HAD)) and os.path.getsize("/etc/passwd") > 0
