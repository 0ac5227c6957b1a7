# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts share what is equal in their findings, and the reports say the same with it."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import fleet, html, intake, shared
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
