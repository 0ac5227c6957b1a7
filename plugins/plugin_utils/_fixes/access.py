# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container reaches of the host: ports, mounts, devices and namespaces."""

from __future__ import annotations

import hashlib

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.paths import is_under
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.model import CLEAR, REPLACE, Case, Json, Outcome
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_access import (
    host_ports,
    is_sensitive,
    is_socket,
    not_asked,
    port_hint,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.mounts import shows_host, was_asked

# Names of volumes that fixes make begin with it.
OWN_VOLUME = "in-place-of-host-"
_PORT_RULES = ("container-ports-bound-to-address", "container-no-privileged-ports", "container-ports-needed")


def network(case: Case, out: Outcome) -> None:
    """Ports, and the network that they are published from."""
    rules = case.rules("container-network-not-host")
    if rules:
        seen = case.needs.get("ports")
        breaks = "Whoever used the host's addresses for it must use its published ports."
        if seen is None:
            breaks += f" On which ports it listens is not known: {case.gap('ports')}."
        out.add("network_mode", None, rules, how=CLEAR, breaks=breaks)
        ports = [f"127.0.0.1:{one['port']}:{one['port']}/{one['protocol']}" for one in seen or []]
        if ports:
            out.add("ports", ports, rules, how=REPLACE, breaks="From other hosts they are not reached any more.")
        return
    bridge = case.rules("container-not-on-default-bridge")
    if bridge and case.needs.get("compose"):
        out.add("network_mode", None, bridge, how=CLEAR, breaks="It reaches other containers of its project only.")
    elif bridge:
        out.leave("Make a network for those that must talk, and name it in --network.", bridge)
    _ports(case, out)


def _ports(case: Case, out: Outcome) -> None:
    rules = case.rules(*_PORT_RULES)
    if not rules:
        return
    if case.container.get("publish_all_ports") or not case.container.get("ports"):
        out.leave("Publish the ports that are needed one by one, each with an address of the host.", rules)
        return
    changed = [str(one) for one in port_hint(case.hint_case).compose.get("ports") or []]
    kept = [_as_it_is(port) for port in case.container["ports"] if not _changes(case, port)]
    out.add(
        "ports",
        list(dict.fromkeys([*kept, *changed])),
        rules,
        how=REPLACE,
        breaks="What came from other hosts to these ports does not reach it any more. Write the address of the host that it"
        " must be reached at.",
    )


def _changes(case: Case, port: Json) -> bool:
    one = case.hint_case._replace(container={**case.container, "ports": [port]})
    return bool(port_hint(one).leave)


def _as_it_is(port: Json) -> str:
    address = str(port.get("host_ip") or "")
    address = f"[{address}]:" if ":" in address else f"{address}:" if address else ""
    return f"{address}{host_ports(port)}:{port.get('container_port')}/{port.get('protocol')}"


def mounts(case: Case, out: Outcome) -> None:
    """A volume takes the place of what must not be seen, since Compose knows a mount by its target.

    It has a name: in the place of a mount without a source, Compose puts what the container had there before.
    """
    done: set[str] = set()
    for slug, covers, what in (
        (
            "docker-socket-not-mounted",
            is_socket,
            "It cannot use the engine any more. A proxy that only allows reading may do.",
        ),
        (
            "container-no-sensitive-mounts",
            is_sensitive,
            "It finds a volume with what its image has there, in the place of the host's files.",
        ),
    ):
        rules = case.rules(slug)
        seen = case.container.get("mounts") or []
        found = [one for one in seen if rules and shows_host(one) and covers(case.hint_case, one)]
        for target in dict.fromkeys(str(one.get("destination")) for one in found if not was_asked(one)):
            out.leave(not_asked(target), rules)
        for target in dict.fromkeys(str(one.get("destination")) for one in found if was_asked(one)):
            entry = {"type": "volume", "source": _volume_name(case, target), "target": target}
            out.add("volumes", [entry], rules, breaks=f"{target}: {what}")
            done.add(target)
        if rules and not found:
            out.leave("Take the mount of the host out: which one it is cannot be told from here.", rules)
    _propagation(case, out, done)


def _volume_name(case: Case, target: str) -> str:
    """A name of its own for each container or service, and each target."""
    owner = (case.needs.get("compose") or {}).get("service") or case.container["name"]
    return f"{OWN_VOLUME}{hashlib.sha256(f'{owner}:{target}'.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _propagation(case: Case, out: Outcome, done: set[str]) -> None:
    rules = case.rules("container-mount-propagation-private")
    for mount in case.container.get("mounts") or [] if rules else []:
        target = str(mount.get("destination"))
        if mount.get("propagation") in ("shared", "rshared") and target not in done:
            entry = {"type": "bind", "source": mount.get("source"), "target": target}
            entry.update({"read_only": True} if mount.get("read_only") else {})
            entry["bind"] = {"propagation": "rprivate"}
            out.add("volumes", [entry], rules, breaks=f"{target}: what it mounts there does not appear on the host.")
            done.add(target)
    if rules and not done:
        out.leave("Take shared propagation off its mounts.", rules)


def devices(case: Case, out: Outcome) -> None:
    rules = case.rules("container-no-host-devices")
    if not rules:
        return
    allows = case.hint_case.allows
    given = case.container.get("devices") or []
    kept = [one for one in given if allows("allowed_devices", one.get("host"))]
    words = [f"{one['host']}:{one['container']}:{one['permissions']}" for one in kept]
    if case.container.get("privileged"):
        opened = [one for one in case.needs.get("devices") or [] if allows("allowed_devices", one)]
        words += [f"{one}:{one}:rwm" for one in opened if not any(is_under(one, str(each["host"])) for each in kept)]
        if words:
            out.add("devices", words, rules, how=REPLACE)
    elif len(kept) < len(given):
        seen = set(case.needs.get("devices") or [])
        used = [str(one["container"]) for one in given if one not in kept and one.get("container") in seen]
        said = f"It has these open now: {', '.join(used)}." if used else "It was not seen to have them open."
        out.add("devices", words, rules, how=REPLACE if words else CLEAR, breaks=said)
    own = case.container.get("device_cgroup_rules") or []
    good = [one for one in own if allows("allowed_devices", one)]
    if len(good) < len(own):
        out.add("device_cgroup_rules", good, rules, how=REPLACE if good else CLEAR)
    if any(
        not allows("allowed_devices", f"request:{one.get('driver')}")
        for one in case.container.get("device_requests") or []
    ):
        out.leave(
            "Take the device request out (gpus, or devices of deploy.resources), or allow it in the policy.", rules
        )


def namespaces(case: Case, out: Outcome) -> None:
    for slug, key in (
        ("container-pid-not-host", "pid"),
        ("container-ipc-not-host", "ipc"),
        ("container-uts-not-host", "uts"),
        ("container-userns-not-host", "userns_mode"),
    ):
        rules = case.rules(slug)
        if rules:
            out.add(key, None, rules, how=CLEAR, breaks="It does not see what the host has there any more.")
    rules = case.rules("container-cgroup-parent-default")
    if rules:
        out.add("cgroup_parent", None, rules, how=CLEAR)
