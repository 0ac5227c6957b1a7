# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markdown, as a comment on a merge request: totals, the hosts that were not audited, and what needs somebody.

What comes from hosts stands in code spans, in which there are no links, mentions, images or markup. There are no tables of such
text, because a code span does not protect a pipe in a table.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import advisory_words, intake, text
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import records

NAME = "summary.md"
# GitHub takes comments of 65,536 characters.
_LIMIT = 62_000
_TITLES = {
    "fail": "Failed",
    "unknown": "Unknown: could not be decided, and did not pass",
    "manual": "To be checked by hand",
    "waived": "Waived",
}
_NAMES = 20


def pieces(whole: intake.Document, documents: t.Sequence[intake.Document]) -> t.Iterator[str]:
    totals = whole["totals"]
    lines = ["## Docker audit", ""]
    if whole["benchmark"]:
        lines += [f"Benchmark: {code(whole['benchmark'].get('title') or whole['benchmark'].get('id'))}", ""]
    hosts = ", ".join(f"{totals[outcome]} {outcome}" for outcome in intake.OUTCOMES)
    lines += [f"{text.plural(totals['hosts'], 'host')}: {hosts}.", ""]
    lines += ["| " + " | ".join(name.replace("_", " ") for name in intake.BY_URGENCY) + " |"]
    lines += ["|" + "---:|" * len(intake.BY_URGENCY)]
    lines += ["| " + " | ".join(str(totals["counts"][name]) for name in intake.BY_URGENCY) + " |", ""]
    percent = totals["score"]["percent"]
    if percent is not None:
        lines += [f"{percent}% of {totals['score']['decided']} decided findings passed.", ""]
    if totals["replayed"]:
        replayed = text.plural(totals["replayed"], "host")
        lines += [f"**{replayed} judged from a recorded posture, not from the host itself.**", ""]
    yield "\n".join(lines) + "\n"
    parts = [_lost(documents), _advisories(whole["advisories"], totals["audited"])]
    parts += [_rules(whole, status, title) for status, title in _TITLES.items()]
    for part, room in zip(parts, _rooms(parts, _LIMIT), strict=True):
        yield from _within(part, room)


def code(value: t.Any) -> str:
    """Return the text as a code span. Its fence is longer than any that the text holds."""
    said = records.shown(value) or " "
    fence = "`" * (_longest_run(said) + 1)
    # A space at both ends is taken off again, and keeps a backtick at an end apart from the fence.
    return f"{fence} {said} {fence}"


def remedy(rule: records.Rule) -> list[str]:
    """Return the lines of a remedy, with its commands in a code block, each on a line that can be copied."""
    lines = [code(rule.remedy)] if rule.remedy else []
    if rule.commands:
        fence = "`" * max(3, *(_longest_run(line) + 1 for line in rule.commands))
        lines += ["", fence, *rule.commands, fence]
    return lines


def _longest_run(said: str) -> int:
    """Return how many backticks follow each other at most."""
    return max((len(run) for run in re.findall("`+", said)), default=0)


def _lost(documents: t.Sequence[intake.Document]) -> list[str]:
    """All hosts that were not audited, by name. Hosts with the same reason share an entry."""
    by_reason: dict[str, list[str]] = {}
    for document in documents:
        if not document["findings"]:
            for record in records.of_host(document):
                by_reason.setdefault(record.reason, []).append(record.host)
    lines = []
    for reason, hosts in by_reason.items():
        lines.append(f"- {code(reason)}:")
        chunks = [hosts[start : start + _NAMES] for start in range(0, len(hosts), _NAMES)]
        lines += [f"  {', '.join(map(code, chunk))}{',' if chunk is not chunks[-1] else ''}" for chunk in chunks]
    count = sum(map(len, by_reason.values()))
    return [f"### Hosts that were not audited ({count:,})", "", *lines, ""] if lines else []


def _advisories(section: intake.Document, audited: int) -> list[str]:
    if not audited:
        return []
    lines = [f"### Known vulnerabilities ({advisory_words.age(section)})", ""]
    if section["warning"]:
        lines += [f"**{section['warning']}**", ""]
    nothing = advisory_words.nothing_open(section)
    lines += [f"- {nothing}"] if nothing else []
    for entry in section["upgrades"]:
        installed = f"{code(advisory_words.installed_program(entry))} on {_few(entry['hosts'])}"
        lines.append(f"- {installed}: {code(advisory_words.upgrade(entry))} Open: {_few(entry['fixes'])}")
    for entry in section["not_restarted"]:
        fixes = f" Only this fixes {_few(entry['fixes'])}." if entry["fixes"] else ""
        lines.append(f"- {code(advisory_words.restart(entry))} On {_few(entry['hosts'])}.{fixes}")
    for entry in section["unknown"]:
        lines.append(f"- Unknown: {_few(entry['advisories'])} on {_few(entry['hosts'])}. {code(entry['reason'])}")
    if section["hosts_without"]:
        lines.append(f"- Unknown: the findings say nothing about advisories on {_few(section['hosts_without'])}.")
    return [*lines, ""]


def _few(names: t.Sequence[str]) -> str:
    return ", ".join(code(one) for one in names[:_NAMES]) + (
        f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    )


def _rules(whole: intake.Document, status: str, title: str) -> list[str]:
    lines = []
    for rule in whole["rules"]:
        hosts = rule["hosts"][status]
        if hosts:
            asked = code(f"{rule['number']} {rule['title']}".strip())
            lines.append(f"- {asked}: {_few(hosts)}")
    return [f"### {title}", "", *lines, ""] if lines else []


def _rooms(parts: t.Sequence[list[str]], limit: int) -> list[int]:
    """Return how many characters each part may have. All have the same room, and what a short one leaves is for the longer ones, so that
    many lost hosts or failed rules do not take the place of what is unknown."""
    sizes = [sum(len(line) + 1 for line in part) for part in parts]
    rooms = [0] * len(parts)
    for given, place in enumerate(sorted(range(len(parts)), key=lambda one: sizes[one])):
        rooms[place] = min(sizes[place], limit // (len(parts) - given))
        limit -= rooms[place]
    return rooms


def _within(lines: list[str], room: int) -> t.Iterator[str]:
    whole = sum(len(line) + 1 for line in lines) <= room
    for place, line in enumerate(lines):
        room -= len(line) + 1
        if not whole and room < 100:
            yield f"\n{len(lines) - place} more lines do not fit into a comment. The whole is in `audit.json`.\n\n"
            return
        yield line + "\n"
