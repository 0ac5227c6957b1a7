# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit that saw less of a host than an earlier one. What is unknown now counts in no score, so the score alone looks better.

An engine that hangs, or an audit without root, is compared with the last audit that saw more.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, intake, text

Document = dict[str, t.Any]


def words(document: Document, reference: Document | None) -> str | None:
    """Return what the earlier audit found and what of it is not decided now. None if no earlier audit saw more."""
    if reference is None:
        return None
    findings = {str(one["rule"]): one for one in document["findings"]}
    open_now = ("unknown", "not_applicable")
    lost = [findings[rule] for rule in reference["failed"] if rule in findings and findings[rule]["status"] in open_now]
    more = _unknown(document) - reference["unknown"]
    score = reference["score"]
    then = "had no score"
    if score["percent"] is not None:
        then = f"had a score of {score['percent']:g}% ({score['passed']:,} of {text.plural(score['decided'], 'check')})"
    said = f"less of this host was seen than before: {text.plural(more, 'more rule is', 'more rules are')} unknown. The last audit that saw more {then}"
    if not lost:
        return f"{said}."
    numbers = sorted({str(one["number"] or one["rule"]) for one in lost}, key=text.numbered)
    failed = text.plural(len(lost), "rule that failed then is", "rules that failed then are")
    return f"{said}; {failed} not decided now: {text.listed(numbers, 60)}."


def last_that_saw_more(document: Document, directory: str) -> Document | None:
    """Return what the last audit found that saw more of the host: the value of ``seen_before``. None if none did.

    That audit is the one whose findings are in the directory, or the one with which those were compared. So an engine that
    hangs for days is compared with the last audit before it hung.
    """
    if document["outcome"] != "audited" or document["replay"] or not _unknown(document):
        return None
    path = os.path.join(directory, "hosts", files.host_file_name(document["host"]))
    if not os.path.lexists(path):
        return None
    try:
        earlier = intake.accepted(files.read_json(path), document["host"])
    except files.ReportError:
        return None
    if earlier["outcome"] != "audited" or earlier.get("replay") or not _same_benchmark(document, earlier):
        return None
    # Where rules were chosen otherwise, only those of both audits are compared.
    rules = {one["rule"] for one in document["findings"]}
    found = {one["rule"]: one["status"] for one in earlier["findings"] if one["rule"] in rules}
    if len(found) < len(rules):
        return None
    score = earlier.get("score") if isinstance(earlier.get("score"), dict) else {}
    last = intake.seen_before(
        {
            "score": score,
            "failed": [rule for rule, status in found.items() if status == "fail"],
            "unknown": sum(1 for status in found.values() if status == "unknown"),
        }
    )
    before = intake.seen_before(earlier.get("seen_before"))
    now = _unknown(document)
    # Of two that saw more, the one that saw most.
    candidates = [one for one in (before, last) if one is not None and one["unknown"] < now]
    return min(candidates, key=lambda one: one["unknown"], default=None)


def _unknown(document: Document) -> int:
    return sum(1 for one in document["findings"] if one["status"] == "unknown")


def _same_benchmark(one: Document, other: Document) -> bool:
    ids = [each["benchmark"].get("id") if isinstance(each.get("benchmark"), dict) else None for each in (one, other)]
    return ids[0] == ids[1]
