# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts share what is equal in their findings, and the reports say the same with it."""

from __future__ import annotations

import copy
import typing as t
from unittest import mock

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._report import (
    environment,
    fleet,
    groups,
    host_page,
    html,
    intake,
    recent,
    shared,
)
from ansible_collections.seawall.docker.tests.support import findings


def condensed(*names: str) -> list[dict[str, t.Any]]:
    return [intake.condensed(intake.accepted(copy.deepcopy(findings.audited(name)))) for name in names]


def test_equal_findings_of_two_hosts_are_one_object_and_the_documents_stay_equal() -> None:
    same = shared.Shared()
    before = condensed("web1", "web2")
    first, second = (same.document(copy.deepcopy(document)) for document in before)
    assert [first, second] == before
    assert first["findings"]
    for one, other in zip(first["findings"], second["findings"], strict=True):
        assert (one is other) == (one == other)


def test_where_one_subject_differs_the_others_and_the_remedy_are_shared() -> None:
    same = shared.Shared()
    subject = {"type": "container", "name": "db", "verdict": "fail", "found": {"a": [1]}}
    finding = {"rule": "r", "status": "fail", "remedy": {"summary": "do"}, "subjects": [subject]}
    more = copy.deepcopy(finding)
    more["subjects"].append({**subject, "name": "web"})
    first, second = same.finding(finding), same.finding(more)
    assert first != second
    assert first["subjects"][0] is second["subjects"][0]
    assert first["remedy"] is second["remedy"]


def test_what_python_calls_equal_and_json_does_not_is_not_shared() -> None:
    same = shared.Shared()
    kept = [same.finding({"rule": "r", "status": "fail", "reason": value}) for value in (1, True, 1.0, "1", None)]
    assert [repr(one["reason"]) for one in kept] == ["1", "True", "1.0", "'1'", "None"]
    # Half a surrogate pair, as a hostile host may send it.
    assert same.finding({"rule": "\ud800", "status": "pass"})["rule"] == "\ud800"


def test_the_page_is_the_same_with_shared_findings_and_comes_in_pieces() -> None:
    names = [f"web{number}" for number in range(60)]
    apart = condensed(*names)
    same = shared.Shared()
    together = [same.document(document) for document in condensed(*names)]
    whole = fleet.build(apart)
    assert fleet.build(together) == whole
    ordered = fleet.ordered(apart)
    pieces = list(html.pieces(whole, fleet.ordered(together)))
    assert len(pieces) > 1
    assert "".join(pieces) == html.render(whole, ordered)


def fleet_of(hosts: int, **options: t.Any) -> list[dict[str, t.Any]]:
    return [intake.accepted(findings.audited(f"web{number}", **options)) for number in range(hosts)]


def test_a_finding_that_fifty_hosts_have_is_condensed_and_drawn_once() -> None:
    documents = fleet_of(50)
    documents[7]["findings"][3]["reason"] = "of this host alone"
    documents[7]["findings"][3]["status"] = "fail"
    same, pages = shared.Shared(), host_page.HostPages(host_files=True)
    with mock.patch.object(intake, "condensed_finding", wraps=intake.condensed_finding) as condensing:
        kept = [same.condensed(document) for document in documents]
    assert condensing.call_count == 118 + 1
    with mock.patch.object(pages, "_rule", wraps=pages._rule) as drawing:
        drawn = [pages.page(document) for document in kept]
    shown = sum(1 for one in kept[0]["findings"] if one["status"] not in ("pass", "not_applicable"))
    assert drawing.call_count == shown + 1
    assert ["of this host alone" in page for page in drawn].index(True) == 7
    # The same as of hosts that share nothing.
    assert kept == [intake.condensed(document) for document in documents]
    assert drawn[9] == host_page.HostPages(host_files=True).page(intake.condensed(documents[9]))


@pytest.mark.parametrize("names", [True, False])
def test_what_is_kept_to_save_time_has_an_end_and_changes_nothing(monkeypatch: pytest.MonkeyPatch, names: bool) -> None:
    documents = fleet_of(3) + fleet_of(3, seed=1)
    whole, few = shared.Shared(), shared.Shared()
    expected = [whole.document(whole.condensed(document), names) for document in documents]
    monkeypatch.setattr(recent, "MOST_VALUES", 7)
    assert [few.document(few.condensed(document), names) for document in documents] == expected
    assert len(few._condensed) <= 7 and len(few._by_object) <= 7
    assert all((document["ids"] is not None) is names for document in expected)


def held(value: t.Any) -> int:
    """About how many characters and bytes are in a store, its keys among them."""
    if isinstance(value, (str, bytes)):
        return len(value)
    if isinstance(value, dict):
        return sum(held(key) + held(one) for key, one in value.items())
    return sum(map(held, value)) if isinstance(value, (list, tuple)) else 0


def test_long_findings_do_not_fill_the_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST_BYTES", 100_000)
    same, pages = shared.Shared(), host_page.HostPages(host_files=True)
    for host in range(2):
        document = fleet_of(1)[0]
        for number, finding in enumerate(document["findings"]):
            names = [f"{host}-{number}-{one}" for one in range(1_000)]
            row = {"type": "container", "names": names, "verdict": "fail", "found": names, "reason": "".join(names)}
            finding.update(status="fail", subjects=[row])
        pages.page(same.condensed(document))
    # Each finding has about 20 kB.
    stores = (same._condensed, pages._kept, groups._EVIDENCE, groups._BOUNDED)
    assert [0 < held(store._values) < 200_000 for store in stores] == [True] * 4
    assert 0 < len(same._condensed) < 10


def test_a_very_long_name_is_drawn_and_not_kept() -> None:
    long = "x" * 1_000
    before = environment._drawn.cache_info().currsize
    assert f">{long}</span>" in environment._names([long])
    assert environment._drawn.cache_info().currsize == before


class Tagged(str):
    """As Ansible tags texts, with methods that lie."""

    __slots__ = ()

    def __str__(self) -> str:
        return "another"


def test_a_tagged_text_becomes_a_plain_one_with_its_own_characters() -> None:
    plain = intake.Plain()
    value = plain({"a": [Tagged("b\ud800")]})["a"]
    assert (type(value[0]), value) == (str, ["b\ud800"])
    assert plain("".join(["b", "\ud800"])) is value[0]
