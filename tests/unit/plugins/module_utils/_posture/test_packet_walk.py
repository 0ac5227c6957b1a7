# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of packets through chains that are made by hand: how many pass, by which rules, and where the walk ends."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._posture.packet_filter import walk
from ansible_collections.seawall.docker.plugins.module_utils._posture.packet_filter.walk import (
    ALL,
    MAYBE,
    NONE,
    SOME,
    Chain,
    Fate,
    Rule,
)


def rule(verb: str, matches: int = ALL, chain: str = "", linked: bool = False) -> Rule:
    return Rule(matches, verb, chain, f"{verb} {matches}", linked)


def fate(*rules: Rule, policy: str = "drop", **chains: t.Sequence[Rule]) -> Fate:
    made = {name: Chain(lambda found=found: found, None) for name, found in chains.items()}  # type: ignore[misc]
    return walk.fate_in({**made, "F": Chain(lambda: rules, policy)}, "F")


def test_two_conditions_need_not_have_a_packet_in_common() -> None:
    assert walk.both(SOME, SOME) == MAYBE
    for one, other, found in (
        (ALL, ALL, ALL),
        (ALL, SOME, SOME),
        (SOME, NONE, NONE),
        (MAYBE, ALL, MAYBE),
        (SOME, MAYBE, MAYBE),
    ):
        assert walk.both(one, other) == walk.both(other, one) == found


def test_the_rules_that_let_most_pass_are_named() -> None:
    made = Fate()
    for amount, by in ((NONE, "none"), (MAYBE, "a"), (SOME, "b"), (MAYBE, "c"), (SOME, "d"), (ALL, "e"), (ALL, "f")):
        made.accept(amount, by)
        made.drop(amount, by)
    assert (made.accepted, made.accepted_by) == (ALL, ["e", "f"])
    assert made.dropped_by == ["a", "b", "c", "d", "e", "f"]
    nothing = Fate()
    nothing.accept(NONE, "none")
    assert (nothing.accepted, nothing.accepted_by) == (NONE, [])


@pytest.mark.parametrize(
    ("rules", "policy", "accepted", "accepted_by", "dropped_by"),
    [
        ((), "accept", ALL, ["the policy of F is accept"], []),
        ((), "drop", NONE, [], ["the policy of F is drop"]),
        ((rule("accept"),), "drop", ALL, ["accept 3"], []),
        ((rule("drop"),), "accept", NONE, [], ["drop 3"]),
        ((rule("drop", SOME),), "accept", SOME, ["the policy of F is accept"], ["drop 2"]),
        ((rule("accept", SOME),), "drop", SOME, ["accept 2"], ["the policy of F is drop"]),
        ((rule("accept", MAYBE),), "drop", MAYBE, ["accept 1"], ["the policy of F is drop"]),
        ((rule("accept", NONE), rule("continue")), "drop", NONE, [], ["the policy of F is drop"]),
        ((rule("queue"),), "drop", MAYBE, ["queue 3"], []),
        ((rule("return"), rule("accept")), "drop", NONE, [], ["the policy of F is drop"]),
        ((rule("return", SOME), rule("drop")), "accept", SOME, ["the policy of F is accept"], ["drop 3"]),
        ((rule("jump", ALL, "A"), rule("drop")), "accept", SOME, ["accept 2"], ["drop 3"]),
        ((rule("goto", ALL, "A"), rule("drop")), "accept", SOME, ["accept 2", "the policy of F is accept"], []),
        ((rule("jump", ALL, "E"), rule("drop")), "accept", NONE, [], ["drop 3"]),
        ((rule("goto", ALL, "E"), rule("drop")), "accept", ALL, ["the policy of F is accept"], []),
    ],
)
def test_how_many_packets_pass_and_by_what(
    rules: t.Sequence[Rule], policy: str, accepted: int, accepted_by: t.List[str], dropped_by: t.List[str]
) -> None:
    made = fate(*rules, policy=policy, A=[rule("accept", SOME)], E=[])
    assert (made.accepted, made.accepted_by, made.dropped_by) == (accepted, accepted_by, dropped_by)


def test_a_rule_for_one_pair_of_containers_is_told_apart() -> None:
    made = fate(rule("accept", SOME, linked=True), rule("drop"))
    assert (made.linked_by, made.accepted, made.dropped_by) == (["accept 2"], NONE, ["drop 3"])


def test_the_walk_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def deep(levels: int) -> Fate:
        chains = {f"c{number}": [rule("jump", ALL, f"c{number + 1}")] for number in range(1, levels)}
        return fate(rule("jump", ALL, "c1"), **chains, **{f"c{levels}": [rule("accept")]})

    assert deep(walk.MAX_DEPTH).accepted == ALL
    with pytest.raises(TooMuch, match="has more than 64 chains that call each other"):
        deep(walk.MAX_DEPTH + 1)
    monkeypatch.setattr(walk, "MAX_STEPS", 3)
    assert fate(*[rule("continue")] * 3, policy="accept").accepted == ALL
    with pytest.raises(TooMuch, match="has more than 3 rules on the way of a packet"):
        fate(*[rule("continue")] * 4)
