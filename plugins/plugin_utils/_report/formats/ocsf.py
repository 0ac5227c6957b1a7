# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compliance Findings of OCSF 1.6 as JSON lines, for Security Lake and other stores of events. py-ocsf-models writes and checks each.

An event has a time, so these lines differ from run to run in that.
"""

from __future__ import annotations

import importlib
import json
import time
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import producer, records
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats.table import STATUSES

NAME = "ocsf.jsonl"
_VERSION = "1.6.0"
_CREATE, _TYPE_CREATE = 1, 200301
_NEW, _SUPPRESSED = 1, 3
_SEVERITIES = {1: 4, 2: 3, None: 3}  # High, Medium
_UNKNOWN, _INFORMATIONAL = 0, 1


def pieces(whole: intake.Document, documents: t.Sequence[intake.Document]) -> t.Iterator[str]:
    del whole
    module = importlib.import_module("py_ocsf_models.events.findings.compliance_finding")
    now = int(time.time() * 1000)
    for document in documents:
        benchmark = document["benchmark"] or {}
        standard = records.shown(benchmark.get("title") or benchmark.get("id")) or "seawall.docker"
        for record in records.of_host(document):
            event = module.ComplianceFinding.model_validate(_event(record, standard, now))
            yield json.dumps(event.model_dump(mode="json", exclude_none=True), allow_nan=False) + "\n"


def _event(record: records.Record, standard: str, now: int) -> dict[str, t.Any]:
    rule = record.rule
    product = {"name": producer.TOOL, "vendor_name": producer.TOOL, "version": producer.version()}
    event: dict[str, t.Any] = {
        "metadata": {"version": _VERSION, "product": product},
        "activity_id": _CREATE,
        "type_uid": _TYPE_CREATE,
        "time": now,
        "severity_id": _severity(record),
        "message": record.sentence,
        "status_id": _SUPPRESSED if record.status == "waived" else _NEW,
        "status_detail": record.reason,
        "finding_info": {
            "uid": record.id,
            "title": f"{rule.numbered_title}{f' ({record.about})' if record.subject else ''}",
            "desc": rule.why,
        },
        "compliance": {
            "standards": [standard],
            "control": rule.slug,
            "requirements": [rule.number] if rule.number else [],
            "status_id": STATUSES[record.status].ocsf,
        },
        "resources": [{"name": record.host, "type": "host"}],
        # OCSF has no word for "manual", "not applicable" and "waived".
        "unmapped": {"status": record.status, "found": record.found, "expected": rule.expected},
    }
    if record.subject:
        event["resources"].append({"name": record.subject, "type": record.subject_type})
    if rule.remedy_lines:
        event["remediation"] = {"desc": rule.remedy_lines}
    return event


def _severity(record: records.Record) -> int:
    if record.status in ("fail", "waived"):
        return _SEVERITIES[record.rule.level]
    return _UNKNOWN if record.status == "unknown" else _INFORMATIONAL
