# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts from the folders of several runs: none lost, none counted twice, and no file of others read."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, intake, slices
from ansible_collections.seawall.docker.tests.support import findings


def written(folder: Path, document: t.Any, moment: int, name: str | None = None) -> Path:
    path = folder / "hosts" / (name or files.host_file_name(document["host"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else files.as_json(document), encoding="utf-8")
    os.utime(path, ns=(moment, moment))
    return path


def merged(*folders: Path) -> dict[str, intake.Document]:
    documents = [slices.document_of(one)[0] for one in slices.host_files([str(one) for one in folders])]
    names = [document["host"] for document in documents]
    assert len(names) == len(set(names))
    return {document["host"]: document for document in documents}


def twice(once: str, both: str) -> str:
    text = json.dumps(findings.audited("web1", 1))
    assert once in text
    return text.replace(once, both, 1)


def test_the_newest_file_of_a_host_counts_and_every_host_is_there_once(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    written(first, findings.audited("web1", 1), 10)
    written(first, findings.audited("web2", 2), 30)
    written(second, findings.lost("web1"), 20)
    written(second, findings.audited("web2", 3), 20)
    written(second, findings.audited("Db/1", 4), 20)
    found = merged(first, second)
    # That a host was lost lately is worth more than what was known before.
    assert found["web1"]["outcome"] != "audited"
    assert found["web2"]["findings"] == intake.accepted(intake.Plain()(findings.audited("web2", 2)))["findings"]
    assert set(found) == {"web1", "web2", "Db/1"}
    older = {file.path: tuple(one.path for one in file.older) for file in slices.host_files([str(first), str(second)])}
    assert older[str(second / "hosts" / "web1.json")] == (str(first / "hosts" / "web1.json"),)


def test_of_files_of_one_moment_that_of_the_last_folder_counts(tmp_path: Path) -> None:
    for name, seed in (("first", 1), ("second", 2)):
        written(tmp_path / name, findings.audited("web1", seed), 10)
    assert [one.folder for one in slices.host_files([str(tmp_path / "first"), str(tmp_path / "second")])] == [
        str(tmp_path / "second")
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "Its findings are lost"),
        ("[]", "not a findings document"),
        (json.dumps({"findings_version": 99, "host": "web1"}), "reads only version"),
        # Readers differ in which of two they take, so a copy of the file would not say what the report does.
        (twice('"host": "web1"', '"host": "web1", "host": "web1"'), 'the key "host" appears twice'),
        (twice('"status": "fail"', '"status": "pass", "status": "fail"'), 'the key "status" appears twice'),
        (json.dumps({**findings.audited("web9"), "host": "web9"}), "whose file has another name"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_host_that_failed(tmp_path: Path, content: str, said: str) -> None:
    written(tmp_path / "new", content, 20, "web1.json")
    written(tmp_path / "old", findings.audited("web1"), 10)
    found = merged(tmp_path / "new", tmp_path / "old")
    assert found["web1"]["outcome"] == "failed" and said in found["web1"]["error"]


@pytest.mark.parametrize("kind", ["absent", "empty", "link", "pipe", "other user"])
def test_a_folder_that_may_hide_or_forge_hosts_is_refused(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "slice"
    if kind != "absent":
        (folder / "hosts").mkdir(parents=True)
    path = folder / "hosts" / "web1.json"
    if kind == "link":
        path.symlink_to("/etc/passwd")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "other user":
        written(folder, findings.audited("web1"), 10)
        if os.geteuid() != 0:
            pytest.skip("only root can give a file away")
        os.chown(path, 12345, 12345)
    with pytest.raises(files.ReportError) as caught:
        slices.host_files([str(folder)])
    assert str(folder) in str(caught.value)
