# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings in every status and with hostile names, and the formats that are written of them, for tests of those formats."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.plugins.action import report
from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, fleet, formats, intake
from ansible_collections.seawall.docker.tests.support import findings

Document = dict[str, t.Any]

# Files that must say when they were written.
WITH_A_CLOCK: frozenset[str] = frozenset({"ocsf.jsonl", "openvex.json", "oscal.json"})
# What each of the formats could take for more than a name.
HOSTILE = (
    *findings.HOSTILE,
    '=HYPERLINK("http://evil.example","x")',
    "+1+cmd|'/C calc'!A0",
    "@SUM(1)",
    "-2+3",
    "\t=1+1",
    "\uff1d1+1",
    "[click](http://evil.example) ![x](http://evil.example/x.png)",
    "@everyone #1 www.evil.example a@evil.example",
    "a|b `tick` ``two`` **bold** ~~~",
    "]]><failure/>&#0;&amp;\ufffe\uffff",
    'quote"\\n} 1\nevil_metric 1',
    "{0} {{1}} \\[x\\]",
)


def finding(number: str, status: str, subjects: list[Document], **more: t.Any) -> Document:
    return {
        "rule": f"rule-{number.replace('.', '-')}", "number": number, "title": f"Question {number}", "level": 1, "section": "5",
        "section_title": "Container runtime", "status": status, "reason": f"It is {status}.", "expected": "as recommended",
        "why": "An attacker gains a foothold.", "look_at": None, "policy": [], "remedy": None, "subjects": subjects, **more,
    }  # fmt: skip


def subject(name: str, verdict: str, kind: str = "container", **more: t.Any) -> Document:
    return {
        "type": kind,
        "name": name,
        "id": "ab" * 32,
        "verdict": verdict,
        "found": {"value": name},
        "reason": None,
        **more,
    }


def every_status(host: str = "web1") -> Document:
    """A host with a finding of each status, and one whose subjects have all of them."""
    document = findings.audited(host, rules=0)
    waiver = {"rule": "x", "reason": "the vendor's fault", "owner": "ops", "expires": "2099-01-31", "expired": False}
    document["findings"] = [
        finding(f"5.{place}", status, [subject(host, status, "host", waiver=waiver if status == "waived" else None)])
        for place, status in enumerate(intake.STATUSES, 1)
    ]
    document["findings"].append(finding("5.9", "fail", [subject(f"c-{status}", status) for status in intake.STATUSES]))
    document["findings"].append(finding("5.10", "unknown", [subject("c-pass", "pass"), subject("c-odd", "no verdict")]))
    return document


def hostile(host: str = "evil") -> Document:
    """A host whose containers, evidence, reasons and titles attack whoever reads them."""
    document = findings.audited(host, rules=0)
    document["findings"] = [
        finding(
            f"5.{place}",
            status,
            [subject(name, status, reason=name, found={name: [name]}) for name in HOSTILE],
            title=HOSTILE[place],
            reason=HOSTILE[place],
            why=HOSTILE[place],
            remedy={"summary": HOSTILE[place], "impact": "none", "daemon_options": {}, "commands": [HOSTILE[place]]},
        )
        for place, status in enumerate(intake.STATUSES)
    ]
    document["engine"]["operating_system"] = HOSTILE[0]
    document["benchmark"] = {"id": HOSTILE[2], "title": HOSTILE[8]}
    return document


def fleet_of_all_kinds() -> list[Document]:
    """All statuses, hostile names of containers and hosts, hosts that were lost, and one that is a recording."""
    return [
        every_status(),
        hostile(),
        *(hostile(name) for name in HOSTILE),
        findings.lost("gone"),
        findings.lost("broken", "failed", HOSTILE[0]),
        findings.replayed("recorded", rules=12),
        findings.audited("silent", rules=0),
    ]


def write(directory: Path, documents: t.Sequence[Document], *names: str) -> dict[str, t.Any]:
    """Write reports as the module does; without names all formats."""
    options = {
        "directory": str(directory),
        "findings": list(documents),
        "hosts": None,
        "formats": list(names or ("json", *formats.NAMES)),
    }
    with files.Folder(str(directory)) as folder:
        return report._reported({"page_hosts": 500, **options}, folder)


def condensed(documents: t.Sequence[Document]) -> tuple[Document, list[Document]]:
    """The fleet document and the documents, as the formats get them."""
    kept = fleet.ordered(intake.condensed(intake.accepted(document)) for document in documents)
    return fleet.build(kept), kept
