# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ids may be given out, and which a host has at all."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import MAX_ID, MAX_LISTED, Extent
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_space import (
    Span,
    conflicts_of,
    find_free,
    host_ids_in,
    ids_in,
    missing_ids,
    reserved_conflict,
)


@pytest.mark.parametrize(
    ("start", "end", "what"),
    [
        (999, 1000, "system accounts"),
        (1000, 60000, None),
        (1000, 60001, "home directories of systemd"),
        (60513, 60513, "home directories of systemd"),
        (60514, 61183, None),
        (65535, 70000, "nobody, and the id that 16 bits take for none"),
        (65536, 2147352575, None),
        (2147418112, 2147483646, None),
        (2147483648, 2147483649, "the ends of signed numbers"),
        (MAX_ID - 1, MAX_ID - 1, None),
        (MAX_ID, MAX_ID, "the ids that mean none"),
    ],
)
def test_some_ids_are_reserved_for_good(start: int, end: int, what: str | None) -> None:
    assert reserved_conflict(Span(start, end, "")) == what


@pytest.mark.parametrize(
    ("start", "count", "own", "found"),
    [
        (0, 65536, None, [(0, 999, "system accounts"), (1000, 1000, "alice"), (4242, 4242, "eve")]),
        (42, 1, None, [(42, 42, "system accounts")]),
        (999, 2, None, [(999, 999, "system accounts"), (1000, 1000, "alice")]),
        (1000, 1, None, [(1000, 1000, "alice")]),
        (1000, 1, 1000, []),
        (1001, 3241, None, []),
        (1001, 3242, None, [(4242, 4242, "eve")]),
        (4242, 0, None, []),
        (0, 0, None, []),
        (-5, 10, None, [(0, 4, "system accounts")]),
        (100000, 65536, None, []),
    ],
)
def test_the_ids_of_a_range_that_are_the_hosts_own(
    start: int, count: int, own: int | None, found: list[tuple[int, int, str]]
) -> None:
    # An account of the system, and one that is listed twice.
    accounts = [(4242, "eve"), (7, "lp"), (1000, "alice"), (4242, "eve")]
    assert [tuple(span) for span in host_ids_in(start, count, accounts, own)] == found


def test_a_host_with_very_many_accounts_lists_the_first() -> None:
    accounts = [(1000 + number, f"u{number}") for number in range(MAX_LISTED + 5)]
    assert len(host_ids_in(0, 65536, accounts)) == MAX_LISTED


def extents(*pairs: tuple[int, int]) -> list[Extent]:
    return [Extent(inside, 700000 + inside, count) for inside, count in pairs]


@pytest.mark.parametrize(
    ("pairs", "runs"),
    [
        ([], []),
        ([(0, 10)], [(0, 9)]),
        ([(0, 1)], [(0, 0)]),
        ([(0, 0)], []),
        # Next to each other, in any order, one within the other, and with one id between them.
        ([(0, 10), (10, 5)], [(0, 14)]),
        ([(10, 5), (0, 10)], [(0, 14)]),
        ([(0, 10), (3, 2)], [(0, 9)]),
        ([(0, 10), (3, 20)], [(0, 22)]),
        ([(0, 10), (11, 5)], [(0, 9), (11, 15)]),
        ([(0, 2), (5, 2), (7, 3), (20, 1)], [(0, 1), (5, 9), (20, 20)]),
    ],
)
def test_the_ids_that_a_namespace_has(pairs: list[tuple[int, int]], runs: list[tuple[int, int]]) -> None:
    assert ids_in(extents(*pairs)) == runs


@pytest.mark.parametrize(
    ("pairs", "missing", "shown"),
    [
        ([], [(0, MAX_ID)], "of nobody"),
        ([(0, MAX_ID + 1)], [], None),
        ([(0, 10)], [(10, MAX_ID)], "0 to 9"),
        ([(5, 5)], [(0, 4), (10, MAX_ID)], "5 to 9"),
        ([(0, 1), (2, 1), (4, 1)], [(1, 1), (3, 3), (5, MAX_ID)], "0 to 0, 2 to 2, 4 to 4"),
        ([(0, 1), (2, 1), (4, 1), (6, 1)], [(1, 1), (3, 3), (5, 5), (7, MAX_ID)], "0 to 0, 2 to 2, 4 to 4 and more"),
        ([(1, MAX_ID)], [(0, 0)], f"1 to {MAX_ID}"),
        ([(0, MAX_ID)], [(MAX_ID, MAX_ID)], f"0 to {MAX_ID - 1}"),
    ],
)
def test_the_ids_that_a_host_in_a_namespace_lacks(
    pairs: list[tuple[int, int]], missing: list[tuple[int, int]], shown: str | None
) -> None:
    found = missing_ids(extents(*pairs))
    assert [(span.start, span.end) for span in found] == missing
    assert {span.what for span in found} == (
        {f"this host does not have them (it is in a user namespace with the ids {shown})"} if shown else set()
    )


def test_what_is_in_the_way_comes_in_order() -> None:
    busy = [Span(20, 30, "b"), Span(0, 10, "a"), Span(40, 50, "c")]
    assert [span.what for span in conflicts_of(Span(10, 20, ""), busy)] == ["a", "b"]
    assert [span.what for span in conflicts_of(Span(11, 19, ""), busy)] == []
    assert [span.what for span in conflicts_of(Span(50, 60, ""), busy)] == ["c"]


NSPAWN = "the range lies among the ids that systemd-nspawn gives to its containers by itself, since no others are free"


@pytest.mark.parametrize(
    ("count", "busy", "low", "found"),
    [
        (65536, [], 100000, (100000, [])),
        (65536, [], 200000, (200000, [])),
        (65536, [(100000, 100000)], 100000, (100001, [])),
        # A gap is used if it is as large as is asked for.
        (10, [(100000, 100004), (100015, 100020)], 100000, (100005, [])),
        (11, [(100000, 100004), (100015, 100020)], 100000, (100021, [])),
        (10, [(100015, 100020), (100000, 100004)], 100000, (100005, [])),
        (1, [(0, 99999)], 100000, (100000, [])),
        (1, [(0, 100000)], 100000, (100001, [])),
        # To the last id before those of nspawn, then above them, and last among them.
        (424288, [], 100000, (100000, [])),
        (424289, [], 100000, (1879048192, [])),
        (1, [(100000, 524287)], 100000, (1879048192, [])),
        (268304384, [], 100000, (1879048192, [])),
        (268304385, [], 100000, (524288, [NSPAWN])),
        (1, [(100000, 524287), (1879048192, 2147352575)], 100000, (524288, [NSPAWN])),
        (1878523904, [], 100000, (524288, [NSPAWN])),
        (1878523905, [], 100000, None),
        (1, [(0, MAX_ID)], 100000, None),
    ],
)
def test_where_there_is_room(
    count: int, busy: list[tuple[int, int]], low: int, found: tuple[int, list[str]] | None
) -> None:
    assert find_free(count, [Span(start, end, "taken") for start, end in busy], low) == found
