# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OSCAL assessment results 1.2. The models of compliance-trestle write and check each part.

OSCAL has two states only, satisfied and not satisfied. What is unknown, manual or not applicable is therefore an observation without
a finding. Dates are required, so the file differs from run to run in them.
"""

from __future__ import annotations

import datetime
import importlib
import json
import re
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import records
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats.table import HOME, STATUSES

NAME = "oscal.json"
Json = dict[str, t.Any]


def pieces(whole: intake.Document, documents: t.Sequence[intake.Document]) -> t.Iterator[str]:
    results = importlib.import_module("trestle.oscal.assessment_results")
    common = importlib.import_module("trestle.oscal.common")
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    found = [records.shown(document["host"]) for document in documents]
    head = _plain(
        results.AssessmentResults, _frame(whole, now, found, importlib.import_module("trestle.oscal").OSCAL_VERSION)
    )
    # Cut off "}]}": observations and findings follow, one on each line.
    (result,) = head.pop("results")
    yield json.dumps({"assessment-results": {**head, "results": [result]}}).removesuffix("}]}}")
    yield from _array(
        "observations", (_plain(common.Observation, _observation(record, now)) for record in _records(documents))
    )
    # An array must not be empty, so there is none where nothing was decided.
    decided = (record for record in _records(documents) if STATUSES[record.status].oscal)
    yield from _array("findings", (_plain(common.Finding, _finding(record)) for record in decided))
    yield "}]}}\n"


def _records(documents: t.Sequence[intake.Document]) -> t.Iterator[records.Record]:
    for document in documents:
        yield from records.of_host(document)


def _array(name: str, parts: t.Iterable[Json]) -> t.Iterator[str]:
    begun = False
    for part in parts:
        yield (",\n" if begun else f', "{name}": [\n') + json.dumps(part, allow_nan=False)
        begun = True
    if begun:
        yield "\n]"


def _plain(model: t.Any, values: Json) -> Json:
    plain: Json = model.model_validate(values).model_dump(by_alias=True, exclude_none=True, mode="json")
    return plain


def _frame(whole: intake.Document, now: str, hosts: list[str], version: str) -> Json:
    title = records.shown((whole["benchmark"] or {}).get("title")).strip() or "Docker audit"
    key = (title, *hosts)
    plan = _uuid("plan", *key)
    return {
        "uuid": _uuid("results", *key),
        "metadata": {"title": title, "last-modified": now, "version": now, "oscal-version": version},
        "import-ap": {"href": f"#{plan}"},
        "results": [
            {
                "uuid": _uuid("result", *key),
                "title": title,
                "description": "What seawall.docker found on Docker hosts.",
                "start": now,
                "reviewed-controls": {"control-selections": [{"include-all": {}}]},
            }
        ],
        "back-matter": {
            "resources": [
                {"uuid": plan, "title": title, "description": "There is no assessment plan; this benchmark was asked."}
            ]
        },
    }


def _observation(record: records.Record, now: str) -> Json:
    return {
        "uuid": record.id,
        "title": _line(f"{record.host}: {record.rule.numbered_title}"),
        "description": record.sentence,
        "methods": ["EXAMINE" if record.status == "manual" else "TEST"],
        "collected": now,
        "props": [
            {"name": name, "ns": HOME, "value": _line(value)}
            for name, value in (
                ("status", record.status),
                ("host", record.host),
                ("rule", record.rule.slug),
                ("subject-type", record.subject_type),
                ("subject", record.subject),
            )
            if value.strip()
        ],
    }


def _finding(record: records.Record) -> Json:
    state = STATUSES[record.status].oscal
    return {
        "uuid": _uuid("finding", record.id),
        "title": _line(f"{record.host}: {record.rule.numbered_title}"),
        "description": record.sentence,
        "target": {
            "type": "objective-id",
            "target-id": _token(record.rule.slug),
            "status": {"state": state, "reason": record.status if record.status in ("pass", "fail") else "other"},
        },
        "related-observations": [{"observation-uuid": record.id}],
        **({"remarks": record.reason} if record.status == "waived" and record.reason else {}),
    }


def _uuid(*parts: str) -> str:
    return records.finding_id("", "oscal", parts[0], json.dumps(parts[1:]))


def _line(value: str) -> str:
    return value.strip() or "-"


def _token(value: str) -> str:
    token = re.sub(r"[^A-Za-z0-9._-]", "_", value)
    return token if re.match(r"[A-Za-z_]", token) else f"_{token}"
