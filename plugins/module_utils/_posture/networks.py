# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect the networks of the engine, and the containers on them."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document, container_name
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.container_ports import listed_networks
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.options import parse_boolean

_ICC = "com.docker.network.bridge.enable_icc"
_BRIDGE_NAME = "com.docker.network.bridge.name"
_GATEWAY_MODES = ("com.docker.network.bridge.gateway_mode_ipv4", "com.docker.network.bridge.gateway_mode_ipv6")
# Drivers that put containers on an interface of the host.
_ON_INTERFACES = ("macvlan", "ipvlan")
_DEFAULT_BRIDGE = "com.docker.network.bridge.default_bridge"


def collect(context: Context) -> list[Document]:
    """Gather every network, sorted by name. Raise Unread if they cannot be listed."""
    return sorted(
        (_network(context, entry) for entry in listed_networks(context)),
        key=lambda network: (network["name"], network["id"]),
    )


def _network(context: Context, entry: Document) -> Document:
    if not isinstance(entry, dict) or not isinstance(entry.get("Id"), str) or not isinstance(entry.get("Driver"), str):
        raise EngineError("the engine lists a network without an id or a driver", "protocol")
    driver = entry["Driver"]
    options = entry.get("Options") or {}
    facts = Facts(
        id=entry["Id"],
        name=str(entry.get("Name") or entry["Id"][:12]),
        driver=driver,
        scope=str(entry.get("Scope") or ""),
        internal=bool(entry.get("Internal")),
        attachable=bool(entry.get("Attachable")),
        ingress=bool(entry.get("Ingress")),
        ipv6=bool(entry.get("EnableIPv6")),
        option_names=sorted(str(name) for name in options),
        default_bridge=driver == "bridge" and is_default_bridge(entry),
    )
    facts.take("encrypted", lambda: encrypted(driver, options))
    facts.take("icc", lambda: icc(driver, options))
    facts.values["opens_all_ports"] = opens_all_ports(driver, entry)
    facts.values["on_default_bridge"] = on_default_bridge(entry, listed_networks(context))
    facts.take("containers", lambda: attached(context, entry["Id"], facts.values["name"]))
    return facts.document()


def is_default_bridge(entry: Document) -> bool:
    """Return whether this is the default bridge. The engine marks it, and no other network can have its name ``bridge``."""
    mark = (entry.get("Options") or {}).get(_DEFAULT_BRIDGE)
    return entry.get("Name") == "bridge" or parse_boolean(str(mark)) is True


def opens_all_ports(driver: str, entry: Document) -> bool:
    """Return whether others reach every port of the containers on this network, published or not: on a network of the host's
    interface, and on a bridge whose gateway protects nothing."""
    options = entry.get("Options") or {}
    if driver in _ON_INTERFACES:
        return bool(options.get("parent")) and not entry.get("Internal")
    return driver == "bridge" and any(options.get(name) == "nat-unprotected" for name in _GATEWAY_MODES)


def on_default_bridge(entry: Document, networks: list[Document]) -> bool:
    """Return whether containers on this network get the packets of the default bridge: it is that bridge, or it was made
    on the interface of that bridge, or on a VLAN of that."""
    if entry.get("Driver") == "bridge" and is_default_bridge(entry):
        return True
    parent = str((entry.get("Options") or {}).get("parent") or "")
    if entry.get("Driver") not in _ON_INTERFACES or not parent:
        return False
    bridges = [
        one for one in networks if isinstance(one, dict) and one.get("Driver") == "bridge" and is_default_bridge(one)
    ]
    names = [str((one.get("Options") or {}).get(_BRIDGE_NAME) or "docker0") for one in bridges]
    return any(parent == name or parent.startswith(f"{name}.") for name in names)


def encrypted(driver: str, options: Document) -> bool | None:
    """Return whether the data of an overlay network is encrypted. None for other drivers. The option without value means yes."""
    if driver != "overlay":
        return None
    if "encrypted" not in options:
        return False
    value = str(options["encrypted"] if options["encrypted"] is not None else "")
    parsed = True if value == "" else parse_boolean(value)
    if parsed is None:
        raise Unread("the value of the network's option encrypted is neither yes nor no")
    return parsed


def icc(driver: str, options: Document) -> bool | None:
    """Return whether containers on a bridge can reach each other, as they can by default. None for other drivers."""
    if driver != "bridge":
        return None
    if _ICC not in options:
        return True
    parsed = parse_boolean(str(options[_ICC]))
    if parsed is None:
        raise Unread(f"the value of the network's option {_ICC} is neither yes nor no")
    return parsed


def attached(context: Context, identifier: str, name: str) -> list[str]:
    """Return the names of the containers on the network, running or not. A stopped container refers to its network only
    by name."""
    context.require_all_described()
    found = []
    for inspected in context.containers():
        for own_name, endpoint in ((inspected.get("NetworkSettings") or {}).get("Networks") or {}).items():
            network = (endpoint or {}).get("NetworkID")
            if network == identifier or (not network and own_name in (name, identifier)):
                found.append(container_name(inspected))
                break
    return sorted(found)
