# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host has what an advisory needs, or what makes it harmless: true, false, or None where it is not known."""

from __future__ import annotations

import typing as t

Json = dict[str, t.Any]


class Condition(t.NamedTuple):
    holds: bool | None
    said: str


def condition(name: str, posture: Json) -> Condition:
    """Return whether the condition holds on the host, and the fact that shows it."""
    holds = _READERS[name](posture)
    if holds is None:
        return Condition(None, f"It is not known whether {_SAID[name][True]}.")
    return Condition(holds, f"{_SAID[name][holds][:1].upper()}{_SAID[name][holds][1:]}.")


_SECURITY = ("daemon", "info", "security_options")
_SAID = {
    "authorization_plugins": {
        True: "the engine has an authorization plugin",
        False: "the engine has no authorization plugin",
    },
    "cri": {True: "containerd's plugin for Kubernetes is on", False: "containerd's plugin for Kubernetes is off"},
    "firewalld": {True: "firewalld runs", False: "firewalld does not run"},
    "rootless": {True: "the engine is rootless", False: "the engine is not rootless"},
    "swarm": {True: "the engine is part of a swarm", False: "the engine is not part of a swarm"},
    "user_namespaces": {
        True: "root of every running container is another user on the host",
        False: "user namespaces are not remapped",
    },
    "windows": {True: "the host runs Windows", False: "the host does not run Windows"},
}


def _authorization_plugins(posture: Json) -> bool | None:
    plugins = _at(posture, "daemon", "info", "authorization_plugins")
    return bool(plugins) if isinstance(plugins, list) else None


def _swarm(posture: Json) -> bool | None:
    state = _at(posture, "daemon", "info", "swarm", "state")
    return state != "inactive" if isinstance(state, str) and state else None


def _user_namespaces(posture: Json) -> bool | None:
    """Return whether remapping holds for every running container, as the kernel shows it.

    An engine can list user namespaces and still map root to the host's root, and a container can stay outside of them. Then
    the condition is not known: so an advisory that it mitigates is not mitigated, and one that needs it may apply.
    """
    enabled, listed = _at(posture, "userns", "effective", "enabled"), _at(posture, *_SECURITY, "userns")
    if enabled is False and listed is False:
        return False
    containers = _at(posture, "userns", "containers")
    if enabled is not True or not isinstance(containers, list):
        return None
    running = [one for one in containers if not isinstance(one, dict) or one.get("running") is not False]
    return True if all(_at(one, "root_is_host_root") is False for one in running) else None


def _flag(*path: str) -> t.Callable[[Json], bool | None]:
    def read(posture: Json) -> bool | None:
        value = _at(posture, *path)
        return value if isinstance(value, bool) else None

    return read


_READERS: dict[str, t.Callable[[Json], bool | None]] = {
    "authorization_plugins": _authorization_plugins,
    "cri": _flag("versions", "cri_enabled"),
    # No fact shows it.
    "firewalld": lambda posture: None,
    "rootless": _flag(*_SECURITY, "rootless"),
    "swarm": _swarm,
    "user_namespaces": _user_namespaces,
    # Only hosts with Linux are audited.
    "windows": lambda posture: False,
}


def _at(document: t.Any, *path: str) -> t.Any:
    for key in path:
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document
