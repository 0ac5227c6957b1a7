# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page shows of one host, computed before any HTML."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import (
    advisory_words,
    files,
    groups,
    host_words,
    id_map,
    intake,
    limits_table,
    proofs,
    text,
)

# How many rows the table of limits has, on a page of one host and of several.
_LIMITS_OF_ONE, _LIMITS_OF_MANY = 200, 30


@dataclasses.dataclass
class Host:
    index: int
    name: str
    outcome: str
    error: str | None
    replay: str | None
    engine: str
    facts: list[tuple[str, str]]
    trouble: str | None
    counts: dict[str, int]
    score: intake.Document
    no_score: str | None
    seen_less: str | None
    # What to upgrade and to restart, a sentence each.
    advisories: list[str]
    gaps: list[tuple[str, str]]
    ids: list[id_map.IdMap]
    limits: limits_table.Table | None
    report: str
    # Its page, where it has one of its own.
    page: str
    # For each status that needs attention, its rules: (anchor, number, title).
    open_rules: list[tuple[str, list[tuple[str, str, str]]]]


def of_host(
    entry: intake.Document,
    document: intake.Document,
    index: int,
    anchors: t.Mapping[str, str],
    details: bool = True,
    hosts: int = 1,
) -> Host:
    """What the page of so many hosts shows of a host: its entry in the fleet document, and the condensed document.

    Without ``details`` this is only its row.
    """
    engine = entry["engine"]
    open_rules: dict[str, list[tuple[str, str, str]]] = {"fail": [], "unknown": [], "waived": []}
    for finding in document["findings"] if details else ():
        if finding["status"] in open_rules:
            anchor = anchors[finding["rule"]]
            open_rules[finding["status"]].append((anchor, finding["number"] or finding["rule"], finding["title"]))
    return Host(
        index=index,
        name=entry["host"],
        outcome=entry["outcome"],
        error=groups.bounded(entry["error"]),
        replay=host_words.replay_words(entry["replay"]) if entry["replay"] else None,
        engine=host_words.engine_line(engine),
        facts=host_words.facts(engine) + _proofs(entry) if details else [],
        trouble=host_words.engine_trouble(engine),
        counts=entry["counts"],
        score=entry["score"],
        no_score=host_words.no_score(entry) if entry["outcome"] == "audited" else None,
        seen_less=groups.bounded(entry["seen_less"]),
        advisories=_advisories(document["advisories"]) if details and entry["outcome"] == "audited" else [],
        gaps=[(str(key), str(reason)) for key, reason in document["gaps"].items()] if details else [],
        ids=id_map.pictures(document["ids"], (engine or {}).get("rootless") is True) if details else [],
        limits=limits_table.table(
            document["limits"] if details else None,
            _LIMITS_OF_ONE if hosts == 1 else _LIMITS_OF_MANY,
            hosts > groups.HOSTS_WITH_ALL_EVIDENCE,
        ),
        report=entry["report"],
        page=files.page_name(entry["host"]),
        open_rules=[(status, rules) for status, rules in open_rules.items() if rules],
    )


def _advisories(known: intake.Document | None) -> list[str]:
    if known is None:
        return ["The findings say nothing about advisories: it is not known which are open."]
    said = []
    for one in known["upgrades"]:
        fixes = text.plural(len(one["fixes"]), "open advisory", "open advisories")
        said.append(f"{advisory_words.installed_program(one)}, {fixes}. {advisory_words.upgrade(one)}")
    said += [advisory_words.only_restart(one) for one in known["not_restarted"]]
    unknown = sum(1 for one in known["results"] if one.state == "unknown")
    return said + ([f"{text.plural(unknown, 'advisory is', 'advisories are')} unknown."] if unknown else [])


def _proofs(entry: intake.Document) -> list[tuple[str, str]]:
    return [(title, groups.bounded(sentence) or "") for title, sentence in proofs.lines(entry)]
