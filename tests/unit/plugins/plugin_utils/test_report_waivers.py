# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers of a fleet: one is not called unneeded where somebody may need it, and to find that out takes no time."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._report import fleet, intake, waiver_words
from ansible_collections.seawall.docker.tests.support import findings

Json = dict[str, t.Any]
RULE = "container-privileged"


def waiver(**changes: t.Any) -> Json:
    of_one = {"rule": RULE, "host": "*", "subject": "builder", "image": None, "labels": [], "reason": "builds images"}
    return {**of_one, "owner": "ops", "expires": "2027-03-31", "source": "w.yml, line 1", "rules": [RULE], **changes}


def host(name: str, *unused: Json, status: str = "pass", subjects: t.Sequence[Json] = (), **changes: t.Any) -> Json:
    document = findings.audited(name, containers=0, rules=0)
    row = {"rule": RULE, "number": "5.5", "title": "No container is privileged", "status": status}
    document["findings"] = [{**row, "subjects": list(subjects)}]
    document["unused_waivers"] = list(unused)
    return {**document, **changes}


def subject(verdict: str, of: Json | None = None) -> Json:
    waived = {"waiver": {**of, "expired": False}} if of else {}
    return {"type": "container", "name": "builder", "id": "1", "verdict": verdict, **waived}


def listed(*documents: Json) -> list[Json]:
    unused: list[Json] = fleet.build([intake.condensed(intake.accepted(one)) for one in documents])["unused_waivers"]
    return unused


def test_a_waiver_that_no_host_needs_is_listed_once() -> None:
    assert listed(host("web1", waiver()), host("web2", waiver(source="other.yml, line 7"))) == [waiver()]


@pytest.mark.parametrize(
    "other",
    [
        findings.lost("web2"),
        findings.lost("web2", "failed"),
        host("web2", status="unknown"),
        # The rule fails for one container, and is unknown for another.
        host("web2", status="fail", subjects=[subject("fail"), subject("unknown")]),
        # A slice whose file of waivers is elsewhere.
        host("web2", status="waived", subjects=[subject("waived", waiver(source="/b/w.yml, line 1"))]),
    ],
)
@pytest.mark.parametrize("named", [RULE, "5.5", "stig:DKER-EE-001960", "5", "level1"])
def test_a_waiver_that_another_host_may_need_is_not(other: Json, named: str) -> None:
    mine = waiver(rule=named)
    for one in (subject for finding in other["findings"] for subject in finding["subjects"]):
        if one.get("waiver"):
            one["waiver"]["rule"] = named
    assert listed(host("web1", mine), other) == []
    # It is not for that host.
    assert listed(host("db1", {**mine, "host": "db*"}), other) == [{**mine, "host": "db*"}]


def test_documents_of_earlier_versions_have_no_slugs_of_rules() -> None:
    old = {key: value for key, value in waiver(rule="5.5").items() if key != "rules"}
    assert listed(host("web1", old)) == [old]
    assert listed(host("web1", old), host("web2", status="unknown")) == []


def test_hosts_are_compared_with_patterns_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A waiver for each of many hosts, of which many are lost, takes a look at each."""
    compiled: list[str] = []
    translate = waiver_words.fnmatch.translate

    def counting(pattern: str) -> str:
        compiled.append(pattern)
        return translate(pattern)

    monkeypatch.setattr(waiver_words.fnmatch, "translate", counting)
    names = [f"web{number}" for number in range(20)]
    of_each = [host(name, waiver(host=name), waiver(host="db[0-9]", subject=name)) for name in names]
    assert len(listed(*of_each, findings.lost("lost1"), host("open1", status="unknown"))) == 40
    assert set(compiled) == {"db[0-9]"}
    assert listed(host("db1", waiver(host="db[0-9]")), findings.lost("db2")) == []
