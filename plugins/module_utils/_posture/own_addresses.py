# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""By which addresses and names the daemon reaches its own host: those of the kernel, and those of /etc/hosts.

No name server is asked, so a name that only a name server knows as this host is not among them.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._host.addresses import inet6_addresses, inet_addresses
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import KIB, TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

MAX_ENTRIES = 2000
_HOSTS = "/etc/hosts"
_HOSTS_BYTES = 1024 * KIB


def own_addresses(context: Context) -> list[str]:
    """Return the addresses of the daemon's network, without loopback. Raises Unread."""
    pid = context.daemon_pid()
    found: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = []
    found += inet_addresses(context.host.read_text(f"/proc/{pid}/net/fib_trie"))
    try:
        found += [one.address for one in inet6_addresses(context.host.read_text(f"/proc/{pid}/net/if_inet6"))]
    except Unread as gap:
        if gap.kind != "absent":
            raise  # without the file there is no IPv6
    known = sorted({str(address) for address in found if not address.is_loopback})
    if len(known) > MAX_ENTRIES:
        raise TooMuch(f"this host has more than {MAX_ENTRIES} addresses")
    return known


def own_names(context: Context, addresses: t.Iterable[str]) -> list[str]:
    """Return the host's name and the names that /etc/hosts gives to its addresses, in lower case. Raises Unread."""
    context.require_local()
    name = context.host.read_text("/proc/sys/kernel/hostname", 4 * KIB).strip().lower()
    found = {name, name.partition(".")[0]}
    try:
        text = context.host.read_text(_HOSTS, _HOSTS_BYTES)
    except Unread as gap:
        if gap.kind != "absent":
            raise
        text = ""
    own = frozenset(addresses)
    for line in text.split("\n"):
        words = line.partition("#")[0].split()
        if words and _is_own(words[0], own):
            found.update(word.rstrip(".").lower() for word in words[1:])
    names = sorted(one for one in found if one)
    if len(names) > MAX_ENTRIES:
        raise TooMuch(f"{_HOSTS} gives this host more than {MAX_ENTRIES} names")
    return names


def _is_own(text: str, own: t.FrozenSet[str]) -> bool:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or str(address) in own
