# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of ``/info`` that a restart may change, and how they are compared with what is expected. Pure."""

from __future__ import annotations

import typing as t

Document = t.Dict[str, t.Any]


def _security(info: Document, name: str) -> bool:
    options = [str(option).split(",", maxsplit=1)[0] for option in info.get("SecurityOptions") or []]
    return f"name={name}" in options


def _registries(info: Document) -> list[str]:
    """Return the registries that are used without encryption, as in daemon.json, without the loopback network."""
    config = info.get("RegistryConfig") or {}
    networks = [str(entry) for entry in config.get("InsecureRegistryCIDRs") or []]
    found = [entry for entry in networks if entry not in ("127.0.0.0/8", "::1/128")]
    for name, entry in (config.get("IndexConfigs") or {}).items():
        if isinstance(entry, dict) and entry.get("Secure") is False:
            found.append(str(name))
    return sorted(found)


FACTS: dict[str, t.Callable[[Document], t.Any]] = {
    "userns": lambda info: _security(info, "userns"),
    "rootless": lambda info: _security(info, "rootless"),
    "selinux": lambda info: _security(info, "selinux"),
    "apparmor": lambda info: _security(info, "apparmor"),
    "no_new_privileges": lambda info: _security(info, "no-new-privileges"),
    "live_restore": lambda info: bool(info.get("LiveRestoreEnabled")),
    "debug": lambda info: bool(info.get("Debug")),
    "experimental": lambda info: bool(info.get("ExperimentalBuild")),
    "data_root": lambda info: str(info.get("DockerRootDir") or ""),
    "driver": lambda info: str(info.get("Driver") or ""),
    "cgroup_driver": lambda info: str(info.get("CgroupDriver") or ""),
    "logging_driver": lambda info: str(info.get("LoggingDriver") or ""),
    "default_runtime": lambda info: str(info.get("DefaultRuntime") or ""),
    "version": lambda info: str(info.get("ServerVersion") or ""),
    "swarm": lambda info: str((info.get("Swarm") or {}).get("LocalNodeState") or ""),
    "labels": lambda info: sorted(str(label) for label in info.get("Labels") or []),
    "insecure_registries": _registries,
    "registry_mirrors": lambda info: [str(one) for one in (info.get("RegistryConfig") or {}).get("Mirrors") or []],
    "authorization_plugins": lambda info: [str(one) for one in (info.get("Plugins") or {}).get("Authorization") or []],
}

# Where one of these changes, images, containers or the cluster are no longer to be seen.
LOAD_BEARING = ("data_root", "driver", "swarm")
# The program may have been upgraded under a running engine, and a node of a cluster takes its time to come back.
CHANGE_BY_THEMSELVES = frozenset({"version", "swarm"})


def facts_of(info: Document) -> Document:
    return {name: read(info) for name, read in FACTS.items()}


def unknown(expected: Document) -> list[str]:
    return sorted(set(expected) - set(FACTS))


def unmet(expected: Document, facts: Document) -> list[str]:
    """Return the facts that differ from the expected ones, as sentences. Lists are compared without their order."""
    found = []
    for name, wanted in expected.items():
        is_value = facts.get(name)
        if isinstance(is_value, list) and isinstance(wanted, list):
            same = sorted(map(_plain, is_value)) == sorted(map(_plain, wanted))
        elif isinstance(is_value, bool):
            same = is_value is _truth(wanted)
        else:
            same = _plain(is_value) == _plain(wanted)
        if not same:
            found.append(f"{name} is {is_value!r} and not {wanted!r}")
    return found


def _truth(wanted: t.Any) -> bool | None:
    """Return a boolean, also if a template turned it into a text."""
    if isinstance(wanted, bool):
        return wanted
    return {"true": True, "yes": True, "false": False, "no": False}.get(str(wanted).lower())


def _plain(value: t.Any) -> str:
    return str(value).rstrip("/")


def differences(before: Document, after: Document) -> Document:
    """Return the facts that changed, each with ``before`` and ``after``."""
    return {
        name: {"before": before[name], "after": after[name]} for name in FACTS if before.get(name) != after.get(name)
    }
