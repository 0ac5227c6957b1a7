# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network addresses as they are written in options: parsed, so that no spelling makes one look like another."""

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
    """An IP address in any spelling, an IPv4 address mapped into IPv6 as IPv4; None for a name."""
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
    """``0.0.0.0``, ``::`` in any spelling, and what is no address at all: nothing vouches for it."""
    address = parsed_ip(text)
    return address is None or address.is_unspecified


def is_this_host(host: str | None) -> bool:
    """Whether a host, by name or address, is this one by its spelling alone; nothing is this host, too."""
    name = (host or "").rstrip(".").lower()
    address = parsed_ip(name) if name else None
    if address is not None:
        return address.is_loopback or address.is_unspecified
    return not name or name in _NAMES_OF_THIS_HOST or name.endswith(".localhost")


def split_address(text: str) -> SplitResult | None:
    """``scheme://host:port/path`` or ``host:port`` in parts; None for what is no address."""
    try:
        parts = urlsplit(text.strip() if "://" in text else f"//{text.strip()}")
        parts.port  # noqa: B018 - it raises where it is none
    except ValueError:
        return None
    return parts


def insecure_mirrors(addresses: t.Iterable[str]) -> list[str]:
    """Those that are asked over the network without TLS, and those that cannot be read."""
    found = []
    for text in addresses:
        parts = split_address(text)
        if parts is None or (parts.scheme != "https" and not is_this_host(parts.hostname)):
            found.append(text)
    return found


def logs_stay(driver: str, options: dict[str, t.Any]) -> bool:
    """Whether a log driver with these options sends to this very host, or to an address that cannot be read."""
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
    return is_this_host(parts.hostname)


def sockets_not_at(sockets: list[dict[str, t.Any]], text: str | None) -> list[dict[str, t.Any]]:
    """The sockets that do not listen at ``host:port``."""
    parts = split_address(text or "")
    if parts is None or parts.port is None:
        return sockets
    address = parsed_ip(parts.hostname or "0.0.0.0")
    return [
        one for one in sockets if one.get("port") != parts.port or not _listens_at(str(one.get("address")), address)
    ]


def _listens_at(shown: str, asked: Address | None) -> bool:
    """Whether a socket at the address that the kernel shows is one that was asked for. A name is loopback or unknown."""
    address = parsed_ip(shown)
    if address is None:
        return False
    if asked is None:
        return address.is_loopback
    return address == asked or (address.is_unspecified and asked.is_unspecified)
