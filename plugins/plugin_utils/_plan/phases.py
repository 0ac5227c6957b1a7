# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which phases of the role run, by the tags that were chosen, so that plan and forecast are those of what is carried out. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Draft, Json

# The kinds of steps, and the tags of the tasks that carry them out (roles/remediate/tasks/main.yml).
TAGS = {
    "unfinished_change": frozenset({"remediate_daemon", "remediate_userns"}),
    "file_attributes": frozenset({"remediate_files"}),
    "audit_watches": frozenset({"remediate_auditd"}),
    "containers_slice": frozenset({"remediate_daemon"}),
    "daemon_options": frozenset({"remediate_daemon"}),
    "userns_remap": frozenset({"remediate_userns"}),
}
# Chosen alone, it shows the plan of all phases.
_PLAN = "remediate_plan"
LEFT_OUT = "its phase is not part of this run (--tags, --skip-tags)"


def phases_of(run: t.Iterable[str], skip: t.Iterable[str], inherited: t.Iterable[str]) -> frozenset[str]:
    """Return the kinds of steps that run. ``inherited`` are the tags that the role has in its play; Ansible gives them to each
    of its tasks."""
    # The task that plans has the tag always of its own, and the phases do not.
    role = frozenset(inherited) - {"always"}
    chosen, skipped = frozenset(run), frozenset(skip)

    def runs(own: frozenset[str]) -> bool:
        tags = own | role | {"all", "tagged"}
        return bool(chosen & tags) and not skipped & tags

    found = frozenset(kind for kind, own in TAGS.items() if runs(own))
    return frozenset(TAGS) if not found and runs(frozenset({_PLAN})) else found


def without_others(parts: dict[str, list[Json]], phases: frozenset[str] | None, draft: Draft) -> dict[str, list[Json]]:
    """Return the findings of the phases that run; those of the others are left out. ``phases`` is None for all."""
    if phases is None:
        return parts
    for kind in [one for one in parts if one in TAGS and one not in phases]:
        for finding in parts[kind]:
            draft.leave_out(finding, kind, LEFT_OUT)
    return {kind: [] if kind in TAGS and kind not in phases else found for kind, found in parts.items()}
