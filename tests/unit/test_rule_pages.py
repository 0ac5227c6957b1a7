# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages that are written from the rules say all that a rule decides, and nothing that a rule's text could disguise."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from ansible_collections.seawall.docker.docs.docsite import rule_pages

SOURCES = rule_pages.sources()


def test_every_rule_has_a_page_with_each_of_its_decisions_and_its_remedy(tmp_path: Path) -> None:
    rule_pages.write(tmp_path / "rules")
    listed = (tmp_path / "rules" / "index.md").read_text(encoding="utf-8").splitlines()
    for rule in SOURCES.benchmark.rules:
        assert rule.slug in listed
        text = (tmp_path / "rules" / f"{rule.slug}.md").read_text(encoding="utf-8")
        assert text.startswith(f"# {rule.numbers['cis-1.8.0']} ")
        for clause in rule.clauses:
            assert f"**{clause.verdict.replace('_', ' ')}**" in text
            assert clause.condition is None or clause.condition.text.splitlines()[0] in text
        for command in (rule.remedy or {}).get("commands") or []:
            assert command.splitlines()[0] in text


def test_a_fault_that_a_case_shows_is_on_the_page_of_its_rule() -> None:
    rule = next(one for one in SOURCES.benchmark.rules if one.slug == "container-not-privileged")
    text = rule_pages.page(rule, SOURCES)
    assert "A failure, as a report shows it:" in text and "verdict: fail" in text


def test_text_of_a_rule_is_text_on_its_page() -> None:
    rule = dataclasses.replace(SOURCES.benchmark.rules[0], title="A [link](x) *and* <b>", why="`code`\n# head")
    text = rule_pages.page(rule, SOURCES)
    assert "A \\[link\\](x) \\*and\\* \\<b\\>" in text
    assert "\\`code\\` # head" in text
