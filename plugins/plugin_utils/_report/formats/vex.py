# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both VEX formats say of an advisory on a host: the one table of our states in theirs, and the statements.

What is not known is never ``not_affected`` or ``fixed``.
"""

from __future__ import annotations

import typing as t
import urllib.parse

from ansible_collections.seawall.docker.plugins.plugin_utils._report import advisory_words, intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.advisories import Result
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import records


class Meaning(t.NamedTuple):
    """A state in each format. ``None`` means that the format says it in words."""

    openvex: str
    openvex_justification: str | None
    cyclonedx: str
    cyclonedx_justification: str | None
    # Of the version, in CycloneDX.
    version: str


STATES: dict[str, Meaning] = {
    "fixed_upstream": Meaning("fixed", None, "resolved", None, "unaffected"),
    "fixed_by_vendor": Meaning("fixed", None, "resolved", None, "unaffected"),
    "not_applicable": Meaning("not_affected", None, "not_affected", None, "unaffected"),
    "mitigated": Meaning(
        "not_affected", "inline_mitigations_already_exist", "not_affected", "protected_at_runtime", "affected"
    ),
    "potentially_vulnerable": Meaning("under_investigation", None, "in_triage", None, "unknown"),
    "vulnerable": Meaning("affected", None, "exploitable", None, "affected"),
    "unknown": Meaning("under_investigation", None, "in_triage", None, "unknown"),
}


class Statement(t.NamedTuple):
    """One advisory on one host. All texts are without control characters."""

    key: str
    host: str
    product: str
    program: str
    program_version: str
    program_url: str
    id: str
    aliases: list[str]
    title: str
    severity: str | None
    state: str
    reason: str
    action: str


def statements(whole: intake.Document, documents: t.Sequence[intake.Document]) -> t.Iterator[Statement]:
    """Yield each advisory on each host. Of a host about which nothing is known, each advisory of the others is unknown."""
    for document in documents:
        known = document["advisories"] if document["outcome"] == "audited" else None
        note = " (judged from a recorded posture, not from this host)" if document["replay"] else ""
        if known is not None:
            for result in known["results"]:
                yield _statement(document["host"], result, result.reason + note)
            continue
        error = document["error"] or "Its findings say nothing about advisories."
        for entry in whole["advisories"]["results"]:
            yield _statement(document["host"], _not_known(entry), f"Nothing is known about this host: {error}")


def url(name: str, version: str | None = None, kind: str = "") -> str:
    """Return a package URL. Its type is generic, since a package manager does not say whose distribution it serves."""
    place = "/".join(urllib.parse.quote(part, safe="", errors="backslashreplace") for part in (kind, name) if part)
    at = f"@{urllib.parse.quote(version, safe='', errors='backslashreplace')}" if version else ""
    return f"pkg:generic/{place}{at}"


def _statement(host: str, result: Result, reason: str) -> Statement:
    program = result.package or result.component
    version = result.package_version or result.version
    return Statement(
        key=records.finding_id(host, result.id, "advisory", result.component),
        host=records.shown(host),
        product=url(host, kind="docker-host"),
        program=records.shown(program),
        program_version=records.shown(version),
        program_url=url(program, version),
        id=records.shown(result.id),
        aliases=list(dict.fromkeys(records.shown(one) for one in result.aliases)),
        title=records.shown(result.title),
        severity=result.severity,
        state=result.state,
        reason=records.shown(reason),
        action=records.shown(_action(result)),
    )


def _action(result: Result) -> str:
    if result.restart_fixes:
        return advisory_words.restart({"component": result.component})
    fixed = " or ".join(result.fixed_versions)
    return f"Upgrade {result.component} to a version with the fix: {fixed}." if fixed else "No fix is known."


def _not_known(entry: intake.Document) -> Result:
    return Result(
        id=entry["id"],
        aliases=(),
        component=entry["component"],
        title=entry["title"],
        severity=entry["severity"],
        exploited=entry["exploited"],
        state="unknown",
        reason="",
        restart_fixes=False,
        version=None,
        package=None,
        package_version=None,
        fixed_versions=(),
        source="",
    )
