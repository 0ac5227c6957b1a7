# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers: accepted failures. A waiver does not hide a finding. It changes ``fail`` to ``waived``, with owner and
reason."""

from __future__ import annotations

import datetime
import fnmatch
import typing as t
from dataclasses import dataclass

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.documents import Document, read_document
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError, Faults, nearest
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import selected
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import Benchmark

_REQUIRED = ("rule", "reason", "owner", "expires")
_PATTERNS = ("subject", "host", "image")
_OPTIONAL = (*_PATTERNS, "labels")
# What has an image; of anything else a condition on images or labels cannot be checked.
_WITH_IMAGE = ("container", "image")


@dataclass(frozen=True)
class Waiver:
    """``host``, ``subject``, ``image`` and ``labels`` are shell patterns. The waiver applies up to and including the
    day ``expires``. Without ``image`` and ``labels`` there is no condition on them.

    A ``standing`` waiver belongs to the kind of host, and may match nothing.
    """

    rules: frozenset[str]
    rule: str
    host: str
    subject: str
    reason: str
    owner: str
    expires: datetime.date
    source: str
    standing: bool = False
    image: str | None = None
    labels: tuple[str, ...] = ()

    def covers(self, slug: str, host: str, subject: str, facts: t.Mapping[str, t.Any]) -> bool:
        """Return whether the waiver is for this subject. ``facts`` are those of the subject. A condition is not met if
        the facts do not contain what it asks for."""
        return (
            slug in self.rules
            and fnmatch.fnmatchcase(host, self.host)
            and fnmatch.fnmatchcase(subject, self.subject)
            and (self.image is None or self._is_of_image(facts))
            and (not self.labels or self._has_labels(facts))
        )

    def _is_of_image(self, facts: t.Mapping[str, t.Any]) -> bool:
        pattern = self.image or ""
        # What begins like an id is one: a name must not pass for it.
        identifiers = [facts.get("image_id"), facts.get("id") if "digests" in facts else None]
        names = [facts.get("image"), *_texts(facts.get("tags")), *_texts(facts.get("digests"))]
        candidates = identifiers if pattern.startswith("sha256:") else identifiers + names
        return any(isinstance(one, str) and one and fnmatch.fnmatchcase(one, pattern) for one in candidates)

    def _has_labels(self, facts: t.Mapping[str, t.Any]) -> bool:
        names = _texts(facts.get("label_names"))
        return all(any(fnmatch.fnmatchcase(name, pattern) for name in names) for pattern in self.labels)

    def expired(self, today: datetime.date) -> bool:
        return today > self.expires

    def document(self) -> dict[str, t.Any]:
        return {
            "rule": self.rule,
            "host": self.host,
            "subject": self.subject,
            "image": self.image,
            "labels": list(self.labels),
            "reason": self.reason,
            "owner": self.owner,
            "expires": "never" if self.standing else self.expires.isoformat(),
            "source": self.source,
        }


def _texts(value: t.Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def load_waivers(benchmark: Benchmark, files: t.Sequence[str], inline: t.Sequence[t.Any] = ()) -> list[Waiver]:
    """Return the waivers in files (a list, or a mapping with the key waivers) and in a variable.

    Raises BenchmarkError with file and line of everything that is wrong in an entry, such as no reason, no real date
    or an unknown rule. A rule that only other benchmarks have is not unknown: its waiver applies to nothing.
    """
    waivers = []
    faults = Faults()
    documents = [read_document(path) for path in files]
    if inline:
        documents.append(Document("audit_waivers", list(inline), {}))
    for document in documents:
        entries, where = document.data, ()  # type: t.Any, tuple[str | int, ...]
        if isinstance(entries, dict) and list(entries) == ["waivers"]:
            entries, where = entries["waivers"], ("waivers",)
        if not isinstance(entries, list):
            raise document.error((), "must be a list of waivers")
        for number, entry in enumerate(entries):
            made = _waiver(benchmark, document, where + (number,), entry, faults)
            waivers += [made] if made is not None else []
    faults.check()
    return waivers


def _waiver(
    benchmark: Benchmark, document: Document, where: tuple[str | int, ...], entry: t.Any, faults: Faults
) -> Waiver | None:
    """Return the waiver of an entry. If something is wrong in it, add everything that is to the faults."""
    if not isinstance(entry, dict):
        with faults:
            raise document.error(where, "a waiver is a mapping with rule, reason, owner and expires")
        return None
    before = len(faults)
    for key in entry:
        with faults:
            document.expect(
                where + (key,),
                key in _REQUIRED + _OPTIONAL,
                f"unknown key{nearest(str(key), _REQUIRED + _OPTIONAL)}",
            )
    for key in ("rule", "reason", "owner"):
        with faults:
            given = isinstance(entry.get(key), str) and entry[key].strip()
            document.expect(where + (key,), given, f"a waiver needs {key}, as text")
    for key in _PATTERNS:
        with faults:
            document.expect(where + (key,), isinstance(entry.get(key, ""), str), "must be a shell pattern, as text")
    with faults:
        empty = isinstance(entry.get("image"), str) and not entry["image"].strip()
        document.expect(where + ("image",), not empty, "must be a shell pattern for an image, such as sha256:4f5a*")
    labels: tuple[str, ...] = ()
    with faults:
        labels = _labels(document, where + ("labels",), entry["labels"]) if "labels" in entry else ()
    expires = None
    with faults:
        expires = _day(document, where + ("expires",), entry.get("expires"))
    rules: set[str] = set()
    if isinstance(entry.get("rule"), str) and entry["rule"].strip():
        with faults:
            rules = _rules(benchmark, document, where, entry)
    if len(faults) > before or expires is None:
        return None
    return Waiver(
        frozenset(rules),
        entry["rule"],
        entry.get("host", "*"),
        entry.get("subject", "*"),
        entry["reason"].strip(),
        entry["owner"].strip(),
        expires,
        f"{document.path}, line {document.line(where)}",
        image=entry.get("image"),
        labels=labels,
    )


def _day(document: Document, where: tuple[str | int, ...], value: t.Any) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    why = "a waiver needs a day on which it expires, such as 2027-01-31"
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError as error:
            why = f"{value[:50]} is no day ({error}); write one such as 2027-01-31"
    raise document.error(where, why)


def _rules(benchmark: Benchmark, document: Document, where: tuple[str | int, ...], entry: t.Any) -> set[str]:
    """Return the slugs that the entry is for, if its conditions can be checked for them."""
    try:
        # One file serves audits against several benchmarks, of which each has some of the rules.
        rules = set() if entry["rule"] in benchmark.others else selected(benchmark, [entry["rule"]])
    except BenchmarkError as error:
        raise document.error(where + ("rule",), str(error)) from None
    for key in ("image", "labels"):
        kinds = _WITH_IMAGE if key == "image" else ("container",)
        if (
            key in entry
            and rules
            and not any(rule.slug in rules and rule.subjects in kinds for rule in benchmark.rules)
        ):
            raise document.error(where + (key,), f"{entry['rule']} is not about {'s or '.join(kinds)}s; take {key} out")
    return rules


def _labels(document: Document, where: tuple[str | int, ...], value: t.Any) -> tuple[str, ...]:
    if isinstance(value, dict):
        raise document.error(
            where, "must be a list of label names; values of labels are never read, so none can be asked"
        )
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one.strip() for one in value):
        raise document.error(where, "must be a list of label names (shell patterns), and not an empty one")
    return tuple(value)
