# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of new packets that one container on a bridge sends to another, in the chains of a packet filter.

A rule can match all of these packets, or a part of them. So every step says how many of the packets get there, and an
answer is certain only if all or none of them do.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch

# How many of the packets: none, perhaps some (it cannot be told), some, all.
NONE, MAYBE, SOME, ALL = range(4)

MAX_STEPS = 200_000
MAX_DEPTH = 64

Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


class Packets(t.NamedTuple):
    """New packets between containers on a bridge. ``subnets`` are the addresses of the containers; empty if not known."""

    bridge: str
    subnets: t.List[Network]


class Rule(t.NamedTuple):
    """A rule, as these packets see it.

    ``matches`` is one of the amounts. ``verb`` is accept, drop, return, jump, goto, queue or continue, and ``chain`` the
    chain of a jump. ``linked`` is a rule for one container and one other, as the engine writes it for ``--link``.
    """

    matches: int
    verb: str
    chain: str
    text: str
    linked: bool = False


class Chain(t.NamedTuple):
    """``read`` returns the rules: most chains are never entered. ``policy`` is None for a chain without a hook."""

    read: t.Callable[[], t.Iterable[Rule]]
    policy: t.Optional[str]


class Fate:
    """What one chain of the hook does with the packets. ``accepted`` is how many of them pass it."""

    def __init__(self) -> None:
        self.accepted = NONE
        self.accepted_by: list[str] = []
        self.dropped_by: list[str] = []
        self.linked_by: list[str] = []

    def accept(self, amount: int, by: str) -> None:
        if amount > self.accepted:
            self.accepted, self.accepted_by = amount, [by]
        elif amount and amount == self.accepted:
            self.accepted_by.append(by)

    def drop(self, amount: int, by: str) -> None:
        if amount:
            self.dropped_by.append(by)


def both(one: int, other: int) -> int:
    """Return how many packets match two conditions. Two parts need not have a packet in common."""
    return MAYBE if one == other == SOME else min(one, other)


def fate_in(chains: dict[str, Chain], base: str) -> Fate:
    """Follow the packets through a chain that is called by the kernel. Raises TooMuch."""
    walk = _Walk(chains)
    rest = walk.through(base, ALL, 0)
    if chains[base].policy == "accept":
        walk.fate.accept(rest, f"the policy of {base} is accept")
    else:
        walk.fate.drop(rest, f"the policy of {base} is drop")
    return walk.fate


class _Walk:
    def __init__(self, chains: dict[str, Chain]) -> None:
        self._chains = chains
        self._steps = 0
        self.fate = Fate()

    def through(self, name: str, amount: int, depth: int) -> int:
        """Return how many of the packets come out at the end of the chain, or by a return."""
        if depth > MAX_DEPTH:
            raise TooMuch(f"the packet filter has more than {MAX_DEPTH} chains that call each other")
        here, returned = amount, NONE
        for rule in self._chains[name].read():
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise TooMuch(f"the packet filter has more than {MAX_STEPS} rules on the way of a packet")
            matched = both(here, rule.matches)
            if matched == NONE or rule.verb == "continue":
                continue
            left = _left(here, rule.matches)
            if rule.verb == "jump":
                out = self.through(rule.chain, matched, depth + 1)
                here = here if out == matched else max(left, out)
            elif rule.verb == "goto":
                returned = max(returned, self.through(rule.chain, matched, depth + 1))
                here = left
            elif rule.verb == "return":
                returned, here = max(returned, matched), left
            elif rule.linked:
                self.fate.linked_by.append(rule.text)
            else:
                self._decide(rule, matched)
                here = left
            if here == NONE:
                break
        return max(here, returned)

    def _decide(self, rule: Rule, matched: int) -> None:
        if rule.verb == "drop":
            self.fate.drop(matched, rule.text)
        elif rule.verb == "accept":
            self.fate.accept(matched, rule.text)
        else:
            # A program decides, or a target that is not known here.
            self.fate.accept(MAYBE, rule.text)


def _left(here: int, matches: int) -> int:
    """Return how many of the packets go on to the next rule."""
    if matches == ALL:
        return NONE
    return min(here, matches) if matches else here
