# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a site asks for all containers, whether or not a rule fails: defaults of the engine, and a total that they share. Pure.

What was asked for by name and cannot be had is a reason to change nothing, and not something that is left out.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import slice_file
from ansible_collections.seawall.docker.plugins.module_utils._host import sizes
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import daemon as daemon_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.engine_start import why_not_restarted
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import (
    Choices,
    Draft,
    Json,
    PlanError,
    change,
    fact,
    step,
    within,
)

KIND = "containers_slice"
NAME = "remediate_for_containers"
DEFAULT_SLICE = "containers.slice"
_KEYS = ("ulimits", "cgroup_namespace", "cgroup_parent", "total")
_TOTALS = ("memory", "cpus", "pids")
_SLICE = re.compile(r"[A-Za-z0-9_]{1,60}(-[A-Za-z0-9_]{1,60}){0,5}\.slice")
_GROUP = re.compile(r"(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,60}){1,6}")
# The host's own services, its users and its machines would share the total.
_OF_THE_HOST = ("system.slice", "user.slice", "machine.slice")
_LEAST_MEMORY = 64 * 2**20
_LEAST_PIDS = 64
_HEAD = "# Written by seawall.docker: what all containers together may use.\n[Slice]\n"
_LATER = "Containers get it when they are started again, by docker restart too. Those that run on are as they were until then."


class Wish(t.NamedTuple):
    """``options`` of the daemon, and the ``settings`` of the slice in which containers are, both possibly empty."""

    options: Json
    settings: dict[str, str]


def wish_of(choices: Choices) -> Wish:
    """What is asked for. Raises PlanError for what makes no sense on any host."""
    given = {key: value for key, value in choices.for_containers.items() if value is not None}
    unknown = sorted(set(given) - set(_KEYS))
    if unknown:
        raise PlanError(f"{NAME} has {unknown[0]}, and knows only {', '.join(_KEYS)}")
    options: Json = {}
    if given.get("ulimits"):
        options["default-ulimits"] = _ulimits(given["ulimits"])
    if "cgroup_namespace" in given:
        if given["cgroup_namespace"] not in ("private", "host"):
            raise PlanError(f"{NAME}.cgroup_namespace must be private or host")
        options["default-cgroupns-mode"] = given["cgroup_namespace"]
    settings = _settings(given.get("total") or {})
    parent = given.get("cgroup_parent") or (DEFAULT_SLICE if settings else "")
    if parent:
        options["cgroup-parent"] = _parent(parent, bool(settings))
    for key in sorted(set(options) & set(choices.options)):
        raise PlanError(f"{key} is in remediate_daemon_options and in {NAME}: keep one of them")
    return Wish(options, settings)


def _ulimits(given: t.Any) -> Json:
    if not isinstance(given, dict):
        raise PlanError(f"{NAME}.ulimits must have the form {{nofile: {{soft: 1024, hard: 4096}}}}")
    found = {}
    for name, limit in given.items():
        pair: list[t.Any] = (
            [limit.get("soft"), limit.get("hard")] if isinstance(limit, dict) and len(limit) == 2 else []
        )
        if not pair or not all(isinstance(one, int) and not isinstance(one, bool) and one >= -1 for one in pair):
            raise PlanError(f"{NAME}.ulimits.{name} must have the form {{soft: 1024, hard: 4096}}")
        if pair[1] != -1 and not -1 < pair[0] <= pair[1]:
            raise PlanError(f"{NAME}.ulimits.{name} has a soft limit above its hard one")
        found[str(name)] = {"Name": str(name), "Soft": pair[0], "Hard": pair[1]}
    return found


def _parent(parent: t.Any, has_total: bool) -> str:
    text = str(parent)
    if text in _OF_THE_HOST and has_total:
        raise PlanError(
            f"{NAME}.cgroup_parent cannot be {text}: its other services would share the total of containers"
        )
    if not _SLICE.fullmatch(text) and (has_total or not _GROUP.fullmatch(text)):
        form = "the name of a slice, such as containers.slice"
        raise PlanError(f"{NAME}.cgroup_parent must be {form}{'' if has_total else ', or a path such as /containers'}")
    return text


def _settings(total: t.Any) -> dict[str, str]:
    if not isinstance(total, dict) or set(total) - set(_TOTALS):
        raise PlanError(f"{NAME}.total must have the form {{memory: 4g, cpus: 2, pids: 4096}}")
    found = {}
    if total.get("memory") is not None:
        memory = sizes.bytes_of(str(total["memory"]))
        if memory is None:
            raise PlanError(sizes.fault_of(str(total["memory"]), f"{NAME}.total.memory"))
        if memory < _LEAST_MEMORY:
            raise PlanError(f"{NAME}.total.memory must be 64m at least")
        found["MemoryMax"] = str(memory)
    if total.get("cpus") is not None:
        found["CPUQuota"] = f"{round(_number(total['cpus'], 'cpus', 0.1) * 100)}%"
    if total.get("pids") is not None:
        found["TasksMax"] = str(int(_number(total["pids"], "pids", _LEAST_PIDS)))
    return found


def _number(value: t.Any, name: str, least: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if isinstance(value, bool) or not least <= number < 2**31:
        raise PlanError(f"{NAME}.total.{name} must be a number, {least} at least")
    return number


def without_contradiction(findings: t.Sequence[Json], wish: Wish, policy: Json, draft: Draft) -> list[Json]:
    """The findings without the one that fails because of what is asked for."""
    parent = wish.options.get("cgroup-parent")
    if parent is None or parent in (policy.get("allowed_cgroup_parents") or []):
        return list(findings)
    kept = []
    for finding in findings:
        if "cgroup-parent" in finding["remedy"]["daemon_options"]:
            reason = f"{NAME} asks for {parent}: name it in allowed_cgroup_parents of audit_policy"
            draft.leave_out(finding, daemon_part.KIND, reason)
        else:
            kept.append(finding)
    return kept


def settings_for(wish: Wish, posture: Json, choices: Choices) -> tuple[list[daemon_part.Setting], list[str]]:
    """The options of the daemon that are not as asked for, and why one of them cannot be had, as sentences."""
    found = daemon_part.settings_towards(None, wish.options, posture)
    reasons = []
    for setting in found:
        hindrance = daemon_part.hindrance(setting, posture)
        reason = hindrance[0] if hindrance is not None else why_not_restarted(posture)
        if reason is None and not within(setting.impact, choices.max_impact):
            reason = daemon_part.beyond(setting.impact, choices, posture)
        if reason is not None:
            reasons.append(f"{setting.key}, which {NAME} asks for, cannot be set: {reason}.")
    reason = _against_parent(wish, posture)
    return found, [*reasons, *([reason] if reason is not None else [])]


def _against_parent(wish: Wish, posture: Json) -> str | None:
    parent = wish.options.get("cgroup-parent")
    if parent is None:
        return None
    driver = fact(posture, "cgroup", "driver")
    if driver not in ("systemd", "cgroupfs"):
        return f"{NAME} asks for {parent}, and which driver of control groups the engine uses is not known ({driver})."
    if driver == "systemd" and not parent.endswith(".slice"):
        return f"{NAME} asks for {parent}, and with the driver systemd the parent must be a slice, such as {DEFAULT_SLICE}."
    if driver == "cgroupfs" and parent.endswith(".slice"):
        return (
            f"{NAME} asks for {parent}, which needs the driver systemd, and this engine uses cgroupfs: nothing would keep "
            "limits of a group that is no unit over a reboot. While no container runs, set exec-opts to "
            '["native.cgroupdriver=systemd"] in daemon.json and restart Docker, and run this again.'
        )
    if wish.settings and fact(posture, "daemon", "process", "manager") != "systemd":
        return f"{NAME}.total needs systemd as the service manager, which keeps the limits of {parent}."
    return None


def slice_steps(wish: Wish, posture: Json) -> list[Json]:
    """The file with the limits of the slice, unless it is there and the kernel has them."""
    if not wish.settings:
        return []
    name = wish.options["cgroup-parent"]
    current = fact(posture, "cgroup", "daemon_slice") or {}
    settings = current.get("settings") if current.get("name") == name else None
    if settings == wish.settings and current.get("loaded") is True:
        return []
    old = settings or {}
    changes = [
        change(key, old.get(key), wish.settings.get(key))
        for key in (*wish.settings, *(one for one in old if one not in wish.settings))
        if old.get(key) != wish.settings.get(key)
    ]
    made = step(KIND, str(slice_file.path_of(name)), [], changes or [change("loaded by systemd", False, True)], "none")
    made["content"] = _HEAD + "".join(f"{key}={value}\n" for key, value in wish.settings.items())
    made["notes"].append(
        f"All containers of {name} share it: one that takes too much leaves less to the others, not to the host."
    )
    return [made]


def note_on(steps: t.Sequence[Json], wish: Wish, policy: Json) -> None:
    """Say at the step that sets the parent what it means."""
    parent = wish.options.get("cgroup-parent")
    for one in steps:
        if parent is not None and (one.get("options") or {}).get("cgroup-parent") == parent:
            one["notes"].append(f"cgroup-parent: {_LATER}")
            if parent not in (policy.get("allowed_cgroup_parents") or []):
                rule = "the rule about the default control group fails until it is named in allowed_cgroup_parents of audit_policy"
                one["notes"].append(f"cgroup-parent: {rule}.")
