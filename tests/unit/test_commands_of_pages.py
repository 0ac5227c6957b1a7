# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each command on a page of the documentation names playbooks, modules, options, variables and files that are there."""

from __future__ import annotations

import json
import re
import shlex
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._variables import KNOWN
from ansible_collections.seawall.docker.tests.support.documentation import documentation

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "docs" / "docsite" / "index.md"]
PLAYBOOKS = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
VARIABLES = KNOWN | {
    name
    for path in [*(ROOT / "playbooks").rglob("*.yml"), *(ROOT / "docs" / "examples").iterdir()]
    for name in re.findall(r"\{\{ (\w+)", path.read_text("utf-8"))
}
# Options of ansible-playbook and ansible that take a value, and those that take none.
WITH_VALUE = ("-i", "-c", "-e", "-m", "-a", "--limit", "--tags", "--skip-tags")
ALONE = ("--become", "--ask-become-pass", "--check", "--diff")


class Command(t.NamedTuple):
    page: str
    words: tuple[str, ...]


def commands() -> list[Command]:
    found = []
    for page in PAGES:
        text = page.read_text("utf-8").replace("\\\n", " ")
        lines = re.findall(r"(?m)^    (ansible(?:-playbook)? .*)$", text) + re.findall(
            r"`(ansible-playbook [^`]+)`", text
        )
        found += [Command(page.name, tuple(shlex.split(line, comments=True))) for line in lines]
    return found


def parts(command: Command) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the words and the options with their values."""
    plain, options, words = [], [], iter(command.words[1:])
    for word in words:
        if word in WITH_VALUE:
            options.append((word, next(words)))
        elif word.startswith("-"):
            assert word in ALONE, f"{command.page}: {word}"
        else:
            plain.append(word)
    return plain, options


def named_in(value: str) -> set[str]:
    """Return the variables or options in a text of -e or -a."""
    if value.startswith("{"):
        return set(json.loads(value))
    return {word.partition("=")[0] for word in shlex.split(value)}


def missing_file(name: str, page: str) -> bool:
    """A file is an example, or the text of the page names it and shows what is in it."""
    there = (ROOT / "docs" / "examples" / name).exists()
    text = next(one for one in PAGES if one.name == page).read_text("utf-8")
    return not there and not (f"`{name}`" in text and "```yaml" in text)


@pytest.mark.parametrize("command", commands(), ids=lambda one: f"{one.page}-{' '.join(one.words)}"[:100])
def test_a_command_names_what_exists(command: Command) -> None:
    plain, options = parts(command)
    modules = [value for name, value in options if name == "-m" and value.startswith("seawall.docker.")]
    for module in modules:
        have = documentation()[module.rpartition(".")[2]].options
        assert {key for name, value in options if name == "-a" for key in named_in(value)} <= set(have)
    for word in plain if command.words[0] == "ansible-playbook" else []:
        assert word.removeprefix("seawall.docker.") in PLAYBOOKS or not missing_file(word, command.page), word
    for name, value in options:
        if name == "-e" and value.startswith("@"):
            assert not missing_file(value[1:], command.page), value
        elif name == "-e":
            unknown = {key for key in named_in(value) if not key.startswith("ansible_")} - VARIABLES
            assert not unknown, unknown
        elif name in ("--tags", "--skip-tags"):
            assert f"| `{value}` |" in (ROOT / "docs" / "playbooks.md").read_text("utf-8")


def test_the_pages_have_commands() -> None:
    """A page that is written otherwise must not look like one of which all holds."""
    pages = [one.page for one in commands()]
    assert len(pages) > 45 and {"README.md", "playbooks.md", "userns-remap.md", "writing-rules.md"} <= set(pages)


def test_each_playbook_and_module_has_its_line_of_what_it_needs_and_changes() -> None:
    text = (ROOT / "docs" / "playbooks.md").read_text("utf-8")
    table = text.partition("## What each needs and changes")[2].partition("\n## ")[0]
    assert {name for name in PLAYBOOKS if f"| `seawall.docker.{name}" not in table} == set()
    assert {name for name in documentation() if f"`{name}`" not in table} == set()
