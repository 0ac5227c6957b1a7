# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proofs beside the findings: kept for the owner alone, shown with their host, and worth nothing where damaged."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, fleet, html, intake, proofs, terminal
from ansible_collections.seawall.docker.tests.support import findings

RESULT: dict[str, t.Any] = {
    "verdict": "exposed",
    "reason": "root of a container deleted a file of root of the host",
    "proved_at": "2026-11-24T05:58:12Z",
    "userns": "default",
    "engine_process": "812/47",
    "invocation": {"module_args": {"secret": "x"}},
}


def keep(directory: Path, host: str, **changes: t.Any) -> Path:
    with files.Folder(str(directory)) as folder:
        document = proofs.document(host, {**RESULT, **changes})
        return Path(folder.write(proofs.file_name(host), files.as_json(document)))


def test_a_proof_is_kept_for_the_owner_alone(tmp_path: Path) -> None:
    path = keep(tmp_path / "reports", "Web/1")
    assert path.parent.name == "proofs" and path.name.startswith("web-1~")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["host"] == "Web/1" and document["proof_version"] == 1 and "invocation" not in document
    assert proofs.latest(str(tmp_path / "reports"), "Web/1") == {
        "verdict": "exposed",
        "reason": RESULT["reason"],
        "proved_at": RESULT["proved_at"],
        "userns": "default",
    }
    assert proofs.latest(str(tmp_path / "reports"), "web-1") is None


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"proof_version": 1}', '{"proof_version": 1, "verdict": "pass"}', "["]
)
def test_what_cannot_be_read_proves_nothing(tmp_path: Path, content: str) -> None:
    path = keep(tmp_path / "reports", "web1", verdict="protected")
    path.write_text(content, encoding="utf-8")
    found = proofs.latest(str(tmp_path / "reports"), "web1")
    assert found is not None and found["verdict"] == "inconclusive" and found["reason"]


@pytest.mark.parametrize("verdict", ["protected", "exposed"])
@pytest.mark.parametrize(
    ("engine", "since"),
    [
        ({"process": "812/99", "userns": True}, "the engine was restarted since"),
        ({"process": "812/47", "userns": False}, "user namespaces were turned off since"),
        ({"process": None, "userns": True}, "it is not known whether"),
        ({}, "it is not known whether"),
    ],
)
def test_a_proof_of_another_start_or_mapping_is_outdated(
    tmp_path: Path, engine: dict[str, t.Any], since: str, verdict: str
) -> None:
    keep(tmp_path / "reports", "web1", verdict=verdict, remapping=True)
    found = proofs.latest(str(tmp_path / "reports"), "web1", engine)
    assert found is not None and found["verdict"] == "outdated"
    assert since in str(proofs.words(found)) and f"it was {verdict}" in str(proofs.words(found))


def test_a_proof_of_this_start_and_mapping_holds(tmp_path: Path) -> None:
    keep(tmp_path / "reports", "web1", verdict="protected", remapping=True)
    for engine in ({"process": "812/47", "userns": True}, None):
        found = proofs.latest(str(tmp_path / "reports"), "web1", engine)
        assert found is not None and found["verdict"] == "protected"


def test_reports_show_it_with_its_host() -> None:
    documents = [intake.condensed(intake.accepted(findings.audited(name))) for name in ("web1", "web2")]
    documents[0]["proof"] = {**RESULT, "reason": "<b>\x1b[31m"}
    documents[1]["proof"] = {**RESULT, "verdict": "protected", "userns": "host", "proved_at": None}
    whole = fleet.build(documents)
    said = " ".join(" ".join(terminal.summary(whole, documents)).split())
    assert "isolation proof: exposed: <b>\\x1b[31m (2026-11-24T05:58:12Z)" in said
    assert (
        "isolation proof: protected: root of a container deleted a file of root of the host, with --userns=host" in said
    )
    page = html.render(whole, documents)
    assert "<dt>Isolation proof</dt><dd>exposed: &lt;b&gt;\\x1b[31m (2026-11-24T05:58:12Z)</dd>" in page
    assert page.count("Isolation proof") == 2


def test_a_proof_of_limits_is_kept_and_shown_beside_it(tmp_path: Path) -> None:
    result = {"verdict": "not_enforced", "reason": "pids: it got 32", "proved_at": None, "engine_process": "812/47"}
    with files.Folder(str(tmp_path)) as folder:
        document = proofs.document("web1", {**result, "trials": [], "userns": "default"}, proofs.LIMITS)
        folder.write(proofs.file_name("web1", proofs.LIMITS), files.as_json(document))
    assert document["trials"] == [] and "userns" not in document
    assert proofs.latest(str(tmp_path), "web1") is None
    kept = intake.condensed(intake.accepted(findings.audited("web1")))
    kept["limits_proof"] = proofs.latest(str(tmp_path), "web1", {"process": "812/47"}, proofs.LIMITS)
    whole = fleet.build([kept])
    assert whole["hosts"][0]["limits_proof"]["verdict"] == "not_enforced"
    assert "  limits proof: not enforced: pids: it got 32" in terminal.summary(whole, [kept])
    assert "<dt>Limits proof</dt><dd>not enforced: pids: it got 32</dd>" in html.render(whole, [kept])
    # Verdicts of the other kind are none of this one.
    path = tmp_path / proofs.file_name("web1", proofs.LIMITS)
    path.write_text(json.dumps({**document, "verdict": "protected"}), encoding="utf-8")
    damaged = proofs.latest(str(tmp_path), "web1", None, proofs.LIMITS)
    assert damaged is not None and damaged["verdict"] == "inconclusive"
    restarted = {**document, "verdict": "enforced"}
    path.write_text(json.dumps(restarted), encoding="utf-8")
    outdated = proofs.latest(str(tmp_path), "web1", {"process": "9/1"}, proofs.LIMITS)
    assert outdated is not None and outdated["verdict"] == "outdated"
