# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed between two audits of one host, subject by subject. Pure.

A finding is repaired if every subject that failed passes now. A container that the engine does not show any more has not
been repaired, and neither has one to which the rule does not apply any more, for example since it is stopped. In the same way
a container that the engine did not show before is no new failure: it may have failed all along.
"""

from __future__ import annotations

import typing as t
from collections import Counter

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json

# Subjects that fail, by the number of the rule. Each is a list of its type and its id, or its name if it has no id.
Failing = dict[str, list[list[str]]]


class Changes(t.NamedTuple):
    """Numbers of rules, in the order of the second audit. ``hidden`` are those of which a failing subject is not shown any
    more, ``subjects`` how many such subjects there are, by their type. ``appeared`` are those that fail only for subjects that
    were not shown before, ``new_subjects`` how many these are."""

    repaired: list[str]
    broken: list[str]
    hidden: list[str]
    without_subject: list[str]
    subjects: dict[str, int]
    appeared: list[str]
    new_subjects: dict[str, int]


def standing(findings: Json) -> Json:
    """Return what is kept of an audit for comparisons."""
    return {
        "counts": findings["counts"],
        "score": findings["score"],
        "statuses": statuses(findings),
        "failing": _failing(findings),
        "shown": [list(one) for one in sorted(_shown(findings))],
    }


def statuses(findings: Json) -> dict[str, str]:
    return {finding["number"]: finding["status"] for finding in findings["findings"]}


def changes(before: Json, after: Json) -> Changes:
    """Compare the standing of one audit with the findings of a later one."""
    was, failing = before["statuses"], before.get("failing") or {}
    shown = _shown(after)
    # A standing of an earlier release does not say what was shown: then nothing is taken for new.
    shown_before = {(str(kind), str(name)) for kind, name in before["shown"]} if "shown" in before else shown
    found = Changes([], [], [], [], {}, [], {})
    hidden: set[tuple[str, str]] = set()
    appeared: set[tuple[str, str]] = set()
    for finding in after["findings"]:
        number, status = finding["number"], finding["status"]
        verdicts = {_key(subject): subject["verdict"] for subject in finding["subjects"]}
        if status == "fail" and was.get(number) != "fail":
            failing_now = {subject for subject, verdict in verdicts.items() if verdict == "fail"}
            if failing_now and not failing_now & shown_before:
                found.appeared.append(number)
                appeared |= failing_now
            else:
                found.broken.append(number)
        if was.get(number) != "fail" or status in ("fail", "unknown"):
            continue
        failed = {(str(kind), str(name)) for kind, name in failing.get(number) or []}
        if not failed:
            continue  # a standing without subjects does not show what was repaired
        lost = failed - shown
        if lost:
            found.hidden.append(number)
            hidden |= lost
        elif any(verdicts.get(subject, "not_applicable") == "not_applicable" for subject in failed):
            found.without_subject.append(number)
        elif all(verdicts[subject] == "pass" for subject in failed):
            found.repaired.append(number)
    return found._replace(subjects=_by_type(hidden), new_subjects=_by_type(appeared))


def _by_type(subjects: set[tuple[str, str]]) -> dict[str, int]:
    return dict(sorted(Counter(kind for kind, _name in subjects).items()))


def _shown(findings: Json) -> set[tuple[str, str]]:
    return {_key(subject) for finding in findings["findings"] for subject in finding["subjects"]}


def _failing(findings: Json) -> Failing:
    return {
        finding["number"]: [list(_key(subject)) for subject in finding["subjects"] if subject["verdict"] == "fail"]
        for finding in findings["findings"]
        if finding["status"] == "fail"
    }


def _key(subject: Json) -> tuple[str, str]:
    return str(subject["type"]), str(subject["id"] or subject["name"])
