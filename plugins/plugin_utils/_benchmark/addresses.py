# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse network addresses in options, so that two spellings of one address are equal."""

from __future__ import annotations

import ipaddress
import socket
import typing as t
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAMES_OF_THIS_HOST = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")
# The option in which a log driver has the address of its server. Drivers that are not here know theirs.
_LOG_ADDRESSES = {
    "syslog": "syslog-address",
    "fluentd": "fluentd-address",
    "gelf": "gelf-address",
    "splunk": "splunk-url",
    "awslogs": "awslogs-endpoint",
}
# Drivers that without an address send to this host.
_SEND_HERE = ("syslog", "fluentd")
_OVER_NETWORK = ("tcp", "tcp+tls", "tls", "udp", "http", "https")


def parsed_ip(text: str) -> Address | None:
    """Parse an IP address in any spelling. An IPv4 address mapped into IPv6 becomes IPv4. Return None for a name."""
    bare = text.strip("[]").partition("%")[0]
    try:
        address: Address = ipaddress.ip_address(bare)
    except ValueError:
        try:
            # Resolvers take "127.1" and "0" for addresses.
            address = ipaddress.IPv4Address(socket.inet_aton(bare)) if bare[:1].isdigit() else ipaddress.ip_address("")
        except (OSError, ValueError):
            return None
    return getattr(address, "ipv4_mapped", None) or address


def any_address(text: str) -> bool:
    """Return whether the address means all addresses of the host: ``0.0.0.0`` and ``::`` in any spelling, and every
    text that is not an address, since it may mean any."""
    address = parsed_ip(text)
    return address is None or address.is_unspecified


def is_this_host(host: str | None, own: t.Container[str] = ()) -> bool:
    """Return whether a host name or address means this host. An empty one means this host, too.

    ``own`` are addresses and names of the host, addresses in the usual spelling. No name server is asked.
    """
    name = (host or "").rstrip(".").lower()
    address = parsed_ip(name) if name else None
    if address is not None:
        return address.is_loopback or address.is_unspecified or str(address) in own
    return not name or name in _NAMES_OF_THIS_HOST or name.endswith(".localhost") or name in own


def split_address(text: str) -> SplitResult | None:
    """Split ``scheme://host:port/path`` or ``host:port``. Return None if the text is not an address."""
    try:
        parts = urlsplit(text.strip() if "://" in text else f"//{text.strip()}")
        parts.port  # noqa: B018 - it raises where it is none
    except ValueError:
        return None
    return parts


def insecure_mirrors(addresses: t.Iterable[str]) -> list[str]:
    """Return the mirrors that are used over the network without TLS, and those whose address cannot be parsed."""
    found = []
    for text in addresses:
        parts = split_address(text)
        if parts is None or (parts.scheme != "https" and not is_this_host(parts.hostname)):
            found.append(text)
    return found


def logs_stay(driver: str, options: dict[str, t.Any], own: t.Container[str] = ()) -> bool:
    """Return whether a log driver with these options sends to this host, or to an address that cannot be parsed. ``own``
    are addresses and names of the host."""
    if driver == "journald":
        return True
    option = _LOG_ADDRESSES.get(driver)
    if option is None:
        return False
    text = str(options.get(option) or "")
    if not text:
        return driver in _SEND_HERE
    parts = split_address(text)
    if parts is None or parts.scheme not in ("", *_OVER_NETWORK):
        return True
    return is_this_host(parts.hostname, own)


def sockets_not_at(sockets: list[dict[str, t.Any]], text: str | None) -> list[dict[str, t.Any]]:
    """Return the sockets that do not listen at ``host:port``."""
    parts = split_address(text or "")
    if parts is None or parts.port is None:
        return sockets
    address = parsed_ip(parts.hostname or "0.0.0.0")
    return [
        one for one in sockets if one.get("port") != parts.port or not _listens_at(str(one.get("address")), address)
    ]


def _listens_at(shown: str, asked: Address | None) -> bool:
    """Return whether the address that the kernel shows is the configured one. A host name is loopback or not known."""
    address = parsed_ip(shown)
    if address is None:
        return False
    if asked is None:
        return address.is_loopback
    return address == asked or (address.is_unspecified and asked.is_unspecified)
