# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides from the first audit to remapped users, read as a user reads them: each command is run, one after the other on
one host, and prints what the page shows. ``…`` on a page stands for any text, alone on a line for any lines."""

from __future__ import annotations

import json
import re
import shlex
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.lab_host import LabHost, LabHosts

DOCS = Path(__file__).resolve().parents[2] / "docs"
# The containers of the guides' host.
CONTAINERS = {
    "web": ("--restart", "always", "--publish", "8080:80"),
    "agent": ("--restart", "always", "--volume", "/var/run/docker.sock:/var/run/docker.sock"),
    "build": ("--privileged",),
}
# A command that stands in the text before another one needs no play of its own.
_COMMAND = re.compile(r"^    ansible-playbook -i hosts\.yml --become (?:--ask-become-pass )?(.+)$")


class Page:
    """A guide as a list of commands and of what they print, in the page's order."""

    def __init__(self, name: str) -> None:
        self.items: list[tuple[str, str]] = []  # "command" or "output", and its text
        self.files: list[str] = []  # in YAML
        lines = iter((DOCS / name).read_text(encoding="utf-8").splitlines())
        for line in lines:
            command = _COMMAND.match(line)
            if command:
                self.items.append(("command", command[1]))
            elif line in ("```text", "```diff"):
                self.items.append(("output", "\n".join(iter(lambda: next(lines), "```"))))
            elif line == "```yaml":
                self.files.append("\n".join(iter(lambda: next(lines), "```")))
        # A page that is written otherwise must not look like one of which all holds.
        assert {kind for kind, _text in self.items} == {"command", "output"}, name


def pattern(shown: str) -> re.Pattern[str]:
    """Return the pattern that a shown text stands for."""
    lines = []
    for line in shown.splitlines():
        if line.strip() == "…":
            lines.append(r"(?:.*\n)*?")
        else:
            lines.append(".*".join(re.escape(part) for part in line.rstrip().split("…")) + r"[ \t]*\n")
    return re.compile("".join(lines))


class Reader:
    """Somebody who follows the guides on one host that is called web1 there."""

    def __init__(self, host: LabHost, work: Path) -> None:
        self.host = host
        self.reports = work / "reports"
        self.output = ""
        self._inventory = work / "hosts.yml"
        self._variables = work / "group_vars" / "all.yml"
        found = host.inventory.read_text(encoding="utf-8")
        self._inventory.write_text(re.sub(rf"\b{host.name}:", "web1:", found), encoding="utf-8")

    def play(self, command: str) -> None:
        playbook, *words = shlex.split(command.partition("#")[0])
        variables = {"audit_report_directory": str(self.reports)}
        done = self.host.playbook(playbook, variables, *words, "-i", str(self._inventory), "--limit", "web1")
        self.output = done.output.replace(f"{self.reports.parent}/", "")

    def read(self, page: str, before: t.Mapping[str, t.Callable[[], None]]) -> None:
        """Run the page's commands, and compare what they print. ``before`` is what the text says is done in between, by
        the first words of the output that follows."""
        for kind, text in Page(page).items:
            if kind == "command":
                self.play(text)
                continue
            for words, action in before.items():
                if text.lstrip(' "').startswith(words):
                    action()
            assert pattern(text).search(self.output), f"{page} shows:\n{text}\n\nprinted was:\n{self.output}"

    def has_settings_of(self, page: str) -> None:
        """Write the page's variables and waivers beside the inventory."""
        variables, waivers, *_more = Page(page).files
        self._variables.parent.mkdir()
        self._variables.write_text(variables, encoding="utf-8")
        self._inventory.with_name("waivers.yml").write_text(waivers, encoding="utf-8")

    def has_no_settings(self) -> None:
        self._variables.unlink()


def lines_to_complete(reader: Reader) -> None:
    """What the jq command of the page prints."""
    plan = json.loads((reader.reports / "plans" / "web1.json").read_text(encoding="utf-8"))
    (web,) = [one for one in plan["advice"] if one["subject"]["name"] == "web"]
    reader.output = "\n".join([*web["lines"], web["compose"]]) + "\n"


def test_the_guides_show_what_happens(lab: LabHosts, tmp_path: Path) -> None:
    (host,) = lab.get("trixie")
    for name, options in CONTAINERS.items():
        host.container(name, *options)
    reader = Reader(host, tmp_path)
    reader.read("first-audit.md", {})
    reader.has_settings_of("policy-and-waivers.md")
    # The settings are those of every audit, also of one against another benchmark.
    reader.read("supply-chain.md", {})
    reader.read("policy-and-waivers.md", {})
    reader.has_no_settings()

    def without_obstacles() -> None:
        host.docker("rm", "--force", "build", "agent")
        reader.play("seawall.docker.userns_remap")
        reader.play("seawall.docker.prove")

    reader.read("hardening.md", {"docker update": lambda: lines_to_complete(reader), "PROTECTED": without_obstacles})
    reader.play("seawall.docker.userns_remap -e userns_remap_state=absent")
    assert host.docker("ps", "--format", "{{.Names}}") == "web"
