# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet document: all hosts of an audit, and for each rule the hosts with each verdict."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import (
    advisories,
    files,
    intake,
    proofs,
    seen_before,
    text,
    waiver_words,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._score import score_of

VERSION = 1


def build(documents: t.Iterable[intake.Document], today: datetime.date | None = None) -> intake.Document:
    """Build the fleet document from condensed findings documents. The order of the input does not matter.

    If a host comes twice, the later document counts. The age of the data about advisories is that of ``today``.
    """
    today = today or datetime.datetime.now().astimezone().date()
    hosts = ordered(documents)
    counts = _summed(hosts)
    # A host whose engine was not asked would make the score of the others better or worse than it is.
    scored = [host for host in hosts if host["score"]["percent"] is not None]
    outcomes = [host["outcome"] for host in hosts]
    return {
        "fleet_version": VERSION,
        "benchmark": _common_benchmark(hosts),
        "hosts": [entry(host) for host in hosts],
        "totals": {
            "hosts": len(hosts),
            **{outcome: outcomes.count(outcome) for outcome in intake.OUTCOMES},
            "replayed": sum(1 for host in hosts if host["replay"]),
            "counts": counts,
            "score": score_of(_summed(scored)) if scored else {**score_of(counts), "percent": None},
            "unscored": sum(1 for host in hosts if host["outcome"] == "audited") - len(scored),
        },
        "rules": _rules(hosts),
        "advisories": advisories.of_fleet(hosts, today),
        "unused_waivers": waiver_words.unused(hosts),
    }


def _summed(hosts: list[intake.Document]) -> dict[str, int]:
    return {status: sum(host["counts"][status] for host in hosts) for status in intake.STATUSES}


def ordered(documents: t.Iterable[intake.Document]) -> list[intake.Document]:
    """Return one document for each host, in the natural order of the names."""
    by_host = {document["host"]: document for document in documents}
    return [by_host[name] for name in sorted(by_host, key=text.natural)]


def _common_benchmark(hosts: list[intake.Document]) -> intake.Document | None:
    """Return the benchmark of all hosts. None if they differ, or if no host has one."""
    audited = [host["benchmark"] for host in hosts if host["outcome"] == "audited" and host["benchmark"]]
    known = audited or [host["benchmark"] for host in hosts if host["benchmark"]]
    return known[0] if known and all(each.get("id") == known[0].get("id") for each in known) else None


def entry(host: intake.Document) -> intake.Document:
    """Return what the fleet document says of a host, from its condensed document."""
    return {
        **{
            key: host[key]
            for key in (
                *("host", "outcome", "error", "replay", "benchmark", "engine", "counts", "score"),
                *proofs.KINDS,
            )
        },
        "seen_less": seen_before.words(host, host["seen_before"]),
        "report": f"hosts/{files.host_file_name(host['host'])}",
    }


def _rules(hosts: list[intake.Document]) -> list[intake.Document]:
    rules: dict[str, intake.Document] = {}
    for host in hosts:
        for finding in host["findings"]:
            rule = rules.setdefault(
                finding["rule"],
                {
                    **{key: finding[key] for key in ("rule", "number", "title", "level", "section", "section_title")},
                    "hosts": {status: [] for status in intake.STATUSES},
                },
            )
            rule["hosts"][finding["status"]].append(host["host"])
    return sorted(rules.values(), key=lambda rule: (text.numbered(rule["number"]), rule["rule"]))
