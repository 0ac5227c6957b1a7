# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings documents as they come in, brought to one form that the reports rely on.

A document may come from a file that somebody else could write, or from a later version. A faulty
document becomes a host that was not audited, with the reason. No host is dropped, and nothing here raises.
"""

from __future__ import annotations

import math
import typing as t
from collections.abc import Mapping

from ansible_collections.seawall.docker.plugins.plugin_utils._report import (
    advisories,
    id_map,
    limits_table,
    subject_rows,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._report.numbers import is_whole
from ansible_collections.seawall.docker.plugins.plugin_utils._report.text import shorten
from ansible_collections.seawall.docker.plugins.plugin_utils._score import score_of

Document = dict[str, t.Any]

VERSION = 2
# Older ones are brought to this one.
READABLE = (1, VERSION)
STATUSES = ("pass", "fail", "manual", "not_applicable", "waived", "unknown")
OUTCOMES = ("audited", "failed", "unreachable")
# Verdicts in the order in which people should look at them.
BY_URGENCY = ("fail", "unknown", "manual", "waived", "not_applicable", "pass")

# Of what a document says where it says nothing that is known.
_LONGEST_QUOTED = 100

NO_ENGINE: Document = {
    "state": "unknown",
    "reason": None,
    "address": None,
    "owner": None,
    "user_engines": None,
    "other_daemons": None,
    "config_fault": None,
    "process": None,
    "version": None,
    "api": None,
    "operating_system": None,
    "kernel": None,
    "containers": None,
    "rootless": None,
    "userns": None,
}


def unaudited(host: str, outcome: str, error: str | None, benchmark: Document | None = None) -> Document:
    """Return the findings document of a host that failed or could not be reached."""
    if outcome not in ("failed", "unreachable"):
        outcome = "failed"
    return {
        "findings_version": VERSION,
        "host": host,
        "outcome": outcome,
        "error": error or "The audit returned nothing for this host, not even a reason.",
        "replay": None,
        "benchmark": benchmark,
        "engine": None,
        "counts": dict.fromkeys(STATUSES, 0),
        "score": {"passed": 0, "decided": 0, "undecided": 0, "percent": None},
        "gaps": {},
        "unused_waivers": [],
        "seen_before": None,
        "findings": [],
    }


class Plain:
    """A copier of data into plain JSON types. Equal texts are stored once, since 1,000 hosts repeat the same sentences."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def __call__(self, value: t.Any) -> t.Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int):
            return int(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else self._text(repr(value))
        if isinstance(value, (dict, Mapping)):  # the second takes longer to ask
            return {self._text(str(key)): self(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self(item) for item in value]
        return self._text(str(value))

    def _text(self, value: str) -> str:
        # Exactly a str: Ansible passes subclasses that carry tags. Of a subclass this makes a copy, and a str it returns as it is.
        exact = str.__str__(value)
        return self._texts.setdefault(exact, exact)


def accepted(document: t.Any, host: str | None = None, unnamed: str = "?") -> Document:
    """Return the document if the reports can read it, else one that says why not.

    ``host`` overrides the name in it, and ``unnamed`` is used where the name is missing.
    """
    if not isinstance(document, dict):
        return unaudited(host or unnamed, "failed", "Its findings are not a findings document.")
    name = host or str(document.get("host") or unnamed)
    version = document.get("findings_version")
    if version not in READABLE or isinstance(version, bool):
        read = " and ".join(map(str, READABLE))
        return unaudited(
            name, "failed", f"Its findings have version {_quoted(version)}; this report reads only versions {read}."
        )
    outcome = document.get("outcome")
    if outcome in ("failed", "unreachable"):
        empty = unaudited(name, outcome, None, _mapping(document.get("benchmark")))
        error = document.get("error") or empty["error"]
        return {**empty, **document, "findings_version": VERSION, "host": name, "error": error, "findings": []}
    if outcome != "audited":
        return unaudited(name, "failed", f"Its findings document has an unknown outcome: {_quoted(outcome)}.")
    findings = document.get("findings")
    if not isinstance(findings, list) or not all(_is_finding(finding) for finding in findings):
        return unaudited(
            name, "failed", "Its findings document is damaged: it has no list of findings, or one without a status."
        )
    # What somebody else wrote may call itself version 1 and hold rows all the same.
    if version != VERSION:
        document = subject_rows.folded(document)
    fault = subject_rows.fault(document)
    if fault is not None:
        return unaudited(name, "failed", f"Its findings document is damaged: {fault}.")
    return {**document, "host": name}


def _quoted(value: t.Any) -> str:
    return shorten(repr(value), _LONGEST_QUOTED)


def _is_finding(finding: t.Any) -> bool:
    return isinstance(finding, dict) and bool(finding.get("rule")) and finding.get("status") in STATUSES


def condensed(document: Document, findings: list[Document] | None = None) -> Document:
    """Return the document for the fleet's reports: passed subjects are only counted, optional keys are filled in.

    Counts and score are taken from the findings themselves, so that they cannot disagree with what is listed. ``findings`` are the
    condensed findings where they are known already.
    """
    if findings is None:
        findings = [condensed_finding(finding, document["host"]) for finding in document["findings"]]
    counts = dict.fromkeys(STATUSES, 0)
    for finding in findings:
        counts[finding["status"]] += 1
    engine = {**NO_ENGINE, **(_mapping(document.get("engine")) or {})}
    return {
        "host": document["host"],
        "outcome": document["outcome"],
        "error": document.get("error"),
        "replay": _mapping(document.get("replay")),
        "benchmark": _mapping(document.get("benchmark")),
        "policy": _mapping(document.get("policy")) or {},
        "engine": engine if _mapping(document.get("engine")) else None,
        "counts": counts,
        # A score may say more, by level and section.
        "score": {**(_mapping(document.get("score")) or {}), **score_of(counts, engine["state"])},
        "gaps": _mapping(document.get("gaps")) or {},
        "advisories": advisories.accepted(document.get("advisories")),
        "unused_waivers": [each for each in _list(document.get("unused_waivers")) if isinstance(each, dict)],
        "seen_before": seen_before(document.get("seen_before")),
        "ids": id_map.accepted(document.get("ids")),
        "limits": limits_table.accepted(document.get("limits")),
        # Not part of the audit. The writer of the reports fills them in.
        "proof": None,
        "limits_proof": None,
        "findings": findings,
    }


def seen_before(value: t.Any) -> Document | None:
    """Return ``seen_before`` of a document that somebody else could have written, or None if it cannot be used."""
    if not isinstance(value, dict) or not isinstance(value.get("score"), dict):
        return None
    score, failed, unknown = value["score"], value.get("failed"), value.get("unknown")
    numbers = [score.get("passed"), score.get("decided"), unknown]
    if not isinstance(failed, list) or not all(is_whole(one) for one in numbers):
        return None
    percent = score.get("percent")
    if percent is not None and not ((is_whole(percent) or isinstance(percent, float)) and 0 <= percent <= 100):
        return None
    return {
        "score": {"passed": score["passed"], "decided": score["decided"], "percent": percent},
        "failed": [str(one) for one in failed],
        "unknown": unknown,
    }


def condensed_finding(finding: Document, host: str) -> Document:
    """Return a finding of a host as ``condensed`` has it."""
    subjects = [subject for subject in _list(finding.get("subjects")) if isinstance(subject, dict)]
    listed: list[Document] = []
    passed, passed_kinds = 0, set()
    failed, failed_kinds = 0, set()
    for subject in subjects:
        about_host, names = subject.get("type") == "host", subject_rows.names_in(subject)
        if subject.get("verdict") == "pass" and not about_host:
            passed += len(names)
            passed_kinds.add(str(subject.get("type") or "subject"))
            continue
        listed.append(
            {
                "type": str(subject.get("type") or "subject"),
                # A verdict on the host has no name: the host is named elsewhere, and hosts with equal verdicts can be grouped.
                "names": ["" if name == host else name for name in names] if about_host else names,
                "verdict": str(subject.get("verdict") or finding["status"]),
                "found": subject.get("found"),
                "has_found": subject.get("found", {}) != {},
                "reason": subject.get("reason"),
                "waiver": _mapping(subject.get("waiver")),
                **_place(subject),
            }
        )
    for row in listed:
        named = sum(map(bool, row["names"])) if row["verdict"] == "fail" else 0
        if named:
            failed += named
            failed_kinds.add(row["type"])
    return {
        "rule": str(finding["rule"]),
        "number": str(finding.get("number") or ""),
        "title": str(finding.get("title") or finding["rule"]),
        "level": finding.get("level"),
        "section": str(finding.get("section") or ""),
        "section_title": str(finding.get("section_title") or ""),
        "status": finding["status"],
        # Whether something of it is not known, also where the status is worse than unknown.
        "undecided": finding["status"] == "unknown" or any(row["verdict"] == "unknown" for row in listed),
        "reason": finding.get("reason"),
        "expected": finding.get("expected"),
        "why": finding.get("why"),
        "look_at": finding.get("look_at"),
        "policy": _list(finding.get("policy")),
        "references": _references(finding.get("references")),
        "remedy": _remedy(finding.get("remedy")),
        "subjects": listed,
        "passed_subjects": passed,
        # So that the reports of a large fleet need not keep who failed.
        "failed_subjects": failed,
        "failed_kind": min(failed_kinds) if len(failed_kinds) == 1 else "subject",
        "passed_kind": min(passed_kinds) if len(passed_kinds) == 1 else "subject",
    }


def without_names(finding: Document) -> Document:
    """Return a condensed finding without the subjects of a host that say nothing of the fleet: who passes and fails is on the page of
    the host. What somebody accepted, and verdicts on the host itself, stay."""
    kept = [one for one in finding["subjects"] if one["waiver"] or "" in one["names"]]
    return finding if len(kept) == len(finding["subjects"]) else {**finding, "subjects": kept}


def _place(subject: Document) -> Document:
    """The file and line that a verdict is about, where it is about a file of a repository."""
    file, line = subject.get("file"), subject.get("line")
    known = isinstance(file, str) and file and is_whole(line) and line > 0
    return {"file": file, "line": line} if known else {}


def _references(value: t.Any) -> dict[str, list[str]]:
    """Return what other catalogues call a rule, by catalogue. What is no list of texts is left out."""
    named = {
        str(key): [one for one in _list(each) if isinstance(one, str)] for key, each in (_mapping(value) or {}).items()
    }
    return {key: each for key, each in named.items() if each}


def _remedy(value: t.Any) -> Document | None:
    remedy = _mapping(value)
    if remedy is None:
        return None
    return {
        **remedy,
        "commands": _list(remedy.get("commands")),
        "daemon_options": _mapping(remedy.get("daemon_options")) or {},
    }


def _list(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else []


def _mapping(value: t.Any) -> Document | None:
    return value if isinstance(value, dict) else None
