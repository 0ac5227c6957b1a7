# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenVEX 0.2.0: for each host and advisory whether the host is affected. For scanners and for whoever collects such statements.

The product is the host, and the program is a part of it: the same package is affected on one host and not on another. The library
vexipy is young and keeps all statements in memory, so that the file is written statement by statement without one.
"""

from __future__ import annotations

import datetime
import json
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import advisory_words, intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import records, vex
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats.table import HOME

NAME = "openvex.json"


def pieces(whole: intake.Document, documents: t.Sequence[intake.Document]) -> t.Iterator[str]:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    head = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": f"{HOME}/vex/{records.finding_id('', now, 'vex', '')}",
        "author": "seawall.docker",
        "role": "Audit of Docker hosts",
        "timestamp": now,
        "version": 1,
        "tooling": f"{HOME} with {advisory_words.age(whole['advisories'])}",
    }
    yield json.dumps(head, allow_nan=False).removesuffix("}") + ', "statements": ['
    between = "\n"
    for one in vex.statements(whole, documents):
        yield between + json.dumps(_statement(one), allow_nan=False)
        between = ",\n"
    yield "\n]}\n"


def _statement(one: vex.Statement) -> dict[str, t.Any]:
    meaning = vex.STATES[one.state]
    vulnerability: dict[str, t.Any] = {"name": one.id}
    if one.title:
        vulnerability["description"] = one.title
    if one.aliases:
        vulnerability["aliases"] = one.aliases
    statement: dict[str, t.Any] = {
        "@id": f"urn:uuid:{one.key}",
        "vulnerability": vulnerability,
        "products": [{"@id": one.product, "subcomponents": [{"@id": one.program_url}]}],
        "status": meaning.openvex,
        "status_notes": f"{one.host}: {one.state}. {one.reason}",
    }
    if meaning.openvex_justification is not None:
        statement["justification"] = meaning.openvex_justification
    if meaning.openvex == "not_affected":
        statement["impact_statement"] = one.reason or one.state
    if meaning.openvex == "affected":
        statement["action_statement"] = one.action
    return statement
