# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DefectDojo's "Generic Findings Import". It refuses keys that it does not know, and shows descriptions as Markdown.

Its import of SARIF takes failures only. Here what is unknown arrives as well, and what was accepted arrives as accepted.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import markdown, records
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats.table import STATUSES

NAME = "defectdojo.json"
_SEVERITIES = {1: "High", 2: "Medium", None: "Medium"}
# Of what did not fail, so that it does not stand among the failures.
_UNDECIDED = {"unknown": "Low", "manual": "Info"}
# DefectDojo's titles have 511 characters, its services 200.
_TITLE, _SERVICE = 500, 200


def pieces(whole: intake.Document, documents: t.Sequence[intake.Document]) -> t.Iterator[str]:
    del whole
    yield '{"name": "seawall.docker", "type": "seawall.docker", "findings": ['
    between = "\n"
    for document in documents:
        for record in records.of_host(document):
            if STATUSES[record.status].defectdojo:
                yield between + json.dumps(_finding(record), allow_nan=False)
                between = ",\n"
    yield "\n]}\n"


def _finding(record: records.Record) -> dict[str, t.Any]:
    rule = record.rule
    described = [
        (label, value)
        for label, value in (
            ("Host", record.host),
            ("Subject", record.about if record.subject else ""),
            ("Verdict", record.status.replace("_", " ")),
            ("Reason", record.reason),
            ("Found", record.found),
            ("Expected", rule.expected),
            ("To look at", rule.look_at),
        )
        if value
    ]
    finding: dict[str, t.Any] = {
        "title": f"{record.host}: {rule.numbered_title}{f' ({record.about})' if record.subject else ''}"[:_TITLE],
        "severity": _UNDECIDED.get(record.status) or _SEVERITIES[rule.level],
        # Markdown: lines of their own, and nothing of a host's outside of code.
        "description": "\n".join(f"- {label}: {markdown.code(value)}" for label, value in described),
        "service": record.host[:_SERVICE],
        "unique_id_from_tool": record.id,
        "vuln_id_from_tool": rule.slug,
        "static_finding": False,
        "dynamic_finding": True,
        "active": record.status != "waived",
        "verified": record.status == "fail",
        "risk_accepted": record.status == "waived",
    }
    if rule.why:
        finding["impact"] = markdown.code(rule.why)
    if rule.remedy_lines:
        finding["mitigation"] = "\n".join(markdown.remedy(rule))
    return finding
