# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a container as options of docker run and docker update, and as keys of a compose file.

Numbers are what the container asked for, where that helps, else examples that this host can hold.
"""

from __future__ import annotations

import json
import re
import typing as t

import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.addresses import any_address
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.functions import (
    is_under,
    matches_any,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json, fact, named
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.mounts import (
    engine_sockets,
    shows_host,
    shows_one_of,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.quoting import mount_option, quoted

# How much a container gets where nothing says how much it needs.
_MEMORY, _CPUS, _PIDS = 512 * 1024 * 1024, 1.5, 200
_UNPRIVILEGED = 8000
_PRIVILEGED = 1024
_HEALTH = "wget -q -O /dev/null http://127.0.0.1/health"


class Hint(t.NamedTuple):
    """Words for docker run to add and to leave out, those of docker update, and keys of a compose file, likewise.

    ``to_do`` is what no option says.
    """

    add: list[str] = []
    leave: list[str] = []
    update: list[str] = []
    compose: Json = {}
    compose_leave: list[str] = []
    to_do: list[str] = []


class Case(t.NamedTuple):
    """A container with all that decides on its hints."""

    container: Json
    limits: Json
    posture: Json
    policy: Json
    rules: frozenset[str]

    def allows(self, key: str, value: t.Any) -> bool:
        return matches_any(str(value), self.policy.get(key) or [])


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
        to_do.insert(0, "Recreate the container with these options besides its own (…); docker inspect shows its own.")
    if whole.update:
        to_do.append(
            "What docker update changes holds until the container is recreated: keep it in its definition, too."
        )
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


def _declared(case: Case, name: str, below: float | None) -> t.Any:
    """What the container asked for, where it is a limit: what is not below the machine's own size limits nothing."""
    value = fact(case.limits, name, "declared")
    return value if value and (below is None or value < below) else None


def _memory(case: Case) -> Hint:
    whole = fact(case.posture, "daemon", "info", "memory_bytes") or 0
    size = _declared(case, "memory_bytes", whole or None)
    if size is None:
        # A reservation is a floor, and half of a small machine is more than enough.
        size = max(_MEMORY, 2 * int(_declared(case, "memory_reservation_bytes", None) or 0))
        size = min(size, whole // 2) if whole else size
    words = [f"--memory={int(size)}", f"--memory-swap={int(size)}"]
    to_do = ["See what it uses (docker stats) before you choose its memory: it is an example here."]
    known = fact(case.limits, "memory_bytes", "declared") == size
    return Hint(words, [], words, {"mem_limit": int(size), "memswap_limit": int(size)}, [], [] if known else to_do)


def _cpus(case: Case) -> Hint:
    whole = fact(case.posture, "daemon", "info", "cpus") or 0
    cpus = _declared(case, "cpus", whole or None)
    if cpus is None:
        cpus = _CPUS if not whole or whole > _CPUS else round(0.75 * whole, 2)
    word = f"--cpus={cpus:g}"
    return Hint([word], [], [word], {"cpus": cpus})


def _pids(case: Case) -> Hint:
    running = len(fact(case.container, "processes", "running") or [])
    limit = int(_declared(case, "pids", None) or max(_PIDS, 4 * running))
    return Hint([f"--pids-limit={limit}"], [], [f"--pids-limit={limit}"], {"pids_limit": limit})


def _restart(case: Case) -> Hint:
    return Hint(["--restart=on-failure:5"], [], ["--restart=on-failure:5"], {"restart": "on-failure:5"})


def _ports(case: Case) -> Hint:
    """Both rules of ports together: one new place for each port."""
    add, leave, old_ones, compose, seen = [], [], [], [], set()
    ports = case.container.get("ports") or []
    taken = {port.get("host_port") for port in ports}
    for port in ports:
        host_port, address = port.get("host_port"), str(port.get("host_ip") or "0.0.0.0")
        inside = f"{port.get('container_port')}/{port.get('protocol')}"
        allowed = host_port in (case.policy.get("allowed_privileged_ports") or [])
        low = (
            "container-no-privileged-ports" in case.rules
            and bool(host_port)
            and host_port < _PRIVILEGED
            and not allowed
        )
        bound = str(port.get("host_ip") or case.container.get("default_binding") or "0.0.0.0")
        open_ = "container-ports-bound-to-address" in case.rules and any_address(bound)
        name = f"{host_port}/{port.get('protocol')}"
        unneeded = "container-ports-needed" in case.rules and not case.allows("allowed_ports", name)
        if not (low or open_ or unneeded):
            continue
        old = _published(address, host_port, inside)
        leave.append(quoted(f"--publish={old}"))
        old_ones.append(f"ports: {json.dumps(old)}")
        key = (host_port, inside)
        if unneeded or key in seen:  # both families of addresses are one port
            continue
        seen.add(key)
        new_port = host_port + _UNPRIVILEGED if low else host_port
        while low and new_port in taken:
            new_port += 1
        new = f"127.0.0.1:{new_port or ''}:{inside}"
        taken.add(new_port)
        add.append(f"--publish={new}")
        compose.append(new)
    if case.container.get("publish_all_ports"):
        leave.append("--publish-all")
    return Hint(
        add, list(dict.fromkeys(leave)), [], {"ports": compose} if compose else {}, list(dict.fromkeys(old_ones))
    )


def _published(address: str, host_port: t.Any, inside: str) -> str:
    where = "" if any_address(address) else f"[{address}]:" if ":" in address else f"{address}:"
    return f"{where}{host_port or ''}:{inside}"


def _mounts(case: Case, covers: t.Callable[[Case, Json], bool]) -> Hint:
    mounts = [one for one in case.container.get("mounts") or [] if shows_host(one) and covers(case, one)]
    # A mount has an entry for each place that it shows.
    return Hint(
        leave=list(dict.fromkeys(_mount_word(one) for one in mounts)),
        compose_leave=list(dict.fromkeys(f"volumes: {json.dumps(_short(one))}" for one in mounts)),
    )


def _mount_word(mount: Json) -> str:
    """How the mount was asked for, in the shorter form where the paths allow it."""
    source, target = _source(mount), mount.get("destination")
    if ":" in f"{source}{target}":
        return quoted("--mount=" + mount_option(type=mount["type"], source=source, target=target))
    return quoted(f"--volume={_short(mount)}")


def _short(mount: Json) -> str:
    return f"{_source(mount)}:{mount.get('destination')}{':ro' if mount.get('read_only') else ''}"


def _source(mount: Json) -> t.Any:
    return mount.get("name") if mount.get("type") == "volume" else mount.get("source")


def _is_sensitive(case: Case, mount: Json) -> bool:
    place = str(mount.get("real_source") or mount.get("source"))
    roots = (fact(case.posture, "daemon", "info", "data_root"), fact(case.posture, "host", "data_root", "real_path"))
    places = [str(one) for one in [*(case.policy.get("sensitive_directories") or []), *roots] if one]
    touched = any(is_under(place, one) or is_under(one, place) for one in places)
    return touched and not case.allows("allowed_bind_mounts", place)


def _is_socket(case: Case, mount: Json) -> bool:
    return shows_one_of(mount, engine_sockets(case.posture, case.policy.get("engine_sockets") or []))


def _propagation(case: Case) -> Hint:
    add, leave, compose = [], [], []
    for mount in case.container.get("mounts") or []:
        if mount.get("propagation") not in ("shared", "rshared"):
            continue
        parts = {"type": "bind", "source": mount.get("source"), "target": mount.get("destination")}
        only = bool(mount.get("read_only"))
        add.append(quoted("--mount=" + mount_option(**parts, readonly=only, bind_propagation="rprivate")))
        leave.append(quoted("--mount=" + mount_option(**parts, readonly=only, bind_propagation=mount["propagation"])))
        long = {**parts, "read_only": only, "bind": {"propagation": "rprivate"}}
        compose.append({key: value for key, value in long.items() if value is not False})
    return Hint(add, leave, [], {"volumes": compose})


def _capabilities(case: Case) -> Hint:
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


def _privileged(case: Case) -> Hint:
    return Hint(
        leave=["--privileged"],
        compose_leave=["privileged"],
        to_do=["Give it the one capability or device that it needs."],
    )


def _devices(case: Case) -> Hint:
    container = case.container
    devices = [one for one in container.get("devices") or [] if not case.allows("allowed_devices", one.get("host"))]
    leave = [quoted(f"--device={one['host']}:{one['container']}:{one['permissions']}") for one in devices]
    requests = [
        one
        for one in container.get("device_requests") or []
        if not case.allows("allowed_devices", f"request:{one.get('driver')}")
    ]
    leave += ["--gpus=all" if (one.get("count") or 0) < 0 else f"--gpus={one.get('count') or 1}" for one in requests]
    rules = [one for one in container.get("device_cgroup_rules") or [] if not case.allows("allowed_devices", one)]
    leave += [quoted(f"--device-cgroup-rule={one}") for one in rules]
    compose_leave = [
        key for key, found in (("devices", devices), ("gpus", requests), ("device_cgroup_rules", rules)) if found
    ]
    if container.get("privileged"):
        return Hint(leave=["--privileged", *leave], compose_leave=["privileged", *compose_leave])
    return Hint(leave=leave, compose_leave=compose_leave)


def _ulimits(case: Case) -> Hint:
    limits = [
        one
        for one in case.container.get("ulimits") or []
        if one.get("name") not in (case.policy.get("allowed_ulimits") or [])
    ]
    leave = [quoted(f"--ulimit={one['name']}={one['soft']}:{one['hard']}") for one in limits]
    return Hint(leave=leave, compose_leave=["ulimits"] if limits else [])


def _namespace(name: str, option: str, key: str) -> t.Callable[[Case], Hint]:
    """A namespace of the host, asked for directly or through another container."""

    def hint(case: Case) -> Hint:
        mode = str(fact(case.container, "namespaces", name) or "host")
        return Hint(leave=[quoted(f"--{option}={mode}")], compose_leave=[key])

    return hint


def _network_of_host(case: Case) -> Hint:
    mode = str(fact(case.container, "namespaces", "network") or "host")
    return Hint(["--network=NETWORK"], [quoted(f"--network={mode}")], [], {}, ["network_mode"])


def _default_bridge(case: Case) -> Hint:
    to_do = ["Make a network for those that must talk: docker network create NETWORK. Compose makes one by itself."]
    asked = str(fact(case.container, "namespaces", "network") or "")
    leave = ["--network=bridge"] if asked == "bridge" else []
    return Hint(["--network=NETWORK"], leave, [], {}, ["network_mode: bridge"] if leave else [], to_do)


def _apparmor(case: Case) -> Hint:
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


def _selinux(case: Case) -> Hint:
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


def _seccomp(case: Case) -> Hint:
    leave, compose_leave = [], []
    if fact(case.container, "security_options", "seccomp") == "unconfined":
        leave, compose_leave = ["--security-opt=seccomp=unconfined"], ["seccomp in security_opt"]
    if case.container.get("privileged"):
        leave, compose_leave = [*leave, "--privileged"], [*compose_leave, "privileged"]
    if not leave:
        return Hint(to_do=["The container is older than the engine's profile: recreate it as it is."])
    return Hint(leave=leave, compose_leave=compose_leave)


def _no_new_privileges(case: Case) -> Hint:
    denied = fact(case.container, "security_options", "no_new_privileges") is False
    return Hint(
        ["--security-opt=no-new-privileges=true"],
        ["--security-opt=no-new-privileges=false"] if denied else [],
        [],
        {"security_opt": ["no-new-privileges=true"]},
        ["no-new-privileges:false in security_opt"] if denied else [],
    )


def _cgroup_parent(case: Case) -> Hint:
    return Hint(
        leave=[quoted(f"--cgroup-parent={case.container.get('cgroup_parent')}")], compose_leave=["cgroup_parent"]
    )


def _user(case: Case) -> Hint:
    asked = str(case.container.get("user") or "")
    number = re.match(r"\d+", asked)
    leave = [quoted(f"--user={asked}")] if asked and not (number and int(number.group())) else []
    to_do = ["The program must work as that user: 1000:1000 is an example, USER in the image is the better place."]
    return Hint(["--user=1000:1000"], leave, [], {"user": "1000:1000"}, [], to_do)


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
    "container-user-not-root": _user,
    "container-apparmor-profile": _apparmor,
    "container-selinux-label": _selinux,
    "container-capabilities-restricted": _capabilities,
    "container-not-privileged": _privileged,
    "container-no-sensitive-mounts": lambda case: _mounts(case, _is_sensitive),
    "docker-socket-not-mounted": lambda case: _mounts(case, _is_socket),
    "container-no-privileged-ports": _ports,
    "container-ports-bound-to-address": _ports,
    "container-ports-needed": _ports,
    "container-network-not-host": _network_of_host,
    "container-not-on-default-bridge": _default_bridge,
    "container-memory-limited": _memory,
    "container-cpu-limited": _cpus,
    "container-pids-limited": _pids,
    "container-restart-limited": _restart,
    "container-rootfs-read-only": _fixed(
        "--read-only", "--tmpfs=/tmp", "--tmpfs=/run", compose={"read_only": True, "tmpfs": ["/tmp", "/run"]}
    ),
    "container-pid-not-host": _namespace("pid", "pid", "pid"),
    "container-ipc-not-host": _namespace("ipc", "ipc", "ipc"),
    "container-uts-not-host": _namespace("uts", "uts", "uts"),
    "container-userns-not-host": _namespace("user", "userns", "userns_mode"),
    "container-no-host-devices": _devices,
    "container-ulimits-default": _ulimits,
    "container-mount-propagation-private": _propagation,
    "container-seccomp-enabled": _seccomp,
    "container-cgroup-parent-default": _cgroup_parent,
    "container-no-new-privileges": _no_new_privileges,
    "container-image-current": _fixed(to_do=["Recreate the container from the image that was pulled."]),
    "container-health-checked": _fixed(
        f"--health-cmd={quoted(_HEALTH)}",
        "--health-interval=30s",
        compose={"healthcheck": {"test": ["CMD-SHELL", _HEALTH], "interval": "30s"}},
        to_do=["The health check is an example: ask the service itself."],
    ),
}
