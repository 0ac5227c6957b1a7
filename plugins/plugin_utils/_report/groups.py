# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups of hosts on which a rule has the same result and the same evidence, and the rows of that evidence."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake, recent, shared, text

# In larger fleets the page shows evidence only for failures: it differs on most of a thousand hosts.
HOSTS_WITH_ALL_EVIDENCE = 50
_LONGEST_EVIDENCE = 600


@dataclasses.dataclass
class Row:
    """Subjects with the same evidence, of one host or of several with equal results."""

    verdict: str
    names: list[str]
    more: int
    kind: str
    found: str | None
    reason: str | None
    waiver: str | None

    @property
    def has_details(self) -> bool:
        """Whether the row shows more than its group."""
        return bool(self.names or self.reason or self.waiver or self.found is not None)


@dataclasses.dataclass
class Group:
    """Hosts on which a rule has the same result and the same evidence."""

    status: str
    hosts: list[str]
    indices: str
    reason: str | None
    expected: str | None
    rows: list[Row]
    aside: list[str]


def of_finding(expected_of_most: str | None, finding: intake.Document, limit: int, hosts: int) -> Group:
    """The group of hosts with this finding, still without hosts. An expectation is named where it is not that of most hosts."""
    status = finding["status"]
    with_evidence = status in ("fail", "waived") or (status != "not_applicable" and hosts <= HOSTS_WITH_ALL_EVIDENCE)
    rows, aside = _rows(finding, limit) if with_evidence else ([], [])
    if status == "pass" and finding["passed_subjects"]:
        aside = []  # the verdict of the rule says that already
    expected = finding["expected"] if status != "pass" and finding["expected"] != expected_of_most else None
    group = Group(status, [], "", bounded(finding["reason"]), bounded(expected), rows, aside)
    # With one subject, the reason of the rule is the reason of that subject.
    if len(rows) == 1 and rows[0].reason == group.reason:
        rows[0].reason = None
    return group


def _rows(finding: intake.Document, limit: int) -> tuple[list[Row], list[str]]:
    rows: dict[t.Any, Row] = {}
    aside: dict[str, int] = {}
    shown = 0
    for one in sorted(finding["subjects"], key=lambda each: _urgency(each["verdict"])):
        verdict, names = one["verdict"], one["names"]
        if verdict == "not_applicable" and names != [""]:
            aside["not_applicable"] = aside.get("not_applicable", 0) + len(names)
            continue
        found = _evidence(one["found"]) if one["has_found"] else None
        reason = bounded(one["reason"])
        waiver = _waiver(one["waiver"])
        key = (verdict, one["type"], found, reason, waiver)
        room = max(limit - shown, 0)
        shown += len(names)
        row = rows.get(key)
        if row is None:
            if not room:
                aside["more"] = aside.get("more", 0) + len(names)
                continue
            row = rows[key] = Row(verdict, [], 0, one["type"], found, reason, waiver)
        row.more += len(names[room:])
        row.names += [visible(name) for name in names[:room] if name]
    notes = []
    if "more" in aside:
        notes.append(f"{aside['more']:,} more in the JSON report of the host")
    if finding["passed_subjects"]:
        kind = finding["passed_kind"]
        notes.append(text.plural(finding["passed_subjects"], f"other {kind} passes", f"other {kind}s pass"))
    if "not_applicable" in aside:
        notes.append(f"not applicable to {aside['not_applicable']:,}")
    return list(rows.values()), notes


# Most hosts of a fleet have the same evidence and reasons.
_EVIDENCE, _BOUNDED = recent.Recent[str](), recent.Recent[str]()


def _evidence(found: t.Any) -> str:
    key = shared.key_of(found)
    known = _EVIDENCE.get(key)
    return _EVIDENCE.keep(key, _shortened(text.evidence(found)), _LONGEST_EVIDENCE) if known is None else known


def _waiver(waiver: intake.Document | None) -> str | None:
    if not waiver:
        return None
    until = "Waiver expired on" if waiver.get("expired") else "Accepted until"
    return bounded(f"{until} {waiver.get('expires')}, by {waiver.get('owner')}: {waiver.get('reason')}")


def _urgency(verdict: str) -> int:
    return intake.BY_URGENCY.index(verdict) if verdict in intake.BY_URGENCY else 1


def bounded(value: t.Any) -> str | None:
    if not value:
        return None
    said = str(value)
    key = shared.key_of(said)
    known = _BOUNDED.get(key)
    return _BOUNDED.keep(key, _shortened(visible(said)), _LONGEST_EVIDENCE) if known is None else known


def _shortened(words: str) -> str:
    return text.shorten(words, _LONGEST_EVIDENCE)
