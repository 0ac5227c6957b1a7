# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide whether a seccomp profile protects. A profile that allows the dangerous system calls does not stop an
attacker. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch

# Actions that let a system call happen.
_ALLOWING = ("SCMP_ACT_ALLOW", "SCMP_ACT_LOG")
# Dangerous system calls: they lead out of a container, and the engine's own profile forbids them without capabilities.
_HEAVY = frozenset(
    "add_key bpf delete_module finit_module fsopen init_module kexec_file_load kexec_load keyctl mount move_mount "
    "open_by_handle_at open_tree perf_event_open pivot_root reboot request_key setns swapon umount2 unshare "
    "userfaultfd".split()
)

# What the engine grants a container that asks for nothing.
DEFAULT_CAPABILITIES = (
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
)
# As profiles name them.
_OF_EACH = frozenset(f"CAP_{name}" for name in DEFAULT_CAPABILITIES)


def profile_kind(value: str) -> str:
    """Return ``unconfined``, ``builtin`` or ``custom`` for the value of a security option. The engine stores a profile
    as its text."""
    if value in ("unconfined", "builtin"):
        return value
    try:
        profile = bounds.parse_json(value.encode("utf-8", "surrogatepass"), bounds.OBJECT_ANSWER, "the profile")
    except TooMuch:
        # An engine may accept forms that this parser does not know. Such a profile counts as one that forbids nothing.
        return "unconfined"
    except ValueError:
        return "custom"
    return "custom" if not isinstance(profile, dict) or forbids(profile) else "unconfined"


def forbids(profile: t.Dict[str, t.Any]) -> bool:
    """Return whether the profile forbids at least one dangerous system call to a container with any capabilities."""
    listed = profile.get("syscalls")
    rules = [rule for rule in listed if isinstance(rule, dict)] if isinstance(listed, list) else []
    if profile.get("defaultAction") in _ALLOWING:
        # A rule with conditions on arguments forbids some calls only, and one for another architecture or kernel nothing here.
        refused = [_names(rule) for rule in rules if rule.get("action") not in _ALLOWING and _always_applies(rule)]
        return bool(_HEAVY & {name for names in refused for name in names})
    # A system call that needs a capability is forbidden to all containers without it.
    allowed = [_names(rule) for rule in rules if rule.get("action") in _ALLOWING and not _needs_capability(rule)]
    return bool(_HEAVY - {name for names in allowed for name in names})


def _needs_capability(rule: t.Dict[str, t.Any]) -> bool:
    """Whether it applies only to containers with a capability that the engine does not give to each."""
    includes = rule.get("includes")
    return isinstance(includes, dict) and bool(_more_capabilities(includes.get("caps")))


def _always_applies(rule: t.Dict[str, t.Any]) -> bool:
    """Whether it applies to each system call of those names in each container, except in those with more capabilities."""
    if rule.get("args") or rule.get("includes"):
        return False
    excludes = rule.get("excludes")
    if not excludes:
        return True
    spared = excludes.get("caps") if isinstance(excludes, dict) and set(excludes) == {"caps"} else None
    return isinstance(spared, list) and len(_more_capabilities(spared)) == len(spared)


def _more_capabilities(listed: t.Any) -> list[str]:
    names = [str(one) for one in listed] if isinstance(listed, list) else []
    return [name for name in names if name not in _OF_EACH]


def _names(rule: t.Dict[str, t.Any]) -> list[str]:
    names = rule.get("names")
    found = [str(name) for name in names] if isinstance(names, list) else []
    return [*found, str(rule["name"])] if rule.get("name") else found
