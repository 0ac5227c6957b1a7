# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit that sees less of a host is compared with the last one that saw more."""

from __future__ import annotations

import copy
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, fleet, intake, terminal
from ansible_collections.seawall.docker.plugins.plugin_utils._report.seen_before import last_that_saw_more
from ansible_collections.seawall.docker.tests.support import findings

Document = dict[str, t.Any]


def whole() -> Document:
    """Return a document without unknown rules and with three that fail."""
    document = findings.audited("web1")
    for position, finding in enumerate(document["findings"]):
        finding["status"] = "fail" if position < 3 else "pass"
    return recounted(document)


def recounted(document: Document) -> Document:
    condensed = intake.condensed({**document, "seen_before": None})
    return {**document, "counts": condensed["counts"], "score": condensed["score"]}


def hanging(document: Document, unknown: int) -> Document:
    found = copy.deepcopy(document)
    for finding in found["findings"][:unknown]:
        finding["status"] = "unknown"
    return recounted(found)


def audit(document: Document, directory: Path, form: t.Callable[[Document], str] = files.host_json) -> Document:
    """Compare and write, as an audit does, or as one of an earlier version did (``as_json``)."""
    compared = {**document, "seen_before": last_that_saw_more(document, str(directory))}
    with files.Folder(str(directory)) as folder:
        folder.write("hosts/web1.json", form(compared))
    return compared


def test_an_audit_that_sees_less_is_compared_with_the_last_that_saw_more(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    first = whole()
    assert audit(first, reports, files.as_json)["seen_before"] is None
    reference = {
        "score": {key: first["score"][key] for key in ("passed", "decided", "percent")},
        "failed": [one["rule"] for one in first["findings"][:3]],
        "unknown": 0,
    }
    # However often, and however much less.
    for unknown, form in ((2, files.host_json), (2, files.as_json), (30, files.host_json), (10, files.host_json)):
        assert audit(hanging(first, unknown), reports, form)["seen_before"] == reference
    assert audit(first, reports)["seen_before"] is None


def test_what_is_said_of_it(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    first = whole()
    audit(first, reports)
    document = intake.condensed(audit(hanging(first, 2), reports))
    assert document["score"]["percent"] > first["score"]["percent"]
    said = " ".join(" ".join(terminal.summary(fleet.build([document]), [document], [])).split())
    numbers = ", ".join(one["number"] for one in first["findings"][:2])
    assert "less of this host was seen than before: 2 more rules are unknown." in said
    assert f"had a score of {first['score']['percent']:g}% (115 of 118 checks)" in said
    assert f"2 rules that failed then are not decided now: {numbers}." in said
    assert "; less was seen of 1 host than before" in said


@pytest.mark.parametrize(
    "other",
    [
        {"benchmark": {"id": "cis-1.6.0"}},
        {"outcome": "failed"},
        {"replay": {"source": "embedded"}},
        {"findings": []},
        {"findings_version": 9},
        {"score": {"passed": "many"}},
        {"score": []},
    ],
)
def test_what_cannot_be_compared_is_not(tmp_path: Path, other: Document) -> None:
    reports = tmp_path / "reports"
    with files.Folder(str(reports)) as folder:
        folder.write("hosts/web1.json", files.as_json({**whole(), **other}))
    assert last_that_saw_more(hanging(whole(), 2), str(reports)) is None


@pytest.mark.parametrize(
    "value", [None, 3, {}, {"score": {}, "failed": [], "unknown": 1}, {"score": {"passed": 1, "decided": 1}}]
)
def test_what_somebody_else_wrote_is_left_out(value: t.Any) -> None:
    assert intake.condensed({**whole(), "seen_before": value})["seen_before"] is None
