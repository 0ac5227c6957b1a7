# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rights of a container: capabilities, privileges, its user, and what confines it."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._posture.seccomp import DEFAULT_CAPABILITIES
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.model import CLEAR, REPLACE, Case, Outcome
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_rights import apparmor_hint, selinux_hint
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import fact

_PRIVILEGED = (
    "container-not-privileged",
    "container-capabilities-restricted",
    "container-seccomp-enabled",
    "container-no-host-devices",
    "container-apparmor-profile",
)
_FEW_SHOWN = 12


def privileged(case: Case, out: Outcome) -> None:
    if not case.container.get("privileged"):
        return
    rules = case.rules(*_PRIVILEGED)
    if rules:
        devices = case.needs.get("devices")
        seen = f"It has these devices open now: {', '.join(devices)}." if devices else ""
        if devices is None:
            seen = f"Which devices it has open is not known: {case.gap('devices')}."
        out.add(
            "privileged", False, rules, breaks=f"It loses all devices of the host and most capabilities. {seen}".strip()
        )


def capabilities(case: Case, out: Outcome) -> None:
    rules = case.rules("container-capabilities-restricted")
    if not rules:
        return
    allowed = case.allowed("allowed_capabilities")
    held = case.needs.get("capabilities")
    if held is None:
        kept = [one for one in DEFAULT_CAPABILITIES if one in allowed]
        breaks = f"Which capabilities its processes hold is not known: {case.gap('capabilities')}."
    elif _gave_root_up(case) and not any(one.key == "user" for one in out.fixes):
        kept = [one for one in DEFAULT_CAPABILITIES if one in allowed]
        breaks = "It starts as root and becomes another user. What it needs until then was not seen."
    else:
        kept = [one for one in held if one in allowed]
        lost = [one for one in held if one not in allowed]
        more = ", and more" if len(lost) > _FEW_SHOWN else ""
        breaks = (
            f"Its processes hold these, which the policy does not allow: {', '.join(lost[:_FEW_SHOWN])}{more}."
            if lost
            else ""
        )
    out.add("cap_drop", ["ALL"], rules, how=REPLACE)
    out.add("cap_add", kept, rules, how=REPLACE, breaks=breaks)


def _gave_root_up(case: Case) -> bool:
    """Whether it was started as root and none of its processes is root any more, or the start is not known."""
    users = case.needs.get("users")
    roots = [one for one in users or [] if one.get("uid") in (0, None)]
    return bool(users) and not roots and fact(case.container, "started_with", "user_id") in (0, None)


def user(case: Case, out: Outcome) -> None:
    rules = case.rules("container-user-not-root")
    if not rules:
        return
    users = case.needs.get("users")
    numbers = {(one.get("uid"), one.get("gid")) for one in users or []}
    if len(numbers) == 1 and all(number for number in next(iter(numbers))):
        uid, gid = next(iter(numbers))
        out.add(
            "user",
            f"{uid}:{gid}",
            rules,
            breaks="All its processes run as this user now, but it was started as root. Its start may need root, for example"
            " to change owners of files.",
        )
        return
    why = (
        f"it is not known as whom its processes run: {case.gap('users')}"
        if users is None
        else "its processes run as root"
    )
    out.leave(f"Find the user as whom the program works, best in its image (USER): {why}.", rules)


def confinement(case: Case, out: Outcome) -> None:
    """All options of security_opt at once: what loosens the confinement can only be left out of the whole list."""
    options = case.container.get("security_options") or {}
    wanted = case.rules("container-no-new-privileges")
    unconfined = case.rules("container-seccomp-enabled") if options.get("seccomp") == "unconfined" else []
    # With --privileged the option says nothing, and goes with it.
    opened = options.get("system_paths_unconfined") and not case.container.get("privileged")
    open_paths = case.rules("container-not-privileged") if opened else []
    loose = [*unconfined, *open_paths, *_confined_by_module(case, out, options)]
    denies = options.get("no_new_privileges") is False
    if wanted and not loose and not denies:
        out.add(
            "security_opt",
            ["no-new-privileges=true"],
            wanted,
            breaks="Programs with setuid, such as sudo, gain nothing.",
        )
    elif wanted or loose:
        _whole_list(case, out, options, [*wanted, *loose])


def _confined_by_module(case: Case, out: Outcome, options: dict[str, t.Any]) -> list[str]:
    """The rules of AppArmor and SELinux that leaving out an option serves."""
    found = []
    for slug, hint, loosens in (
        ("container-apparmor-profile", apparmor_hint, options.get("apparmor") == "unconfined"),
        ("container-selinux-label", selinux_hint, bool(options.get("labels"))),
    ):
        rules = case.rules(slug)
        if not rules:
            continue
        made = hint(case.hint_case)
        if made.to_do:
            out.leave(" ".join(made.to_do), rules)
        elif loosens:
            found += rules
        elif not case.container.get("privileged"):
            out.leave("Make the container anew: the engine then gives it its own profile.", rules)
    return found


def _whole_list(case: Case, out: Outcome, options: dict[str, t.Any], rules: list[str]) -> None:
    if options.get("seccomp") in ("custom", "builtin") or options.get("other"):
        out.leave("Take what loosens the confinement out of security_opt: it also names what is not recorded.", rules)
        return
    kept = (
        ["no-new-privileges=true"]
        if case.rules("container-no-new-privileges") or options.get("no_new_privileges")
        else []
    )
    apparmor = options.get("apparmor")
    kept += [f"apparmor={apparmor}"] if apparmor and apparmor != "unconfined" else []
    if not case.rules("container-selinux-label"):
        kept += [f"label={one}" for one in options.get("labels") or []]
    breaks = "The engine's filters forbid system calls and files that were open to it."
    out.add("security_opt", kept, rules, how=REPLACE if kept else CLEAR, breaks=breaks)
