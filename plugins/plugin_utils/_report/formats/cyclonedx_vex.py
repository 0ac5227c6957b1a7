# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CycloneDX 1.6 VEX, such as for Dependency-Track: hosts with their programs, and the state of each advisory on each of them.

The library cyclonedx-python-lib keeps all vulnerabilities in memory and sorts them. The file is written without it, piece by piece,
and has no time, so that the same findings give the same file.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import vex
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats.table import HOME

NAME = "vex.cdx.json"


def pieces(whole: intake.Document, documents: t.Sequence[intake.Document]) -> t.Iterator[str]:
    head = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": {
                "components": [
                    {
                        "type": "application",
                        "name": "seawall.docker",
                        "externalReferences": [{"type": "website", "url": HOME}],
                    }
                ]
            },
            "properties": [
                {"name": "seawall.docker:advisories:updated", "value": whole["advisories"]["updated"] or "unknown"}
            ],
        },
    }
    yield json.dumps(head, allow_nan=False).removesuffix("}") + ', "components": ['
    hosts: dict[str, dict[str, t.Any]] = {}
    for one in vex.statements(whole, documents):
        host = hosts.setdefault(
            one.product, {"type": "device", "bom-ref": one.product, "name": one.host or "?", "components": {}}
        )
        part: dict[str, t.Any] = {"type": "application", "bom-ref": _program(one), "name": one.program or "?"}
        if one.program_version:
            part["version"] = one.program_version
        host["components"].setdefault(part["bom-ref"], part)
    between = "\n"
    for host in hosts.values():
        yield between + json.dumps({**host, "components": list(host["components"].values())}, allow_nan=False)
        between = ",\n"
    yield '\n], "vulnerabilities": ['
    between = "\n"
    for one in vex.statements(whole, documents):
        yield between + json.dumps(_vulnerability(one), allow_nan=False)
        between = ",\n"
    yield "\n]}\n"


def _program(one: vex.Statement) -> str:
    return f"{one.product}#{one.program_url}"


def _vulnerability(one: vex.Statement) -> dict[str, t.Any]:
    meaning = vex.STATES[one.state]
    analysis: dict[str, t.Any] = {"state": meaning.cyclonedx, "detail": f"{one.host}: {one.state}. {one.reason}"}
    if meaning.cyclonedx_justification is not None:
        analysis["justification"] = meaning.cyclonedx_justification
    affects: dict[str, t.Any] = {"ref": _program(one)}
    if one.program_version:
        affects["versions"] = [{"version": one.program_version[:1024], "status": meaning.version}]
    vulnerability: dict[str, t.Any] = {
        "bom-ref": one.key,
        "id": one.id,
        "ratings": [{"severity": one.severity or "unknown"}],
        "analysis": analysis,
        "affects": [affects],
    }
    if one.title:
        vulnerability["description"] = one.title
    if one.aliases:
        vulnerability["references"] = [
            {"id": alias, "source": {"name": alias.partition("-")[0]}} for alias in one.aliases
        ]
    if meaning.cyclonedx == "exploitable":
        vulnerability["recommendation"] = one.action
        analysis["response"] = ["update"]
    return vulnerability
