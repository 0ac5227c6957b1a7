# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JUnit XML, which every CI shows: a suite for each host, a case for each verdict.

It is written suite by suite by the standard library; junitparser would hold the whole fleet in memory. The tests read it with
junitparser and hold it against the schema of Jenkins.
"""

from __future__ import annotations

import typing as t
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import records
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats.table import STATUSES

NAME = "junit.xml"


def pieces(whole: intake.Document, documents: t.Sequence[intake.Document]) -> t.Iterator[str]:
    del whole
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="seawall.docker">\n'
    for document in documents:
        yield _suite(document)
    yield "</testsuites>\n"


def _suite(document: intake.Document) -> str:
    found = list(records.of_host(document))
    outcomes = [STATUSES[record.status].junit for record in found]
    host = records.shown(document["host"])
    head = _tag(
        "testsuite",
        name=host,
        tests=len(found),
        failures=outcomes.count("failure"),
        errors=outcomes.count("error"),
        skipped=outcomes.count("skipped"),
        hostname=host,
    )
    return "\n".join([head, *map(_case, found), "</testsuite>\n"])


def _case(record: records.Record) -> str:
    name = record.rule.numbered_title + (f" [{record.about}]" if record.subject else "")
    outcome = STATUSES[record.status].junit
    # A dot in a class name makes a package, and the dots of a host's name would make a tree of them.
    head = _tag("testcase", name=name, classname=f"{record.host.replace('.', '_')}.{record.rule.slug}")
    lines = [head]
    if outcome is not None:
        lines.append(_tag(outcome, message=f"{record.status.replace('_', ' ')}: {record.reason}", type=record.status))
        lines.append(f"{escape(_body(record))}</{outcome}>")
    lines.append(f"<system-out>id: {record.id}; rule: {escape(record.rule.slug)}</system-out>")
    return "".join([*lines, "</testcase>"])


def _body(record: records.Record) -> str:
    parts = [record.sentence, record.rule.why]
    parts += [f"To look at: {record.rule.look_at}"] if record.status == "manual" and record.rule.look_at else []
    parts += [f"Remedy: {record.rule.remedy}"] if record.status == "fail" and record.rule.remedy else []
    return "\n".join(part for part in parts if part)


def _tag(element: str, **attributes: t.Any) -> str:
    return "<" + " ".join([element, *(f"{key}={quoteattr(str(value))}" for key, value in attributes.items())]) + ">"
