# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subordinate ids in files that people and other programs wrote, own ranges and damaged lines included."""

from __future__ import annotations

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from ansible_collections.seawall.docker.plugins.module_utils._userns import idmap
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import MAX_ID, Extent, Range
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_plan import Known, Refused, Wanted, plan
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_space import (
    LOWEST,
    Span,
    conflicts_of,
    find_free,
    reserved_conflict,
)
from ansible_collections.seawall.docker.tests.fuzz import targets

# Close together, so that ranges meet; and the ends of what 32 bits hold.
IDS = (
    st.integers(99990, 100400) | st.integers(524280, 524300) | st.sampled_from([0, 65534, 2**31 - 1, 2**32 - 2, 2**32])
)
RANGES = st.builds(
    "{}:{}:{}".format, st.sampled_from(["alice", "1000", "dockremap", "112", "dockremap2"]), IDS, st.integers(-1, 200)
)
LINES = st.one_of(
    RANGES,
    RANGES.map(lambda line: f" {line}\t"),
    RANGES.map(lambda line: f"{line}\r"),
    st.sampled_from(["", "# dockremap:1:1", "dockremap", "dockremap:1", "bob:x:1", "bob:1:2:3", ":1:1", "bob:+5:5"]),
    st.text("dockremap:0123456789 \x00\x85#\u00e9\u0661", max_size=24),
)
FILES = st.none() | st.tuples(st.lists(LINES, max_size=6).map("\n".join), st.sampled_from(["", "\n"])).map("".join).map(
    str.encode
)
WISHES = st.builds(
    Wanted,
    user=st.just("dockremap"),
    uid=st.sampled_from([112, None]),
    size=st.integers(1, 300),
    start=st.none() | IDS.filter(lambda number: number <= MAX_ID),
    present=st.booleans(),
    lenient=st.booleans(),
)
ACCOUNTS = st.lists(st.tuples(IDS, st.just("somebody")), max_size=3)


@settings(max_examples=500, deadline=None)
@given(FILES, FILES, WISHES, st.builds(Known, ACCOUNTS, ACCOUNTS, st.sampled_from([LOWEST, 100200])))
@example(b"dockremap:100000:10", None, Wanted("dockremap", 112, 100), Known([(100050, "ldap")], []))
def test_no_files_lead_to_shared_ids_or_touched_lines(
    uids: bytes | None, gids: bytes | None, wanted: Wanted, known: Known
) -> None:
    targets.change_ids(uids, gids, wanted, known)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(RANGES.filter(lambda line: not line.startswith(("dockremap:", "112:"))), max_size=5), st.integers(1, 300)
)
def test_giving_and_taking_back_is_as_if_nothing_had_been(lines: list[str], size: int) -> None:
    before = "".join(f"{line}\n" for line in lines).encode()
    wanted = Wanted("dockremap", 112, size, lenient=True)
    try:
        given_out = plan(before, before, wanted, Known([], []))
    except Refused:
        assume(False)
    assert plan(*given_out.after, wanted._replace(present=False), Known([], [])).after == (before, before)


_SOUND = st.builds(
    "{}:{}:{}".format, st.sampled_from(["alice", "dockremap", "112"]), st.integers(0, 500), st.integers(1, 9)
)


@given(
    st.lists(_SOUND | st.sampled_from(["", "# dockremap:1:1"]), max_size=8).map("\n".join),
    st.sampled_from([20, 26, 28, 29]),
)
def test_engine_and_audit_read_the_same_of_a_file_without_a_damaged_line(text: str, major: int) -> None:
    table = idmap.parse(text)
    reading = idmap.engine_reading(text, "dockremap", 112, major)
    assume(reading.fault is None)
    by_name = [(entry.start, entry.count) for entry in table.ranges if entry.owner == "dockremap"]
    by_number = [(entry.start, entry.count) for entry in table.ranges if entry.owner == "112"]
    read = [(entry.start, entry.count) for entry in reading.ranges]
    assert read == (by_number or by_name) if major < 28 else sorted(read) == sorted(by_number + by_name)


SPANS = st.lists(st.builds(lambda start, count: Span(start, start + count, "x"), IDS, st.integers(0, 400)), max_size=8)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 70000), SPANS, st.integers(0, 200000))
def test_free_ids_are_free_and_the_first_that_are(count: int, busy: list[Span], low: int) -> None:
    found = find_free(count, busy, low)
    assert found is not None
    start = found[0]
    span = Span(start, start + count - 1, "")
    assert start >= max(low, LOWEST) and span.end <= MAX_ID
    assert not conflicts_of(span, busy) and reserved_conflict(span) is None
    if start < 524288:
        # An earlier start would be next to something that is in the way.
        earlier = [max(low, LOWEST), *(other.end + 1 for other in busy if max(low, LOWEST) <= other.end + 1 < start)]
        for candidate in earlier:
            before = Span(candidate, candidate + count - 1, "")
            assert candidate == start or conflicts_of(before, busy) or reserved_conflict(before)


@st.composite
def id_maps(draw: st.DrawFn) -> list[Extent]:
    """Maps as the kernel takes them: no id twice, on neither side."""
    extents, inside, outside = [], 0, draw(st.integers(0, 1000))
    for _number in range(draw(st.integers(0, 5))):
        inside += draw(st.integers(0, 5))
        outside += draw(st.integers(0, 5))
        count = draw(st.integers(1, 50))
        extents.append(Extent(inside, outside, count))
        inside, outside = inside + count, outside + count
    return extents


@given(id_maps(), st.integers(0, 400))
def test_ids_map_there_and_back(extents: list[Extent], number: int) -> None:
    written = "".join(f"{extent.inside:10} {extent.outside:10} {extent.count:10}\n" for extent in extents)
    assert idmap.parse_id_map(written) == extents
    outside = idmap.outside_of(extents, number)
    if outside is not None:
        assert idmap.inside_of(extents, outside) == number
    inside = idmap.inside_of(extents, number)
    if inside is not None:
        assert idmap.outside_of(extents, inside) == number


@given(st.lists(st.builds(Range, st.just("a"), st.integers(0, 50), st.integers(1, 9), st.integers(1, 99)), max_size=6))
def test_ranges_that_do_not_meet_have_as_many_ids_as_they_say(ranges: list[Range]) -> None:
    ids: set[int] = set()
    for entry in ranges:
        ids |= set(range(entry.start, entry.end + 1))
    apart = idmap.overlaps(ranges, [], []) == [] and len({entry.line for entry in ranges}) == len(ranges)
    assert (len(ids) == idmap.total(ranges)) or not apart
