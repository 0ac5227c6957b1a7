# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's own network as the kernel shows it: its default routes and addresses, and what a network of the engine takes
away from them.
"""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import re
import socket
import struct
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.addresses import (
    Inet6,
    inet6_addresses,
    inet_addresses,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._trial.network_namespace import in_namespace

DEFAULT_BRIDGE = "docker0"
_OF_ENGINE = re.compile(r"docker0|docker_gwbridge|br-[0-9a-f]{12}|veth.*")
# include/uapi/linux/if_addr.h, sockios.h
_TEMPORARY = 0x01
_GET_ADDRESS, _GET_MASK = 0x8915, 0x891B

Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


class Route(t.NamedTuple):
    """``gateway`` is None for a network that is reached without one."""

    interface: str
    network: Network
    gateway: t.Optional[Address]


class HostNetwork(t.NamedTuple):
    routes: t.List[Route]
    addresses: t.FrozenSet[Address]

    @property
    def default_routes(self) -> list[Route]:
        return [route for route in self.routes if not route.network.prefixlen and not _is_of_engine(route.interface)]

    @property
    def gateways(self) -> list[Address]:
        return sorted({route.gateway for route in self.default_routes if route.gateway is not None}, key=str)

    @property
    def own_addresses(self) -> frozenset[Address]:
        """The addresses that are not those of the engine's bridges."""
        linked = [route for route in self.routes if route.gateway is None and route.network.prefixlen]
        return frozenset(one for one in self.addresses if not one.is_loopback and not _on_bridge(one, linked))

    def taken(self) -> set[str]:
        """What networks of the engine take from the host, as sentences."""
        found = set()
        for gateway in self.gateways:
            if gateway in self.addresses:
                found.add(f"{gateway}, the gateway of the host's default route, is an address of the host itself")
        for route in self.routes:
            if not _is_of_engine(route.interface) or route.gateway is not None:
                continue
            found |= {
                f"the network {route.network} of {route.interface} contains {gateway}, the gateway of the host's default "
                "route"
                for gateway in self.gateways
                if gateway in route.network
            }
        return found


def _on_bridge(address: Address, linked: list[Route]) -> bool:
    """Whether the nearest network of an address is the engine's. Of equal ones, the host's own counts."""
    near = [(-route.network.prefixlen, _is_of_engine(route.interface)) for route in linked if address in route.network]
    return bool(near) and min(near)[1]


def _is_of_engine(interface: str) -> bool:
    return _OF_ENGINE.fullmatch(interface) is not None


def read_host_network(host: Host, pid: int | None) -> HostNetwork:
    """Read the network that the process is in, this one's where there is none. Raises Unread."""
    directory = f"/proc/{pid or 'self'}/net"
    routes = _routes(host.read_text(f"{directory}/route"))
    addresses: set[Address] = set(inet_addresses(host.read_text(f"{directory}/fib_trie")))
    # Without IPv6 in the kernel there are no such files.
    with contextlib.suppress(Unread):
        addresses |= _lasting(inet6_addresses(host.read_text(f"{directory}/if_inet6")))
        routes += _routes_6(host.read_text(f"{directory}/ipv6_route"))
    return HostNetwork(routes, frozenset(addresses))


def _routes(text: str) -> list[Route]:
    found = []
    for line in text.split("\n")[1:]:
        words = line.split()
        with contextlib.suppress(ValueError, IndexError, struct.error):
            destination, gateway, mask = (_address_4(words[index]) for index in (1, 2, 7))
            network = ipaddress.IPv4Network(f"{destination}/{mask}", strict=False)
            found.append(Route(words[0], network, gateway if int(gateway) else None))
    return found


def _address_4(word: str) -> ipaddress.IPv4Address:
    # As the kernel has it in memory, printed as a number of the machine.
    return ipaddress.IPv4Address(struct.pack("=I", int(word, 16)))


def _routes_6(text: str) -> list[Route]:
    found = []
    for line in text.split("\n"):
        words = line.split()
        with contextlib.suppress(ValueError, IndexError):
            network = ipaddress.IPv6Network((bytes.fromhex(words[0]), int(words[1], 16)), strict=False)
            gateway = ipaddress.IPv6Address(bytes.fromhex(words[4]))
            # The kernel has a default route of its own at lo, which says that there is none.
            if words[9] != "lo":
                found.append(Route(words[9], network, gateway if int(gateway) else None))
    return found


def _lasting(found: list[Inet6]) -> set[Address]:
    """The addresses that the host keeps, and that are seen beyond one link."""
    return {one.address for one in found if not one.flags & _TEMPORARY and not one.address.is_link_local}


def lost(before: HostNetwork, after: HostNetwork) -> list[str]:
    """Return what the host had and has no more, as sentences."""
    still = {(route.interface, route.gateway) for route in after.default_routes}
    found = {
        f"the host's default route by {route.gateway or 'no gateway'} ({route.interface}) is gone"
        for route in before.default_routes
        if (route.interface, route.gateway) not in still
    }
    found |= {f"the host's address {one} is gone" for one in before.own_addresses - after.addresses}
    found |= after.taken() - before.taken()
    for route in after.routes:
        if _is_of_engine(route.interface) and route.gateway is None and route not in before.routes:
            found |= {
                f"the network {route.network} of {route.interface} contains the host's address {one}"
                for one in before.own_addresses
                if one in route.network and one.version == route.network.version
            }
    return sorted(found)


def bridge_address(namespace: int) -> str | None:
    """The IPv4 address of the engine's default bridge as ``bip`` has it, None where there is no such bridge or it has none."""
    try:
        address, mask = in_namespace(namespace, lambda: [_ask(request) for request in (_GET_ADDRESS, _GET_MASK)])
    except OSError:
        return None
    return ipaddress.IPv4Interface(f"{ipaddress.IPv4Address(address)}/{ipaddress.IPv4Address(mask)}").with_prefixlen


def _ask(request: int) -> bytes:
    content = struct.pack("16sHH4s8x", DEFAULT_BRIDGE.encode(), socket.AF_INET, 0, bytes(4))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer: bytes = fcntl.ioctl(any_socket.fileno(), request, content)
    return answer[20:24]
