# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rights of a container: its user, capabilities, and what confines it."""

from __future__ import annotations

import re

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_hint import Case, Hint
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import fact
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.quoting import quoted


def capability_hint(case: Case) -> Hint:
    added = [str(one) for one in fact(case.container, "capabilities", "added") or []]
    allowed = [str(one) for one in case.policy.get("allowed_capabilities") or []]
    kept = [one for one in added if one in allowed] or ["NET_BIND_SERVICE"]
    leave = [quoted(f"--cap-add={one}") for one in added if one not in allowed]
    leave += ["--privileged"] if case.container.get("privileged") else []
    compose_leave = ["privileged"] if case.container.get("privileged") else []
    compose_leave += (
        ["the other entries of cap_add"] if len(added) > len([one for one in added if one in allowed]) else []
    )
    add = ["--cap-drop=ALL", *(quoted(f"--cap-add={one}") for one in kept)]
    return Hint(add, leave, [], {"cap_drop": ["ALL"], "cap_add": kept}, compose_leave)


def privileged_hint(case: Case) -> Hint:
    leave, compose_leave = ["--privileged"], ["privileged"]
    if not case.container.get("privileged"):
        leave, compose_leave = ["--security-opt=systempaths=unconfined"], ["systempaths in security_opt"]
    return Hint(
        leave=leave,
        compose_leave=compose_leave,
        to_do=["Give it the one capability or device that it needs."],
    )


def apparmor_hint(case: Case) -> Hint:
    if fact(case.posture, "daemon", "info", "security_options", "apparmor") is False:
        return Hint(
            to_do=[
                "Install apparmor (with apparmor_parser) on the host, restart the engine and recreate the container."
            ]
        )
    asked = fact(case.container, "security_options", "apparmor")
    leave = [quoted(f"--security-opt=apparmor={asked}")] if asked else []
    return Hint(
        ["--security-opt=apparmor=docker-default"],
        leave,
        [],
        {"security_opt": ["apparmor=docker-default"]},
        ["apparmor:unconfined in security_opt"] if leave else [],
    )


def selinux_hint(case: Case) -> Hint:
    if fact(case.posture, "daemon", "info", "security_options", "selinux") is False:
        line = 'Set "selinux-enabled": true in daemon.json, restart the engine and recreate the container.'
        return Hint(to_do=[f"{line} The host's policy must have rules for containers first (container-selinux)."])
    labels = [str(one) for one in fact(case.container, "security_options", "labels") or []]
    leave = [quoted(f"--security-opt=label={one}") for one in labels if one == "disable" or one.startswith("type:")]
    word = "label=type:container_t"
    return Hint(
        [f"--security-opt={word}"],
        leave,
        [],
        {"security_opt": [word]},
        ["label entries of security_opt"] if leave else [],
    )


def seccomp_hint(case: Case) -> Hint:
    leave, compose_leave = [], []
    if fact(case.container, "security_options", "seccomp") == "unconfined":
        leave, compose_leave = ["--security-opt=seccomp=unconfined"], ["seccomp in security_opt"]
    if case.container.get("privileged"):
        leave, compose_leave = [*leave, "--privileged"], [*compose_leave, "privileged"]
    if not leave:
        return Hint(to_do=["The container is older than the engine's profile: recreate it as it is."])
    return Hint(leave=leave, compose_leave=compose_leave)


def no_new_privileges_hint(case: Case) -> Hint:
    denied = fact(case.container, "security_options", "no_new_privileges") is False
    return Hint(
        ["--security-opt=no-new-privileges=true"],
        ["--security-opt=no-new-privileges=false"] if denied else [],
        [],
        {"security_opt": ["no-new-privileges=true"]},
        ["no-new-privileges:false in security_opt"] if denied else [],
    )


def user_hint(case: Case) -> Hint:
    asked = str(case.container.get("user") or "")
    number = re.match(r"\d+", asked)
    leave = [quoted(f"--user={asked}")] if asked and not (number and int(number.group())) else []
    to_do = [
        "Replace UID by the number of the user as whom the program works. USER in the image is the better place for it."
    ]
    return Hint(["--user=UID"], leave, [], {"user": "UID"}, [], to_do)
