# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary in the terminal."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import engine_summary
from ansible_collections.seawall.docker.plugins.plugin_utils._report import fleet, intake, terminal, text
from ansible_collections.seawall.docker.tests.support import findings
from ansible_collections.seawall.docker.tests.support.postures import posture_in

PATHS = ["reports/hosts/web1.json", "reports/audit.json", "reports/index.html"]


def lines_of(documents: list[findings.Document], paths: t.Sequence[str] = tuple(PATHS)) -> list[str]:
    condensed = [intake.condensed(intake.accepted(document)) for document in documents]
    return terminal.summary(fleet.build(condensed), fleet.ordered(condensed), list(paths))


@pytest.mark.parametrize("count", [0, 1, 3, 60])
@pytest.mark.parametrize("hostile", [False, True])
def test_lines_fit_and_hold_no_control_characters(count: int, hostile: bool) -> None:
    documents = [
        findings.audited(f"{findings.HOSTILE[n % 10]}{n}" * (3 if hostile else 1), n, 12, hostile=hostile)
        for n in range(count)
    ]
    documents.append(findings.lost(findings.HOSTILE[3] * 9, error=findings.HOSTILE[5] * 40))
    for line in lines_of(documents):
        assert text.width(line) <= 100
        assert line.isprintable()


def test_one_host_names_the_containers() -> None:
    document = findings.audited("web1")
    lines = lines_of([document])
    finding = next(each for each in document["findings"] if each["rule"] == "container-read-only")
    names = [subject["name"] for subject in finding["subjects"] if subject["verdict"] == "fail"]
    assert any("5.13" in line and "L1" in line and ", ".join(names) in line for line in lines)
    assert any("2.10" in line and line.endswith("the host") for line in lines)


def test_score_and_undecided_share_a_line() -> None:
    for line in lines_of([findings.audited("web1"), findings.audited("web2", 1)]):
        if "%" in line:
            assert "undecided" in line or "could not be decided" in line


def test_all_lost_hosts_are_named_however_many() -> None:
    documents = findings.fleet_of(400, containers=1, missing=300)
    shown = " ".join(lines_of(documents))
    assert "400 hosts, 100 audited, 150 failed, 150 unreachable" in shown
    for document in documents:
        if document["outcome"] != "audited":
            assert document["host"] in shown
    assert "WORST HOSTS" in shown


def test_equal_reasons_are_said_once() -> None:
    lines = lines_of([findings.lost(f"web{n}", error="No route to host.") for n in range(5)])
    assert sum("No route to host." in line for line in lines) == 1
    assert "  web0, web1, web2, web3, web4" in lines


def test_replay_is_marked_at_the_top() -> None:
    lines = lines_of([findings.replayed()])
    mark = next(number for number, line in enumerate(lines) if line.startswith("REPLAY"))
    assert mark < next(number for number, line in enumerate(lines) if line.startswith("HOST"))
    assert any(line.startswith("localhost (replay)") for line in lines)
    assert not any("REPLAY" in line for line in lines_of([findings.audited("web1")]))


def test_a_silent_engine_says_why() -> None:
    document = findings.audited("web1")
    document["engine"].update(state="stopped", reason="no process serves /var/run/docker.sock.")
    assert "  The engine is stopped: no process serves /var/run/docker.sock." in lines_of([document])


def test_engines_of_users_are_named_as_not_audited() -> None:
    document = findings.audited("web1")
    users = [{"uid": uid, "name": None, "address": f"unix:///run/user/{uid}/docker.sock"} for uid in range(1000, 1007)]
    document["engine"].update(owner={"uid": 0, "name": "root"}, user_engines=users)
    said = " ".join(line.strip() for line in lines_of([document]))
    assert "not audited: engines of users (user 1000 at unix:///run/user/1000/docker.sock, user 1001" in said
    assert "and 2 more)" in said
    # The one that was audited is not among them.
    document["engine"].update(owner={"uid": 1000, "name": "dev"}, user_engines=users[:1])
    assert "not audited" not in " ".join(lines_of([document]))


def test_other_daemons_of_root_are_named_as_not_audited() -> None:
    document = findings.audited("web1")
    document["engine"].update(other_daemons=[{"pid": 12, "unit": "second.service"}, {"pid": 13, "unit": None}])
    said = " ".join(line.strip() for line in lines_of([document]))
    assert "not audited: other daemons of root (process 12 (second.service), process 13)" in said


def test_a_configuration_with_which_the_engine_would_not_start_is_said_of_one_that_runs() -> None:
    posture = posture_in()
    posture["daemon"]["config_file"] = {"path": "/etc/docker/daemon.json", "state": "invalid", "error": "line 4: \x1b"}
    document = findings.audited("web1")
    document["engine"] = engine_summary(posture)
    said = " ".join(line.strip() for line in lines_of([document]))
    assert "The engine cannot start with its configuration, /etc/docker/daemon.json: line 4: \\x1b " in said
    posture["daemon"]["config_file"]["state"] = "unreadable"
    document["engine"] = engine_summary(posture)
    assert "cannot start" not in " ".join(lines_of([document]))


def test_errors_of_a_file_are_shown_to_the_last() -> None:
    faults = " ".join(
        f"({number}) waivers.yml, line {number}, 1.reason: a waiver needs reason, as text." for number in range(1, 16)
    )
    said = " ".join(" ".join(lines_of([findings.lost("web1", error=faults)])).split())
    assert "(15) waivers.yml, line 15" in said


def test_next_steps() -> None:
    shown = " ".join(" ".join(lines_of(findings.fleet_of(3, missing=1))).split())
    assert "1. 1 host was not audited. Fix the error above and run again." in shown
    assert "become: true" in shown
    assert "need a check by a person" in shown


def test_reports_are_named_page_first() -> None:
    lines = lines_of([findings.audited("web1")])
    assert lines[-3:] == ["  reports/index.html", "  reports/audit.json", "  reports/hosts/"]
    assert not any("REPORTS" in line for line in lines_of([findings.audited("web1")], []))
    # Of files of single hosts, the folder.
    paths = [f"reports/{folder}/web{n}.x" for folder in ("hdf", "hosts", "pages", "todo") for n in range(3)]
    lines = lines_of([findings.audited("web1")], paths)
    assert lines[-4:] == ["  reports/hdf/", "  reports/hosts/", "  reports/pages/", "  reports/todo/"]


def test_nothing_audited_claims_nothing() -> None:
    shown = "\n".join(lines_of([findings.lost("web1")]))
    assert "Score" not in shown and "No rule failed" not in shown


def test_an_audit_without_failures_counts_what_is_unknown() -> None:
    document = findings.audited("web1")
    for finding in document["findings"]:
        finding["status"] = "pass"
    assert "No rule failed." in lines_of([document])
    document["findings"][0]["status"] = document["findings"][1]["status"] = "unknown"
    lines = lines_of([document])
    assert "No rule failed, but 2 results are unknown." in lines
    assert any("2 results are unknown (they do not count as passed)." in line for line in lines)


def test_one_cause_of_many_facts_is_the_most_frequent_reason() -> None:
    document = findings.audited("web1")
    cause = "the engine does not run"
    reasons = [
        f"host.containers is not known: {cause}",
        f"2 of 3: subject.mode is not known: {cause}",
        "other",
        "other",
    ]
    reasons.append(cause)
    document["findings"] = document["findings"][: len(reasons)]
    for finding, reason in zip(document["findings"], reasons, strict=True):
        finding["status"], finding["reason"] = "unknown", reason
    assert f"Most frequent reason (3): {cause}." in " ".join(" ".join(lines_of([document])).split())


@pytest.mark.parametrize("reason", ["it was built here", None])
def test_unknown_subjects_without_a_common_reason_show_one_of_theirs_or_none(reason: str | None) -> None:
    document = findings.audited("web1", rules=1)
    (finding,) = document["findings"]
    row = {"type": "image", "id": None, "verdict": "unknown", "found": {}, "waiver": None}
    finding.update(status="unknown", reason="2 of 2", subjects=[{**row, "name": one, "reason": reason} for one in "ab"])
    said = " ".join(" ".join(lines_of([document])).split())
    assert "2 of 2" not in said and ("Most frequent reason (1): it was built here." in said) is bool(reason)


def test_an_engine_that_is_stopped_is_the_first_to_be_put_right() -> None:
    document = findings.audited("web1", rules=40)
    document["engine"]["state"] = "stopped"
    said = " ".join(" ".join(lines_of([document])).split())
    assert "NEXT 1. Start Docker on web1 (journalctl -u docker says why it ended) and audit again. 2. " in said
    assert "Start Docker" not in " ".join(lines_of([findings.audited("web1", rules=40)]))
