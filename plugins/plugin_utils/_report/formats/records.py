# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings as records: one for each thing that somebody has to know. All formats for machines are written from these.

A finding gives a record for each subject that did not pass. Without such a subject it gives one for the host. A host that was not
audited gives a record, too, so it is in every format.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
import uuid

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake, text

# The rule of a host that was not audited, in the place of all that could not be judged.
NOT_AUDITED = "host-audited"
# Names are unique below this one, so the same finding has the same id in every run and in every format.
_NAMESPACE = uuid.UUID("3b1f7f52-6d0e-5a43-9a53-64f1cf6a2d11")
# Evidence is for people here. Whoever needs all of it reads hosts/HOST.json.
_LONGEST = 2000


class Rule(t.NamedTuple):
    """What a benchmark asks, as text that is safe to show."""

    slug: str
    number: str
    title: str
    level: int | None
    section: str
    expected: str
    why: str
    look_at: str
    remedy: str
    commands: tuple[str, ...]
    # What other catalogues call it, by catalogue.
    references: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def named_in(self, catalogue: str) -> list[str]:
        """Return what a catalogue calls the rule."""
        return list(dict(self.references).get(catalogue, ()))

    @property
    def numbered_title(self) -> str:
        return f"{self.number} {self.title}".strip()

    @property
    def remedy_lines(self) -> str:
        """The remedy, and each of its commands on a line of its own: joined, they would be another command."""
        return "\n".join(filter(None, [self.remedy, *self.commands]))


class Record(t.NamedTuple):
    """One verdict. All texts are without control characters; each format escapes what is special in it."""

    id: str
    host: str
    rule: Rule
    subject_type: str
    subject: str
    status: str
    reason: str
    found: str
    # How many other subjects of this finding passed.
    passed: int
    # Of a verdict on a file of a repository: its path there, and the line.
    file: str = ""
    line: int = 0

    @property
    def about(self) -> str:
        return f"{self.subject_type} {self.subject}" if self.subject else self.host

    @property
    def sentence(self) -> str:
        """What is to be known about it, on one line."""
        parts = [f"{self.host}: {self.rule.numbered_title}"]
        if self.subject:
            parts.append(self.about)
        said = f"{'; '.join(parts)}: {self.status.replace('_', ' ')}."
        said += f" {self.reason}" if self.reason else ""
        said += f" Found: {self.found}." if self.found and self.status != "pass" else ""
        return said + (f" Expected: {self.rule.expected}." if self.rule.expected and self.status == "fail" else "")


def finding_id(host: str, rule: str, subject_type: str, subject: str, repeated: int = 0) -> str:
    """Return the id of a finding: of its host, rule and subject, and of nothing that another run would change."""
    # ASCII only: a name may hold half a surrogate pair, which has no bytes.
    name = json.dumps([host, rule, subject_type, subject, *([repeated] if repeated else [])])
    digest = hashlib.sha1(_NAMESPACE.bytes + name.encode("ascii"), usedforsecurity=False).digest()
    return str(uuid.UUID(bytes=digest[:16], version=5))


def of_host(document: intake.Document) -> t.Iterator[Record]:
    """Yield the records of a condensed document, in its order."""
    if document["outcome"] != "audited" or not document["findings"]:
        yield _not_audited(document)
        return
    note = " (judged from a recorded posture, not from this host)" if document["replay"] else ""
    seen: dict[tuple[str, str, str], int] = {}
    for finding in document["findings"]:
        rule = rule_of(finding)
        for kind, name, status, reason, found, place in _verdicts(finding, document["host"]):
            # Not the id of a container: it changes whenever the container is made anew.
            key = (finding["rule"], kind, name)
            repeated = seen[key] = seen.get(key, -1) + 1
            yield Record(
                id=finding_id(document["host"], *key, repeated),
                host=shown(document["host"]),
                rule=rule,
                subject_type=shown(kind),
                subject=shown(name),
                status=status,
                reason=(shown(reason) + note).strip(),
                found=found,
                passed=finding["passed_subjects"],
                file=place.get("file", ""),
                line=place.get("line", 0),
            )


def rule_of(finding: intake.Document) -> Rule:
    remedy = finding["remedy"] or {}
    return Rule(
        slug=shown(finding["rule"]),
        number=shown(finding["number"]),
        title=shown(finding["title"]),
        level=finding["level"] if finding["level"] in (1, 2) else None,
        section=shown(finding["section_title"]),
        expected=shown(finding["expected"]).rstrip("."),
        why=shown(finding["why"]),
        look_at=shown(finding["look_at"]),
        remedy=shown(remedy.get("summary")),
        commands=tuple(
            shown(line) for command in remedy.get("commands", ()) for line in str(command).splitlines() if line.strip()
        ),
        references=tuple(
            (shown(key), tuple(shown(one) for one in identifiers)) for key, identifiers in finding["references"].items()
        ),
    )


def not_audited_rule() -> Rule:
    return Rule(
        slug=NOT_AUDITED,
        number="",
        title="The host was audited",
        level=None,
        section="",
        expected="an audit of the host",
        why="Nothing is known about a host that was not audited.",
        look_at="",
        remedy="Remove the reason and audit the host again.",
        commands=(),
    )


def shown(value: t.Any) -> str:
    """Return any text of a document on one line, without what steers a terminal or is refused in XML."""
    if value is None:
        return ""
    said = visible(value if isinstance(value, str) else text.evidence(value))
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}..."


def _not_audited(document: intake.Document) -> Record:
    lost = document["outcome"] != "audited"
    reason = f"{document['outcome']}: {document['error']}" if lost else "The audit judged no rule."
    return Record(
        id=finding_id(document["host"], NOT_AUDITED, "host", ""),
        host=shown(document["host"]),
        rule=not_audited_rule(),
        subject_type="host",
        subject="",
        status="unknown",
        reason=shown(reason),
        found="",
        passed=0,
    )


def _verdicts(finding: intake.Document, host: str) -> t.Iterator[tuple[str, str, str, t.Any, str, intake.Document]]:
    """Yield type, name, status, reason, evidence and place for each subject, and for the finding where none of them has its status."""
    statuses = set()
    for given, subject in sorted(
        ((name, row) for row in finding["subjects"] for name in row["names"]), key=lambda one: one[0]
    ):
        # A verdict that nobody knows is not one that passed.
        status = subject["verdict"] if subject["verdict"] in intake.STATUSES else "unknown"
        name = "" if subject["type"] == "host" and given == host else given
        if status == "pass" and finding["status"] != "pass":
            continue
        statuses.add(status)
        found = shown(subject["found"]) if subject["has_found"] else ""
        reason = _waived(subject["waiver"]) if status == "waived" else None
        yield subject["type"], name, status, reason or subject["reason"] or finding["reason"], found, subject
    if finding["status"] not in statuses:
        yield "host", "", finding["status"], finding["reason"], "", {}


def _waived(waiver: intake.Document | None) -> str | None:
    if waiver is None:
        return None
    said = [f"Accepted: {shown(waiver.get('reason')) or 'no reason given'}"]
    said += [
        f"{word} {shown(waiver[key])}" for key, word in (("owner", "owner"), ("expires", "until")) if waiver.get(key)
    ]
    return ", ".join(said) + "."
