# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse the tables in which the kernel lists the addresses of a network. Pure."""

from __future__ import annotations

import ipaddress
import re
import typing as t

# An address of the kernel's routing tables, and on a following line that it is one of this host.
_LEAF = re.compile(r"\|-- ([0-9.]+)$")
_LOCAL = re.compile(r"/32 host LOCAL$")


class Inet6(t.NamedTuple):
    """An address of version 6, and its flags in the words of include/uapi/linux/if_addr.h."""

    address: ipaddress.IPv6Address
    flags: int


def inet_addresses(text: str) -> list[ipaddress.IPv4Address]:
    """Return the host's own addresses in ``/proc/net/fib_trie``."""
    found = []
    address = ""
    for line in text.split("\n"):
        leaf = _LEAF.search(line)
        if leaf is not None:
            address = leaf.group(1)
        elif address and _LOCAL.search(line):
            found.append(ipaddress.IPv4Address(address))
    return found


def inet6_addresses(text: str) -> list[Inet6]:
    """Return the addresses in ``/proc/net/if_inet6``."""
    lines = re.findall(r"^([0-9a-f]{32}) +\S+ +\S+ +\S+ +([0-9a-f]+)", text, re.MULTILINE)
    return [Inet6(ipaddress.IPv6Address(int(number, 16)), int(flags, 16)) for number, flags in lines]
