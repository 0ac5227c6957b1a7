# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about the daemon to one change of daemon.json. Pure.

An option that a flag sets, that only the site can know, or whose change hides images is never set; the plan says so, with
the lines that do it by hand.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import keys
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.container_values import limited_ulimits
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.engine_start import (
    flag_origin,
    is_flag,
    why_not_restarted,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import (
    Choices,
    Draft,
    Json,
    change,
    fact,
    step,
    within,
    worst_impact,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.option_values import (
    by_hand,
    default_of,
    hard_limits,
    same,
    shown_value,
    wanted_values,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.quoting import quoted
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.side_effects import live_restore_fails, side_effect

KIND = "daemon_options"
# Values that no program can know, and what somebody must do before they may be set.
_CERTIFICATES = "the site must provide a certificate authority, a certificate and a key first"
_SITE = {
    "tlscacert": _CERTIFICATES,
    "tlscert": _CERTIFICATES,
    "tlskey": _CERTIFICATES,
    "authorization-plugins": "install the plugin first; without it Docker does not start",
    "log-driver": "only you can know where logs must go",
    "selinux-enabled": "the host's SELinux policy must have rules for containers first",
}
_NEVER = {
    "storage-driver": "another storage driver hides all images and containers; move them first",
    "data-root": "another data root hides all images and containers; move them first",
    "hosts": "the address of the API is mostly a flag of the unit, and who uses it is not known",
}
# What the engine only takes over where no container runs while it starts.
WITHOUT_CONTAINERS = ("icc",)
# What these values need of the packet filter, and what becomes of an engine that lacks it.
_NEED_IPTABLES = {
    "icc": (False, "with iptables off the engine does not start with icc false"),
    "userland-proxy": (False, "with iptables off nothing but the proxy leads to published ports"),
}
# The first version in which seccomp-profile takes these words, and not a file of that name.
_SECCOMP_WORDS, _SECCOMP_WORDS_SINCE = ("builtin", "unconfined"), (23, 0)
# What the engine itself says of an option afterwards, by the names of engine_restart.
_SHOWN = {
    "live-restore": "live_restore",
    "debug": "debug",
    "experimental": "experimental",
    "insecure-registries": "insecure_registries",
    "authorization-plugins": "authorization_plugins",
}


class Setting(t.NamedTuple):
    """One option, of a finding or as the site asks. ``new`` None takes it out of the file; ``drop`` are keys within it to take out."""

    finding: Json | None
    key: str
    old: t.Any
    new: t.Any
    impact: str
    drop: tuple[str, ...] = ()


def settings_of(
    findings: t.Sequence[Json],
    posture: Json,
    choices: Choices,
    policy: Json,
    draft: Draft,
) -> list[Setting]:
    """What is to be set for these findings, of which all others are left out with the reason."""
    daemon = posture.get("daemon") or {}
    limits = hard_limits(daemon)
    options = daemon.get("options") or {}
    written = _written(daemon)
    found: list[Setting] = []
    for finding in findings:
        reason = _needs_the_site(finding, options, policy, choices) or why_not_restarted(posture)
        if reason is not None:
            draft.leave_out(
                finding, KIND, reason, by_hand({**finding["remedy"]["daemon_options"], **_given(finding, choices)})
            )
            continue
        wanted = wanted_values(finding, options, policy, choices, limits)
        mine = settings_towards(finding, wanted, posture)
        hindered = next((one for setting in mine for one in [hindrance(setting, posture)] if one), None)
        impact = worst_impact([one.impact for one in mine])
        if hindered is not None:
            draft.leave_out(finding, KIND, *hindered)
        elif not mine:
            draft.leave_out(finding, KIND, _settled(finding, wanted, written), by_hand(wanted))
        elif not within(impact, choices.max_impact):
            draft.leave_out(finding, KIND, beyond(impact, choices, posture), by_hand(wanted))
        else:
            found += mine
            _say_what_is_not_covered(finding, policy, wanted, draft)
    return _with_iptables(found, options, draft)


def settings_towards(finding: Json | None, wanted: Json, posture: Json) -> list[Setting]:
    """The options that are not yet as wanted, neither in the engine nor in its file."""
    daemon = posture.get("daemon") or {}
    written = _written(daemon)
    version = keys.version_of(fact(daemon, "versions", "engine"))
    disruptive = live_restore_fails(posture)
    found = []
    for key, new in wanted.items():
        old = fact(daemon, "options", key, "value")
        aim = default_of(key, version) if new is None else new
        drop: tuple[str, ...] = ()
        if key == "log-opts" and isinstance(old, dict):
            # They are the old driver's own, and a driver that does not know them does not start.
            drop = tuple(sorted(name for name in old if name not in (new or {})))
        if not drop and ((old is not None and same(old, aim)) or (key in written and same(written[key], aim))):
            continue
        impact = _impact(key, new)
        impact = "disruptive" if disruptive and impact == "restart" else impact
        found.append(Setting(finding, key, old, new, impact, drop))
    return found


def _written(daemon: Json) -> Json:
    """The values of the file that the engine does not use yet."""
    return {
        entry["option"]: entry.get("configured")
        for entry in daemon.get("differences") or []
        if not is_flag(entry.get("origin"))
    }


def steps_of(settings: list[Setting], posture: Json, choices: Choices, runs: bool) -> list[Json]:
    """One change of daemon.json. Where live restore is new and containers run, it comes first, by a reload: so they
    run on while the engine restarts for the rest. In check mode no step finds what an earlier one wrote, so ``check_mode``
    of a step is its change and those before it.
    """
    if not settings:
        return []
    live = [one for one in settings if one.key == "live-restore" and one.new is True]
    rest = [one for one in settings if one not in live]
    keeps = fact(posture, "daemon", "process", "stop_kills_shims") is False
    if choices.keep_containers and runs and keeps and live and any(one.impact != "reload" for one in rest):
        first = _step(live, posture)
        first["notes"].append(
            "live-restore is turned on first, by a reload, so that containers keep running during the restart."
        )
        second = _step(rest, posture)
        second["check_mode"] = {
            "options": {**first["options"], **second["options"]},
            "remove": first["remove"] + second["remove"],
        }
        return [first, second]
    return [_step(settings, posture)]


def _step(settings: list[Setting], posture: Json) -> Json:
    by_key = {one.key: one for one in settings}
    changes = [one for setting in by_key.values() for one in _changes(setting)]
    impact = worst_impact([one.impact for one in settings])
    found = [one.finding for one in settings if one.finding is not None]
    made = step(KIND, config_path(posture), found, changes, impact)
    made["options"] = {key: one.new for key, one in by_key.items() if one.new not in (None, {})}
    made["expect"] = {_SHOWN[key]: value for key, value in made["options"].items() if key in _SHOWN}
    made["remove"] = [key for key, one in by_key.items() if one.new is None]
    made["remove"] += [f"{key}.{name}" for key, one in by_key.items() for name in one.drop]
    made["check_mode"] = {"options": made["options"], "remove": made["remove"]}
    for one in by_key.values():
        made["notes"] += _notes(one, posture)
    return made


def _changes(setting: Setting) -> list[Json]:
    """What changes; of an object, each key within that changes."""
    old, new = shown_value(setting.key, setting.old), shown_value(setting.key, setting.new)
    if not isinstance(old, dict) or not isinstance(new, dict):
        return [change(setting.key, old, new)]
    names = [*new, *setting.drop]
    return [
        change(f"{setting.key}.{name}", old.get(name), new.get(name))
        for name in names
        if name in setting.drop or not same(old.get(name), new.get(name))
    ]


def _given(finding: Json, choices: Choices) -> Json:
    """The site's own values for the options of this finding."""
    return {key: value for key, value in choices.options.items() if key in finding["remedy"]["daemon_options"]}


def _needs_the_site(finding: Json, options: Json, policy: Json, choices: Choices) -> str | None:
    for key in finding["remedy"]["daemon_options"]:
        if key in _NEVER:
            return _NEVER[key]
        kept = key.startswith("tls") and fact(options, key, "value")
        if key in _SITE and key not in choices.options and not kept:
            return f"{_SITE[key]} (then set the option in remediate_daemon_options)"
        if key == "seccomp-profile" and policy.get("custom_seccomp_profile_required") and key not in choices.options:
            return "the policy asks for a profile of the site (name its file in remediate_daemon_options)"
    return None


def hindrance(setting: Setting, posture: Json) -> tuple[str, list[str]] | None:
    """Why this value cannot be set, and the lines that do it by hand."""
    daemon = posture.get("daemon") or {}
    key, new = setting.key, setting.new
    version = keys.version_of(fact(daemon, "versions", "engine"))
    lines = by_hand({key: new})
    if new is not None and key not in keys.options_by_key(version):
        return f"this engine has no option {key}", lines
    if key == "seccomp-profile" and new in _SECCOMP_WORDS and (version is None or version < _SECCOMP_WORDS_SINCE):
        return f"engines before 23.0 take {new} for the name of a file, and do not start", lines
    if key == "storage-opts" and any("***" in str(one) for one in new or []):
        return "its other values hold credentials, which no plan knows", lines
    origin = flag_origin(key, daemon)
    if origin is not None:
        reason = f"{key} is a flag of the daemon, set by {origin.get('source')}, and no engine starts with both"
        return reason, [*_without_flag(key, origin, daemon), *lines]
    coming = _next_flag_of(key, daemon)
    if coming is not None and new is not None:
        source = coming.get("source")
        reason = f"{key} is a flag of the daemon at its next start{f', set by {source}' if source else ''}, and no engine starts with both"
        return reason, [*_without_flag(key, coming, daemon), *lines]
    kind = fact(daemon, "options", key, "origin", "kind")
    if new is None and not _is_written(key, daemon) and kind != "daemon.json":
        return f"nothing that was found sets {key}, so that there is nothing to take out", lines
    if key == "live-restore" and new is True:
        state = fact(daemon, "info", "swarm", "state")
        if state != "inactive":
            return f"a node of a swarm does not start with live restore (swarm: {state or 'not known'})", []
    return None


def _next_flag_of(key: str, daemon: Json) -> Json | None:
    """The origin of the option where it becomes a flag when the daemon starts next."""
    for one in fact(daemon, "process", "changed_arguments") or []:
        if one["option"] == key and one["next"] is not None:
            source = one.get("source")
            unit = str(source or "").endswith((".service", ".conf"))
            return {"kind": "systemd_unit" if unit else "environment_file" if source else "flag", "source": source}
    return None


def _is_written(key: str, daemon: Json) -> bool:
    return key in (fact(daemon, "config_file", "keys") or [])


def _without_flag(key: str, origin: Json, daemon: Json) -> list[str]:
    flag = next((option.flag for option in keys.OPTIONS if option.key == key), key)
    if origin["kind"] in ("systemd_unit", "systemd_dropin", "socket_unit"):
        unit = quoted(fact(daemon, "process", "unit") or "docker.service")
        return [
            f"systemctl edit {unit}   # ExecStart= (empty), then ExecStart= with the whole command without --{flag}",
            f"systemctl restart {unit}",
        ]
    if origin["kind"] == "environment_file":
        return [f"take --{flag} out of {origin.get('source')}, and restart the engine"]
    return [f"take --{flag} out of what starts the daemon, and restart it"]


def _with_iptables(settings: list[Setting], options: Json, draft: Draft) -> list[Setting]:
    """Without those that need the packet filter where that stays off, together with all else of their finding."""
    given = [one.new for one in settings if one.key == "iptables"]
    iptables = given[-1] if given else fact(options, "iptables", "value")
    if iptables is True:
        return settings
    kept = []
    for setting in settings:
        value, reason = _NEED_IPTABLES.get(setting.key, (None, ""))
        if setting.finding is not None and value is not None and setting.new is value:
            if iptables is None:
                reason = f"whether iptables is on is not known, and {reason}"
            draft.leave_out(setting.finding, KIND, reason, by_hand({setting.key: setting.new}))
        else:
            kept.append(setting)
    dropped = {one.finding["rule"] for one in settings if one not in kept and one.finding is not None}
    return [one for one in kept if one.finding is None or one.finding["rule"] not in dropped]


def _settled(finding: Json, wanted: Json, written: Json) -> str:
    """Why a finding fails whose options need no change."""
    if any(key in written for key in wanted):
        return "the file says so already; the engine takes it over when it starts while no container runs"
    return f"its options are as they should be, and yet: {finding['reason']}"


def _impact(key: str, new: t.Any) -> str:
    option = next((one for one in keys.OPTIONS if one.key == key), None)
    # With a key absent, a reload keeps the old value.
    return "reload" if option is not None and option.apply == "reload" and new is not None else "restart"


def beyond(impact: str, choices: Choices, posture: Json) -> str:
    reason = f"its impact is {impact}, and remediate_max_impact is {choices.max_impact}"
    return f"{reason} ({live_restore_fails(posture)})" if impact == "disruptive" else reason


def _notes(setting: Setting, posture: Json) -> list[str]:
    note = side_effect(setting.key, setting.old, setting.new, posture)
    return [f"{setting.key}: {note}"] if note is not None else []


def _say_what_is_not_covered(finding: Json, policy: Json, wanted: Json, draft: Draft) -> None:
    if "default-ulimits" not in wanted:
        return
    given = limited_ulimits(wanted["default-ulimits"] if isinstance(wanted["default-ulimits"], dict) else {})
    missing = [str(name) for name in policy.get("required_default_ulimits") or [] if name not in given]
    if missing:
        reason = (
            f"the policy also asks for {', '.join(missing)}: name values in remediate_daemon_options.default-ulimits"
        )
        draft.leave_out(finding, KIND, reason)


def config_path(posture: Json) -> str:
    return str(fact(posture, "daemon", "config_file", "path") or "/etc/docker/daemon.json")
