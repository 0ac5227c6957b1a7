# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of a container as the engine reads them: capabilities and security options. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._posture.seccomp import profile_kind

Document = t.Dict[str, t.Any]


# What every engine covers, of all that it covers, and by which the host can be harmed.
_SYSTEM_PATHS = {"MaskedPaths": ["/proc/kcore"], "ReadonlyPaths": ["/proc/sys", "/proc/sysrq-trigger"]}


def capability_names(raw: list[str] | None) -> list[str]:
    """Return capabilities in one spelling: upper case, without ``CAP_``, sorted."""
    names = set()
    for entry in raw or []:
        name = str(entry).upper()
        names.add(name[4:] if name.startswith("CAP_") else name)
    return sorted(names)


def security_options(host_config: Document) -> Document:
    """Parse ``HostConfig.SecurityOpt`` as the engine does (``key=value`` or the old ``key:value``).

    ``no_new_privileges`` is None if the container does not set it, so that the default of the daemon applies.
    ``seccomp`` is ``default``, ``unconfined``, ``builtin`` or ``custom``; the profile itself is not stored.
    """
    parsed: Document = {
        "no_new_privileges": None,
        "seccomp": "default",
        "apparmor": None,
        "labels": [],
        "system_paths_unconfined": False,
        "writable_cgroups": None,
        "other": [],
    }
    for entry in host_config.get("SecurityOpt") or []:
        text = str(entry)
        key, separator, value = text.partition("=")
        if not separator:
            key, separator, value = text.partition(":")
        if key == "no-new-privileges":
            parsed["no_new_privileges"] = parse_boolean(value) if separator else True
        elif key == "seccomp":
            parsed["seccomp"] = profile_kind(value)
        elif key == "apparmor":
            parsed["apparmor"] = value
        elif key == "label":
            parsed["labels"].append(value)
        elif key == "systempaths":
            parsed["system_paths_unconfined"] = value == "unconfined"
        elif key == "writable-cgroups":
            parsed["writable_cgroups"] = parse_boolean(value) if separator else True
        else:
            parsed["other"].append(key)
    if any(_leaves_open(host_config.get(key), paths) for key, paths in _SYSTEM_PATHS.items()):
        parsed["system_paths_unconfined"] = not host_config.get("Privileged")
    return parsed


def _leaves_open(listed: t.Any, paths: t.Sequence[str]) -> bool:
    """The command line turns systempaths=unconfined into empty lists, and the API takes any list; null means the defaults."""
    return isinstance(listed, list) and not set(paths) <= set(map(str, listed))


def has_health_check(test: t.Any) -> bool:
    """Return whether the engine runs a check for ``Healthcheck.Test``. It ignores what begins with another word."""
    return isinstance(test, list) and len(test) > 1 and test[0] in ("CMD", "CMD-SHELL")


def parse_boolean(value: str) -> bool | None:
    """Parse a boolean in the spellings of Go's strconv.ParseBool. Return None for any other text."""
    if value in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    if value in ("0", "f", "F", "false", "FALSE", "False"):
        return False
    return None
