# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subordinate id files and id maps, as engines, shadow tools and the kernel read them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.seawall.docker.plugins.module_utils._userns import idmap
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import Extent, Overlap, Range

OLD, NEW = 27, 28


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("alice:100000", "has 2 fields instead of owner:start:count"),
        ("alice", "has 1 field instead of owner:start:count"),
        ("alice:1:2:3", "has 4 fields instead of owner:start:count"),
        (":100000:65536", "the owner is empty"),
        ("al\0ice:100000:65536", "the owner has white space or control characters"),
        ("al ice:100000:65536", "the owner has white space or control characters"),
        ("alice:abc:65536", "the start 'abc' is not a number"),
        ("alice::65536", "the start '' is not a number"),
        ("alice:100_000:65536", "the start '100_000' is not a number"),
        ("alice:٣:65536", "the start '٣' is not a number"),
        ("alice:100000:65536 # note", "the count '65536 # note' is not a number"),
        ("alice:-1:65536", "the start is not an id (0 to 4294967294)"),
        ("alice:4294967295:1", "the start is not an id (0 to 4294967294)"),
        ("alice:99999999999999999999999:1", "the start is not an id (0 to 4294967294)"),
        ("alice:100000:0", "the count is less than 1"),
        ("alice:100000:-5", "the count is less than 1"),
        ("alice:4294967290:10", "the range ends after the last id 4294967294"),
    ],
)
def test_a_malformed_line_of_anybody_is_listed_with_its_number_and_reason(line: str, reason: str) -> None:
    table = idmap.parse(f"# head\n\nbob:1:2\n{line}\ncarol:5:6")
    assert table.ranges == [Range("bob", 1, 2, 3), Range("carol", 5, 6, 5)]
    assert [(entry.line, entry.reason) for entry in table.malformed] == [(4, reason)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a:1:2", [Range("a", 1, 2, 1)]),
        ("a:1:2\r\nb:3:4\r\n", [Range("a", 1, 2, 1), Range("b", 3, 4, 2)]),
        ("  a:1:2\t\n", [Range("a", 1, 2, 1)]),
        ("a:+1:002\n", [Range("a", 1, 2, 1)]),
        # Characters at which Python's splitlines() breaks a line and the engine does not.
        ("a:1:2\x85\n\n1000:5:6\n", [Range("a", 1, 2, 1), Range("1000", 5, 6, 3)]),
        ("a:0:1\n#b:1:2\n", [Range("a", 0, 1, 1)]),
        ("a:" + "0" * 5000 + "7:1", [Range("a", 7, 1, 1)]),
    ],
)
def test_well_formed_lines_are_ranges_with_their_line(text: str, expected: list[Range]) -> None:
    assert idmap.parse(text) == (expected, [])


@pytest.mark.parametrize(
    ("text", "major", "ranges", "fault"),
    [
        ("u:1:2\nv:3:4\nu:5:6\n", OLD, [(1, 2, 1), (5, 6, 3)], None),
        ("u:9:2\n1001:5:6\nu:1:6\n", OLD, [(5, 6, 2)], None),
        ("u:9:2\n1001:5:6\nu:1:6\n", NEW, [(9, 2, 1), (5, 6, 2), (1, 6, 3)], None),
        ("u:7:1\n", OLD, [(7, 1, 1)], None),
        # Strict engines fail on a line of anybody that has the wrong form, and on their own numbers only.
        ("other:1\nu:7:1\n", OLD, [], "line 1 is not owner:start:count, and the engine does not start"),
        ("other:abc:1\nu:7:1\n", OLD, [(7, 1, 2)], None),
        ("u:abc:1\n", OLD, [], "line 1 has 'abc' for a number, and the engine does not start"),
        (
            "u:99999999999999999999:1\n",
            OLD,
            [],
            "line 1 has '99999999999999999999' for a number, and the engine does not start",
        ),
        # From 28 on the mapping starts at host root.
        ("u:abc:65536\n", NEW, [(0, 65536, 1)], None),
        ("u:100000:65536\nu:abc:65536\n", NEW, [(100000, 65536, 1), (0, 65536, 2)], None),
        ("u:100000:65536:x\n", NEW, [(100000, 65536, 1)], None),
        ("other:1\nu:7:1\n", NEW, [(7, 1, 2)], None),
        (
            "u:100000:65536 # note\n",
            NEW,
            [(100000, 0, 1)],
            "the range on line 1 holds no id for root, and the engine does not start",
        ),
        ("u\n", NEW, [(0, 0, 1)], "the range on line 1 holds no id for root, and the engine does not start"),
        ("u:-5:10\n", NEW, [(-5, 10, 1)], "the range on line 1 is none that the kernel takes, and no container starts"),
        ("v:1:2\n", OLD, [], "there is no range for u, and the engine does not start"),
        ("v:1:2\n", NEW, [], "there is no range for u, and the engine does not start"),
        ("#u:1:2\nu:3:4", NEW, [(3, 4, 2)], None),
    ],
)
def test_each_generation_of_engines_reads_the_file_its_own_way(
    text: str, major: int, ranges: list[tuple[int, int, int]], fault: str | None
) -> None:
    reading = idmap.engine_reading(text, "u", 1001, major)
    assert [(entry.start, entry.count, entry.line) for entry in reading.ranges] == ranges
    assert reading.fault == fault


def test_more_extents_than_the_kernel_takes_are_a_fault() -> None:
    text = "".join(f"u:{1000 * number}:1\n" for number in range(1, 342))
    fault = idmap.engine_reading(text, "u", 5, NEW).fault
    assert fault == "there are 341 ranges, the kernel takes 340, and no container starts"


def test_a_line_that_the_engines_scanner_cannot_hold_is_a_fault() -> None:
    for major in (OLD, NEW):
        fault = idmap.engine_reading("a:1:2\n" + "x" * 70000 + ":1:2\nu:1:2\n", "u", 5, major).fault
        assert fault is not None and fault.startswith("line 2 is longer than")


def test_overlaps_with_others_with_own_and_with_accounts() -> None:
    own = [Range("u", 100, 10, 1), Range("u", 105, 10, 4), Range("u", 500, 1, 5)]
    others = [Range("a", 90, 11, 2), Range("b", 110, 5, 3), Range("c", 501, 5, 6), Range("d", 200, 5, 7)]
    found = idmap.overlaps(own, others, [(99, "n"), (100, "first"), (114, "last"), (115, "after")])
    assert found == [
        Overlap(1, "account", "first", None, 100, 100),
        Overlap(1, "range", "a", 2, 100, 100),
        Overlap(4, "account", "last", None, 114, 114),
        Overlap(4, "range", "u", 1, 105, 109),
        Overlap(4, "range", "b", 3, 110, 114),
    ]


_RANGES = st.lists(st.tuples(st.integers(-5, 60), st.integers(-2, 12)), max_size=12)


@given(_RANGES, _RANGES, st.lists(st.integers(0, 60), max_size=8))
def test_overlaps_are_those_that_comparing_all_pairs_finds(
    own: list[tuple[int, int]], others: list[tuple[int, int]], ids: list[int]
) -> None:
    mine = [Range("u", start, count, line) for line, (start, count) in enumerate(own, 1)]
    theirs = [Range("o", start, count, line) for line, (start, count) in enumerate(others, 100)]

    def common(first: Range, second: Range) -> set[int]:
        return set(range(first.start, first.end + 1)) & set(range(second.start, second.end + 1))

    expected = {(a.line, b.line, frozenset(common(a, b))) for a in mine for b in theirs if common(a, b)}
    expected |= {
        (a.line, b.line, frozenset(common(a, b))) for a in mine for b in mine if a.line > b.line and common(a, b)
    }
    found = idmap.overlaps(mine, theirs, [(number, "x") for number in ids])
    ranges = [(o.line, o.other_line, frozenset(range(o.start, o.end + 1))) for o in found if o.kind == "range"]
    assert len(ranges) == len(set(ranges))
    assert set(ranges) == expected
    accounts = {(o.line, o.start) for o in found if o.kind == "account"}
    assert accounts == {(a.line, number) for a in mine for number in ids if a.start <= number <= a.end}


@given(st.text())
def test_no_text_breaks_the_readers(text: str) -> None:
    table = idmap.parse(text)
    assert all(0 <= entry.start <= entry.end <= idmap.MAX_ID for entry in table.ranges)
    for major in (OLD, NEW):
        reading = idmap.engine_reading(text, "u", 0, major)
        idmap.overlaps(reading.ranges, table.ranges, [])


@given(st.lists(st.tuples(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.integers(0, 2**31), st.integers(1, 2**30))))
def test_what_is_written_well_is_read_back(entries: list[tuple[str, int, int]]) -> None:
    text = "".join(f"{owner}:{start}:{count}\n" for owner, start, count in entries)
    expected = [Range(*entry, line) for line, entry in enumerate(entries, 1)]
    assert idmap.parse(text) == (expected, [])
    own = [entry for entry in expected if entry.owner == "u"]
    for major in (OLD, NEW):
        assert idmap.engine_reading(text, "u", 12345, major).ranges == own


@pytest.mark.parametrize("start", ["{n}", "100000", "abc"])
def test_ten_thousand_lines_take_no_time(start: str) -> None:
    text = "".join(f"u{n % 3}:{start.format(n=n * 65536)}:65536\n" for n in range(10000))
    began = time.process_time()
    table = idmap.parse(text)
    reading = idmap.engine_reading(text, "u1", 1, NEW)
    others = [entry for entry in table.ranges if entry.owner != "u1"]
    found = idmap.overlaps(reading.ranges, others, [(number, f"a{number}") for number in range(10000)])
    assert time.process_time() - began < 1.5
    assert len(found) <= 2 * idmap.MAX_LISTED


def test_id_maps() -> None:
    extents = idmap.parse_id_map("         0       1000          1\n         1     100000      65536\n")
    assert extents == [Extent(0, 1000, 1), Extent(1, 100000, 65536)]
    assert [idmap.outside_of(extents, inside) for inside in (0, 1, 65536, 65537)] == [1000, 100000, 165535, None]
    assert [idmap.inside_of(extents, outside) for outside in (0, 1000, 100001)] == [None, 0, 2]
    assert not idmap.is_identity(extents)
    assert idmap.is_identity(idmap.parse_id_map("0 0 4294967295\n"))
    assert idmap.parse_id_map("") == []
    assert idmap.inside_of(idmap.parse_id_map("0 100000 65536\n65536 0 65536\n"), 0) == 65536


@pytest.mark.parametrize("text", ["0 0\n", "0 0 1 2\n", "0 x 1\n", "-1 0 1\n", "0 0 99999999999\n"])
def test_a_text_that_is_no_id_map_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a line of an id map"):
        idmap.parse_id_map(text)


@pytest.mark.parametrize(
    ("text", "major", "ranges", "fault"),
    [
        # The engine gives a new user a range itself.
        ("", OLD, [], None),
        ("", NEW, [], None),
        ("v:1:2\n", OLD, [], None),
        ("v:1:2\n", NEW, [], None),
        # One that is there already is the user's, whoever wrote it.
        ("v:1:2\nu:7:9\n", OLD, [(7, 9, 2)], None),
        ("v:1:2\nu:7:9\n", NEW, [(7, 9, 2)], None),
        ("u:7:9\nv:1\n", NEW, [(7, 9, 1)], None),
        ("u:abc:9\n", NEW, [(0, 9, 1)], None),
        ("u:7:0\n", NEW, [(7, 0, 1)], "the range on line 1 holds no id for root, and the engine does not start"),
        ("u:-5:9\n", OLD, [(-5, 9, 1)], "the range on line 1 is none that the kernel takes, and no container starts"),
        ("u:abc:9\n", OLD, [], "line 1 has 'abc' for a number, and the engine does not start"),
        # To find a free range, old engines read the numbers of all.
        ("v:abc:2\n", OLD, [], "line 1 has 'abc' for a number, and the engine does not start"),
        ("v:abc:2\n", NEW, [], None),
        ("v:abc:2\nu:7:9\n", OLD, [(7, 9, 2)], None),
        ("v:1\n", OLD, [], "line 1 is not owner:start:count, and the engine does not start"),
        ("v:1\n", NEW, [], None),
        ("v:1:2\n" + "x" * 65536 + "\n", OLD, [], "line 2 is longer than 65536 bytes, and the engine does not start"),
        ("v:1:2\n" + "x" * 65536 + "\n", NEW, [], "line 2 is longer than 65536 bytes, and the engine does not start"),
        ("v:1:2\n#" + "x" * 65534 + "\n", OLD, [], None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_user_that_the_engine_makes_may_have_a_range_already(
    text: str, major: int, ranges: list[tuple[int, int, int]], fault: str | None
) -> None:
    reading = idmap.reading_for_new_user(text, "u", major)
    assert [(entry.start, entry.count, entry.line) for entry in reading.ranges] == ranges
    assert reading.fault == fault


def test_the_first_lenient_engine_is_28() -> None:
    for read in (lambda major: idmap.reading_for_new_user("u:abc:9\n", "u", major),
                 lambda major: idmap.engine_reading("u:abc:9\n", "u", 5, major)):  # fmt: skip
        assert [read(major).fault is None for major in (27, 28, 29)] == [False, True, True]


@pytest.mark.parametrize(
    ("outside", "id_map", "inside"),
    [
        (0, "         0          0 4294967295\n", 0),
        (100000, "0 100000 65536\n", 0),
        (100033, "0 100000 65536\n", 33),
        (0, "0 100000 65536\n", None),
        (5, "0 100 1\n1 5 1\n", 1),
    ],
)
def test_ids_inside_a_user_namespace(outside: int, id_map: str, inside: int | None) -> None:
    assert idmap.inside_of(idmap.parse_id_map(id_map), outside) == inside
