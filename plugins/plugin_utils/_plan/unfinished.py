# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change of daemon.json that an earlier run wrote and the engine does not use yet: the step that completes it. Pure.

Nothing else is changed in daemon.json before, since a restart for another option would bring this change into force, too.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import keys
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import userns as userns_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.daemon import config_path
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.engine_start import why_not_restarted
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.invisible import invisible
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import (
    Choices,
    Json,
    change,
    fact,
    some,
    step,
    within,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.option_values import default_of, same, wanted_values
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.phases import LEFT_OUT
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.side_effects import (
    left_by_the_engine,
    live_restore_fails,
    side_effect,
)

KIND = "unfinished_change"
_REMAP = "userns-remap"
_PLAYBOOK = "seawall.docker.userns_remap"
LATER = "an earlier change of daemon.json is not in force yet, and comes first: run this again after it is completed"


class Unfinished(t.NamedTuple):
    """``written`` are the values of the file, credentials masked; a key that is not in it was removed from the file."""

    keys: list[str]
    needs: str
    backup_file: str | None
    restorable: bool
    written: Json

    @property
    def remaps(self) -> bool:
        return _REMAP in self.keys

    @property
    def state(self) -> str:
        """What becomes of user namespaces, in the word of remediate_userns_state."""
        return "present" if self.written.get(_REMAP) else "absent"


def unfinished(posture: Json) -> Unfinished | None:
    """Return the change, or None if there is none. If the posture does not say what it needs, it needs most."""
    names = [str(key) for key in fact(posture, "daemon", "config_file", "unfinished") or []]
    if not names:
        return None
    more = fact(posture, "daemon", "config_file", "unfinished_change") or {}
    needs = "reload" if more.get("needs") == "reload" and _REMAP not in names and _runs(posture) else "restart"
    written = more.get("options")
    if not isinstance(written, dict):
        # Without the values, a key that is in the file is taken for one that was set.
        in_file = fact(posture, "daemon", "config_file", "keys") or names
        written = dict.fromkeys((key for key in names if key in in_file), None)
    if _REMAP in written and written[_REMAP] is None:
        written[_REMAP] = "default"
    return Unfinished(names, needs, more.get("backup_file"), more.get("restorable") is True, written)


def reason_against(found: Unfinished, posture: Json, choices: Choices) -> str | None:
    """Return why this run must not complete the change, with what to do, or None."""
    if choices.phases is not None and KIND not in choices.phases:
        return LEFT_OUT
    if found.remaps and choices.userns is None:
        return f"it changes userns-remap, which hides all images, containers and volumes. {_PLAYBOOK} completes it"
    if found.remaps and found.state != choices.userns:
        return (
            f"it turns user namespaces {'on' if found.state == 'present' else 'off'}, and userns_remap_state is"
            f" {choices.userns}. {_PLAYBOOK} with userns_remap_state={found.state} completes it"
        )
    user = str(found.written.get(_REMAP)).partition(":")[0]
    if found.remaps and found.state == "present" and user not in ("default", choices.userns_user):
        return f"it remaps to {user}, and remediate_userns_user is {choices.userns_user}"
    if found.remaps and fact(posture, "daemon", "info", "live_restore"):
        return "it changes userns-remap while live restore is on, which would leave containers without an engine"
    # Who asks for remapping by name agrees to a restart.
    impact = _impact(found, posture)
    if choices.userns is None and not within(impact, choices.max_impact):
        return f"its impact is {impact}, and remediate_max_impact is {choices.max_impact}"
    return why_not_restarted(posture) if _runs(posture) else None


def _impact(found: Unfinished, posture: Json) -> str:
    ends_containers = found.needs == "restart" and live_restore_fails(posture) is not None
    return "disruptive" if found.remaps or ends_containers else found.needs


def way_back(found: Unfinished, posture: Json) -> str:
    """Return what a person can do instead of completing the change."""
    path = config_path(posture)
    if found.backup_file:
        return f"Or restore the earlier file: cp -p {found.backup_file} {path}"
    if found.restorable:
        return f"Or remove {path}, which did not exist before"
    return f"There is no copy of the earlier {path}"


def step_of(found: Unfinished, findings: t.Sequence[Json], posture: Json, choices: Choices) -> Json:
    """Return the step that completes the change. ``findings`` are those that it repairs."""
    options = fact(posture, "daemon", "options") or {}
    version = keys.version_of(fact(posture, "daemon", "versions", "engine"))
    changes = []
    for key in found.keys:
        differences = [one for one in fact(posture, "daemon", "differences") or [] if one["option"] == key]
        old = differences[0]["effective"] if differences else fact(options, key, "value")
        changes.append(change(key, old, found.written.get(key)))
    made = step(KIND, config_path(posture), findings, changes, _impact(found, posture))
    made.update(
        keys=found.keys,
        needs=found.needs,
        restorable=found.restorable,
        options={key: value for key, value in found.written.items() if value is not None},
        remove=[key for key in found.keys if key not in found.written],
        hides=found.remaps,
    )
    if found.remaps:
        present = found.state == "present"
        made.update(
            state=found.state,
            user=choices.userns_user if present else userns_part.remapped_user(posture),
            count=choices.userns_count,
            invisible=invisible(posture),
        )
    for one in changes:
        new = default_of(one["name"], version) if one["new"] is None else one["new"]
        note = side_effect(one["name"], one["old"], new, posture)
        made["notes"] += [f"{one['name']}: {note}"] if note is not None else []
    if not _runs(posture):
        left = left_by_the_engine(posture)
        made["notes"].append(f"The engine does not run. It is started.{f' {left}' if left else ''}")
    if found.restorable:
        made["notes"].append("If the engine does not start with the change, the earlier file is restored.")
    else:
        made["notes"].append("There is no copy of the earlier file: if the engine does not start, it stays so.")
    return made


def repaired_by(
    found: Unfinished, findings: t.Iterable[Json], posture: Json, policy: Json, choices: Choices
) -> list[Json]:
    """Return the findings whose options the change sets as wanted."""
    options = fact(posture, "daemon", "options") or {}
    repaired = []
    for finding in findings:
        wanted = wanted_values(finding, options, policy, choices, {})
        known = {key: found.written.get(key) for key in found.keys}
        if wanted and all(key in known and (value == {} or same(known[key], value)) for key, value in wanted.items()):
            repaired.append(finding)
    return repaired


def head(found: Unfinished, reason: str | None, posture: Json) -> str:
    """Return the sentences about the change for the head of the plan."""
    wrote = f"an earlier run wrote {some(found.keys)}, and the engine does not use it yet."
    if reason is None:
        return f"{wrote} This run completes that change, or restores the file, and ends. Run it again for the rest."
    return f"{wrote} This run does not complete that change: {reason}. {way_back(found, posture)}."


def _runs(posture: Json) -> bool:
    return bool(fact(posture, "engine", "state") == "running")
