# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of the documentation, read as a user reads them: each command is run, one after the other on one host, and prints what
the page shows. ``…`` on a page stands for any text, alone on a line for any lines."""

from __future__ import annotations

import re
import shlex
import shutil
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.lab_host import LabHost

DOCS = Path(__file__).resolve().parents[2] / "docs"
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
        words += ["-i", str(self._inventory), "--limit", "web1"]
        done = self.host.playbook(playbook, variables, *words, where=self._inventory.parent)
        self.output = done.output.replace(f"{self.reports.parent}/", "")

    def read(
        self,
        page: str,
        before: t.Mapping[str, t.Callable[[], None]],
        first: t.Mapping[str, t.Callable[[], None]] | None = None,
    ) -> None:
        """Run the page's commands, and compare what they print. ``before`` is what the text says is done in between, by
        the first words of the output that follows, and ``first`` the same by the first words of a command."""
        for kind, text in Page(page).items:
            if kind == "command":
                for words, action in (first or {}).items():
                    if text.startswith(words):
                        action()
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

    def has_file(self, path: Path) -> None:
        """Copy a file to where the commands are typed."""
        shutil.copy(path, self._inventory.with_name(path.name))

    def has_no_settings(self) -> None:
        self._variables.unlink()
