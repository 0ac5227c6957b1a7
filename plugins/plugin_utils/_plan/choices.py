# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choices of a site that make no sense on any host. Pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import keys
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import userns_obstacles
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices, PlanError

# Images use ids up to this one less two.
_FEWEST_IDS, _MOST_IDS = 65536, 2**31


def check_choices(choices: Choices) -> None:
    """Raises PlanError for choices that make no sense on any host."""
    known = {option.key for option in keys.OPTIONS if option.key}
    for key, value in choices.options.items():
        if key not in known:
            raise PlanError(f"remediate_daemon_options has {key}, which is no option of daemon.json")
        if key == "userns-remap":
            raise PlanError("remediate_daemon_options cannot hold userns-remap: use remediate_userns_remap")
        if key == "default-ulimits":
            _check_ulimits(value)
    for name in sorted(choices.userns_force):
        if name not in userns_obstacles.FORCIBLE:
            listed = ", ".join(userns_obstacles.FORCIBLE)
            raise PlanError(f"remediate_userns_force cannot accept {name}: only {listed}")
    if choices.userns == "present":
        _check_user(choices)


def _check_ulimits(limits: t.Any) -> None:
    """An engine starts with limits that no container can start with."""
    option = "remediate_daemon_options.default-ulimits"
    if not isinstance(limits, dict):
        form = "{nofile: {Name: nofile, Soft: 1024, Hard: 4096}}"
        raise PlanError(f"{option} must be a mapping of names to limits, for example {form}")
    for name, limit in limits.items():
        numbers = [limit.get("Soft"), limit.get("Hard")] if isinstance(limit, dict) else [None]
        if (
            not isinstance(limit, dict)
            or limit.get("Name") != name
            or not all(isinstance(one, int) and not isinstance(one, bool) for one in numbers)
        ):
            raise PlanError(f"{option}.{name} must have the form {{Name: {name}, Soft: 1024, Hard: 4096}}")
        soft, hard = limit["Soft"], limit["Hard"]
        if min(soft, hard) < -1:
            raise PlanError(f"{option}.{name} has a limit below -1, which means unlimited")
        if hard != -1 and not -1 < soft <= hard:
            raise PlanError(f"{option}.{name} has a soft limit above its hard one")


def _check_user(choices: Choices) -> None:
    name = choices.userns_user
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}", name):
        raise PlanError(f"remediate_userns_user cannot be {name!r}: it must be the name of a user of its own")
    if name in ("root", "default"):
        what = "with which nothing is remapped" if name == "root" else "with which the engine chooses ids by itself"
        raise PlanError(f"remediate_userns_user cannot be {name}, {what}")
    if not _FEWEST_IDS <= choices.userns_count <= _MOST_IDS:
        wanted = f"{_FEWEST_IDS} to {_MOST_IDS} (images use ids up to 65534)"
        raise PlanError(f"remediate_userns_count must be {wanted}, and is {choices.userns_count}")
