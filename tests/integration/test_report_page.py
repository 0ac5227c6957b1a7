# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page as people have it: in a browser, with a mouse, with keys alone, on a phone, in the dark and on paper."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from ansible_collections.seawall.docker.plugins.action import report
from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, fleet, html, intake
from ansible_collections.seawall.docker.tests.support import browser as support
from ansible_collections.seawall.docker.tests.support import findings

PHONE: dict[str, t.Any] = {"viewport": {"width": 360, "height": 740}}
# What a hostile name would have to reach to do harm.
_MARKUP = "document.querySelectorAll('img, iframe, object, embed, base, link, form[action], [onerror], body [style], svg script').length"
_SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(name="browser", scope="module")
def _browser() -> t.Iterator[Browser]:
    with support.started() as browser:
        yield browser


@pytest.fixture(name="written", scope="module")
def _written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages of a fleet, of one host, and of hosts with hostile names."""
    fleets = {
        "fleet": findings.fleet_of(5, missing=2),
        "one": [findings.audited("web1")],
        "hostile": findings.hostile_fleet(),
    }
    made = {}
    for name, documents in fleets.items():
        condensed = [intake.condensed(intake.accepted(document)) for document in documents]
        made[name] = tmp_path_factory.mktemp(name) / "index.html"
        content = html.render(fleet.build(condensed), fleet.ordered(condensed))
        made[name].write_text(content, encoding="utf-8", errors="backslashreplace")
    return made


def shown(page: Page) -> list[str]:
    """The numbers of the rules that can be seen."""
    return page.locator(".rule:visible > summary .number").all_inner_texts()


def settled(page: Page, said: str) -> None:
    """Wait until the filters say that: they wait a moment for the next letter."""
    page.wait_for_function("said => document.getElementById('matches').textContent.includes(said)", arg=said)


def test_filters_show_what_was_asked_for_and_the_address_keeps_it(browser: Browser, written: dict[str, Path]) -> None:
    with support.opened(browser, written["fleet"]) as page:
        settled(page, "All 118 rules")
        assert len(shown(page)) == 118
        page.locator(".toggle", has_text="Fail").click()
        settled(page, " of 118 rules")
        assert "5.5" in shown(page) and "1.1" not in shown(page)
        page.locator("select[name=section]").select_option("5")
        page.locator("select[name=host]").select_option(label="web1.example.net")
        page.locator("input[name=text]").fill("Read-only")
        settled(page, "1 of 118 rules on web1.example.net")
        assert shown(page) == ["5.13"]
        # Of the groups of hosts, only the one with this host.
        page.locator(".rule:visible > summary").click()
        (group,) = page.locator(".rule:visible .group:visible").all()
        assert "web1.example.net" in group.inner_text()
        state = page.evaluate("location.hash")
        assert state == "#status=f&section=5&host=3&text=Read-only"
        page.locator("#clear").click()
        settled(page, "All 118 rules")
        assert page.evaluate("location.hash") == ""
        page.locator("input[name=text]").fill("no such word anywhere")
        settled(page, "0 of 118 rules")
        assert page.locator("#nothing").is_visible()
    with support.opened(browser, written["fleet"], state) as page:
        settled(page, "1 of 118 rules on web1.example.net")
        assert shown(page) == ["5.13"]
    with support.opened(browser, written["fleet"], "#status=q&level=9&host=999&text=") as page:
        settled(page, "All 118 rules")


def test_filters_of_rules_hide_nothing_else(browser: Browser, written: dict[str, Path]) -> None:
    with support.opened(browser, written["fleet"]) as page:
        everything = page.locator("section:not(.chapter), details.fix, details.host")
        hidden = [
            one.evaluate("node => node.outerHTML.slice(0, 80)") for one in everything.all() if not one.is_visible()
        ]
        assert hidden == [] and page.locator("details.fix").count() > 0
        page.locator("input[name=text]").fill("no such word anywhere")
        settled(page, "0 of 118 rules")
        assert page.locator(".chapter[data-section]:visible").count() == 0
        assert page.locator("details.fix:visible").count() == page.locator("details.fix").count()


def test_a_link_to_a_rule_opens_it_even_where_filters_hide_it(browser: Browser, written: dict[str, Path]) -> None:
    with support.opened(browser, written["fleet"], "#section=1") as page:
        settled(page, "20 of 118 rules")
        page.locator(".first a", has_text="2.10").click()
        settled(page, "All 118 rules")
        rule = page.locator("#r-daemon-userns-remap")
        assert rule.get_attribute("open") is not None
        top, filters = rule.bounding_box(), page.locator("#filters").bounding_box()
        # Not behind the filters, which stick to the top.
        assert top and filters and top["y"] >= filters["y"] + filters["height"] - 1


def test_keys_alone_are_enough(browser: Browser, written: dict[str, Path]) -> None:
    with support.opened(browser, written["fleet"]) as page:
        keys = page.keyboard
        focused = "document.activeElement"
        keys.press("Tab")
        assert page.evaluate(f"{focused}.className") == "skip"
        keys.press("Enter")
        keys.press("Tab")
        assert page.evaluate(f"[{focused}.name, {focused}.value]") == ["status", "f"]
        keys.press("Space")
        settled(page, " of 118 rules")
        page.locator("#unfold").focus()
        keys.press("Tab")
        assert page.evaluate(f"{focused}.matches('.rule > summary') && {focused}.parentNode.offsetParent !== null")
        outline = page.evaluate(f"getComputedStyle({focused}).outlineStyle")
        assert outline == "solid"
        keys.press("Enter")
        assert page.evaluate(f"{focused}.parentNode.open")
        keys.press("Enter")
        assert not page.evaluate(f"{focused}.parentNode.open")


@pytest.mark.parametrize("name", ["fleet", "one", "hostile"])
def test_nothing_reaches_over_the_edge_of_a_phone(browser: Browser, written: dict[str, Path], name: str) -> None:
    with support.opened(browser, written[name], **PHONE) as page:
        assert page.evaluate(_SIDEWAYS) == 0
        page.evaluate("for (const node of document.querySelectorAll('details')) node.open = true")
        assert page.evaluate(_SIDEWAYS) == 0


def test_the_dark_is_dark_and_paper_is_white_with_all_that_fails(browser: Browser, written: dict[str, Path]) -> None:
    background = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    with support.opened(browser, written["fleet"], color_scheme="dark") as page:
        assert max(page.evaluate(background)) < 64
        page.emulate_media(media="print")
        assert min(page.evaluate(background)) == 255
        assert not page.locator("#filters").is_visible()
        for selector in (".rule.failing > .inside", ".host > .inside"):
            inside = page.locator(selector)
            assert inside.count() and all(one.is_visible() for one in inside.all()), selector
        assert page.locator(".rule:not(.failing) > .inside:visible").count() == 0
        assert page.pdf(format="A4").startswith(b"%PDF-")


def test_hostile_names_are_inert(browser: Browser, written: dict[str, Path]) -> None:
    with support.opened(browser, written["hostile"]) as page:
        assert page.evaluate(_MARKUP) == 0
        page.evaluate("for (const node of document.querySelectorAll('details')) node.open = true")
        for option in page.locator("select[name=host] option").all()[1:]:
            page.locator("select[name=host]").select_option(value=option.get_attribute("value"))
            settled(page, f"on {option.text_content()}")
        page.locator("input[name=text]").fill("<script>")
        settled(page, " rules on ")
        page.locator(".host button").first.click()
        assert page.evaluate(_MARKUP) == 0


def test_hosts_of_a_large_fleet_have_pages_of_their_own(browser: Browser, tmp_path: Path) -> None:
    documents = findings.fleet_of(5, missing=2) + findings.hostile_fleet()
    options = {"formats": ["json", "html"], "findings": documents, "hosts": None, "page_hosts": 5}
    with files.Folder(str(tmp_path)) as folder:
        report._reported({**options, "directory": str(tmp_path)}, folder)
    fleet_page = tmp_path / "index.html"
    with support.opened(browser, fleet_page) as page:
        assert page.locator(".row.host").count() == len(documents) and page.locator("details.host").count() == 0
        page.locator("input[name=host]").fill("web1.example.net")
        settled(page, " rules on web1.example.net")
        state = page.evaluate("location.hash")
        assert state == "#host=web1.example.net"
        # With the verdicts of other hosts shown as less important.
        assert page.locator(".pill.dim:visible").count() > 0
        assert support.axe(page, ".chapter[data-section='2']") == []
        (row,) = page.locator(".row.host:visible").all()
        row.click()
        page.wait_for_url("**/pages/web1.example.net.html")
        assert page.locator("h1").inner_text() == "web1.example.net"
        # The picture of ids, and the evidence, which the page of the fleet does not have.
        assert page.locator("svg rect.k-shared:visible").count() > 0
        rule = page.locator("#r-container-read-only")
        assert rule.locator("td").count() > 0 and page.locator("script").count() == 0
        assert page.evaluate(_SIDEWAYS) == 0 and support.axe(page) == []
        page.go_back()
        settled(page, " rules on web1.example.net")
        assert page.evaluate("location.hash") == state and page.locator(".row.host:visible").count() == 1
        page.locator("#clear").click()
        settled(page, "All ")
        assert page.locator(".row.host").last.is_visible()
    pages = sorted((tmp_path / "pages").iterdir())
    assert len(pages) == sum(1 for one in documents if one["outcome"] == "audited")
    for one in pages:
        if "~" in one.name:
            with support.opened(browser, one, **PHONE) as page:
                assert page.evaluate(_MARKUP) == 0 and page.evaluate(_SIDEWAYS) == 0


# How many elements the filter touches.
_COUNT_CHANGES = """() => { window.touched = 0; new MutationObserver(found => window.touched += found.length)
    .observe(document.querySelector(".hosts"), {attributes: true, subtree: true, attributeFilter: ["hidden"]}); }"""


def test_a_filter_touches_only_rows_that_change(browser: Browser, tmp_path: Path) -> None:
    hosts = [findings.audited(f"web{number:03}", rules=3) for number in range(250)]
    condensed = [intake.condensed(intake.accepted(document)) for document in hosts]
    place = tmp_path / "index.html"
    place.write_text("".join(html.pieces(fleet.build(condensed), condensed, split=True)), encoding="utf-8")
    with support.opened(browser, place) as page:
        assert page.locator(".rows").count() == 3 and page.locator(".row.host").count() == 250
        page.evaluate(_COUNT_CHANGES)

        def touched(name: str, said: str) -> int:
            page.locator("input[name=host]").fill(name)
            page.wait_for_function("said => location.hash.includes(said)", arg=said)
            return int(page.evaluate("() => { const found = window.touched; window.touched = 0; return found; }"))

        # Two tables without such a host, and ninety rows of the third.
        assert touched("web12", "host=web12") == 2 + 90
        assert page.locator(".row.host:visible").all_inner_texts()[0].startswith("web120")
        assert touched("web125", "host=web125") == 9
        assert page.locator(".row.host:visible").count() == 1
        page.locator("input[name=text]").fill("sample")
        assert touched("web125 ", "text=sample") == 0
        page.locator("#clear").click()
        settled(page, "All 3 rules")
        assert page.locator(".row.host:visible").count() == 250 and page.evaluate("window.touched") == 2 + 99


def test_the_policy_of_the_page_refuses_what_somebody_would_get_into_it(
    browser: Browser, written: dict[str, Path]
) -> None:
    with support.opened(browser, written["one"], refused=2) as page:
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p id=late style=\"color: red\">x</p>')")
        assert page.evaluate("getComputedStyle(document.getElementById('late')).color") != "rgb(255, 0, 0)"
        page.evaluate("document.getElementById('late').setAttribute('onclick', 'document.title = 1')")
        page.locator("#late").click()
        assert page.title().startswith("Docker audit of ")


@pytest.mark.parametrize(("name", "scheme"), [("fleet", "dark"), ("one", "light")])
def test_nobody_is_shut_out(browser: Browser, written: dict[str, Path], name: str, scheme: t.Any) -> None:
    with support.opened(browser, written[name], color_scheme=scheme) as page:
        # All kinds of what can be opened, and no more: each element costs axe a moment.
        for kind in ("host", "by-section", "fix", "rule.failing", "rule:not(.failing)", "rest"):
            for one in page.locator(f"details.{kind}").all()[:6]:
                one.evaluate("node => { node.open = true; }")
        assert support.axe(page) == []


def test_a_page_that_shuts_people_out_is_noticed(browser: Browser, written: dict[str, Path]) -> None:
    with support.opened(browser, written["one"]) as page:
        page.evaluate("document.querySelector('select').closest('label').querySelector('span').remove()")
        assert "select-name" in "".join(support.axe(page))
