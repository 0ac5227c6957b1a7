# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several runs and one folder of reports: what an earlier run found is neither lost nor taken for what is found today."""

from __future__ import annotations

import json
import os
import shutil
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.action import report
from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, proofs, run_record, slices
from ansible_collections.seawall.docker.tests.support import findings

Json = dict[str, t.Any]


def run(directory: Path, *documents: Json, folders: t.Sequence[Path] = (), **options: t.Any) -> Json:
    given = {"findings": list(documents), "hosts": None, "formats": ["json", "html"], "page_hosts": 500, "folders": []}
    given["folders"] = [str(one) for one in folders]
    with files.Folder(str(directory)) as folder:
        merged = slices.host_files(given["folders"])
        return report._reported({**given, "directory": str(directory), **options}, folder, merged)


def outcomes(directory: Path) -> dict[str, tuple[str, str]]:
    """Of each host, the outcome in the fleet document, and that in its own file."""
    fleet = json.loads((directory / "audit.json").read_text(encoding="utf-8"))
    return {
        one["host"]: (one["outcome"], json.loads((directory / one["report"]).read_text(encoding="utf-8"))["outcome"])
        for one in fleet["hosts"]
    }


def test_the_file_of_a_host_says_what_the_fleet_says(tmp_path: Path) -> None:
    web1, lost = findings.audited("web1"), findings.lost("web1")
    run(tmp_path / "one", lost, web1)
    assert outcomes(tmp_path / "one") == {"web1": ("audited", "audited")}
    run(tmp_path / "other", web1, lost)
    run(tmp_path / "lost", lost)
    # What this run found outweighs a folder in which the host is lost.
    run(tmp_path / "fleet", web1, folders=[tmp_path / "lost"])
    assert outcomes(tmp_path / "fleet") == {"web1": ("audited", "audited")}


@pytest.mark.parametrize("formats", [["json", "html"], ["html"]])
def test_a_run_that_audited_no_host_changes_no_report(tmp_path: Path, formats: list[str]) -> None:
    first = run(tmp_path, findings.audited("web1"), formats=formats)
    before = {path: Path(path).read_bytes() for path in first["files"]}
    second = run(tmp_path, findings.lost("web1"), formats=formats)
    assert second["files"] == [] and {path: Path(path).read_bytes() for path in before} == before
    assert "audited no host, so the reports of an earlier run were kept" in " ".join(second["summary"])
    # Reports about nothing are replaced by those of today.
    run(tmp_path / "never", findings.lost("web1"), formats=formats)
    assert run(tmp_path / "never", findings.lost("web1"), formats=formats)["files"]


@pytest.mark.parametrize("others", [["prometheus"], ["csv", "hdf", "junit", "markdown", "sarif", "todo"]])
@pytest.mark.parametrize("for_people", [[], ["json", "html"]])
def test_other_programs_are_told_that_a_run_audited_no_host(
    tmp_path: Path, for_people: list[str], others: list[str]
) -> None:
    """A monitor that reads yesterday's file would not see that today no host answered."""
    first = run(tmp_path, findings.audited("web1"), formats=[*for_people, *others])
    before = {path: Path(path).read_bytes() for path in first["files"]}
    second = run(tmp_path, findings.lost("web1", "unreachable", "No route to host."), formats=[*for_people, *others])
    kept = {path for path in before if path.endswith((".html", "audit.json", "hosts/web1.json"))}
    assert len(kept) == (3 if for_people else 0) and set(second["files"]) == set(before) - kept
    for path, content in before.items():
        now = Path(path).read_bytes()
        assert now == content if path in kept else b"unreachable" in now.lower(), path
    assert ("were kept" in " ".join(second["summary"])) == bool(for_people)


def test_a_fleet_document_that_cannot_be_read_is_not_replaced_by_one_about_nothing(tmp_path: Path) -> None:
    run(tmp_path, findings.audited("web1"))
    (tmp_path / "audit.json").write_text("[" * 200 + "]" * 200, encoding="utf-8")
    assert run(tmp_path, findings.lost("web1"))["files"] == []
    assert (tmp_path / "audit.json").read_text(encoding="utf-8").startswith("[[")


def test_a_newer_file_of_a_host_is_not_replaced_by_a_merge_without_its_folder(tmp_path: Path) -> None:
    here, fleet = tmp_path / "slice", tmp_path / "fleet"
    run(here, findings.audited("web1"), findings.audited("web2"))
    run(fleet, findings.audited("web1"))
    newer = fleet / "hosts" / "web1.json"
    before = {path: path.read_bytes() for path in fleet.rglob("*") if path.is_file()}
    with pytest.raises(files.ReportError, match="web1.json would be replaced by what an older file says"):
        run(fleet, folders=[here])
    assert {path: path.read_bytes() for path in fleet.rglob("*") if path.is_file()} == before
    # Also by a run that lost the host before that file was written.
    record = {"runs_version": 1, "lost": [{"host": "web1", "outcome": "failed", "error": "", "at": 1}]}
    (here / run_record.NAME).write_text(json.dumps(record), encoding="utf-8")
    (here / "hosts" / "web1.json").unlink()
    with pytest.raises(files.ReportError, match="merge .*fleet as well"):
        run(fleet, folders=[here])
    # Where no files of hosts are written, none is replaced.
    run(fleet, folders=[here], formats=["html"])
    run(fleet, folders=[here, fleet])
    assert newer.read_bytes() == before[newer]
    # What a merge wrote keeps its time, so the next one can replace it.
    again = tmp_path / "again"
    run(again, folders=[fleet])
    run(again, folders=[fleet])


def test_a_slice_that_reached_nobody_today_is_lost_in_the_fleet(tmp_path: Path) -> None:
    here, fleet = tmp_path / "slice", tmp_path / "fleet"
    run(here, findings.audited("web1"), findings.audited("web2"))
    run(here, findings.lost("web1", "unreachable", "No route to host."))
    result = run(fleet, folders=[here])
    assert outcomes(fleet)["web1"] == ("unreachable", "unreachable") and outcomes(fleet)["web2"][0] == "audited"
    assert "No route to host." in (fleet / "audit.json").read_text(encoding="utf-8")
    assert result["merged"] == [
        {"file": str(here / run_record.NAME), "older": [str(here / "hosts" / "web1.json")]},
    ]
    # A run that reaches another one says nothing of it, and one that reaches it does.
    run(here, findings.audited("web2"))
    run(fleet, folders=[here])
    assert outcomes(fleet)["web1"][0] == "unreachable"
    run(here, findings.audited("web1"))
    run(fleet, folders=[here])
    assert outcomes(fleet)["web1"] == ("audited", "audited")


def test_an_audit_of_another_folder_counts_if_it_is_newer(tmp_path: Path) -> None:
    for name in ("first", "second"):
        run(tmp_path / name, findings.audited("web1"))
    run(tmp_path / "first", findings.lost("web1"))
    for name, seconds, outcome in (("second", 60, "audited"), ("second", -60, "unreachable")):
        path = tmp_path / name / "hosts" / "web1.json"
        at = run_record.read(str(tmp_path / "first")).lost["web1"].at + seconds * 10**9
        os.utime(path, ns=(at, at))
        run(tmp_path / outcome, folders=[tmp_path / "first", tmp_path / "second"])
        assert outcomes(tmp_path / outcome)["web1"][0] == outcome


def test_in_place_files_that_this_version_cannot_read_stay(tmp_path: Path) -> None:
    run(tmp_path, *(findings.audited(name) for name in ("web1", "web2", "web3")))
    newer = tmp_path / "hosts" / "web1.json"
    newer.write_text(json.dumps({**findings.audited("web1"), "findings_version": 99}), encoding="utf-8")
    torn = tmp_path / "hosts" / "web2.json"
    torn.write_text(torn.read_text(encoding="utf-8")[:1000], encoding="utf-8")
    before = {path: path.read_bytes() for path in (newer, torn)}
    result = run(tmp_path, folders=[tmp_path])
    assert result["fleet"]["failed"] == 2 and {path: path.read_bytes() for path in before} == before
    # In another folder, it is said of each host that it was lost.
    run(tmp_path / "fleet", folders=[tmp_path])
    assert outcomes(tmp_path / "fleet")["web1"] == ("failed", "failed")


def test_hosts_that_are_lost_stay_so_in_place(tmp_path: Path) -> None:
    run(tmp_path, findings.audited("web1"), findings.audited("web2"))
    run(tmp_path, findings.lost("web1"))
    for _time in range(2):
        result = run(tmp_path, folders=[tmp_path])
        assert (result["fleet"]["audited"], result["fleet"]["unreachable"]) == (1, 1)
    assert json.loads((tmp_path / "hosts" / "web1.json").read_text(encoding="utf-8"))["outcome"] == "audited"


def test_a_folder_that_is_named_twice_is_one(tmp_path: Path) -> None:
    run(tmp_path / "slice", findings.audited("web1"))
    (tmp_path / "link").symlink_to(tmp_path / "slice")
    names = ["slice", "./slice", "link", "../" + tmp_path.name + "/slice"]
    assert run(tmp_path / "fleet", folders=[tmp_path / name for name in names])["merged"] == []


def test_a_copy_is_as_old_as_what_was_copied(tmp_path: Path) -> None:
    """A fleet of yesterday's slices is not newer than a slice of this morning that was not part of it."""
    first, second, fleet = tmp_path / "first", tmp_path / "second", tmp_path / "fleet"
    run(first, findings.audited("web1", 1))
    prove(first, "exposed", 10**18)
    run(second, findings.audited("web1", 2))
    prove(second, "inconclusive", 10**18 + 5)
    for name, moment in (("first", 10**18), ("second", 10**18 + 5)):
        os.utime(tmp_path / name / "hosts" / "web1.json", ns=(moment, moment))
    run(fleet, folders=[first])
    (merged,) = run(tmp_path / "whole", folders=[fleet, second])["merged"]
    assert merged["file"] == str(second / "hosts" / "web1.json") and "inconclusive" in (shown(tmp_path / "whole") or "")
    os.utime(second / "hosts" / "web1.json", ns=(10**18 - 5,) * 2)
    (merged,) = run(tmp_path / "other", folders=[fleet, second])["merged"]
    assert merged["file"] == str(fleet / "hosts" / "web1.json")


def test_the_fleet_document_is_read_only_where_no_host_was_audited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, findings.audited("web1"))
    read: list[str] = []
    read_json = files.read_json

    def counting(path: str) -> t.Any:
        read.append(os.path.basename(path))
        return read_json(path)

    monkeypatch.setattr(files, "read_json", counting)
    run(tmp_path, findings.audited("web1"))
    slices.host_files([str(tmp_path)])
    assert "audit.json" not in read
    run(tmp_path, findings.lost("web1"))
    assert read.count("audit.json") == 1


def prove(directory: Path, verdict: str, moment: int) -> None:
    with files.Folder(str(directory)) as folder:
        document = proofs.document("web1", {"verdict": verdict, "reason": "seen", "engine_process": "812/4711"})
        path = folder.write(proofs.file_name("web1"), files.as_json(document))
    os.utime(path, ns=(moment, moment))


def shown(directory: Path) -> str | None:
    proof = json.loads((directory / "audit.json").read_text(encoding="utf-8"))["hosts"][0]["proof"]
    return t.cast("str | None", proof and f"{proof['verdict']} {proof['reason']}")


def test_the_newest_proof_of_all_folders_comes_along(tmp_path: Path) -> None:
    first, second, fleet = tmp_path / "first", tmp_path / "second", tmp_path / "fleet"
    run(first, findings.audited("web1"))
    prove(first, "exposed", 10**18)
    run(second, findings.audited("web1"))
    run(fleet, folders=[first, second])
    assert "exposed" in (shown(fleet) or "")
    # A fleet of fleets has it, too.
    run(tmp_path / "whole", folders=[fleet])
    assert shown(tmp_path / "whole") == shown(fleet)
    prove(second, "inconclusive", 2 * 10**18)
    run(fleet, folders=[first, second])
    assert "inconclusive" in (shown(fleet) or "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_proof_or_record_of_another_user_is_not_believed(tmp_path: Path) -> None:
    run(tmp_path / "slice", findings.audited("web1"))
    prove(tmp_path / "slice", "protected", 10**18)
    os.chown(tmp_path / "slice" / proofs.file_name("web1"), 12345, 12345)
    run(tmp_path / "fleet", folders=[tmp_path / "slice"])
    assert (shown(tmp_path / "fleet") or "").startswith("inconclusive") and not (tmp_path / "fleet" / "proofs").exists()
    run(tmp_path / "slice", findings.lost("web1"))
    os.chown(tmp_path / "slice" / run_record.NAME, 12345, 12345)
    with pytest.raises(files.ReportError, match="belongs to another user"):
        slices.host_files([str(tmp_path / "slice")])


def test_a_proof_is_never_replaced_by_an_older_one(tmp_path: Path) -> None:
    first, second, fleet = tmp_path / "first", tmp_path / "second", tmp_path / "fleet"
    run(fleet, findings.audited("web1"))
    run(first, findings.audited("web1"))
    prove(first, "inconclusive", 10**18)
    # Of the host, this folder has a proof and nothing else.
    run(second, findings.audited("web2"))
    prove(second, "exposed", 10**18 + 5)
    run(tmp_path / "whole", folders=[first, second])
    assert "exposed" in (shown(tmp_path / "whole") or "")
    prove(fleet, "exposed", 10**18 + 5)
    run(fleet, folders=[first])
    run(second, folders=[first, second])
    for folder in (fleet, second):
        assert "exposed" in (folder / proofs.file_name("web1")).read_text(encoding="utf-8") and "exposed" in (
            shown(folder) or ""
        )


def test_a_proof_of_a_lost_host_comes_along_too(tmp_path: Path) -> None:
    run(tmp_path / "first", findings.audited("web1"), findings.audited("web2"))
    prove(tmp_path / "first", "exposed", 10**18)
    run(tmp_path / "first", findings.lost("web1"))
    run(tmp_path / "fleet", folders=[tmp_path / "first"])
    assert (tmp_path / "fleet" / proofs.file_name("web1")).exists()
    # That it cannot be written is said.
    run(tmp_path / "other", findings.audited("web2"))
    (tmp_path / "other" / "proofs").write_text("", encoding="utf-8")
    with pytest.raises(files.ReportError):
        run(tmp_path / "other", folders=[tmp_path / "first"])


def test_without_files_of_hosts_the_record_says_who_was_lost(tmp_path: Path) -> None:
    here, fleet = tmp_path / "slice", tmp_path / "fleet"
    for earlier in ([findings.lost("web1"), findings.lost("web2")], []):
        run(here, findings.audited("web1"), findings.audited("web2"))
        if earlier:
            run(here, *earlier)
        run(here, findings.audited("web1"), findings.lost("web2"), formats=["html"])
        run(fleet, folders=[here])
        assert {host: both[0] for host, both in outcomes(fleet).items()} == {"web1": "audited", "web2": "unreachable"}


def test_a_merge_does_not_make_losses_newer(tmp_path: Path) -> None:
    first, second, fleet = tmp_path / "first", tmp_path / "second", tmp_path / "fleet"
    run(first, findings.audited("web1"))
    run(fleet, folders=[first])
    run(first, findings.lost("web1"))
    lost_at = run_record.read(str(first)).lost["web1"].at
    run(second, findings.audited("web1"))
    run(fleet, folders=[first])
    run(first, folders=[first])
    assert {run_record.read(str(one)).lost["web1"].at for one in (first, fleet)} == {lost_at}
    run(tmp_path / "whole", folders=[fleet, second])
    assert outcomes(tmp_path / "whole")["web1"] == ("audited", "audited")


def test_a_copy_without_times_does_not_bring_a_lost_host_back(tmp_path: Path) -> None:
    here, copied = tmp_path / "here", tmp_path / "copied"
    run(here, findings.audited("web1"), findings.audited("web2"))
    run(here, findings.lost("web1"), findings.lost("web2"))
    shutil.copytree(here, copied, copy_function=shutil.copyfile)
    assert (copied / "hosts" / "web1.json").stat().st_mtime_ns > run_record.read(str(copied)).lost["web1"].at
    run(tmp_path / "fleet", folders=[copied])
    assert {both[0] for both in outcomes(tmp_path / "fleet").values()} == {"unreachable"}
    # What was written there later is another file, also if a run was cut off before it wrote its record.
    run(tmp_path / "later", findings.audited("web1", 3))
    shutil.copyfile(tmp_path / "later" / "hosts" / "web1.json", copied / "hosts" / "web1.json")
    run(tmp_path / "whole", folders=[copied])
    assert {host: both[0] for host, both in outcomes(tmp_path / "whole").items()} == {
        "web1": "audited",
        "web2": "unreachable",
    }


def test_a_run_that_was_cut_off_before_its_record_is_not_forgotten(tmp_path: Path) -> None:
    run(tmp_path, findings.lost("web1"), formats=["html"])
    (tmp_path / "index.html").unlink()
    (tmp_path / "index.html").symlink_to("/nowhere")
    with pytest.raises(files.ReportError):
        run(tmp_path, findings.audited("web1"))
    (tmp_path / "index.html").unlink()
    assert run(tmp_path, findings.lost("web1"))["files"] == [] and outcomes(tmp_path)["web1"][0] == "audited"


@pytest.mark.parametrize("audited", [None, "many", True, -1])
def test_a_record_without_a_number_forgets_no_reports(tmp_path: Path, audited: t.Any) -> None:
    run(tmp_path, findings.audited("web1"))
    content = {"runs_version": 1, "audited": audited, "lost": []}
    (tmp_path / run_record.NAME).write_text(json.dumps(content), encoding="utf-8")
    assert run(tmp_path, findings.lost("web1"))["files"] == []
    # A record alone is no reports.
    for name in ("audit.json", "index.html"):
        (tmp_path / name).unlink()
    assert run(tmp_path, findings.lost("web1"))["files"]


def test_what_another_run_recorded_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path, findings.audited("web1"), findings.audited("web2"))
    build = report.fleet.build

    def while_another_runs(documents: t.Any) -> Json:
        monkeypatch.setattr(report.fleet, "build", build)
        run(tmp_path, findings.lost("web2"))
        return build(documents)

    monkeypatch.setattr(report.fleet, "build", while_another_runs)
    run(tmp_path, findings.lost("web1"))
    assert set(run_record.read(str(tmp_path)).lost) == {"web1", "web2"}


def test_a_host_that_this_run_audited_is_not_lost_in_a_folder_of_before(tmp_path: Path) -> None:
    run(tmp_path, findings.audited("web1"))
    run(tmp_path, findings.lost("web1"))
    run(tmp_path, findings.audited("web1"), folders=[tmp_path])
    assert run_record.read(str(tmp_path)).lost == {} and outcomes(tmp_path)["web1"] == ("audited", "audited")


def test_a_folder_whose_name_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(files.ReportError, match="null character"):
        slices.host_files([f"{tmp_path}\0"])


@pytest.mark.parametrize("content", ["[]", "{", '{"runs_version": 2}', "{}"])
def test_a_record_that_cannot_be_used_is_said(tmp_path: Path, content: str) -> None:
    run(tmp_path, findings.audited("web1"))
    (tmp_path / run_record.NAME).write_text(content, encoding="utf-8")
    with pytest.raises(files.ReportError, match=run_record.NAME):
        slices.host_files([str(tmp_path)])


def test_entries_of_a_record_that_are_none_are_left_out(tmp_path: Path) -> None:
    entries: list[t.Any] = [
        None,
        {"host": 5, "at": 1},
        {"host": "web2", "at": "x"},
        {"host": "web4", "at": 10**19},
        {"host": "web5", "at": -1},
        {"host": "web3", "at": 1, "outcome": "audited"},
    ]
    content = {"runs_version": 1, "audited": -3, "lost": entries}
    (tmp_path / run_record.NAME).write_text(json.dumps(content), encoding="utf-8")
    record = run_record.read(str(tmp_path))
    assert run_record.audited_before(str(tmp_path), record) == 0 and [
        (one.host, one.outcome) for one in record.lost.values()
    ] == [("web3", "failed")]


def test_a_number_without_end_costs_one_host_and_not_the_fleet(tmp_path: Path) -> None:
    evil = findings.audited("evil")
    limit = {"memory_bytes": {"declared": 10**400, "enforced": 1, "verdict": "differs"}}
    evil["limits"] = {"containers": [{"name": "web", "running": True, "limits": limit}], "more": 0}
    result = run(tmp_path / "one", evil, findings.audited("good"))
    assert (result["fleet"]["audited"], result["fleet"]["failed"]) == (1, 1)
    run(tmp_path / "slice", findings.audited("good"))
    path = tmp_path / "slice" / "hosts" / "evil.json"
    path.write_text(json.dumps(evil), encoding="utf-8")
    assert run(tmp_path / "fleet", folders=[tmp_path / "slice"])["fleet"]["failed"] == 1
    score = {"passed": 1, "decided": 2, "percent": 10**19}
    path.write_text(
        json.dumps({**findings.audited("evil"), "seen_before": {"score": score, "failed": [], "unknown": 0}}),
        encoding="utf-8",
    )
    assert run(tmp_path / "fleet", folders=[tmp_path / "slice"])["fleet"]["audited"] == 2


def test_a_file_name_without_text_is_in_every_format(tmp_path: Path) -> None:
    document = findings.audited("web1")
    subject = next(row for finding in document["findings"] for row in finding["subjects"] if row["verdict"] == "fail")
    subject.update(file="x\udcff.yml", line=3)
    every = [
        "csv",
        "cyclonedx-vex",
        "defectdojo",
        "hdf",
        "html",
        "json",
        "junit",
        "markdown",
        "openvex",
        "sarif",
        "todo",
    ]
    result = run(tmp_path, document, formats=every)
    assert {"audit.sarif", "todo"} <= {Path(os.path.relpath(path, tmp_path)).parts[0] for path in result["files"]}
    assert "x%5Cudcff.yml" in (tmp_path / "audit.sarif").read_text(encoding="utf-8")


def test_of_one_audited_host_what_fails_is_named_whatever_the_page_keeps(tmp_path: Path) -> None:
    documents = [findings.audited("web1"), findings.lost("web2")]
    for hosts, said in ((500, "db, web, worker"), (1, "3 containers")):
        lines = run(tmp_path / str(hosts), *documents, page_hosts=hosts)["summary"]
        (line,) = [line for line in lines if line.startswith("  5.11 ")]
        assert line.endswith(said)
