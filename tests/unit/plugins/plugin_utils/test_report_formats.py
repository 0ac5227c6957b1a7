# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Formats for other programs: no status becomes a better one, no host is lost, and what a host says is text and nothing else."""

from __future__ import annotations

import csv
import json
import re
import sys
import typing as t
import xml.etree.ElementTree as ET
from pathlib import Path

import junitparser
import pydantic
import pytest
import xmlschema
from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from trestle.oscal.assessment_results import AssessmentResults

from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, formats, intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import (
    csv_lines,
    markdown,
    ocsf,
    producer,
    records,
    sarif,
    table,
)
from ansible_collections.seawall.docker.tests.support import findings
from ansible_collections.seawall.docker.tests.support import formats as support

XSD = Path(support.__file__).parent / "schemas" / "junit-10.xsd"


@pytest.fixture(name="reports", scope="module")
def _reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("formats") / "reports"
    support.write(folder, support.fleet_of_all_kinds())
    return folder


def found(document: dict[str, t.Any]) -> list[records.Record]:
    return list(records.of_host(intake.condensed(document)))


def rows(reports: Path, host: str | None = None) -> list[dict[str, str]]:
    with open(reports / csv_lines.NAME, encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if host in (None, row["host"])]


def results(reports: Path, host: str | None = None) -> list[dict[str, t.Any]]:
    run = json.loads((reports / sarif.NAME).read_text("utf-8"))["runs"][0]
    return [one for one in run["results"] if host in (None, one["properties"]["host"])]


# Records: what all formats are made of


def test_a_finding_gives_a_record_for_each_subject_that_did_not_pass() -> None:
    by_rule: dict[str, list[tuple[str, str]]] = {}
    for record in found(support.every_status()):
        by_rule.setdefault(record.rule.number, []).append((record.subject, record.status))
    for place, status in enumerate(intake.STATUSES, 1):
        assert by_rule[f"5.{place}"] == [("", status)]
    assert by_rule["5.9"] == [(f"c-{status}", status) for status in sorted(intake.STATUSES) if status != "pass"]
    # A verdict that nobody knows is unknown.
    assert by_rule["5.10"] == [("c-odd", "unknown")]


def test_a_finding_is_not_better_than_its_status_whatever_its_subjects_say() -> None:
    document = support.every_status()
    document["findings"] = [
        support.finding("1.1", "unknown", [support.subject("web1", "pass", "host")]),
        support.finding("1.2", "fail", [support.subject("a", "waived")]),
        support.finding("1.3", "manual", []),
    ]
    assert [(one.rule.number, one.status) for one in found(document)] == [
        ("1.1", "unknown"), ("1.2", "waived"), ("1.2", "fail"), ("1.3", "manual"),
    ]  # fmt: skip


def test_an_id_is_of_host_rule_and_subject_and_of_nothing_else() -> None:
    first, again = support.every_status(), support.every_status()
    again["findings"].reverse()
    for finding in again["findings"]:
        finding["reason"], finding["title"] = "another reason", "another title"
        for subject in finding["subjects"]:
            subject["id"] = "made anew"
    ids = {(one.rule.slug, one.subject): one.id for one in found(first)}
    assert ids == {(one.rule.slug, one.subject): one.id for one in found(again)}
    assert not set(ids.values()) & {one.id for one in found(support.every_status("web2"))}
    assert records.finding_id("web1", "rule", "container", "web") == "3d41dbbb-b9d9-5b28-acec-a24abd56552f"


def test_every_record_has_an_id_of_its_own() -> None:
    document = support.hostile()
    for finding in document["findings"]:
        finding["subjects"] *= 2
    ids = [one.id for one in found(document)]
    assert len(ids) == len(set(ids)) > 100


def test_what_is_judged_from_a_recording_says_so() -> None:
    assert all("not from this host" in one.reason for one in found(findings.replayed(rules=12)))


def test_a_record_has_nothing_that_steers_and_has_an_end() -> None:
    document = support.hostile()
    document["findings"][1]["subjects"][0]["found"] = "x" * 100_000
    for record in found(document):
        for value in (*record[1:2], *record.rule, *record[3:8]):
            assert str(value).isprintable() and len(str(value)) < 5000


# All formats


def test_each_command_of_a_remedy_has_a_line_of_its_own(tmp_path: Path) -> None:
    document = support.every_status()
    commands = ["echo '-w PATH -p wa -k docker' >> /etc/audit/rules.d/50-docker.rules", "augenrules --load\necho done"]
    for finding in document["findings"]:
        finding["remedy"] = {"summary": "Add a watch.", "commands": commands}
    support.write(tmp_path, [document], "csv", "defectdojo", "hdf", "junit", "ocsf", "sarif")
    said = "\n".join(["Add a watch.", *commands])

    def read(name: str) -> t.Any:
        return json.loads((tmp_path / name).read_text("utf-8"))

    assert {row["remedy"] for row in rows(tmp_path)} == {said}
    (suite,) = junitparser.JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    assert all(one.text.endswith(f"Remedy: {said}") for case in suite for one in case.result if one.type == "fail")
    (profile,) = read("hdf/web1.json")["profiles"]
    assert all({"label": "fix", "data": said} in control["descriptions"] for control in profile["controls"])
    events = [json.loads(line) for line in (tmp_path / "ocsf.jsonl").read_text("utf-8").splitlines()]
    assert {event["remediation"]["desc"] for event in events} == {said}
    (run,) = read(sarif.NAME)["runs"]
    assert all(rule["help"]["text"].endswith(f"\n{said}") for rule in run["tool"]["driver"]["rules"])
    block = "\n".join(["` Add a watch. `", "", "```", *said.splitlines()[1:], "```"])
    assert {one["mitigation"] for one in read("defectdojo.json")["findings"]} == {block}


def test_each_status_has_a_meaning_in_each_format_and_unknown_is_never_what_passed() -> None:
    assert set(table.STATUSES) == set(intake.STATUSES)
    passed, unknown = table.STATUSES["pass"], table.STATUSES["unknown"]
    assert unknown.sarif is not None and unknown.junit is not None and unknown.defectdojo
    for status, meaning in table.STATUSES.items():
        if status != "pass":
            assert (meaning.junit, meaning.hdf, meaning.ocsf) != (passed.junit, passed.hdf, passed.ocsf)
            assert meaning.junit != passed.junit and meaning.hdf != passed.hdf and meaning.ocsf != passed.ocsf


def test_formats_are_off_unless_asked_for(tmp_path: Path) -> None:
    support.write(tmp_path / "reports", [support.every_status()], "json", "html")
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == ["audit.json", "hosts", "index.html"]
    result = support.write(tmp_path / "one", [support.every_status()], "sarif")
    assert result["files"] == [str(tmp_path / "one" / "audit.sarif")]


def test_every_file_is_one_of_the_reports_and_private(reports: Path) -> None:
    assert {path.name for path in reports.iterdir()} <= files.OURS
    assert all(path.stat().st_mode & 0o77 == 0 for path in reports.rglob("*"))


def test_the_same_findings_give_the_same_bytes(reports: Path, tmp_path: Path) -> None:
    again = support.write(tmp_path / "again", list(reversed(support.fleet_of_all_kinds())))
    for path in map(Path, again["files"]):
        if path.name not in support.WITH_A_CLOCK:
            assert path.read_bytes() == (reports / path.relative_to(tmp_path / "again")).read_bytes(), path


def test_a_fleet_is_written_piece_by_piece() -> None:
    whole, documents = support.condensed(findings.fleet_of(30))
    for name in ("csv", "cyclonedx-vex", "defectdojo", "junit", "ocsf", "openvex", "oscal", "sarif"):
        pieces = [len(piece) for piece in formats._one_file(name)[1](whole, documents)]
        assert max(pieces) < sum(pieces) / 5, name


def test_a_library_that_is_missing_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert formats.lacking(formats.NAMES) == {}
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    assert formats.lacking(["json", "html", "sarif"]) == {}
    assert formats.lacking(["prometheus", "csv"]) == {
        "prometheus": "The format prometheus was not written, because the Python library prometheus-client is missing on the"
        " controller. Run: pip install prometheus-client"
    }


def test_without_a_library_the_other_formats_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "lacking", lambda wanted: {"prometheus": "It is missing."})
    result = support.write(tmp_path / "reports", [support.every_status()], "prometheus", "csv")
    assert [Path(path).name for path in result["files"]] == [csv_lines.NAME]


def test_a_disk_that_is_full_leaves_no_half_a_file(tmp_path: Path) -> None:
    def pieces() -> t.Iterator[str]:
        yield "half"
        raise ValueError("no")

    with files.Folder(str(tmp_path / "reports")) as folder:
        folder.write("audit.sarif", "before")
        with pytest.raises(ValueError, match="no"):
            folder.write("audit.sarif", pieces())
    assert [path.read_text() for path in (tmp_path / "reports").iterdir()] == ["before"]


# The version of the collection that writes


def test_reports_name_the_version_that_wrote_them(reports: Path) -> None:
    version = producer.version()
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", version)
    assert json.loads((reports / sarif.NAME).read_text("utf-8"))["runs"][0]["tool"]["driver"]["version"] == version
    first = (reports / ocsf.NAME).read_text("utf-8").splitlines()[0]
    assert json.loads(first)["metadata"]["product"]["version"] == version
    assert json.loads(next((reports / "hdf").iterdir()).read_text("utf-8"))["version"] == version


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("MANIFEST.json", '{"collection_info": {"version": "1.2.3"}}', "1.2.3"),
        ("galaxy.yml", "namespace: seawall\nversion: 1.2.4-dev\n", "1.2.4-dev"),
        ("galaxy.yml", "version: [", "unknown"),
        ("galaxy.yml", "- a list", "unknown"),
        ("galaxy.yml", "version: 1.2", "unknown"),
        ("MANIFEST.json", "[]", "unknown"),
        ("README.md", "", "unknown"),
    ],
)
def test_the_version_is_that_of_the_installed_collection_or_of_its_sources(
    tmp_path: Path, name: str, text: str, expected: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert producer.version(tmp_path) == expected


# SARIF


def test_sarif_has_what_needs_somebody_and_counts_the_rest(reports: Path) -> None:
    kinds = {one["properties"]["status"]: (one["kind"], one["level"]) for one in results(reports, "web1")}
    assert kinds == {
        "fail": ("fail", "error"), "manual": ("review", "none"), "waived": ("fail", "error"), "unknown": ("open", "none"),
    }  # fmt: skip
    assert [one["kind"] for one in results(reports, "gone") + results(reports, "broken")] == ["open", "open"]
    assert [one["kind"] for one in results(reports, "silent")] == ["open"]
    run = json.loads((reports / sarif.NAME).read_text("utf-8"))["runs"][0]
    assert run["properties"]["counts"]["pass"] > 0


def test_sarif_suits_who_reads_it(reports: Path) -> None:
    rules = json.loads((reports / sarif.NAME).read_text("utf-8"))["runs"][0]["tool"]["driver"]["rules"]
    every = results(reports)
    assert len({one["partialFingerprints"]["seawallFinding/v1"] for one in every}) == len(every) > 100
    for one in every:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        # GitLab drops what has no file; DefectDojo makes a finding of each location.
        (location,) = one["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert (reports / uri).is_file() or one["ruleId"] == records.NOT_AUDITED
        assert re.fullmatch(r"hosts/[a-z0-9._~-]+\.json", uri)
        assert (one["level"] != "none") is (one["kind"] == "fail")
        assert ("suppressions" in one) is (one["properties"]["status"] == "waived")
    (waived,) = [one for one in results(reports, "web1") if one["ruleId"] == "rule-5-5"]
    assert waived["suppressions"][0]["justification"] == "Accepted: the vendor's fault, owner ops, until 2099-01-31."


def test_sarif_messages_have_no_links_and_no_placeholders(reports: Path) -> None:
    text = sarif.message("[x](http://e) {0} \\")
    assert text == "\\[x\\](http://e) {{0}} \\\\"
    for one in results(reports):
        plain = re.sub(r"\\[\\\[\]]|\{\{|\}\}", "", one["message"]["text"])
        assert not set("[]{}") & set(plain) and set(one["message"]) == {"text"}


# JUnit


def test_junit_has_every_status_and_every_host(reports: Path) -> None:
    suites = {suite.name: suite for suite in junitparser.JUnitXml.fromfile(str(reports / "junit.xml"))}
    assert {"web1", "gone", "broken", "silent"} <= set(suites) and len(suites) == len(support.fleet_of_all_kinds())
    outcomes = {
        case.name: [(type(one).__name__, one.type) for one in case.result]
        for case in suites["web1"]
        if "[" not in case.name
    }
    assert outcomes == {
        "5.1 Question 5.1": [],
        "5.2 Question 5.2": [("Failure", "fail")],
        "5.3 Question 5.3": [("Skipped", "manual")],
        "5.4 Question 5.4": [("Skipped", "not_applicable")],
        "5.5 Question 5.5": [("Skipped", "waived")],
        "5.6 Question 5.6": [("Error", "unknown")],
    }
    for name in ("gone", "broken", "silent"):
        assert [type(one).__name__ for case in suites[name] for one in case.result] == ["Error"]
    for suite in suites.values():
        kinds = [type(one).__name__ for case in suite for one in case.result]
        counted = (suite.failures, suite.errors, suite.skipped, suite.tests)
        assert counted == (kinds.count("Failure"), kinds.count("Error"), kinds.count("Skipped"), len(list(suite)))


def test_each_case_of_junit_has_a_name_of_its_own(tmp_path: Path) -> None:
    twice = support.every_status("web.1")
    twice["findings"].append(support.finding("7.1", "fail", [support.subject("same", "fail") for _ in range(2)]))
    hosts = [twice, support.every_status("web_1"), support.every_status("db.example")]
    support.write(tmp_path / "reports", hosts, "junit")
    suites = {one.name: one for one in junitparser.JUnitXml.fromfile(str(tmp_path / "reports" / "junit.xml"))}
    keys = [(case.classname, case.name) for suite in suites.values() for case in suite]
    assert len(keys) == len(set(keys)) == sum(suite.tests for suite in suites.values())
    # What is alone keeps its plain name.
    assert {case.classname.partition(".")[0] for case in suites["db.example"]} == {"db_example"}
    assert {case.classname.partition(".")[0] for case in suites["web.1"]} != {"web_1"}


def test_junit_is_what_jenkins_takes_and_nothing_else_is(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    support.write(reports, [support.every_status(), support.hostile(), findings.lost("gone")], "junit")
    schema = xmlschema.XMLSchema(str(XSD))
    good = (reports / "junit.xml").read_text("utf-8")
    schema.validate(good)
    for broken in (
        good.replace("<testcase name=", "<testcase title=", 1),
        good.replace("<failure ", "<waived ", 1).replace("</failure>", "</waived>", 1),
        good.replace(' tests="', ' number="', 1),
    ):
        assert broken != good and not schema.is_valid(broken)
    with pytest.raises(ET.ParseError):
        ET.fromstring(good.replace("Question", "Question\x1b", 1))


# CSV


def test_csv_has_every_status_and_every_host(reports: Path) -> None:
    assert [row["status"] for row in rows(reports, "web1")][:6] == list(intake.STATUSES)
    assert {row["status"] for name in ("gone", "broken", "silent") for row in rows(reports, name)} == {"unknown"}
    assert set(rows(reports)[0]) == set(csv_lines.COLUMNS)
    assert all(None not in row and None not in row.values() for row in rows(reports))


def test_no_cell_is_a_formula_and_no_line_is_broken(reports: Path) -> None:
    cells = [cell for row in rows(reports) for cell in row.values()]
    assert not [cell for cell in cells if re.match(r"\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]", cell)]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    assert csv_lines.cell("=1") == "'=1" and csv_lines.cell(" @x") == "' @x" and csv_lines.cell("web-1") == "web-1"
    content = (reports / csv_lines.NAME).read_bytes()
    # Only the commands of a remedy stand on lines of their own in their cell.
    assert content.count(b"\r\n") == len(rows(reports)) + 1
    assert not [row for row in rows(reports) for key, cell in row.items() if key != "remedy" and not cell.isprintable()]
    assert {char for row in rows(reports) for char in row["remedy"] if not char.isprintable()} == {"\n"}


# Markdown


def test_markdown_names_who_was_not_audited_and_what_is_unknown(reports: Path) -> None:
    text = (reports / markdown.NAME).read_text("utf-8")
    assert text.index("### Hosts that were not audited") < text.index("### Failed") < text.index("### Unknown")
    assert re.search(r"^- ` unreachable: [^`]+ `:\n  ` gone `$", text, re.MULTILINE)
    assert "- ` The audit judged no rule. `:\n  ` silent `" in text
    assert "- ` 5.6 Question 5.6 `: ` web1 `" in text[text.index("### Unknown") :]
    assert "judged from a recorded posture" in text


def test_markdown_shows_hostile_text_as_text(reports: Path) -> None:
    # The most that a forge does: HTML, links made of addresses, tables.
    forge = MarkdownIt("gfm-like", {"html": True})
    page = forge.render((reports / markdown.NAME).read_text("utf-8"))
    assert set(re.findall(r"<(/?[a-z0-9]+)", page)) <= {
        f"{slash}{tag}" for slash in ("", "/")
        for tag in ("h2", "h3", "p", "ul", "li", "code", "table", "thead", "tbody", "tr", "th", "td", "strong")
    }  # fmt: skip
    # A mention works anywhere but in code.
    assert "@everyone" in page and "@everyone" not in re.sub(r"<code>.*?</code>", "", page, flags=re.DOTALL)
    assert "<a href" in forge.render("http://evil.example") and "<script>" in forge.render("<script>x</script>")


@pytest.mark.parametrize("text", support.HOSTILE)
def test_a_code_span_holds_any_text(text: str) -> None:
    page = MarkdownIt("gfm-like", {"html": True}).render(f"- {markdown.code(text)}")
    assert re.fullmatch(r"<ul>\n<li><code>[^<]*</code></li>\n</ul>\n", page)


def test_markdown_fits_into_a_comment(tmp_path: Path) -> None:
    support.write(
        tmp_path / "reports", [findings.lost(f"host{n}") for n in range(1, 5000)] + [support.every_status()], "markdown"
    )
    text = (tmp_path / "reports" / markdown.NAME).read_text("utf-8")
    assert 30_000 < len(text) < 65_536 and "5,000 hosts: 1 audited, 0 failed, 4999 unreachable." in text
    assert len(re.findall(r"^\d+ more lines do not fit into a comment", text, re.MULTILINE)) == 1
    assert "### Hosts that were not audited (4,999)" in text and len(re.findall("` host[0-9]+ `", text)) > 1_000
    # Lost hosts do not take the place of what was found.
    assert "- ` 5.6 Question 5.6 `: ` web1 `" in text


def test_what_failed_leaves_room_for_what_is_unknown(tmp_path: Path) -> None:
    support.write(tmp_path / "reports", [findings.audited(f"{n}{'x' * 80}", n) for n in range(60)], "markdown")
    text = (tmp_path / "reports" / markdown.NAME).read_text("utf-8")
    parts = dict(part.split("\n", 1) for part in re.split("^### ", text, flags=re.MULTILINE)[1:])
    assert len(text) < 65_536 and len(text) > 60_000
    for title in ("Failed", "Unknown", "To be checked by hand", "Waived"):
        (body,) = (body for name, body in parts.items() if name.startswith(title))
        assert body.count("- `") > (0 if title == "Waived" else 5), title
        assert len(re.findall(r"^\d+ more lines do not fit", body, re.MULTILINE)) <= 1


# Prometheus


def test_prometheus_has_every_status_and_every_host(reports: Path) -> None:
    text = (reports / "seawall_docker.prom").read_text("utf-8")
    families = {family.name: family.samples for family in text_string_to_metric_families(text)}
    audited = {
        one.labels["host"]: (one.value, one.labels["outcome"]) for one in families["seawall_docker_host_audited"]
    }
    assert (
        audited["web1"] == (1, "audited")
        and audited["gone"] == (0, "unreachable")
        and audited["broken"] == (0, "failed")
    )
    assert len(audited) == len(support.fleet_of_all_kinds())
    subjects = {
        (one.labels["rule"], one.labels["status"]): one.value
        for one in families["seawall_docker_finding_subjects"]
        if one.labels["host"] == "web1"
    }
    assert subjects[("rule-5-6", "unknown")] == 1 and subjects[("rule-5-9", "unknown")] == 1
    assert subjects[("rule-5-5", "waived")] == 1 and ("rule-5-1", "pass") not in subjects
    counts = {
        one.labels["status"]: one.value for one in families["seawall_docker_findings"] if one.labels["host"] == "web1"
    }
    assert counts == {"pass": 1, "fail": 2, "manual": 1, "not_applicable": 1, "waived": 1, "unknown": 2}
    assert set(families) == {
        "seawall_docker_host_audited", "seawall_docker_findings", "seawall_docker_score_ratio",
        "seawall_docker_finding_subjects",
    }  # fmt: skip


def test_prometheus_has_no_series_twice(tmp_path: Path) -> None:
    document = support.every_status("web\x1b")
    document["findings"].append({**document["findings"][1], "title": "another title"})
    support.write(tmp_path / "reports", [document, support.every_status("web\\x1b")], "prometheus")
    lines = (tmp_path / "reports" / "seawall_docker.prom").read_text("utf-8").splitlines()
    series = [line.rpartition(" ")[0] for line in lines if not line.startswith("#")]
    assert len(series) == len(set(series)) > 10
    assert 'seawall_docker_findings{host="web\\\\x1b",status="unknown"} 4.0' in lines


def test_prometheus_has_no_timestamps(reports: Path) -> None:
    for line in (reports / "seawall_docker.prom").read_text("utf-8").splitlines():
        assert line.startswith("#") or re.fullmatch(r"[a-z_]+\{.*\} [0-9.]+", line)
        assert line.isprintable()


# HDF


def test_hdf_has_a_file_for_each_host(reports: Path) -> None:
    names = {path.name for path in (reports / "hdf").iterdir()}
    assert names == {files.host_file_name(document["host"]) for document in support.fleet_of_all_kinds()}
    (profile,) = json.loads((reports / "hdf" / "web1.json").read_text("utf-8"))["profiles"]
    controls = {control["id"]: control for control in profile["controls"]}
    statuses = {name: [one["status"] for one in control["results"]] for name, control in controls.items()}
    assert (
        statuses["rule-5-1"] == ["passed"]
        and statuses["rule-5-2"] == ["failed"]
        and statuses["rule-5-3"] == ["skipped"]
    )
    assert statuses["rule-5-6"] == ["error"] and controls["rule-5-6"]["results"][0]["backtrace"]
    assert controls["rule-5-4"]["impact"] == 0 and controls["rule-5-5"]["waiver_data"]["skipped_due_to_waiver"] is True
    # The failure is what is seen of a control that failed, and what is unknown in it has its reason.
    assert "error" not in statuses["rule-5-9"] and "failed" in statuses["rule-5-9"]
    assert any("unknown: " in one.get("skip_message", "") for one in controls["rule-5-9"]["results"])
    for name in ("gone", "broken", "silent"):
        (profile,) = json.loads((reports / "hdf" / f"{name}.json").read_text("utf-8"))["profiles"]
        assert [one["status"] for one in profile["controls"][0]["results"]] == ["error"]


# OCSF


def events(reports: Path, host: str) -> list[dict[str, t.Any]]:
    lines = [json.loads(line) for line in (reports / "ocsf.jsonl").read_text("utf-8").splitlines()]
    return [line for line in lines if line["resources"][0]["name"] == host]


def test_ocsf_has_every_status_and_every_host(reports: Path) -> None:
    seen = {one["compliance"]["control"]: one["compliance"]["status_id"] for one in events(reports, "web1")}
    assert [seen[f"rule-5-{place}"] for place in range(1, 7)] == [1, 3, 2, 99, 99, 0]
    assert [one["unmapped"]["status"] for one in events(reports, "web1")][:6] == list(intake.STATUSES)
    for name in ("gone", "broken", "silent"):
        (one,) = events(reports, name)
        assert one["compliance"]["status_id"] == 0 and one["status_detail"]
    (waived,) = [one for one in events(reports, "web1") if one["compliance"]["control"] == "rule-5-5"]
    assert waived["status_id"] == 3 and waived["metadata"]["version"] == "1.6.0"


def test_ocsf_is_what_its_models_take_and_nothing_else_is(reports: Path) -> None:
    lines = (reports / "ocsf.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == len(rows(reports)) and all(line.isprintable() for line in lines)
    for line in lines:
        ComplianceFinding.model_validate_json(line)
    good = json.loads(lines[0])
    for key, value in (("severity_id", 7), ("time", "yesterday"), ("finding_info", None), ("type_uid", 1)):
        with pytest.raises(pydantic.ValidationError):
            ComplianceFinding.model_validate({**good, key: value})


# DefectDojo

# What dojo/tools/generic/json_parser.py takes; it refuses a file with any other key, or without one of the first three.
DOJO_REQUIRED = {"title", "severity", "description"}
DOJO_KEYS = DOJO_REQUIRED | {
    "active", "component_name", "component_version", "date", "dynamic_finding", "false_p", "impact", "mitigation", "references",
    "risk_accepted", "service", "severity_justification", "static_finding", "tags", "unique_id_from_tool", "verified",
    "vuln_id_from_tool",
}  # fmt: skip


def test_defectdojo_gets_what_is_unknown_and_what_was_accepted(reports: Path) -> None:
    every = json.loads((reports / "defectdojo.json").read_text("utf-8"))["findings"]
    found = {one["vuln_id_from_tool"]: one for one in every if one["service"] == "web1" and "(" not in one["title"]}
    assert {name: one["severity"] for name, one in found.items()} == {
        "rule-5-2": "High", "rule-5-3": "Info", "rule-5-5": "High", "rule-5-6": "Low",
    }  # fmt: skip
    accepted = [name for name, one in found.items() if one["risk_accepted"] and not one["active"]]
    assert accepted == ["rule-5-5"] and found["rule-5-2"]["verified"] and not found["rule-5-6"]["verified"]
    for name in ("gone", "broken", "silent"):
        (one,) = [one for one in every if one["service"] == name]
        assert one["severity"] == "Low" and "unknown" in one["description"]


def test_defectdojo_takes_the_keys_and_shows_text_as_text(reports: Path) -> None:
    every = json.loads((reports / "defectdojo.json").read_text("utf-8"))["findings"]
    assert len(every) > 100 and len({one["unique_id_from_tool"] for one in every}) == len(every)
    forge = MarkdownIt("gfm-like", {"html": True})
    for one in every:
        assert DOJO_REQUIRED <= set(one) <= DOJO_KEYS and one["severity"] in (
            "Info",
            "Low",
            "Medium",
            "High",
            "Critical",
        )
        assert len(one["title"]) <= 511 and len(one["service"]) <= 200 and one["title"].isprintable()
        pages = [forge.render(one[key]) for key in ("description", "impact", "mitigation") if key in one]
        assert set(re.findall(r"<([a-z0-9]+)", "".join(pages))) <= {"ul", "li", "code", "p", "pre"}


# OSCAL


def test_oscal_has_every_status_and_every_host(reports: Path) -> None:
    (result,) = json.loads((reports / "oscal.json").read_text("utf-8"))["assessment-results"]["results"]
    states = {one["related-observations"][0]["observation-uuid"]: one["target"]["status"] for one in result["findings"]}
    seen = {}
    for one in result["observations"]:
        said = {prop["name"]: prop["value"] for prop in one["props"]}
        if said["host"] == "web1" and "subject" not in said:
            seen[said["status"]] = states.get(one["uuid"], {}).get("state")
        if said["host"] in ("gone", "broken", "silent"):
            assert said["status"] == "unknown" and one["uuid"] not in states
    assert seen == {
        "pass": "satisfied", "fail": "not-satisfied", "manual": None, "not_applicable": None, "waived": "not-satisfied",
        "unknown": None,
    }  # fmt: skip
    assert len(result["observations"]) == len(rows(reports)) > len(result["findings"]) > 100


def test_oscal_is_what_trestle_takes_and_nothing_else_is(tmp_path: Path) -> None:
    support.write(
        tmp_path / "reports", [support.every_status(), support.hostile("=evil"), findings.lost("gone")], "oscal"
    )
    good = (tmp_path / "reports" / "oscal.json").read_text("utf-8")
    assert AssessmentResults.oscal_read(tmp_path / "reports" / "oscal.json").metadata.oscal_version
    AssessmentResults.model_validate(json.loads(good)["assessment-results"])
    for broken in (
        good.replace('"not-satisfied"', '"unknown"', 1),
        good.replace('"collected"', '"gathered"', 1),
        good.replace('"import-ap"', '"plan"', 1),
    ):
        assert broken != good
        with pytest.raises(pydantic.ValidationError):
            AssessmentResults.model_validate(json.loads(broken)["assessment-results"])


def test_oscal_without_a_decision_has_no_findings() -> None:
    whole, documents = support.condensed([findings.lost("gone")])
    document = json.loads("".join(formats._one_file("oscal")[1](whole, documents)))["assessment-results"]
    AssessmentResults.model_validate(document)
    assert "findings" not in document["results"][0] and len(document["results"][0]["observations"]) == 1


# The page about them


def test_the_page_names_every_format_with_its_file_and_its_library() -> None:
    page = (Path(support.__file__).parents[2] / "docs" / "report-formats.md").read_text("utf-8")
    lines = {found[1]: found[0] for found in re.finditer(r"^\| `([a-z-]+)` \| `.*$", page, re.MULTILINE)}
    assert set(lines) == set(formats.NAMES)
    for name, line in lines.items():
        file = (
            formats._one_file(name)[0]
            if name in formats._ONE_FILE
            else {"todo": "todo/HOST.md"}.get(name, f"{name}/HOST.json")
        )
        library = formats._LIBRARIES.get(name)
        assert f"`{file}`" in line and ("pip install" in line) is (library is not None)
        assert library is None or f"`pip install {library[1]}`" in line
    assert all(re.search(rf"^\| `{status}` \|", page, re.MULTILINE) for status in intake.STATUSES)
