# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container reaches of the host: ports, mounts, devices, namespaces and networks."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.addresses import any_address
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.paths import is_under
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_hint import Case, Hint
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json, fact
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.mounts import (
    engine_sockets,
    shows_host,
    shows_one_of,
    was_asked,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.quoting import mount_option, quoted

_UNPRIVILEGED = 8000
_PRIVILEGED = 1024


def port_hint(case: Case) -> Hint:
    """Both rules of ports together: one new place for each port."""
    add, leave, old_ones, compose, seen = [], [], [], [], set()
    ports = case.container.get("ports") or []
    taken = {port.get("host_port") for port in ports}
    for port in ports:
        host_port, address = port.get("host_port"), str(port.get("host_ip") or "0.0.0.0")
        inside = f"{port.get('container_port')}/{port.get('protocol')}"
        allowed = not port.get("last_host_port") and host_port in (case.policy.get("allowed_privileged_ports") or [])
        low = (
            "container-no-privileged-ports" in case.rules
            and bool(host_port)
            and host_port < _PRIVILEGED
            and not allowed
        )
        bound = str(port.get("host_ip") or case.container.get("default_binding") or "0.0.0.0")
        open_ = "container-ports-bound-to-address" in case.rules and any_address(bound)
        name = f"{host_ports(port) or host_port}/{port.get('protocol')}"
        unneeded = "container-ports-needed" in case.rules and not case.allows("allowed_ports", name)
        if not (low or open_ or unneeded):
            continue
        old = _published(address, host_ports(port), inside)
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


def host_ports(port: Json) -> str:
    """Return what is written for a port of the host: a number, a range, or nothing for one at random."""
    first, last = port.get("host_port"), port.get("last_host_port")
    return f"{first}-{last}" if last else str(first or "")


def _published(address: str, ports: str, inside: str) -> str:
    where = "" if any_address(address) else f"[{address}]:" if ":" in address else f"{address}:"
    return f"{where}{ports}:{inside}"


def mount_hint(case: Case, covers: t.Callable[[Case, Json], bool]) -> Hint:
    found = [one for one in case.container.get("mounts") or [] if shows_host(one) and covers(case, one)]
    mounts = [one for one in found if was_asked(one)]
    # A mount has an entry for each place that it shows.
    return Hint(
        leave=list(dict.fromkeys(_mount_word(one) for one in mounts)),
        compose_leave=list(dict.fromkeys(f"volumes: {json.dumps(_short(one))}" for one in mounts)),
        to_do=list(dict.fromkeys(not_asked(str(one.get("destination"))) for one in found if not was_asked(one))),
    )


def not_asked(target: str) -> str:
    """What is to be done about a mount for which the engine was not asked."""
    return f"{visible(target)} is mounted by the runtime, a plugin or the container itself: take it out of their configuration."


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


def is_sensitive(case: Case, mount: Json) -> bool:
    place = str(mount.get("real_source") or mount.get("source"))
    roots = (fact(case.posture, "daemon", "info", "data_root"), fact(case.posture, "host", "data_root", "real_path"))
    places = [str(one) for one in [*(case.policy.get("sensitive_directories") or []), *roots] if one]
    touched = any(is_under(place, one) or is_under(one, place) for one in places)
    return touched and not case.allows("allowed_bind_mounts", place)


def is_socket(case: Case, mount: Json) -> bool:
    return shows_one_of(mount, engine_sockets(case.posture, case.policy.get("engine_sockets") or []))


def propagation_hint(case: Case) -> Hint:
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


def device_hint(case: Case) -> Hint:
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


def namespace_hint(name: str, option: str, key: str) -> t.Callable[[Case], Hint]:
    """A namespace of the host, asked for directly or through another container."""

    def hint(case: Case) -> Hint:
        mode = str(fact(case.container, "namespaces", name) or "host")
        return Hint(leave=[quoted(f"--{option}={mode}")], compose_leave=[key])

    return hint


def network_of_host_hint(case: Case) -> Hint:
    mode = str(fact(case.container, "namespaces", "network") or "host")
    return Hint(["--network=NETWORK"], [quoted(f"--network={mode}")], [], {}, ["network_mode"])


def default_bridge_hint(case: Case) -> Hint:
    to_do = ["Make a network for those that must talk: docker network create NETWORK. Compose makes one by itself."]
    asked = str(fact(case.container, "namespaces", "network") or "")
    leave = ["--network=bridge"] if asked == "bridge" else []
    return Hint(["--network=NETWORK"], leave, [], {}, ["network_mode: bridge"] if leave else [], to_do)
