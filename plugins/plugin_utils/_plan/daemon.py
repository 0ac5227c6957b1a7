# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about the daemon to one change of daemon.json. Pure.

An option that a flag sets, that only the site can know, or whose change hides images is never set; the plan says so, with
the lines that do it by hand.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils import _daemon_keys as keys
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import (
    Choices,
    Draft,
    Json,
    change,
    step,
    within,
    worst_impact,
)

KIND = "daemon_options"
USERNS_RULE = "daemon-userns-remap"
# Values that no program can know, and what somebody must do before they may be set.
_SITE = {
    "tlscacert": "the site must provide a certificate authority, a certificate and a key first",
    "authorization-plugins": "the plugin must be installed and answer first: an engine that misses it ends",
    "log-driver": "the site must say where logs go",
    "log-opts": "the site must say where logs go",
    "selinux-enabled": "the host's SELinux policy must have rules for containers first",
}
_NEVER = {
    "storage-driver": "another storage driver hides all images and containers; move them first",
    "data-root": "another data root hides all images and containers; move them first",
    "hosts": "the address of the API is mostly a flag of the unit, and who uses it is not known",
}
# The kinds of origin that mean a flag of the running daemon.
_FLAGS = ("flag", "systemd_unit", "systemd_dropin", "socket_unit", "environment_file")
# What the engine only takes over where no container runs while it starts.
WITHOUT_CONTAINERS = ("icc",)
# What the engine itself says of an option afterwards, by the names of engine_restart.
_SHOWN = {
    "live-restore": "live_restore",
    "debug": "debug",
    "experimental": "experimental",
    "insecure-registries": "insecure_registries",
    "authorization-plugins": "authorization_plugins",
}


class Setting(t.NamedTuple):
    """One option of one finding. ``new`` None takes it out of the file."""

    finding: Json
    key: str
    old: t.Any
    new: t.Any
    impact: str


def settings_of(
    findings: t.Sequence[Json],
    posture: Json,
    choices: Choices,
    policy: Json,
    limits: t.Mapping[str, int],
    draft: Draft,
) -> list[Setting]:
    """What is to be set for these findings, of which all others are left out with the reason."""
    daemon = posture.get("daemon") or {}
    version = keys.version_of((daemon.get("versions") or {}).get("engine"))
    options = daemon.get("options") or {}
    written = {entry["option"]: entry.get("configured") for entry in daemon.get("differences") or []}
    found: list[Setting] = []
    for finding in findings:
        wanted = _wanted(finding, options, policy, choices, limits)
        lines = by_hand(wanted)
        reason = _needs_the_site(wanted, choices)
        if reason is None:
            reason = next(
                (why for key in wanted for why in [_unusable(key, wanted[key], daemon, version)] if why), None
            )
        if reason is not None:
            draft.leave_out(finding, KIND, reason, lines)
            continue
        mine = []
        for key, new in wanted.items():
            old = (options.get(key) or {}).get("value")
            aim = default_of(key, version) if new is None else new
            if (old is not None and same(old, aim)) or (key in written and same(written[key], aim)):
                continue
            mine.append(Setting(finding, key, old, new, _impact(key, new)))
        impact = worst_impact([one.impact for one in mine])
        if not mine:
            draft.leave_out(finding, KIND, _settled(finding, wanted, written), lines)
        elif not within(impact, choices.max_impact):
            draft.leave_out(finding, KIND, _beyond(impact, choices), lines)
        else:
            found += mine
            _say_what_is_not_covered(finding, options, policy, wanted, draft)
    return found


def steps_of(settings: list[Setting], posture: Json, choices: Choices, runs: bool) -> list[Json]:
    """One change of daemon.json. Where live restore is new and containers run, it comes first, by a reload: so they
    run on while the engine restarts for the rest.
    """
    if not settings:
        return []
    path = config_path(posture)
    live = [one for one in settings if one.key == "live-restore" and one.new is True]
    rest = [one for one in settings if one not in live]
    if choices.keep_containers and runs and live and any(one.impact == "restart" for one in rest):
        first = _step(path, live)
        first["notes"].append(
            "Before the restart, and by a reload, so that containers run on while the engine restarts."
        )
        return [first, _step(path, rest)]
    return [_step(path, settings)]


def _step(path: str, settings: list[Setting]) -> Json:
    by_key = {one.key: one for one in settings}
    changes = [change(key, one.old, one.new) for key, one in by_key.items()]
    made = step(KIND, path, [one.finding for one in settings], changes, worst_impact([one.impact for one in settings]))
    made["options"] = {key: one.new for key, one in by_key.items() if one.new is not None}
    made["expect"] = {_SHOWN[key]: value for key, value in made["options"].items() if key in _SHOWN}
    made["remove"] = [key for key, one in by_key.items() if one.new is None]
    for one in by_key.values():
        made["notes"] += _notes(one)
    return made


def _wanted(finding: Json, options: Json, policy: Json, choices: Choices, limits: t.Mapping[str, int]) -> Json:
    """The options of the remedy with the site's values, None for those that go back to their default."""
    wanted: Json = {}
    for key, value in (finding["remedy"].get("daemon_options") or {}).items():
        current = (options.get(key) or {}).get("value")
        if key in choices.options:
            wanted[key] = choices.options[key]
        elif key == "storage-opts" and isinstance(current, list):
            wanted[key] = [one for one in current if not str(one).startswith("dm.basesize=")]
        elif key == "default-ulimits" and isinstance(current, dict) and isinstance(value, dict):
            # Limits that the site has are its own; in the file a map is merged with them.
            wanted[key] = {**current, **{name: _possible(limit, limits) for name, limit in value.items()}}
        elif value == "" or (key == "seccomp-profile" and not policy.get("custom_seccomp_profile_required")):
            wanted[key] = None
        else:
            wanted[key] = value
    return wanted


def _possible(limit: Json, limits: t.Mapping[str, int]) -> Json:
    """No more than the daemon's process has itself: without the right to raise limits, no container would start."""
    most = limits.get(str(limit.get("Name")))
    if most is None:
        return limit
    return {**limit, "Soft": min(limit["Soft"], most), "Hard": min(limit["Hard"], most)}


def _needs_the_site(wanted: Json, choices: Choices) -> str | None:
    for key in wanted:
        if key in _NEVER:
            return _NEVER[key]
        if key in _SITE and key not in choices.options:
            return f"{_SITE[key]} (then name the values in remediate_daemon_options)"
    if "seccomp-profile" in wanted and wanted["seccomp-profile"] == "builtin":
        return "the policy asks for a profile of the site (name its file in remediate_daemon_options)"
    return None


def _unusable(key: str, new: t.Any, daemon: Json, version: tuple[int, int] | None) -> str | None:
    if new is not None and key not in keys.options_by_key(version):
        return f"this engine has no option {key}"
    entry = (daemon.get("options") or {}).get(key) or {}
    origin = entry.get("origin") or {}
    if origin.get("kind") in _FLAGS:
        return f"{key} is a flag of the daemon, set by {origin.get('source')}, and no engine starts with both: take it out there"
    return None


def _settled(finding: Json, wanted: Json, written: Json) -> str:
    """Why a finding fails whose options need no change."""
    if any(key in written for key in wanted):
        return "the file says so already; the engine takes it over when it starts while no container runs"
    return f"its options are as they should be, and yet: {finding['reason']}"


def _impact(key: str, new: t.Any) -> str:
    option = next((one for one in keys.OPTIONS if one.key == key), None)
    # With a key absent, a reload keeps the old value.
    return "reload" if option is not None and option.apply == "reload" and new is not None else "restart"


def _beyond(impact: str, choices: Choices) -> str:
    return f"its impact is {impact}, and remediate_max_impact is {choices.max_impact}"


def _notes(setting: Setting) -> list[str]:
    if setting.key == "insecure-registries" and isinstance(setting.old, list) and setting.old:
        return [f"Images of {', '.join(map(str, setting.old))} can then be pulled with a valid certificate only."]
    if setting.key == "no-new-privileges":
        return ["New containers in which sudo or another setuid program must work need no-new-privileges=false."]
    return []


def _say_what_is_not_covered(finding: Json, options: Json, policy: Json, wanted: Json, draft: Draft) -> None:
    required = policy.get("required_default_ulimits") or []
    missing = [name for name in required if name not in (wanted.get("default-ulimits") or {name: None})]
    if missing:
        reason = (
            f"the policy also asks for {', '.join(missing)}: name values in remediate_daemon_options.default-ulimits"
        )
        draft.leave_out(finding, KIND, reason)


def by_hand(wanted: Json) -> list[str]:
    """The lines for daemon.json."""
    return [
        f"take {json.dumps(key)} out of daemon.json" if value is None else f"{json.dumps(key)}: {json.dumps(value)}"
        for key, value in wanted.items()
    ]


def default_of(key: str, version: tuple[int, int] | None) -> t.Any:
    option = keys.options_by_key(version).get(key)
    found = keys.default_of(option, version) if option is not None else None
    return None if found is keys.UNKNOWN_DEFAULT else found


def same(one: t.Any, other: t.Any) -> bool:
    """Equality that keeps true and 1 apart, as JSON does."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def config_path(posture: Json) -> str:
    return str(((posture.get("daemon") or {}).get("config_file") or {}).get("path") or "/etc/docker/daemon.json")
