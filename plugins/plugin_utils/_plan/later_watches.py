# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audit rules for what the plan itself creates: daemon.json and its directory. auditd can watch only what exists, so the
step of the rules comes after the one that creates them. Pure."""

from __future__ import annotations

import posixpath
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.daemon import config_path
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Draft, Json, fact
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.watches import obstacle, watch_steps, watched_with

_NOTE = "After the step that creates {}, since auditd can watch only what exists."


def watches_in_order(
    steps: list[Json], failed: t.Sequence[Json], wanted: t.Sequence[Json], posture: Json, draft: Draft, first: int
) -> list[Json]:
    """Return the steps with the one of audit rules: at the place ``first``, or last if it needs what another step creates.

    ``failed`` are the findings about audit rules, ``wanted`` all that were chosen.
    """
    created = _created(steps, posture)
    later = [one for one in wanted if one["status"] == "not_applicable" and _target(one) in created]
    auditing = _with(posture.get("auditing") or {}, created)
    if later and obstacle(auditing) is None:
        covered = watched_with(auditing, [])
        later = [one for one in later if not covered.get(_target(one))]
    else:
        later = []
    if not later:
        made = watch_steps(failed, posture, draft)
        return steps[:first] + made + steps[first:]
    made = watch_steps([*failed, *later], {**posture, "auditing": auditing}, draft)
    for one in made:
        one["later"] = True
        one["notes"].append(_NOTE.format(created.get("config_directory") or created["daemon_json"]))
    return steps + made


def _created(steps: t.Sequence[Json], posture: Json) -> dict[str, str]:
    """Return the targets of audit rules that a step creates, with their paths."""
    if not any(one["kind"] in ("daemon_options", "userns_remap") and one["options"] for one in steps):
        return {}
    path = config_path(posture)
    places = {"config_directory": posixpath.dirname(path), "daemon_json": path}
    targets = fact(posture, "auditing", "targets") or {}
    return {
        name: place
        for name, place in places.items()
        if fact(targets, name, "present") is False and fact(targets, name, "real_path") == place
    }


def _target(finding: Json) -> str:
    return str(fact(finding, "remedy", "audit_watch", "target"))


def _with(auditing: Json, created: dict[str, str]) -> Json:
    """Return the facts about auditing as they are once the targets exist."""
    targets = dict(auditing.get("targets") or {})
    for name, path in created.items():
        kind = "directory" if name == "config_directory" else "file"
        targets[name] = {**targets[name], "path": path, "present": True, "type": kind}
    return {**auditing, "targets": targets}
