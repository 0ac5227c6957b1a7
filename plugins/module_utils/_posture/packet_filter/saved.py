# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table ``filter`` as ``iptables-save`` and ``ip6tables-save`` print it, for packets between containers on a bridge."""

from __future__ import annotations

import functools
import ipaddress
import shlex
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.packet_filter.walk import (
    ALL,
    MAYBE,
    NONE,
    SOME,
    Chain,
    Packets,
    Rule,
)

HOOK = "FORWARD"
_VERBS = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "drop", "RETURN": "return"}
# Targets after which the next rule is asked.
_GO_ON = frozenset(
    ("AUDIT", "CLASSIFY", "CONNMARK", "CONNSECMARK", "CT", "LED", "LOG", "MARK", "NFLOG", "NOTRACK", "SECMARK", "SET")
    + ("TCPMSS", "TEE", "TRACE", "ULOG")
)
_PART = frozenset(
    ("-p", "--dport", "--dports", "--sport", "--sports", "--ports")
    + ("--icmp-type", "--icmpv6-type", "--tcp-flags", "--syn")
)


def filter_chains(text: str, packets: Packets) -> dict[str, Chain]:
    """Return the chains of the table ``filter``; none if there is no such table. Raises Unread."""
    policies: dict[str, str | None] = {}
    lines: dict[str, list[str]] = {}
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif line.startswith("#") and "is incompatible" in line and "`filter'" in line:
            raise Unread("the table filter has rules that iptables-save cannot show")
        elif table == "filter" and line.startswith(":"):
            name, _space, rest = line[1:].partition(" ")
            policy = rest.split(" ")[0]
            policies[name] = policy.lower() if policy in ("ACCEPT", "DROP") else None
        elif table == "filter" and line.startswith("-A "):
            lines.setdefault(line.split(" ", 2)[1], []).append(line)
    return {
        name: Chain(functools.partial(_rules, lines.get(name, []), packets, frozenset(policies)), policy)
        for name, policy in policies.items()
    }


def _rules(lines: list[str], packets: Packets, chains: t.FrozenSet[str]) -> t.Iterator[Rule]:
    return (rule_of(line, packets, chains) for line in lines)


def rule_of(line: str, packets: Packets, chains: t.FrozenSet[str]) -> Rule:
    """Return what a line ``-A CHAIN …`` does with the packets. What is not known here matches perhaps."""
    try:
        words = shlex.split(line) if '"' in line else line.split()
    except ValueError:
        return Rule(MAYBE, "queue", "", line)
    matches = ALL
    single: set[str] = set()
    position = 2
    while position < len(words):
        negated = words[position] == "!"
        position += negated
        option = words[position] if position < len(words) else ""
        if option in ("-j", "-g"):
            target = words[position + 1] if position + 1 < len(words) else ""
            return _with_target(option, target, matches, line, chains, single == {"-s", "-d"})
        end = position + 1 + (option == "--comment")  # which may begin with a hyphen
        while end < len(words) and words[end] != "!" and not words[end].startswith("-"):
            end += 1
        amount = _amount(option, words[position + 1 : end], negated, packets)
        if option in ("-s", "-d") and amount == SOME and not negated and _is_single(words[position + 1]):
            single.add(option)
        matches = min(matches, amount)
        position = end
    return Rule(matches, "continue", "", line)


def _with_target(option: str, target: str, matches: int, line: str, chains: t.FrozenSet[str], pair: bool) -> Rule:
    if target in chains:
        return Rule(matches, "goto" if option == "-g" else "jump", target, line)
    if target in _GO_ON:
        return Rule(matches, "continue", "", line)
    verb = _VERBS.get(target, "queue")
    return Rule(matches, verb, "", line, linked=verb == "accept" and pair)


def _amount(option: str, values: list[str], negated: bool, packets: Packets) -> int:
    """Return how many of the packets meet one condition."""
    value = values[0] if values else ""
    if option == "-m":
        # Some modules are a condition themselves; the conditions of these here follow as options.
        return ALL if value in _PLAIN_MODULES else MAYBE
    if option == "--comment":
        return ALL
    if option in ("-i", "-o"):
        return opposite(_of_interface(value, packets.bridge), negated)
    if option in ("-s", "-d"):
        return opposite(of_address(value, packets), negated)
    if option in ("--ctstate", "--state"):
        return MAYBE if negated else of_states(value.lower().split(","))
    if option == "--physdev-is-bridged":
        return opposite(ALL, negated)
    return SOME if option in _PART else MAYBE


_PLAIN_MODULES = frozenset(
    ("comment", "conntrack", "state", "physdev", "tcp", "udp", "icmp", "icmp6", "ipv6-icmp", "sctp", "multiport")
)


def opposite(amount: int, negated: bool) -> int:
    """Return how many of the packets do not meet a condition, if it is negated."""
    return {NONE: ALL, ALL: NONE}.get(amount, amount) if negated else amount


def _of_interface(pattern: str, name: str) -> int:
    same = name.startswith(pattern[:-1]) if pattern.endswith("+") else name == pattern
    return ALL if same else NONE


def of_address(text: str, packets: Packets) -> int:
    """Return how many of the containers have an address in a network."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return MAYBE
    if not packets.subnets:
        return ALL if network.prefixlen == 0 else MAYBE
    known = [subnet for subnet in packets.subnets if subnet.version == network.version]
    if known and all(_within(subnet, network) for subnet in known):
        return ALL
    return SOME if any(subnet.overlaps(network) for subnet in known) else NONE


def _within(inner: t.Any, outer: t.Any) -> bool:
    return bool(inner.subnet_of(outer))


def _is_single(text: str) -> bool:
    try:
        return ipaddress.ip_network(text, strict=False).num_addresses == 1
    except ValueError:
        return False


def of_states(states: t.Sequence[str]) -> int:
    """Return how many new packets are in one of the states of the connection tracking."""
    if "new" in states:
        return ALL
    return NONE if set(states) <= {"established", "related"} else MAYBE
