# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a container as options of docker run and docker update, and as keys of a compose file."""

from __future__ import annotations

import typing as t

import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_access import (
    default_bridge_hint,
    device_hint,
    is_sensitive,
    is_socket,
    mount_hint,
    namespace_hint,
    network_of_host_hint,
    port_hint,
    propagation_hint,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_hint import Case, Hint
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_limits import (
    cgroup_parent_hint,
    cpu_hint,
    memory_hint,
    pid_hint,
    restart_hint,
    ulimit_hint,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_rights import (
    apparmor_hint,
    capability_hint,
    no_new_privileges_hint,
    privileged_hint,
    seccomp_hint,
    selinux_hint,
    user_hint,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json, named
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.quoting import quoted

# What only the reader knows: the program inside that asks the service whether it works.
_HEALTH = "COMMAND"


def of_container(container: Json, cgroup: Json, failed: list[Json], posture: Json, policy: Json) -> Json:
    """The entry for one container; ``cgroup`` is what its control group holds."""
    rules = frozenset(finding["rule"] for finding in failed)
    case = Case(container, cgroup.get("limits") or {}, posture, policy, rules)
    whole = Hint([], [], [], {}, [], [])
    for finding in failed:
        maker = _MAKERS.get(finding["rule"])
        hint = maker(case) if maker is not None else Hint(to_do=[finding["remedy"]["summary"]])
        _collect(whole, hint)
    name, image = quoted(container["name"]), quoted(container["image"])
    lines = []
    if "container-image-current" in rules:
        lines.append(f"docker pull {image}")
    if whole.update:
        lines.append(" ".join(["docker update", *whole.update, name]))
    recreated = bool(rules - _UPDATABLE)
    if recreated or whole.add:
        lines.append(" ".join(["docker run", "--name", name, *whole.add, "…", image]))
    if whole.leave:
        lines.append(" ".join(["# without", *whole.leave]))
    to_do = list(whole.to_do)
    if recreated:
        to_do.insert(
            0, "Recreate the container with these options in addition to its own (…); docker inspect shows its own."
        )
    if whole.update:
        to_do.append("docker update changes last until the container is recreated: also change its definition.")
    if container.get("swarm_task"):
        to_do.append("The container is a task of a service: change the service (docker service update), not the task.")
    return {
        "subject": {"type": "container", "name": container["name"], "id": container["id"]},
        "rules": [named(finding) for finding in failed],
        "impact": "disruptive" if recreated else "none",
        "to_do": to_do,
        "lines": lines,
        "compose": _compose(str(container["name"]), whole),
    }


def _collect(into: Hint, hint: Hint) -> None:
    for ours, theirs in (
        (into.add, hint.add),
        (into.leave, hint.leave),
        (into.update, hint.update),
        (into.compose_leave, hint.compose_leave),
        (into.to_do, hint.to_do),
    ):
        ours += [word for word in theirs if word not in ours]
    for key, value in hint.compose.items():
        before = into.compose.get(key)
        into.compose[key] = before + [one for one in value if one not in before] if isinstance(before, list) else value


def _compose(service: str, hint: Hint) -> str | None:
    """The keys of the service, and those to take out as a comment: their names are ours, not the container's."""
    if not hint.compose and not hint.compose_leave:
        return None
    text: str = yaml.safe_dump({"services": {service: hint.compose}}, sort_keys=False, width=1000)
    return text + "".join(f"# take out: {name}\n" for name in hint.compose_leave)


def _fixed(*add: str, compose: Json | None = None, to_do: t.Sequence[str] = ()) -> t.Callable[[Case], Hint]:
    return lambda case: Hint(list(add), [], [], compose or {}, [], list(to_do))


# What docker update does while the container runs.
_UPDATABLE = {
    "container-memory-limited",
    "container-cpu-limited",
    "container-pids-limited",
    "container-restart-limited",
}
_MAKERS: dict[str, t.Callable[[Case], Hint]] = {
    "container-user-not-root": user_hint,
    "container-apparmor-profile": apparmor_hint,
    "container-selinux-label": selinux_hint,
    "container-capabilities-restricted": capability_hint,
    "container-not-privileged": privileged_hint,
    "container-no-sensitive-mounts": lambda case: mount_hint(case, is_sensitive),
    "docker-socket-not-mounted": lambda case: mount_hint(case, is_socket),
    "container-no-privileged-ports": port_hint,
    "container-ports-bound-to-address": port_hint,
    "container-ports-needed": port_hint,
    "container-network-not-host": network_of_host_hint,
    "container-not-on-default-bridge": default_bridge_hint,
    "container-memory-limited": memory_hint,
    "container-cpu-limited": cpu_hint,
    "container-pids-limited": pid_hint,
    "container-restart-limited": restart_hint,
    "container-rootfs-read-only": _fixed(
        "--read-only", "--tmpfs=/tmp", "--tmpfs=/run", compose={"read_only": True, "tmpfs": ["/tmp", "/run"]}
    ),
    "container-pid-not-host": namespace_hint("pid", "pid", "pid"),
    "container-ipc-not-host": namespace_hint("ipc", "ipc", "ipc"),
    "container-uts-not-host": namespace_hint("uts", "uts", "uts"),
    "container-userns-not-host": namespace_hint("user", "userns", "userns_mode"),
    "container-no-host-devices": device_hint,
    "container-ulimits-default": ulimit_hint,
    "container-mount-propagation-private": propagation_hint,
    "container-seccomp-enabled": seccomp_hint,
    "container-cgroup-parent-default": cgroup_parent_hint,
    "container-no-new-privileges": no_new_privileges_hint,
    "container-image-current": _fixed(to_do=["Recreate the container from the image that was pulled."]),
    "container-health-checked": _fixed(
        f"--health-cmd={_HEALTH}",
        "--health-interval=30s",
        compose={"healthcheck": {"test": ["CMD-SHELL", _HEALTH], "interval": "30s"}},
        to_do=["Replace COMMAND by a command in the container that exits with 0 if the service works."],
    ),
}
