# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""userns-remap: how the host has it now, and the step that changes it. Pure."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.invisible import invisible
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices, Json, change, fact, step

KIND = "userns_remap"
# What an engine that reads "default" takes.
_DEFAULT_USER = "dockremap"


def is_remapped(posture: Json) -> bool:
    return bool(fact(posture, "userns", "effective", "enabled"))


def configured(posture: Json) -> str:
    return str(fact(posture, "daemon", "options", "userns-remap", "value") or "")


def remapped_user(posture: Json) -> str:
    """The account that the configured value means: ``default`` and ``user:group`` are users, too."""
    value = configured(posture)
    name = value.partition(":")[0]
    return str(fact(posture, "userns", "user") or (_DEFAULT_USER if name == "default" else name))


def start_fault(posture: Json) -> str | None:
    """Return why the engine would not start with the value of userns-remap that it has now, or None."""
    value = configured(posture)
    if not value:
        return None
    section = posture.get("userns") or {}
    # The engine creates the user of "default" itself, and then needs both files.
    created = value.partition(":")[0] == "default" and "uid" in section and section["uid"] is None
    if section.get("fault") and not created:
        return f"userns-remap {value}: {section['fault']}"
    if section.get("max_user_namespaces") == 0:
        return f"userns-remap {value}: the kernel allows no user namespaces (user.max_user_namespaces is 0)"
    for name in ("subuid", "subgid"):
        fault = fact(section, name, "fault")
        if fault:
            return f"userns-remap {value}: {'' if str(fault).startswith('/') else f'/etc/{name}: '}{fault}"
    return None


def step_of(posture: Json, choices: Choices, path: str, finding: Json | None) -> Json | None:
    """The step, or None where the host is as wanted."""
    present = choices.userns == "present"
    old = configured(posture)
    if present and is_remapped(posture) and remapped_user(posture) == choices.userns_user:
        return None
    if not present and not old and not is_remapped(posture):
        return None
    new = choices.userns_user if present else None
    rules = [finding] if finding is not None and present else []
    made = step(KIND, path, rules, [change("userns-remap", old or None, new)], "disruptive")
    made.update(
        state=choices.userns,
        user=choices.userns_user if present else remapped_user(posture),
        count=choices.userns_count,
        # What the engine keeps apart for each mapping hangs below this.
        data_root=fact(posture, "host", "data_root", "path"),
        # An earlier run may have turned it off for this and then have been cut off.
        live_restore=bool(fact(posture, "daemon", "info", "live_restore"))
        or "live-restore" in (fact(posture, "daemon", "config_file", "prepared") or []),
        options={"userns-remap": new} if present else {},
        remove=[] if present else ["userns-remap"],
        expect={"userns": present},
        invisible=invisible(posture),
        was=fact(posture, "userns", "effective", "data_root"),
    )
    if not present:
        made["notes"].append(
            "Docker shows again what it had before it remapped, and starts those containers that have a restart policy."
        )
    return made
