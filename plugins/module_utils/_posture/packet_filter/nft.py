# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of nftables as ``nft --json list ruleset`` prints them, for packets between containers on a bridge.

Engines from 29 on can write such tables themselves, and so do firewalld and administrators.
"""

from __future__ import annotations

import functools
import json
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.packet_filter.saved import (
    of_address,
    of_states,
    opposite,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.packet_filter.walk import (
    ALL,
    MAYBE,
    NONE,
    SOME,
    Chain,
    Packets,
    Rule,
)

Json = t.Dict[str, t.Any]

_BOUND = bounds.Bound(bounds.PROGRAM_OUTPUT_BYTES, 1_000_000)
_VERBS = {"accept": "accept", "drop": "drop", "reject": "drop", "return": "return", "queue": "queue"}
# Statements after which the next one is read.
_GO_ON = frozenset(("counter", "log", "limit", "mangle", "ct helper", "meter", "notrack", "quota", "comment"))
_PART = frozenset(("tcp", "udp", "sctp", "dccp", "icmp", "icmpv6", "th"))
_INTERFACES = ("iifname", "oifname", "iif", "oif")


class Hooked(t.NamedTuple):
    """A table, and its chains that the kernel calls for forwarded packets."""

    family: str
    name: str
    chains: t.Dict[str, Chain]
    bases: t.List[str]


def forwarding_tables(text: str, version: int, packets: Packets) -> list[Hooked]:
    """Return the tables that filter forwarded packets of an IP version. Raises Unread."""
    try:
        entries = bounds.parse_json(text.encode(), _BOUND, "the list of nftables")["nftables"]
        families = ("ip" if version == 4 else "ip6", "inet")
        found = [
            _table(entries, one["family"], one["name"], version, packets)
            for one in _of_kind(entries, "table")
            if one["family"] in families
        ]
    except (KeyError, TypeError, ValueError):
        raise Unread("nft prints what is no list of its rules") from None
    return [table for table in found if table.bases]


def _of_kind(entries: list[Json], kind: str) -> t.Iterator[Json]:
    return (entry[kind] for entry in entries if kind in entry)


def _table(entries: list[Json], family: str, name: str, version: int, packets: Packets) -> Hooked:
    def mine(kind: str) -> list[Json]:
        return [one for one in _of_kind(entries, kind) if (one["family"], one["table"]) == (family, name)]

    maps = {one["name"]: one.get("elem") or [] for one in mine("map")}
    rules: dict[str, list[Json]] = {}
    for one in mine("rule"):
        rules.setdefault(one["chain"], []).append(one)
    heads = mine("chain")
    seen = _Seen(packets, version, maps, frozenset(one["name"] for one in heads), f"{family} {name}")
    chains = {
        one["name"]: Chain(functools.partial(seen.rules, rules.get(one["name"], [])), _policy(one)) for one in heads
    }
    bases = [name for name, chain in chains.items() if chain.policy is not None]
    return Hooked(family, name, chains, bases)


def _policy(chain: Json) -> str | None:
    if chain.get("hook") != "forward" or chain.get("type") != "filter":
        return None
    return "drop" if chain.get("policy") == "drop" else "accept"


class _Seen:
    """Rules of one table as the packets see them."""

    def __init__(self, packets: Packets, version: int, maps: Json, chains: t.FrozenSet[str], table: str) -> None:
        self._packets = packets
        self._version = version
        self._maps = maps
        self._chains = chains
        self._table = table

    def rules(self, entries: list[Json]) -> t.Iterator[Rule]:
        for entry in entries:
            yield from self._rule(entry)

    def _rule(self, entry: Json) -> t.Iterator[Rule]:
        matches = ALL
        shown = json.dumps(entry.get("expr"), sort_keys=True)[:300]
        text = f"nft {self._table} {entry['chain']}: {shown}"
        for statement in entry.get("expr") or []:
            (kind,) = list(statement)[:1] or [""]
            value = statement.get(kind)
            if kind == "match":
                matches = min(matches, self._match(value))
            elif kind == "vmap":
                yield from self._by_map(value, matches, text)
            elif kind == "xt" and (value or {}).get("type") == "match":
                # An extension of iptables, of which nft knows the name alone.
                matches = min(matches, ALL if value.get("name") == "comment" else MAYBE)
            elif kind not in _GO_ON:
                yield self._verdict(kind, value, matches, text)
                return

    def _verdict(self, kind: str, value: t.Any, matches: int, text: str) -> Rule:
        target = value.get("target") if isinstance(value, dict) else None
        if kind in ("jump", "goto") and target in self._chains:
            return Rule(matches, kind, str(target), text)
        # What is not known here, such as an extension of iptables, decides perhaps.
        return Rule(matches, _VERBS.get(kind, "queue"), "", text)

    def _by_map(self, value: Json, matches: int, text: str) -> t.Iterator[Rule]:
        data = value.get("data")
        elements = self._maps.get(data[1:]) if isinstance(data, str) else (data or {}).get("set")
        if elements is None:
            yield Rule(min(matches, MAYBE), "queue", "", text)
            return
        for key, verdict in elements:
            amount = self._match({"op": "==", "left": value.get("key"), "right": key})
            (kind,) = list(verdict)[:1] or [""]
            if kind != "continue":
                yield self._verdict(kind, verdict.get(kind), min(matches, amount), text)

    def _match(self, match: Json) -> int:
        """Return how many of the packets meet a condition."""
        operator, left, right = match.get("op"), match.get("left"), match.get("right")
        if operator not in ("==", "!=", "in") or not isinstance(left, dict):
            return MAYBE
        values = (right.get("set") or right.get("|") or right) if isinstance(right, dict) else right
        values = values if isinstance(values, list) else [values]
        amount = max((self._equal(left, value) for value in values), default=MAYBE)
        return opposite(amount, operator == "!=")

    def _equal(self, left: Json, value: t.Any) -> int:
        if left.get("ct") == {"key": "state"}:
            return of_states([str(value)])
        meta = left.get("meta")
        if isinstance(meta, dict):
            return self._meta(meta.get("key"), value)
        payload = left.get("payload")
        if not isinstance(payload, dict):
            return MAYBE
        protocol = payload.get("protocol")
        if protocol in ("ip", "ip6") and payload.get("field") in ("saddr", "daddr"):
            if protocol != ("ip" if self._version == 4 else "ip6"):
                return NONE
            prefix = value.get("prefix") if isinstance(value, dict) else {"addr": value, "len": None}
            if not isinstance(prefix, dict):
                return MAYBE
            length = "" if prefix.get("len") is None else f"/{prefix['len']}"
            return of_address(f"{prefix.get('addr')}{length}", self._packets)
        return SOME if protocol in _PART else MAYBE

    def _meta(self, key: t.Any, value: t.Any) -> int:
        if key in _INTERFACES:
            name = str(value)
            if name.startswith("@") or not isinstance(value, str):
                return MAYBE
            bridge = self._packets.bridge
            same = bridge.startswith(name[:-1]) if name.endswith("*") else name == bridge
            return ALL if same else NONE
        if key == "nfproto":
            return ALL if value == f"ipv{self._version}" else NONE
        return SOME if key == "l4proto" else MAYBE
