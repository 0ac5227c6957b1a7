# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers over the whole fleet: which expired, which end soon, and which no host needs."""

from __future__ import annotations

import datetime
import fnmatch
import re
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.text import plural

SOON_DAYS = 30
_PATTERN = re.compile(r"[*?\[]")
# Not the source: slices of an inventory may have the file of waivers at different places.
_KEYS = ("rule", "host", "subject", "image", "reason", "owner", "expires", "labels")


def unused(documents: t.Sequence[intake.Document]) -> list[intake.Document]:
    """Return the waivers that no host needed, each once. A host lists only those that could have matched on it."""
    found: dict[tuple[str, ...], intake.Document] = {}
    for document in documents:
        for waiver in document["unused_waivers"]:
            found.setdefault(_key(waiver), waiver)
    if not found:
        return []
    for _host, _finding, _subject, waiver in _applied(documents):
        found.pop(_key(waiver), None)
    lost = {document["host"] for document in documents if document["outcome"] != "audited"}
    undecided = _undecided(documents)
    return [waiver for waiver in found.values() if not _is_open(waiver, lost, undecided)]


def words(waiver: intake.Document) -> str:
    """Return which findings a waiver is for, by whom and why."""
    where = waiver.get("subject") or "any subject"
    if waiver.get("image"):
        where = f"{where} of image {waiver['image']}"
    if isinstance(waiver.get("labels"), list) and waiver["labels"]:
        where = f"{where} with labels {', '.join(str(label) for label in waiver['labels'])}"
    if waiver.get("host") not in (None, "", "*"):
        where = f"{where} of host {waiver['host']}"
    return f"{waiver.get('rule')} on {where}, by {waiver.get('owner')}: {waiver.get('reason')}"


def lines(fleet: intake.Document, documents: t.Sequence[intake.Document], today: datetime.date) -> list[str]:
    """Return a line for each waiver that expired, ends soon or is not needed."""
    expired: dict[tuple[str, ...], tuple[intake.Document, int]] = {}
    active: dict[tuple[str, ...], intake.Document] = {}
    for _host, _finding, subject, waiver in _applied(documents):
        key = _key(waiver)
        if waiver.get("expired") is True:
            if subject["verdict"] == "fail":
                expired[key] = (waiver, expired.get(key, (waiver, 0))[1] + len(subject["names"]))
        else:
            active.setdefault(key, waiver)
    said = [
        f"expired on {waiver.get('expires')}, so {plural(count, 'finding fails', 'findings fail')} again: {words(waiver)}"
        for waiver, count in expired.values()
    ]
    for waiver in active.values():
        left = _days_left(waiver, today)
        if left is not None and 0 <= left <= SOON_DAYS:
            when = f"ends in {plural(left, 'day')}" if left else "ends today"
            said.append(f"{when} ({waiver.get('expires')}): {words(waiver)}")
    return said + [f"not needed on any host: {words(waiver)}" for waiver in fleet["unused_waivers"]]


def _applied(
    documents: t.Iterable[intake.Document],
) -> t.Iterator[tuple[str, intake.Document, intake.Document, intake.Document]]:
    for document in documents:
        for finding in document["findings"]:
            for subject in finding["subjects"]:
                if subject["waiver"]:
                    yield document["host"], finding, subject, subject["waiver"]


def _undecided(documents: t.Iterable[intake.Document]) -> dict[str, set[str]]:
    """Return the hosts on which not all is known of a rule, by its slug and by its number."""
    hosts: dict[str, set[str]] = {}
    for document in documents:
        for finding in document["findings"]:
            if finding["undecided"]:
                for name in (finding["rule"], finding["number"]):
                    hosts.setdefault(name, set()).add(document["host"])
    return hosts


def _is_open(waiver: intake.Document, lost: set[str], undecided: dict[str, set[str]]) -> bool:
    """Whether it is not known on some host that the waiver is for if one of its rules fails there."""
    rules = waiver.get("rules")
    # Documents of earlier versions have only what the waiver calls the rule.
    names = [str(one) for one in rules] if isinstance(rules, list) else [str(waiver.get("rule"))]
    pattern = str(waiver.get("host") or "*")
    candidates = [lost, *(undecided.get(name, set()) for name in names)]
    # Most waivers name all hosts, or one.
    if pattern == "*":
        return any(candidates)
    if not _PATTERN.search(pattern):
        return any(pattern in hosts for hosts in candidates)
    matches = re.compile(fnmatch.translate(pattern)).match
    return any(matches(host) for hosts in candidates for host in hosts)


def _key(waiver: intake.Document) -> tuple[str, ...]:
    return tuple(str(waiver.get(key)) for key in _KEYS)


def _days_left(waiver: intake.Document, today: datetime.date) -> int | None:
    try:
        return (datetime.date.fromisoformat(str(waiver.get("expires"))) - today).days
    except ValueError:
        return None  # one of the kind of host, which never expires
