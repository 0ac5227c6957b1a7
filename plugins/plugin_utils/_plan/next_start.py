# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restart brings into force or stops besides what is planned: changed arguments, and units that depend on Docker. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._plan import daemon as daemon_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import unfinished as unfinished_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import userns as userns_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json, fact, some
from ansible_collections.seawall.docker.plugins.plugin_utils._report.text import evidence

# How many arguments a refusal names.
_MANY = 10


def blockers(posture: Json, steps: t.Sequence[Json]) -> list[str]:
    """Why the daemon must not be restarted, since its next start is not one with what it runs with now."""
    process = fact(posture, "daemon", "process") or {}
    unit = process.get("unit")
    kinds = [daemon_part.KIND, userns_part.KIND]
    if fact(posture, "engine", "state") == "running":
        # An engine that ended over an unfinished change is brought back whatever its next start is.
        kinds.append(unfinished_part.KIND)
    changing = [one for one in steps if one["kind"] in kinds]
    if changing and process.get("reload_needed"):
        reason = (
            f"Files of {unit} were changed, and systemd has not read them yet (NeedDaemonReload): with which arguments Docker "
            f"starts after the next boot is not known. Check them (systemctl cat {unit}), run systemctl daemon-reload, and "
            "run this again."
        )
        return [reason]
    unread = (posture.get("unread") or {}).get("daemon.process.reload_needed")
    if changing and unread:
        return [f"With which arguments Docker starts next is not known: {unread}."]
    changed = process.get("changed_arguments") or []
    if not changed or all(one["impact"] == "reload" for one in changing):
        return []
    listed = "; ".join(_argument(one) for one in changed[:_MANY])
    more = f"; and {len(changed) - _MANY} more" if len(changed) > _MANY else ""
    reason = (
        f"A restart would also bring changed arguments of the daemon into force, which a rollback does not take back: {listed}"
        f"{more}. Take them back, or restart Docker with them at a time of your choice, and run this again."
    )
    return [reason]


def notes(posture: Json) -> list[str]:
    """What somebody must know who agrees to a restart."""
    units = fact(posture, "daemon", "process", "dependent_units")
    unread = posture.get("unread") or {}
    found = []
    if units:
        found.append(f"Units that systemd stops with Docker, and that are started again: {some(units)}.")
    for key, what in (
        ("dependent_units", "Which units systemd stops with Docker is not known"),
        ("changed_arguments", "Whether Docker then starts with the arguments that it has is not known"),
    ):
        if f"daemon.process.{key}" in unread:
            found.append(f"{what}: {unread[f'daemon.process.{key}']}.")
    return found


def _argument(one: Json) -> str:
    if one["option"] is None:
        return str(one["next"])
    old, new = ("not given" if value is None else evidence(value) for value in (one["running"], one["next"]))
    return f"--{one['option']}: {old} -> {new}" + (f" (in {one['source']})" if one["source"] else "")
