# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each advisory means for a host: one state, with the evidence. Unknown is never shown as fixed."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._advisories._packaging import Version
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.conditions import Condition, condition
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.model import STATES, Advisory, Data
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.upgrades import not_restarted, upgrades
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.versions import parsed

Json = dict[str, t.Any]
VERSION = 1


class _Verdict(t.NamedTuple):
    state: str
    reason: str
    restart: bool = False


def judge(data: Data, posture: Json) -> Json:
    """Return the state of each advisory on the host that the posture describes, and the date of the data.

    Not its age: documents of two days can be compared.
    """
    components = _components(posture)
    results = [_result(advisory, components, posture) for advisory in data.advisories]
    return {
        "advisories_version": VERSION,
        "data": [{"file": name, "updated": date} for name, date in data.files],
        "counts": {state: sum(1 for one in results if one["state"] == state) for state in STATES},
        "upgrades": upgrades(list(zip(data.advisories, results, strict=True))),
        "not_restarted": not_restarted(components, results),
        "results": results,
    }


def _components(posture: Json) -> dict[str, Json]:
    section = posture.get("versions")
    listed = section.get("components") if isinstance(section, dict) else None
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    found = {one["name"]: one for one in entries if isinstance(one.get("name"), str)}
    runtime = found.get("runtime")
    if runtime is not None and runtime.get("program") == "runc":
        found["runc"] = runtime
    return found


def _result(advisory: Advisory, components: dict[str, Json], posture: Json) -> Json:
    component = components.get(advisory.component)
    if component is None:
        reason = f"The version of {advisory.component} was not gathered."
        runtime = (components.get("runtime") or {}).get("program")
        if advisory.component == "runc" and isinstance(runtime, str):
            reason = f"The default runtime is {runtime}; the version of runc was not gathered."
        verdict = _Verdict("unknown", reason)
    else:
        verdict = _verdict(advisory, component, posture)
    package = (component or {}).get("package")
    return {
        "id": advisory.id,
        "aliases": list(advisory.aliases),
        "component": advisory.component,
        "title": advisory.title,
        "severity": advisory.severity,
        "exploited": advisory.exploited,
        "state": verdict.state,
        "reason": verdict.reason,
        "restart_fixes": verdict.restart,
        "version": (component or {}).get("version"),
        "package": package if isinstance(package, dict) else None,
        "fixed_versions": [one.fixed_text for one in advisory.affected if one.fixed_text],
        "source": advisory.source,
    }


def _verdict(advisory: Advisory, component: Json, posture: Json) -> _Verdict:
    name = advisory.component
    if "version" not in component:
        return _Verdict("unknown", f"The version of {name} is not known: {_unread(component, 'version')}.")
    if component["version"] is None:
        return _Verdict("not_applicable", f"{name} is not installed.")
    version = parsed(component["version"])
    if version is None:
        return _Verdict("unknown", f"{name} {component['version']} is no version that can be compared.")
    shown = f"{name} {component['version']}"
    affected = [one for one in advisory.affected if one.holds(version)]
    if not affected and not any(one.holds(version) for one in advisory.undetermined):
        return _unaffected(advisory, version, shown)
    stale = not _all_current(component)
    entry = _named(advisory, component)
    if entry is not None and not stale:
        return _Verdict("fixed_by_vendor", _named_by(component, entry))
    needed = [condition(one, posture) for one in advisory.applies_when]
    missing = next((one for one in needed if one.holds is False), None)
    if missing is not None:
        return _Verdict("not_applicable", missing.said)
    guard = next((one for one in (condition(name, posture) for name in advisory.mitigated_by) if one.holds), None)
    if guard is not None:
        return _Verdict("mitigated", guard.said)
    if entry is not None:
        said = f"{_named_by(component, entry)} A process of {name} is not shown to run the installed file: restart it."
        return _Verdict("potentially_vulnerable", said, restart=True)
    if not any(one.fixed for one in affected):
        return _Verdict("unknown", f"Which version of {name} has the fix was not found out. This is {shown}.")
    if _installed_is_fixed(advisory, component):
        said = f"{shown} is in an affected range, and the installed package is not: restart {name}."
        return _Verdict(
            "potentially_vulnerable" if any(one.holds is None for one in needed) else "vulnerable", said, True
        )
    return _affected(component, shown, needed)


def _unaffected(advisory: Advisory, version: Version, shown: str) -> _Verdict:
    fixed = [one for one in advisory.affected if one.fixed is not None and one.fixed <= version]
    if not fixed:
        return _Verdict("not_applicable", f"{shown} is older than the fault.")
    last = max(fixed, key=lambda one: t.cast(Version, one.fixed))
    return _Verdict("fixed_upstream", f"{shown} is not in an affected range; the fix is in {last.fixed_text}.")


def _affected(component: Json, shown: str, needed: list[Condition]) -> _Verdict:
    open_questions = [one.said for one in needed if one.holds is None]
    said = " ".join([f"{shown} is in an affected range.", *open_questions])
    package = component.get("package", "unread")
    if package == "unread":
        return _Verdict(
            "potentially_vulnerable", f"{said} It is not known who built it: {_unread(component, 'package')}."
        )
    if isinstance(package, dict) and package.get("origin") != "docker":
        if "changelog" not in component:
            why = f"Its changelog could not be read: {_unread(component, 'changelog')}."
        else:
            why = "The changelog of its package does not name the advisory."
        return _Verdict("potentially_vulnerable", f"{said} {why}")
    return _Verdict("potentially_vulnerable" if open_questions else "vulnerable", said)


def _installed_is_fixed(advisory: Advisory, component: Json) -> bool:
    """Return whether a process runs an older file than that of the package, and the package's version is not affected."""
    package, running = component.get("package"), component.get("processes")
    version = parsed(package.get("version")) if isinstance(package, dict) else None
    if version is None or not isinstance(running, list):
        return False
    old = any(isinstance(one, dict) and one.get("is_installed_file") is False for one in running)
    return old and not any(one.holds(version) for one in (*advisory.affected, *advisory.undetermined))


def _all_current(component: Json) -> bool:
    """Return whether each process runs the installed file. No evidence is not taken for a yes."""
    running = component.get("processes")
    return isinstance(running, list) and all(
        isinstance(one, dict) and one.get("is_installed_file") is True for one in running
    )


def _named(advisory: Advisory, component: Json) -> Json | None:
    """Return the entry of the changelog that names the advisory."""
    changelog = component.get("changelog")
    names = changelog.get("names") if isinstance(changelog, dict) else None
    for entry in names if isinstance(names, list) else []:
        if isinstance(entry, dict) and entry.get("id") in advisory.names:
            return entry
    return None


def _named_by(component: Json, entry: Json) -> str:
    package = component.get("package")
    name = package.get("name") if isinstance(package, dict) else component.get("name")
    place = f", in the entry of {entry['version']}" if entry.get("version") else ""
    return f"The changelog of the package {name} names {entry['id']}{place}."


def _unread(component: Json, key: str) -> str:
    unread = component.get("unread")
    return str(unread.get(key) or "no reason is given") if isinstance(unread, dict) else "no reason is given"
