# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Heimdall Data Format: a file for each host, because such a file speaks of one platform.

Heimdall's own status of a control is the worst of its results, and an error stands above a failure. In a control that failed, what
is unknown is therefore skipped with its reason, so that the failure is what one sees.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import producer, records
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats.table import STATUSES

FOLDER = "hdf"
Json = dict[str, t.Any]
_TAGS = {"nist": "nist", "cci": "cci", "stig_ids": "stig", "sp800_190": "sp800-190", "attack": "attack"}
_IMPACT = {1: 0.7, 2: 0.5, None: 0.5}


def name_of(document: intake.Document) -> str:
    return f"{FOLDER}/{files.host_file_name(document['host'])}"


def of_host(document: intake.Document) -> str:
    grouped: dict[records.Rule, list[records.Record]] = {}
    for record in records.of_host(document):
        grouped.setdefault(record.rule, []).append(record)
    status_of = {records.shown(finding["rule"]): finding["status"] for finding in document["findings"]}
    benchmark = document["benchmark"] or {}
    controls = [_control(rule, found, status_of.get(rule.slug, "unknown")) for rule, found in grouped.items()]
    title = records.shown(benchmark.get("title")) or "Docker audit"
    profile = {
        "name": records.shown(benchmark.get("id")) or "seawall.docker",
        "title": title,
        # Of what was asked, so it stays the same until the benchmark changes.
        "sha256": hashlib.sha256(json.dumps([title, *(rule.slug for rule in grouped)]).encode("ascii")).hexdigest(),
        "supports": [],
        "attributes": [],
        "groups": [],
        "controls": controls,
        "status": "loaded",
    }
    engine = document["engine"] or {}
    return files.as_json(
        {
            "platform": {
                "name": records.shown(engine.get("operating_system")) or "docker",
                "release": records.shown(engine.get("version")),
                "target_id": records.shown(document["host"]),
            },
            "profiles": [profile],
            "statistics": {},
            "version": producer.version(),
        }
    )


def _control(rule: records.Rule, found: list[records.Record], status: str) -> Json:
    control: Json = {
        "id": rule.slug,
        "title": rule.numbered_title,
        "desc": rule.why,
        "descriptions": [
            {"label": label, "data": data}
            for label, data in (("check", rule.look_at or rule.expected), ("fix", rule.remedy_lines))
            if data
        ],
        # Heimdall takes 0 for "not applicable".
        "impact": 0.0 if status == "not_applicable" else _IMPACT[rule.level],
        "refs": [],
        "tags": {
            "cis": rule.number,
            "level": rule.level,
            "section": rule.section,
            # Heimdall shows controls of NIST, and the converters to checklists look for these names.
            **{tag: rule.named_in(catalogue) for tag, catalogue in _TAGS.items() if rule.named_in(catalogue)},
        },
        "source_location": {},
        "results": [_result(record, status) for record in found],
        "code": "",
    }
    if status == "waived":
        control["waiver_data"] = {
            "justification": next((one.reason for one in found if one.status == "waived"), ""),
            "run": True,
            "skipped_due_to_waiver": True,
            "message": "",
        }
    return control


def _result(record: records.Record, status: str) -> Json:
    outcome = STATUSES[record.status].hdf
    if outcome == "error" and status == "fail":
        outcome = "skipped"
    result: Json = {"status": outcome, "code_desc": f"{record.about} ({record.id})", "start_time": ""}
    said = f"{record.status.replace('_', ' ')}: {record.sentence}"
    if outcome == "skipped":
        result["skip_message"] = said
    elif outcome == "error":
        result.update(message=said, exception="Unknown", backtrace=[said])
    else:
        result["message"] = said
    return result
