# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin report: documents from variables and from files, and one sentence for what goes wrong."""

from __future__ import annotations

import gc
import json
import os
import stat
import typing as t
from pathlib import Path
from unittest import mock

import pytest
import yaml

from ansible_collections.seawall.docker.plugins.action import report
from ansible_collections.seawall.docker.plugins.modules import report as documented
from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, intake
from ansible_collections.seawall.docker.tests.support import findings


def written(directory: Path, **options: t.Any) -> dict[str, t.Any]:
    defaults = {"findings": None, "hosts": None, "formats": ["json", "html"], "page_hosts": 500}
    with files.Folder(str(directory)) as folder:
        return report._reported({**defaults, "directory": str(directory), **options}, folder)


def test_all_reports_are_written_for_the_owner_alone(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    result = written(reports, findings=findings.fleet_of(3, missing=1))
    assert [os.path.relpath(path, reports) for path in result["files"]] == [
        "hosts/web1.example.net.json",
        "hosts/db2.example.net.json",
        "hosts/build3.example.net.json",
        "audit.json",
        "index.html",
    ]
    for path in result["files"]:
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700
    assert result["fleet"]["hosts"] == 3 and result["fleet"]["unreachable"] == 1
    assert "rules" not in result["fleet"]
    host = json.loads((reports / "hosts" / "web1.example.net.json").read_text())
    assert host == intake.accepted(findings.audited("web1.example.net"))


def test_the_same_findings_give_the_same_bytes(tmp_path: Path) -> None:
    documents = findings.fleet_of(3, missing=1)
    contents = []
    for folder in ("a", "b"):
        result = written(tmp_path / folder, findings=documents)
        contents.append([Path(path).read_bytes() for path in result["files"]])
        documents.reverse()
        result["files"].sort()
    assert sorted(contents[0]) == sorted(contents[1])


def test_unused_objects_are_looked_for_seldom_and_afterwards_as_before(tmp_path: Path) -> None:
    before = gc.get_threshold()
    seen = []

    def writing(*_unused: object, **_named: object) -> str:
        seen.append(gc.get_threshold()[0])
        raise files.ReportError("full")

    with mock.patch.object(files.Folder, "write", writing), pytest.raises(files.ReportError):
        written(tmp_path / "reports", findings=[findings.audited("web1")])
    assert seen[0] > before[0] and gc.get_threshold() == before


def test_formats(tmp_path: Path) -> None:
    result = written(tmp_path / "reports", findings=[findings.audited("web1")], formats=["html"])
    assert [Path(path).name for path in result["files"]] == ["index.html"]
    result = written(tmp_path / "more", findings=[findings.audited("web1")], formats=["json"])
    assert [Path(path).name for path in result["files"]] == ["web1.json", "audit.json"]


def test_above_a_number_of_hosts_each_has_a_page_and_the_verdicts_stay_the_same(tmp_path: Path) -> None:
    documents = findings.fleet_of(4, missing=1)
    one = written(tmp_path / "one", findings=documents, page_hosts=4)
    many = written(tmp_path / "many", findings=documents, page_hosts=3)
    assert not (tmp_path / "one" / "pages").exists()
    assert len(list((tmp_path / "many" / "pages").iterdir())) == 3
    assert (tmp_path / "one" / "audit.json").read_bytes() == (tmp_path / "many" / "audit.json").read_bytes()
    assert one["summary"][:-6] == many["summary"][:-7] and one["fleet"] == many["fleet"]
    assert "script-src" not in (tmp_path / "many" / "pages" / "web1.example.net.html").read_text("utf-8")
    # Formats of other programs need the names that the page leaves to the pages of the hosts.
    for name, hosts in (("one", 4), ("many", 3)):
        written(tmp_path / name, findings=documents, page_hosts=hosts, formats=["json", "html", "csv"])
    assert (tmp_path / "one" / "findings.csv").read_bytes() == (tmp_path / "many" / "findings.csv").read_bytes()


def test_files_of_hosts_are_brought_to_the_disk_and_pages_are_not(tmp_path: Path) -> None:
    documents = findings.fleet_of(6, missing=1)
    with mock.patch.object(os, "fsync", wraps=os.fsync) as synced:
        result = written(tmp_path / "many", findings=documents, page_hosts=3)
    folders = ("", "hosts", "pages")
    pages = [path for path in result["files"] if os.path.dirname(path).endswith("/pages")]
    assert len(pages) == 5 and synced.call_count == len(result["files"]) - len(pages) + len(folders)


def test_hosts_with_their_files(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    written(reports, findings=[findings.audited("web1")], formats=["json"])
    file = reports / "hosts" / "web1.json"
    before = file.stat().st_ino
    of_others = tmp_path / "others.json"
    of_others.write_text(json.dumps(findings.audited("others")))
    os.chown(of_others, 12345, -1)
    result = written(
        reports,
        hosts=[
            {"host": "others", "report_file": str(of_others)},
            {"host": "web1", "outcome": "audited", "report_file": str(file), "counts": {}, "changed": False},
            {"host": "gone", "outcome": "unreachable", "error": "No route to host."},
            {"host": "odd", "outcome": "strange"},
            {"host": "lost", "report_file": str(tmp_path / "missing.json")},
            {"host": "none", "outcome": "audited"},
        ],
    )
    assert file.stat().st_ino == before  # written where it belongs already, so not written again
    assert result["fleet"]["audited"] == 1 and result["fleet"]["unreachable"] == 1 and result["fleet"]["failed"] == 4
    fleet = {host["host"]: host for host in json.loads((reports / "audit.json").read_text())["hosts"]}
    assert fleet["gone"]["error"] == "No route to host."
    assert "missing.json cannot be read: no such file or directory" in fleet["lost"]["error"]
    assert "others.json belongs to another user" in fleet["others"]["error"]
    assert fleet["none"]["error"] == "Its audit returned no findings."
    for name in ("gone", "odd", "lost", "none"):
        assert json.loads((reports / "hosts" / f"{name}.json").read_text())["outcome"] != "audited"


def test_an_older_file_does_not_hide_that_a_host_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "web1.json"
    file.write_text(json.dumps(findings.audited("web1")))
    entry = {"host": "web1", "outcome": "unreachable", "error": "No route to host.", "report_file": str(file)}
    result = written(tmp_path / "reports", hosts=[entry])
    assert result["fleet"]["unreachable"] == 1 and result["fleet"]["audited"] == 0


def test_nothing_to_report_is_reported(tmp_path: Path) -> None:
    result = written(tmp_path / "reports", findings=[])
    assert result["fleet"]["hosts"] == 0
    assert "No host was audited." in (tmp_path / "reports" / "index.html").read_text()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(files.ReportError, match=r"^The reports cannot be written to .*/file/reports: .*\.$"):
        written(tmp_path / "file" / "reports", findings=[])


def test_options_are_those_of_the_documentation() -> None:
    options = yaml.safe_load(documented.DOCUMENTATION)["options"]
    assert set(options) == set(report.ARGUMENTS)
    for name, option in options.items():
        for key in ("type", "default", "choices", "required", "elements"):
            assert option.get(key) == report.ARGUMENTS[name].get(key), (name, key)
