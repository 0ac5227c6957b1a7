# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of what is to be done on a host, in Markdown with boxes to tick, to copy into a ticket.

What comes from hosts stands in code spans, as in ``markdown``.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, fix_words, intake, text
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import records
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats.markdown import code, remedy

FOLDER = "todo"
_TITLES = {
    "fail": "To be put right",
    "unknown": "Not known: remove the reason, and audit again",
    "manual": "To be checked by hand",
}
_SUBJECTS = 20
_PLAIN_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


def name_of(document: intake.Document) -> str:
    return f"{FOLDER}/{files.host_file_name(document['host']).rpartition('.')[0]}.md"


def of_host(document: intake.Document) -> str:
    by_status: dict[str, dict[records.Rule, list[records.Record]]] = {status: {} for status in _TITLES}
    for record in records.of_host(document):
        if record.status in by_status:
            by_status[record.status].setdefault(record.rule, []).append(record)
    remedies = {records.shown(one["rule"]): one["remedy"] or {} for one in document["findings"]}
    lines = [f"# Docker on {code(document['host'])}"]
    for status, rules in by_status.items():
        if rules:
            lines += ["", f"## {_TITLES[status]} ({len(rules)})", ""]
        for rule, found in rules.items():
            lines += _rule(rule, found, fix_words.playbook(rule.number, remedies.get(rule.slug, {})), status)
    if len(lines) == 1:
        lines += ["", "Nothing is to be done."]
    return "\n".join(lines) + "\n"


def _command(host: str, playbook: fix_words.Playbook) -> str:
    """The command that puts it right on this host alone, to be copied into a shell. For a name that Ansible may take for a pattern, or
    a shell for words of its own, only what the command must have."""
    if _PLAIN_HOST.fullmatch(host):
        run = f"Or run: {code(f'ansible-playbook -i INVENTORY --become --limit {host} {playbook.arguments}')}"
    else:
        run = f"Or run the playbook {code(playbook.arguments)} for {code(host)} alone"
    return ", ".join([run, *filter(None, [playbook.besides])])


def _rule(
    rule: records.Rule, found: t.Sequence[records.Record], playbook: fix_words.Playbook | None, status: str
) -> list[str]:
    lines = [f"- [ ] {code(rule.numbered_title)}"]
    lines += [f"  - {code(one.about)}: {code(one.reason or one.found or one.status)}" for one in found[:_SUBJECTS]]
    if len(found) > _SUBJECTS:
        lines.append(f"  - and {text.plural(len(found) - _SUBJECTS, 'other')}")
    if status == "manual" and rule.look_at:
        lines.append(f"  - Look at: {code(rule.look_at)}")
    if status == "fail" and rule.remedy_lines:
        first, *others = remedy(rule)
        lines += [f"  - Remedy: {first}".rstrip(), *(f"    {line}".rstrip() for line in others)]
    if status == "fail" and playbook is not None:
        lines.append(f"  - {_command(found[0].host, playbook)}")
    return lines
