# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CSV, for spreadsheets: a line for each verdict, all statuses."""

from __future__ import annotations

import csv
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import records

NAME = "findings.csv"
COLUMNS = (
    "host", "number", "rule", "title", "level", "status", "subject_type", "subject", "reason", "found", "expected", "remedy",
    "other_subjects_passed", "id",
)  # fmt: skip
# What makes a spreadsheet take a cell for a formula, also in the wide forms that some of them accept.
_FORMULA = ("=", "+", "-", "@", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class _Line:
    """A file that keeps the last line only, so that csv.writer writes line by line."""

    def write(self, line: str) -> str:
        return line


def pieces(whole: intake.Document, documents: t.Sequence[intake.Document]) -> t.Iterator[str]:
    del whole
    line = csv.writer(_Line(), quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow
    yield str(line(COLUMNS))
    for document in documents:
        for record in records.of_host(document):
            yield str(line([cell(value) for value in _values(record)]))


def cell(value: str) -> str:
    """Return the text as a cell that no spreadsheet computes."""
    return f"'{value}" if value.lstrip().startswith(_FORMULA) else value


def _values(record: records.Record) -> list[str]:
    rule = record.rule
    return [
        record.host, rule.number, rule.slug, rule.title, "" if rule.level is None else str(rule.level), record.status,
        record.subject_type, record.subject, record.reason, record.found, rule.expected, rule.remedy_lines, str(record.passed),
        record.id,
    ]  # fmt: skip
