# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the ports that a container publishes on the host, and their addresses."""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

_PORT = re.compile(r"[0-9]{1,5}")
# Of the host. The engine passes over zeros before it.
_HOST_PORTS = re.compile(r"0*([0-9]{1,5})(?:-0*([0-9]{1,5}))?")
_LAST_PORT = 65535


def is_running(state: Document) -> bool:
    """Return whether the container has a process. While the engine waits to restart a container, it reports it as running,
    but without process and ports. Then the configured ports are used."""
    return bool(state.get("Running")) and not state.get("Restarting")


def published_ports(inspected: Document) -> list[Document]:
    """Return the ports published on the host: the real bindings of a running container, else those that it would get.

    ``host_ip`` None means that nobody named an address that the engine reads; ``host_port`` None means one at random. Of a
    range, the container gets the first free port: ``host_port`` is then the first one, and ``last_host_port`` is there.
    """
    if is_running(inspected.get("State") or {}):
        bindings = (inspected.get("NetworkSettings") or {}).get("Ports")
    else:
        bindings = (inspected.get("HostConfig") or {}).get("PortBindings")
    ports = []
    for container_port, targets in (bindings or {}).items():
        number, _slash, protocol = str(container_port).partition("/")
        ports += [
            {
                "container_port": int(number) if _PORT.fullmatch(number) else None,
                "protocol": protocol or "tcp",
                "host_ip": _address(str(target.get("HostIp") or "")),
                **_host_ports(str(target.get("HostPort") or "")),
            }
            for target in targets or []
        ]
    return sorted(
        ports,
        key=lambda port: (port["container_port"] or 0, port["protocol"], port["host_ip"] or "", port["host_port"] or 0),
    )


def _address(text: str) -> str | None:
    """Return the address if the engine reads one, which it does without zones, short forms and zeros in front. What it does
    not read names no address for it."""
    octets = text.rpartition(":")[2].split(".") if "." in text else []
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return None
    return None if "%" in text or any(len(octet) > 1 and octet[0] == "0" for octet in octets) else text


def _host_ports(text: str) -> Document:
    found = _HOST_PORTS.fullmatch(text)
    first, last = (int(part or 0) for part in found.groups()) if found else (0, 0)
    if not 0 < first <= _LAST_PORT or last > _LAST_PORT:
        return {"host_port": None}
    return {"host_port": first, "last_host_port": last} if last > first else {"host_port": first}


# To where a bridge binds ports for which nobody named an address.
_BINDING = "com.docker.network.bridge.host_binding_ipv4"
# Drivers without ports of the host.
_NO_PORTS = ("host", "null", "macvlan", "ipvlan")


def listed_networks(context: Context) -> list[Document]:
    """Return the networks of the engine. The engine is asked once, and only if the networks are needed."""

    def ask() -> list[Document]:
        listed = context.engine.get("/networks")
        if not isinstance(listed, list):
            raise EngineError("the engine's answer to /networks is not a list", "protocol")
        return listed

    networks: list[Document] = context.once("networks", ask)
    return networks


def default_binding(context: Context, ports: list[Document], publish_all: bool, networks: list[str]) -> str | None:
    """Return the address that the networks of the container use for ports without an address; of several, the most open
    one. None if the container has no such ports, or no network that can publish ports."""
    if not networks or not (publish_all or any(port["host_ip"] is None for port in ports)):
        return None
    known = {str(one.get("Name")): one for one in listed_networks(context) if isinstance(one, dict)}
    found = []
    for name in networks:
        if name not in known:
            raise Unread(f"the engine does not list the network {name[:64]}, to which the container belongs")
        if known[name].get("Driver") not in _NO_PORTS:
            found.append(str((known[name].get("Options") or {}).get(_BINDING) or "0.0.0.0"))
    return next((address for address in found if _is_open(address)), found[0] if found else None)


def _is_open(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
        return (getattr(parsed, "ipv4_mapped", None) or parsed).is_unspecified
    except ValueError:
        return True
