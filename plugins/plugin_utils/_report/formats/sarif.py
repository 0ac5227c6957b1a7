# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SARIF 2.1.0, for code scanning of GitHub and GitLab and for editors.

Consumers show every result as a fault, whatever its kind. What passed or does not apply is therefore only counted. There is no
library to write it with: the last release of sarif-om is of 2019. The file is written result by result.
"""

from __future__ import annotations

import json
import re
import typing as t
from urllib.parse import quote

from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import producer, records
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats.table import HOME, STATUSES

NAME = "audit.sarif"
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# By the level of a rule: what an editor calls it, and the number from which GitHub and GitLab make a severity.
_LEVELS = {1: ("error", "7.5"), 2: ("warning", "5.0"), None: ("warning", "5.0")}
# GitHub refuses a rule with more than 20 tags.
_MOST_REFERENCES = 18
# In a message, brackets make a link and braces a placeholder.
_SPECIAL = re.compile(r"[\\\[\]{}]")


def pieces(whole: intake.Document, documents: t.Sequence[intake.Document]) -> t.Iterator[str]:
    rules = _rules(documents)
    places = {slug: place for place, slug in enumerate(rules)}
    driver = {
        "name": producer.TOOL,
        "version": producer.version(),
        "informationUri": HOME,
        "rules": [_rule(rule) for rule in rules.values()],
    }
    benchmark = whole["benchmark"] or {}
    totals = whole["totals"]
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"seawall.docker/{records.shown(benchmark.get('id')) or 'several'}/"},
        "columnKind": "unicodeCodePoints",
        "properties": {
            "counts": totals["counts"],
            "hosts": {key: totals[key] for key in ("hosts", *intake.OUTCOMES)},
        },
    }
    head = json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, allow_nan=False)
    # Cut off "}]}": the results follow, one on each line.
    yield head.removesuffix("}]}") + ', "results": ['
    between = "\n"
    for document in documents:
        for record in records.of_host(document):
            kind = STATUSES[record.status].sarif
            if kind is not None:
                yield between + json.dumps(_result(record, document["host"], kind, places), allow_nan=False)
                between = ",\n"
    yield "\n]}]}\n"


def message(said: str) -> str:
    """Return the text as SARIF's plain text, in which brackets and braces have a meaning."""
    return _SPECIAL.sub(lambda found: found[0] * 2 if found[0] in "{}" else f"\\{found[0]}", said)


def _rules(documents: t.Sequence[intake.Document]) -> dict[str, records.Rule]:
    rules: dict[str, records.Rule] = {}
    for document in documents:
        for finding in document["findings"]:
            slug = records.shown(finding["rule"])
            if slug not in rules:
                rules[slug] = records.rule_of(finding)
        if not document["findings"]:
            rules.setdefault(records.NOT_AUDITED, records.not_audited_rule())
    return rules


def _rule(rule: records.Rule) -> dict[str, t.Any]:
    level, severity = _LEVELS[rule.level]
    help_text = "\n".join(part for part in (rule.why, rule.look_at, rule.remedy_lines) if part)
    described: dict[str, t.Any] = {
        "id": rule.slug,
        "shortDescription": {"text": message(rule.numbered_title) or rule.slug},
        "fullDescription": {"text": message(rule.why or rule.numbered_title) or rule.slug},
        "help": {"text": message(help_text or rule.numbered_title) or rule.slug},
        "helpUri": f"{HOME}/blob/main/docs/rules.md",
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["security", "docker", *_references(rule)]},
    }
    if rule.slug != records.NOT_AUDITED:
        described["properties"]["security-severity"] = severity
    return described


def _references(rule: records.Rule) -> list[str]:
    """Return what other catalogues call the rule, in the form in which rules are chosen by it."""
    names = [f"{key}:{''.join(one.split())}" for key, identifiers in rule.references for one in identifiers]
    return names[:_MOST_REFERENCES]


def _result(record: records.Record, host: str, kind: str, places: dict[str, int]) -> dict[str, t.Any]:
    result: dict[str, t.Any] = {
        "ruleId": record.rule.slug,
        "ruleIndex": places[record.rule.slug],
        "kind": kind,
        # Only what failed has a level.
        "level": _LEVELS[record.rule.level][0] if kind == "fail" else "none",
        "message": {"text": message(record.sentence)},
        # One location: each of several would become a finding of its own. GitHub and GitLab drop results without a file.
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {
                        "uri": quote(record.file, errors="backslashreplace") or f"hosts/{files.host_file_name(host)}"
                    },
                    "region": {"startLine": record.line or 1},
                },
                "logicalLocations": [
                    {"name": record.subject or record.host, "fullyQualifiedName": f"{record.host}/{record.about}"}
                ],
            }
        ],
        "partialFingerprints": {"seawallFinding/v1": record.id},
        "properties": {"status": record.status, "host": record.host, "number": record.rule.number},
    }
    if record.status == "waived":
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": record.reason or "waived"}
        ]
    return result
