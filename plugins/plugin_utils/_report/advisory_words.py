# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of the advisories about the engine's programs: how old the data is, what to upgrade and what to restart."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.text import plural

_PROGRAMS = {"engine": "the engine", "cli": "the CLI", "shim": "the shims of containers"}
_RESTARTS = {
    "engine": "Restart the engine (dockerd): a process runs the file from before an upgrade.",
    "containerd": "Restart containerd: a process runs the file from before an upgrade.",
    "shim": "Stop and start the containers whose shims run the file from before an upgrade. A restart of the engine does not"
    " replace a shim.",
}


def age(section: intake.Document) -> str:
    """Return how old the data is."""
    if section["updated"] is None:
        return "data of unknown age"
    return f"data of {section['updated']}, {plural(section['age_days'], 'day')} old"


def program(component: str) -> str:
    return _PROGRAMS.get(component, component)


def installed(entry: intake.Document) -> str:
    """Return which program is installed, as its package says it, or as it says itself."""
    if entry["package"]:
        return f"{entry['package']} {entry['package_version'] or entry['version']}"
    return f"{entry['component']} {entry['version']}"


def installed_program(entry: intake.Document) -> str:
    """Return the same with the program, where its package has another name: docker.io holds the engine and the CLI."""
    said = installed(entry)
    return f"{said} ({entry['component']})" if entry["package"] not in (None, entry["component"]) else said


def upgrade(entry: intake.Document) -> str:
    """Return what to do about a program of which a later version has fixes."""
    to = f"{entry['to']} or later" if entry["to"] else None
    if entry["origin"] == "docker":
        said = f"Upgrade the package {entry['package']}"
        return f"{said} to version {to}." if to else f"{said}. No version is known that has all fixes."
    if entry["package"]:
        said = f"Upgrade the package {entry['package']} to the newest of the distribution."
        upstream = (
            f"Upstream has the fixes from {entry['to']} on."
            if to
            else "No version of upstream is known that has all fixes."
        )
        return f"{said} If its changelog does not name an advisory, ask the vendor about it. {upstream}"
    said = f"Replace {program(entry['component'])} {entry['version']}"
    return f"{said} by version {to}." if to else f"{said}. No version is known that has all fixes."


def restart(entry: intake.Document) -> str:
    """Return what to do about a program that was upgraded and still runs from the old file."""
    said = _RESTARTS.get(entry["component"])
    return said or f"Restart {program(entry['component'])}: a process runs the file from before an upgrade."


def only_restart(entry: intake.Document) -> str:
    """Return the same with how much only that fixes."""
    count = len(entry["fixes"])
    fixes = f" Only that fixes {plural(count, 'known advisory', 'known advisories')}." if count else ""
    return f"{restart(entry)}{fixes}"


def nothing_open(section: intake.Document) -> str | None:
    """Return what to say where nothing is to be upgraded or restarted, or None."""
    if section["upgrades"] or section["not_restarted"] or not any(section["counts"].values()):
        return None
    unknown = section["counts"]["unknown"]
    but = f", but {plural(unknown, 'result is', 'results are')} unknown" if unknown else ""
    return f"No advisory of the data is open{but}."
