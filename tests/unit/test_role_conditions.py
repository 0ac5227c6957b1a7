# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``-e name=false`` gives a text, which is true as a condition of Jinja and refused as one of a task."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    path
    for folder in ("roles", "playbooks")
    for path in (ROOT / folder).rglob("*.yml")
    if not {"meta", "files"} & set(path.parts)
]


def switches() -> set[str]:
    """The options of roles that are true or false."""
    found = set()
    for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        for entry in yaml.safe_load(path.read_text("utf-8"))["argument_specs"].values():
            found |= {name for name, spec in entry["options"].items() if spec["type"] == "bool"}
    return found


def bare_in(text: str, names: set[str]) -> list[str]:
    """The switches that decide something as they are; as the whole of an expression they only reach a module, which converts."""
    words = "|".join(sorted(names))
    bare = rf"\b(?:{words})\b(?: \| default\(\w+\))?(?! *\| *(?:bool|default))"
    condition = re.compile(
        rf"(?:\b(?:if|not|and|or) |^ *(?:when:|-) ){bare}(?!:)|{bare} (?:and|or|else|==)\b", re.MULTILINE
    )
    return [match[0].strip() for match in condition.finditer(text)]


def test_a_switch_that_decides_is_read_as_one() -> None:
    names = switches()
    assert len(names) > 10
    found = {str(path.relative_to(ROOT)): bare_in(path.read_text("utf-8"), names) for path in FILES}
    assert {path: one for path, one in found.items() if one} == {}


def test_the_search_knows_a_condition_from_an_argument() -> None:
    names = {"a_switch"}
    for bare in (
        "  when: a_switch\n",
        "  when:\n    - not a_switch\n",
        "    - a_switch\n",
        "x: \"{{ 'a' if a_switch else omit }}\"\n",
        "  when: other and a_switch\n",
        "  when: a_switch | default(true)\n",
    ):
        assert bare_in(bare, names), bare
    for read in ("  when: not a_switch | bool\n", '  option: "{{ a_switch | default(omit) }}"\n', "a_switch: false\n"):
        assert not bare_in(read, names), read
    assert not bare_in("  when: a_switch | default(true) | bool\n", names)
