# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page: what it shows, and that nothing from a host ever becomes markup."""

from __future__ import annotations

import base64
import hashlib
import re
import typing as t
from html.parser import HTMLParser

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._report import (
    _style,
    environment,
    fleet,
    html,
    intake,
    view,
)
from ansible_collections.seawall.docker.tests.support import findings

VOID = {"meta", "input", "rect"}


class Page(HTMLParser):
    """The elements, attributes and text of a page. Fails where elements are not closed in order."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"style": [], "script": []}
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in self.raw:
            self.raw[self._open[-1]].append(data)
        else:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).split())

    def ids(self) -> list[str]:
        return [value for _tag, attributes in self.elements if (value := attributes.get("id"))]


def page_of(documents: t.Iterable[t.Any], **options: t.Any) -> str:
    condensed = [intake.condensed(intake.accepted(document)) for document in documents]
    return html.render(fleet.build(condensed), fleet.ordered(condensed), **options)


def test_a_rule_shows_what_the_site_chose() -> None:
    documents = [findings.audited(name) for name in ("web1", "web2")]
    for document in documents:
        document["findings"][0]["policy"] = ["allowed_ports", "trusted_docker_users", "older"]
        document["policy"] = {"allowed_ports": ["443/tcp", "<b>"], "trusted_docker_users": [document["host"]]}
    page = page_of(documents)
    assert "<code>allowed_ports</code>:\n443/tcp, &lt;b&gt;<br>" in page
    assert "<code>trusted_docker_users</code>, which differs between hosts<br>" in page
    # Findings of an earlier version have no values.
    assert "<code>older</code></dd>" in page
    assert "<code>trusted_docker_users</code>:\nweb1" in page_of(documents[:1])
    documents[0]["policy"] = "damaged"
    assert "<code>allowed_ports</code><br>" in page_of(documents[:1])


def test_hostile_data_creates_no_element_and_no_attribute() -> None:
    tame = findings.hostile_fleet()
    text = page_of(tame)
    page = Page(text)
    assert {tag for tag, _attributes in page.elements} <= set(
        "html head meta title style script body a header p h1 h2 h3 h4 main section table thead tbody tr th td"
        " ul ol li small div details summary span em b i svg rect dl dt dd code pre footer caption"
        " form fieldset legend label input select option button".split()
    )
    assert [tag for tag, _attributes in page.elements].count("script") == 1
    assert [tag for tag, _attributes in page.elements].count("style") == 1
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src", "action")], tag
        if (link := attributes.get("href")) is not None:
            assert link.startswith("#") or (link.startswith("hosts/") and link.endswith(".json") and ":" not in link)
    for name in ("<script>alert(1)</script>", "{{ 7*7 }}{% raw %}", "&lt;b&gt;&amp;"):
        assert name in page.words
    assert "49" not in page.words.split()


def test_unprintable_characters_are_written_out() -> None:
    text = page_of(findings.hostile_fleet())
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "esc\\x1b[2J\\x1b]0;owned\\x07" in text
    assert "rtl\\u202egnp.exe\\u2066" in text
    assert "\\u2028\\u200b\\ufeff\\U000e0041\\ud800" in text
    text.encode("utf-8")


def test_the_policy_admits_the_pages_own_style_and_script_and_nothing_else() -> None:
    page = Page(page_of([findings.audited("web1")]))
    (policy,) = [
        attributes["content"]
        for tag, attributes in page.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy is not None and policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256("".join(page.raw[kind]).encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_the_page_asks_no_network() -> None:
    text = page_of(findings.fleet_of(4, missing=1))
    assert "http://" not in text and "https://" not in text and "url(" not in text and "@import" not in text


@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_ids_are_unique_and_links_lead_somewhere(count: int) -> None:
    page = Page(page_of(findings.fleet_of(count)))
    assert len(page.ids()) == len(set(page.ids()))
    for _tag, attributes in page.elements:
        link = attributes.get("href")
        if link and link.startswith("#"):
            assert link[1:] in page.ids()


def test_same_input_same_bytes_in_any_order() -> None:
    documents = findings.fleet_of(7, missing=2)
    assert page_of(documents) == page_of(reversed(documents))


def test_all_hosts_and_rules_are_there_and_the_lost_come_first() -> None:
    documents = findings.fleet_of(12, missing=4)
    text = page_of(documents)
    page = Page(text)
    assert sum(1 for _tag, each in page.elements if (each.get("class") or "").startswith("rule")) == 118
    assert "4 hosts were not audited" in page.words
    first_audited = min(text.index(each["host"]) for each in documents if each["outcome"] == "audited")
    for document in documents:
        assert document["host"] in page.words
        if document["outcome"] != "audited":
            assert text.index(document["host"]) < first_audited
            assert document["error"] in page.words


def test_where_all_are_lost_they_are_still_named() -> None:
    page = Page(page_of([findings.lost("a1"), findings.lost("b1", "failed", "No python.")]))
    assert "2 hosts were not audited" in page.words and "No python." in page.words
    assert "nothing was decided" in page.words


def test_replay_is_marked() -> None:
    assert "Replay: not a live host" in Page(page_of([findings.replayed()])).words
    mixed = Page(page_of([findings.replayed("x1"), findings.audited("x2")])).words
    assert "Replay: 1 host was not asked" in mixed and "x1 replay" in mixed and "x2 replay" not in mixed
    assert "Replay" not in Page(page_of([findings.audited("x2")])).words


def test_score_stands_beside_what_is_undecided() -> None:
    document = findings.audited("web1")
    words = Page(page_of([document])).words
    score = document["score"]
    assert f"{score['percent']}% {score['passed']} of {score['decided']} checks passed" in words.replace(
        "%", "% "
    ).replace("%  ", "% ")
    assert f"{score['undecided']} undecided" in words


def test_failing_subjects_are_shown_with_what_was_found_and_passing_ones_counted() -> None:
    document = findings.audited("web1", containers=3)
    finding = next(each for each in document["findings"] if each["rule"] == "container-memory-limit")
    finding["status"] = "fail"
    for subject, verdict in zip(finding["subjects"], ("fail", "pass", "unknown"), strict=True):
        subject.update(verdict=verdict, found={"declared": f"evidence {verdict}"}, reason=None, name=f"name-{verdict}")
    words = Page(page_of([document])).words
    assert "name-fail" in words and "declared: evidence fail" in words
    assert "name-unknown" in words and "name-pass" not in words and "1 other container passes" in words
    assert "docker update --memory 512m" in words


def test_waivers_say_who_accepted_what_until_when() -> None:
    document = findings.audited("web1", containers=2)
    finding = next(each for each in document["findings"] if each["rule"] == "container-read-only")
    finding["status"] = "fail"
    waiver = {"owner": "ops", "reason": "legacy", "expires": "2027-01-31", "expired": False, "rule": "x", "subject": ""}
    finding["subjects"][0].update(verdict="waived", waiver=waiver)
    finding["subjects"][1].update(verdict="fail", waiver={**waiver, "expired": True, "expires": "2025-01-31"})
    document["unused_waivers"] = [{**waiver, "rule": "daemon-icc", "reason": "not needed"}]
    words = Page(page_of([document])).words
    assert "Accepted until 2027-01-31, by ops: legacy" in words
    assert "Waiver expired on 2025-01-31, by ops: legacy" in words
    assert "daemon-icc on any subject, by ops: not needed" in words


def test_hosts_that_stand_equal_share_a_group() -> None:
    same = [findings.audited(name, seed=1) for name in ("a1", "a2", "a3")]
    condensed = [intake.condensed(document) for document in same]
    shown = view.build(fleet.build(condensed), condensed)
    assert all(len(rule.groups) == 1 for section in shown.sections for rule in section.rules)


def test_a_large_fleet_says_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "NAMES_ON_PAGE", 100)
    words = Page(page_of(findings.fleet_of(6, containers=40))).words
    assert re.search(
        r"For each rule it shows the first \d+ subjects of a host. The JSON report of each host contains everything.",
        words,
    )
    assert re.search(r" and \d+ more", words)


def test_a_page_of_many_hosts_shows_evidence_of_faults_alone_and_says_so() -> None:
    few, many = (Page(page_of(findings.fleet_of(count))).words for count in (50, 51))
    note = "The page shows evidence only for failures. The JSON report of each host contains everything."
    assert note not in few and note in many
    assert "origin: default" in many  # what fails
    assert few.count("origin: daemon.json") > many.count(
        "origin: daemon.json"
    )  # what passes; a waived fault has it too


def test_json_is_linked_only_where_it_was_written() -> None:
    document = findings.audited("web1")
    assert 'href="hosts/web1.json"' in page_of([document])
    assert "hosts/web1.json" not in page_of([document], host_files=False)


def test_a_host_has_the_picture_of_its_ids_and_the_table_of_its_limits() -> None:
    text = page_of([findings.audited("web1", containers=3)])
    assert 'aria-label="User and group ids of web1"' in text and '<rect class="k-shared"' in text
    assert "shares 131,072 to 165,535 with alice" in text
    assert '<span class="because c-fail">not in force</span>' in text and '<em class="tag">stopped</em>' in text
    # Where there are many hosts, only what is not enforced is in the table.
    text = page_of([findings.audited(f"web{n}", containers=3) for n in range(51)])
    assert "not in force" in text and '<em class="tag">stopped</em>' not in text
    # A document of before is shown without both.
    before = {key: value for key, value in findings.audited("web1").items() if key not in ("ids", "limits")}
    text = page_of([before])
    assert "Limits of containers of" not in text and "ids of web1" not in text


def test_bars_have_no_gaps() -> None:
    parts = environment._bar([("fail", 1), ("unknown", 0), ("pass", 2)])
    assert parts == [("fail", 0, 333), ("pass", 333, 667)]


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read_in_both_schemes(dark: bool) -> None:
    light_part, dark_part = _style.STYLE.split("prefers-color-scheme: dark", 1)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", dark_part if dark else light_part))
    pairs = [(ink, paper) for ink in ("ink", "soft", "link") for paper in ("page", "card", "fill")]
    pairs += [(name, f"{name}-bg") for name in ("fail", "unknown", "manual", "waived", "na", "pass")]
    pairs += [(ink, paper) for ink in ("ink", "soft") for paper in ("fail-bg", "waived-bg")]
    pairs += [(name, "card") for name in ("fail", "unknown", "waived")]
    for ink, paper in pairs:
        lighter, darker = sorted((_luminance(colours[ink]), _luminance(colours[paper])), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (ink, paper)


def test_many_lost_hosts_are_all_listed_in_a_part_that_the_keyboard_can_scroll() -> None:
    page = Page(page_of(findings.fleet_of(60, missing=50)))
    (banner,) = [each for _tag, each in page.elements if "lost" in (each.get("class") or "").split()]
    assert banner["class"] == "banner lost long" and banner["tabindex"] == "0"
    assert "50 hosts were not audited" in page.words
