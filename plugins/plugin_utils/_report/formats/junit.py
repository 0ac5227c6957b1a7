# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JUnit XML, which every CI shows: a suite for each host, a case for each verdict.

It is written suite by suite by the standard library; junitparser would hold the whole fleet in memory. The tests read it with
junitparser and hold it against the schema of Jenkins.
"""

from __future__ import annotations

import collections
import hashlib
import typing as t
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import records
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats.table import STATUSES

NAME = "junit.xml"


def pieces(whole: intake.Document, documents: t.Sequence[intake.Document]) -> t.Iterator[str]:
    del whole
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="seawall.docker">\n'
    packages = collections.Counter(_package(document["host"]) for document in documents)
    for document in documents:
        package = _package(document["host"])
        if packages[package] > 1:
            package += "_" + hashlib.sha256(document["host"].encode("utf-8", "surrogatepass")).hexdigest()[:8]
        yield _suite(document, package)
    yield "</testsuites>\n"


def _package(host: str) -> str:
    """A dot in a class name makes a package, and the dots of a host's name would make a tree of them."""
    return records.shown(host).replace(".", "_")


def _suite(document: intake.Document, package: str) -> str:
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
    # What reads the file may keep one of several cases with the same name.
    names = collections.Counter((record.rule.slug, _name(record)) for record in found)
    cases = [_case(record, package, names[record.rule.slug, _name(record)] > 1) for record in found]
    return "\n".join([head, *cases, "</testsuite>\n"])


def _name(record: records.Record) -> str:
    return record.rule.numbered_title + (f" [{record.about}]" if record.subject else "")


def _case(record: records.Record, package: str, is_ambiguous: bool) -> str:
    name = _name(record) + (f" ({record.id})" if is_ambiguous else "")
    outcome = STATUSES[record.status].junit
    head = _tag("testcase", name=name, classname=f"{package}.{record.rule.slug}")
    lines = [head]
    if outcome is not None:
        lines.append(_tag(outcome, message=f"{record.status.replace('_', ' ')}: {record.reason}", type=record.status))
        lines.append(f"{escape(_body(record))}</{outcome}>")
    lines.append(f"<system-out>id: {record.id}; rule: {escape(record.rule.slug)}</system-out>")
    return "".join([*lines, "</testcase>"])


def _body(record: records.Record) -> str:
    parts = [record.sentence, record.rule.why]
    parts += [f"To look at: {record.rule.look_at}"] if record.status == "manual" and record.rule.look_at else []
    parts += [f"Remedy: {record.rule.remedy_lines}"] if record.status == "fail" and record.rule.remedy_lines else []
    return "\n".join(part for part in parts if part)


def _tag(element: str, **attributes: t.Any) -> str:
    return "<" + " ".join([element, *(f"{key}={quoteattr(str(value))}" for key, value in attributes.items())]) + ">"
