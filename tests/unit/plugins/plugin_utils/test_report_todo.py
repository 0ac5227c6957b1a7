# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of a host: what fails, is unknown or is to be looked at, and nothing that a host says is markup."""

from __future__ import annotations

import re
import shlex
import typing as t

import pytest
from markdown_it import MarkdownIt

from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import markdown, todo
from ansible_collections.seawall.docker.tests.support import findings
from ansible_collections.seawall.docker.tests.support import formats as support


def list_of(document: dict[str, t.Any]) -> str:
    return todo.of_host(intake.condensed(document))


def test_what_fails_comes_first_and_what_passed_or_is_waived_is_not_there() -> None:
    said = list_of(support.every_status())
    titles = re.findall(r"^## (.*) \(\d+\)$", said, re.MULTILINE)
    assert titles == ["To be put right", "Not known: remove the reason, and audit again", "To be checked by hand"]
    boxes = re.findall(r"^- \[ \] ` (5\.\d+) ", said, re.MULTILINE)
    numbers = {status: f"5.{place}" for place, status in enumerate(intake.STATUSES, 1)}
    for status in ("fail", "unknown", "manual"):
        assert numbers[status] in boxes
    for status in ("pass", "not_applicable", "waived"):
        assert numbers[status] not in boxes


def test_a_host_that_was_not_audited_has_that_to_be_done() -> None:
    said = list_of(findings.lost("web1"))
    assert "- [ ] ` The host was audited `" in said and "web1" in said and "Nothing is to be done" not in said


def test_the_playbook_that_puts_a_rule_right_is_named() -> None:
    document = support.every_status()
    failed = next(one for one in document["findings"] if one["status"] == "fail")
    failed["remedy"] = {"summary": "Set it.", "daemon_options": {"icc": False}}
    said = list_of(document)
    assert "  - Remedy: ` Set it. `" in said
    assert 'seawall.docker.harden -e \'{"remediate_rules": ["' + failed["number"] in said


@pytest.mark.parametrize(
    "name", ["x$(touch /tmp/x)", "a b", "`id`", "web*", "all:!db", "-e x", "~web", "@file", "fe80::1", "é"]
)
def test_a_command_takes_no_name_that_means_more_than_a_host(name: str) -> None:
    document = {**support.every_status(), "host": name}
    failed = next(one for one in document["findings"] if one["status"] == "fail")
    failed["remedy"] = {"summary": "Set it.", "daemon_options": {"log-driver": "syslog"}}
    line = next(line for line in list_of(document).splitlines() if "Or run" in line)
    # Nothing to be copied that would change every host.
    assert "ansible-playbook" not in line and "Or run the playbook ` seawall.docker.harden " in line
    assert line.endswith(f"for {markdown.code(name)} alone, with your values in remediate_daemon_options")
    line = next(line for line in list_of({**document, "host": "web-1.x"}).splitlines() if "Or run:" in line)
    command = line.partition("Or run: ` ")[2].partition(" `")[0]
    words = ["ansible-playbook", "-i", "INVENTORY", "--become", "--limit", "web-1.x", "seawall.docker.harden"]
    assert shlex.split(command)[:7] == words and "with your" not in command


@pytest.mark.parametrize(
    "commands", [["echo '-w PATH' >> FILE", "augenrules --load"], ["a\nb", "```", "    c", "- [ ] d"]]
)
def test_each_command_is_a_line_that_can_be_copied(commands: list[str]) -> None:
    document = support.every_status()
    failed = next(one for one in document["findings"] if one["status"] == "fail")
    failed["remedy"] = {"summary": "Set it.", "commands": commands, "daemon_options": {"icc": False}}
    tokens = MarkdownIt("gfm-like").parse(list_of(document))
    assert [one.content for one in tokens if one.type == "fence"] == ["\n".join(commands) + "\n"]
    assert "  - Remedy: ` Set it. `\n" in list_of(document)
    # What follows is in the list again.
    assert any(one.type == "inline" and one.content.startswith("Or run: ") for one in tokens)


def test_a_remedy_may_have_commands_alone() -> None:
    document = support.every_status()
    failed = next(one for one in document["findings"] if one["status"] == "fail")
    failed["remedy"] = {"commands": ["augenrules --load", " "]}
    tokens = MarkdownIt("gfm-like").parse(list_of(document))
    assert [one.content for one in tokens if one.type == "fence"] == ["augenrules --load\n"]


def test_names_of_hosts_are_text_and_many_subjects_are_counted() -> None:
    document = support.every_status()
    failed = next(one for one in document["findings"] if one["status"] == "fail")
    failed["title"] = "`x` <img src=x onerror=y> @team [a](http://b) | \n- [ ] forged"
    said = list_of(document)
    page = MarkdownIt("gfm-like", {"html": True}).render(said)
    assert "<img" not in page and "<a " not in page
    assert not re.search(r"^- \[ \] forged", said, re.MULTILINE)
    assert todo.name_of(intake.condensed(findings.lost("../../etc/x"))).startswith("todo/")
    assert "/.." not in todo.name_of(intake.condensed(findings.lost("../../etc/x")))
