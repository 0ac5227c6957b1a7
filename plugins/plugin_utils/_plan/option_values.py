# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which values the options of the daemon get, by the remedy, the site and the host, and how they are shown. Pure."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import keys
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_json
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.container_values import limited_ulimits
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices, Json, fact

Version = tuple[int, int] | None


def hard_limits(daemon: Json) -> dict[str, int]:
    """The limits of the daemon's own process by their ulimit's name, as far as it has such."""
    known = fact(daemon, "process", "limits") or {}
    return {name: limit["hard"] for name, limit in known.items() if limit.get("hard") is not None}


def wanted_values(finding: Json, options: Json, policy: Json, choices: Choices, limits: t.Mapping[str, int]) -> Json:
    """The options of the remedy with the site's values, None for those that go back to their default."""
    wanted: Json = {}
    for key, value in (finding["remedy"].get("daemon_options") or {}).items():
        current = fact(options, key, "value")
        if key in choices.options:
            wanted[key] = choices.options[key]
        elif key == "log-opts":
            wanted[key] = {}  # those of the rule are an example
        elif key in ("tlscacert", "tlscert", "tlskey") and current:
            wanted[key] = current
        elif key == "storage-opts" and isinstance(current, list):
            wanted[key] = [one for one in current if not str(one).startswith("dm.basesize=")]
        elif key == "default-ulimits" and isinstance(value, dict):
            # Limits that the site has are its own.
            own = current if isinstance(current, dict) else {}
            missing = {name: limit for name, limit in value.items() if name not in limited_ulimits(own)}
            wanted[key] = {**own, **{name: _possible(limit, limits) for name, limit in missing.items()}}
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


def by_hand(wanted: Json) -> list[str]:
    """The lines for daemon.json."""
    return [
        f"take {json.dumps(key)} out of daemon.json"
        if value is None
        else f"{json.dumps(key)}: {json.dumps(shown_value(key, value))}"
        for key, value in wanted.items()
        if value != {}
    ]


def shown_value(key: str, value: t.Any) -> t.Any:
    """The value without credentials, which options of log drivers may hold."""
    return json.loads(mask_json(json.dumps({key: value})))[key]


def default_of(key: str, version: Version) -> t.Any:
    option = keys.options_by_key(version).get(key)
    found = keys.default_of(option, version) if option is not None else None
    return None if found is keys.UNKNOWN_DEFAULT else found


def same(one: t.Any, other: t.Any) -> bool:
    """Equality that keeps true and 1 apart, as JSON does."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
