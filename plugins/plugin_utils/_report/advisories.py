# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The advisories of findings documents: brought to one form, and put together for all hosts."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._advisories import age
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.model import SEVERITIES, STATES

Document = dict[str, t.Any]

_LONGEST = 1000


class Result(t.NamedTuple):
    """The state of one advisory on one host. A tuple, since 1,000 hosts have 100 of them each."""

    id: str
    aliases: tuple[str, ...]
    component: str
    title: str
    severity: str | None
    exploited: bool | None
    state: str
    reason: str
    restart_fixes: bool
    version: str | None
    package: str | None
    package_version: str | None
    fixed_versions: tuple[str, ...]
    source: str


def accepted(value: t.Any) -> Document | None:
    """Return ``advisories`` of a document that somebody else could have written, or None if it cannot be used."""
    if not isinstance(value, dict) or not isinstance(value.get("results"), list):
        return None
    # One for each advisory and program; a later one counts.
    results = {
        (result.id, result.component): result
        for result in map(_result, _mappings(value["results"]))
        if result.id and result.component
    }
    return {
        "data": [
            {"file": _said(one.get("file")), "updated": one["updated"]}
            for one in _mappings(value.get("data"))
            if _is_date(one.get("updated"))
        ],
        "results": list(results.values()),
        "upgrades": [
            {
                "component": _said(one.get("component")),
                "version": _said(one.get("version")),
                **_package(one.get("package")),
                "to": _said(one["to"]) if one.get("to") else None,
                "fixes": _names(one.get("fixes")),
            }
            for one in _mappings(value.get("upgrades"))
        ],
        "not_restarted": [
            {"component": _said(one.get("component")), "fixes": _names(one.get("fixes"))}
            for one in _mappings(value.get("not_restarted"))
        ],
    }


def of_fleet(hosts: t.Sequence[Document], today: datetime.date) -> Document:
    """Return what the advisories of condensed documents say of all hosts that were audited."""
    audited = [host for host in hosts if host["outcome"] == "audited"]
    known = [host for host in audited if host["advisories"] is not None]
    dates = [[one["updated"] for one in host["advisories"]["data"]] for host in known]
    newest = [age.newest(each, today) for each in dates]
    # The data of the host with the oldest counts: what it says of that host may be out of date.
    updated = min((date for date in newest if date), default=None) if all(newest) else None
    days = age.days(updated, today) if updated else None
    counts = dict.fromkeys(STATES, 0)
    for host in known:
        for result in host["advisories"]["results"]:
            counts[result.state] += 1
    return {
        "updated": updated,
        "age_days": days,
        "warning": age.warning(updated, days) if known else None,
        "counts": counts,
        "upgrades": _grouped(known, "upgrades"),
        "not_restarted": _grouped(known, "not_restarted"),
        "unknown": _unknown(known),
        "hosts_without": [host["host"] for host in audited if host["advisories"] is None],
        "results": _results(known),
    }


def _grouped(hosts: list[Document], key: str) -> list[Document]:
    """Return what is to be done, each with the hosts on which it is the same, beginning with what fixes most."""
    groups: dict[str, Document] = {}
    for host in hosts:
        for entry in host["advisories"][key]:
            groups.setdefault(repr(entry), {**entry, "hosts": []})["hosts"].append(host["host"])
    return sorted(groups.values(), key=lambda one: -len(one["fixes"]) * len(one["hosts"]))


def _unknown(hosts: list[Document]) -> list[Document]:
    groups: dict[tuple[str, str], dict[str, list[str]]] = {}
    for host in hosts:
        for result in host["advisories"]["results"]:
            if result.state == "unknown":
                named = groups.setdefault((result.component, result.reason), {}).setdefault(host["host"], [])
                named.append(result.id)
    return [
        {
            "component": component,
            "reason": reason,
            "advisories": sorted({one for names in by_host.values() for one in names}),
            "hosts": list(by_host),
        }
        for (component, reason), by_host in groups.items()
    ]


def _results(hosts: list[Document]) -> list[Document]:
    """Return each advisory with the hosts in each state. Where hosts know it differently, what is worse counts."""
    found: dict[tuple[str, str], Document] = {}
    for host in hosts:
        for result in host["advisories"]["results"]:
            entry = found.setdefault(
                (result.id, result.component),
                {
                    "id": result.id,
                    "component": result.component,
                    "title": result.title,
                    "severity": result.severity,
                    "exploited": result.exploited,
                    "hosts": {state: [] for state in STATES},
                },
            )
            entry["severity"] = min((entry["severity"], result.severity), key=_rank)
            entry["exploited"] = _worse(entry["exploited"], result.exploited)
            entry["hosts"][result.state].append(host["host"])
    return [found[key] for key in sorted(found)]


def _rank(severity: str | None) -> int:
    return len(SEVERITIES) if severity is None else SEVERITIES.index(severity)


def _worse(one: bool | None, other: bool | None) -> bool | None:
    return True if one or other else None if None in (one, other) else False


def _result(entry: Document) -> Result:
    package = _package(entry.get("package"))
    severity, state = entry.get("severity"), entry.get("state")
    return Result(
        id=_said(entry.get("id")),
        aliases=tuple(_names(entry.get("aliases"))),
        component=_said(entry.get("component")),
        title=_said(entry.get("title")),
        severity=severity if severity in SEVERITIES else None,
        exploited=entry["exploited"] if isinstance(entry.get("exploited"), bool) else None,
        # A state that nobody knows is not one that is fixed.
        state=state if state in STATES else "unknown",
        reason=_said(entry.get("reason")),
        restart_fixes=entry.get("restart_fixes") is True,
        version=_said(entry["version"]) if entry.get("version") else None,
        package=package["package"],
        package_version=package["package_version"],
        fixed_versions=tuple(_names(entry.get("fixed_versions"))),
        source=_said(entry.get("source")),
    )


def _package(value: t.Any) -> Document:
    package = value if isinstance(value, dict) else {}
    return {
        "package": _said(package["name"]) if package.get("name") else None,
        "package_version": _said(package["version"]) if package.get("version") else None,
        "origin": package.get("origin") if package.get("origin") in ("docker", "distribution") else None,
    }


def _mappings(value: t.Any) -> list[Document]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _names(value: t.Any) -> list[str]:
    return [_said(one) for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _said(value: t.Any) -> str:
    return "" if value is None else str(value)[:_LONGEST]


def _is_date(value: t.Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(datetime.date.fromisoformat(value))
    except ValueError:
        return False
