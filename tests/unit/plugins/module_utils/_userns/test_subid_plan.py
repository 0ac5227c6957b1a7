# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subordinate ids: never two owners of one id, never a changed byte in somebody else's line."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.seawall.docker.plugins.module_utils._host.looks import FileFault
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import parse, parse_id_map
from ansible_collections.seawall.docker.plugins.module_utils._userns.shadow_lock import locked
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_plan import (
    Known,
    Plan,
    Refused,
    Wanted,
    plan,
)
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_space import (
    Span,
    missing_ids,
    reserved_conflict,
)

REMAP = Wanted("dockremap", 112)
NOBODY = Known([(0, "root"), (112, "dockremap")], [(0, "root")])


def planned(uids: str | None, gids: str | None, wanted: Wanted = REMAP, known: Known = NOBODY) -> Plan:
    return plan(None if uids is None else uids.encode(), None if gids is None else gids.encode(), wanted, known)


def reasons(uids: str | None, gids: str | None, wanted: Wanted = REMAP, known: Known = NOBODY) -> str:
    with pytest.raises(Refused) as refused:
        planned(uids, gids, wanted, known)
    return "; ".join(refused.value.reasons)


def test_first_free_ids_of_both_files() -> None:
    found = planned("alice:100000:65536\n", "bob:165536:65536\n")
    assert (found.start, found.size) == (231072, 65536)
    assert found.after == (
        b"alice:100000:65536\ndockremap:231072:65536\n",
        b"bob:165536:65536\ndockremap:231072:65536\n",
    )
    assert planned(None, None).after == (b"dockremap:100000:65536\n", b"dockremap:100000:65536\n")


def test_accounts_and_groups_are_in_the_way() -> None:
    known = Known([(100500, "ldapuser")], [(170000, "ldapgroup")])
    assert planned(None, None, known=known).start == 100501
    known = Known([(100000, "a")], [(165536, "b")])
    assert planned(None, None, known=known).start == 165537
    assert planned(None, None, known=Known([], [], 200000)).start == 200000


@pytest.mark.parametrize(
    ("uid_map", "gid_map", "start"),
    [
        ("0 0 4294967295", "0 0 4294967295", 100000),
        ("0 100000 65536", "0 100000 65536", None),
        ("0 100000 165535", "0 100000 165535", None),
        ("0 100000 165536", "0 100000 165536", 100000),
        # Two extents, and groups that are others than the users.
        ("0 100000 65536\n200000 300000 65536", "0 0 4294967295", 200000),
        ("0 100000 1000000", "0 100000 65536", None),
        ("0 0 1000000", "0 0 120000\n130000 130000 800000", 130000),
    ],
)
def test_a_host_in_a_user_namespace_gives_away_only_ids_that_it_has(
    uid_map: str, gid_map: str, start: int | None
) -> None:
    missing = tuple(span for text in (uid_map, gid_map) for span in missing_ids(parse_id_map(text)))
    known = NOBODY._replace(missing=missing)
    if start is not None:
        assert planned(None, None, known=known).start == start
        return
    assert "does not have them (it is in a user namespace with the ids 0 to " in reasons(None, None, known=known)
    # A range that an earlier run, or an image, put there is no better.
    line = "dockremap:100000:65536\n"
    refused = reasons(line, line, known=known)
    assert "line 1 of /etc/subuid" in refused or "line 1 of /etc/subgid" in refused
    assert "does not have them" in reasons(None, None, REMAP._replace(start=100000), known)
    assert planned(line, line, REMAP._replace(present=False), known).after == (b"", b"")


def test_the_ids_of_nspawn_are_the_last_choice() -> None:
    below = "alice:100000:424288\n"
    assert planned(below, below).start == 1879048192
    above = f"{below}bob:1879048192:2415919103\n"
    found = planned(above, above)
    assert found.start == 524288 and "systemd-nspawn" in found.notes[0]
    everything = "alice:100000:4294867295\n"
    assert "no 65536 ids" in reasons(everything, everything)


def test_a_user_that_has_what_is_wanted_keeps_it() -> None:
    for text in ("dockremap:300000:65536\n", "112:300000:65536\n", "dockremap:1000000:90000\r\n"):
        assert not planned(text, text).changed
    two = "dockremap:300000:40000\ndockremap:400000:40000\n"
    assert not planned(two, two).changed


def test_half_of_the_work_is_completed_with_the_same_start() -> None:
    found = planned("dockremap:300000:65536\n", "")
    assert found.start == 300000 and found.after[1] == b"dockremap:300000:65536\n"
    assert "bob is in the way" in reasons("dockremap:300000:65536\n", "bob:300100:10\n")


def test_a_range_grows_where_there_is_room() -> None:
    small = "dockremap:300000:1000\nbob:500000:10"
    found = planned(small, small)
    assert found.after[0] == b"dockremap:300000:65536\nbob:500000:10"
    assert "the range of bob is in the way" in reasons("dockremap:300000:1000\nbob:301000:10\n", small)


@pytest.mark.parametrize(
    ("uids", "gids", "wanted", "said"),
    [
        ("dockremap:100000:65536\n", "dockremap:200000:65536\n", REMAP, "start at 100000"),
        (
            "dockremap:100000:65536\nalice:165000:65536\n",
            "dockremap:100000:65536\n",
            REMAP,
            "overlaps with the range of alice",
        ),
        ("dockremap:0:65536\n", "dockremap:0:65536\n", REMAP, "overlaps with the account or group root"),
        ("", "", REMAP._replace(start=1000, size=200), ""),
        ("", "", REMAP._replace(start=60000), "reserved: home directories of systemd"),
        ("", "", REMAP._replace(start=4294967295 - 65536), "reserved: the ids that mean none"),
        ("alice:100000:65536\n", "", REMAP._replace(start=165535), "not free: the range of alice"),
        (
            "dockremap:100000:65536\n",
            "dockremap:100000:65536\n",
            REMAP._replace(start=200000),
            "has a range from 100000",
        ),
        ("alice:abc:65536\n", "", REMAP, "line 1 'alice:abc:65536'"),
        ("dockremap:abc:65536\n", "", REMAP._replace(lenient=True), "malformed and dockremap's own"),
    ],
)
def test_refusals(uids: str, gids: str, wanted: Wanted, said: str) -> None:
    if said:
        assert said in reasons(uids, gids, wanted)
    else:
        assert planned(uids, gids, wanted).start == wanted.start


def test_lenient_keeps_malformed_lines_and_their_ids() -> None:
    found = planned("alice:100000:x\nrubbish\n", "", REMAP._replace(lenient=True))
    assert found.start == 165536
    assert found.after[0] == b"alice:100000:x\nrubbish\ndockremap:165536:65536\n"
    assert [line.line for line in found.malformed["/etc/subuid"]] == [1, 2]


def test_absent_removes_all_lines_of_the_user_and_no_others() -> None:
    text = "# first\r\ndockremap:100000:65536\r\n112:300000:5\n dockremap2:1:2\nalice:400000:1"
    found = planned(text, None, REMAP._replace(present=False))
    assert found.after == (b"# first\r\n dockremap2:1:2\nalice:400000:1", None)
    own = "dockremap:abc:65536\nalice:1:1\n"
    assert planned(own, own, REMAP._replace(present=False, lenient=True)).after[0] == b"alice:1:1\n"


_FOREIGN = st.one_of(
    st.tuples(st.sampled_from(["alice", "bob", "113"]), st.integers(100000, 800000), st.integers(1, 200000)).map(
        lambda line: f"{line[0]}:{line[1]}:{line[2]}"
    ),
    st.sampled_from(["", "# a comment", "#dockremap:1:1", "  ", "carol:2000000:1\r"]),
)
_FILES = st.tuples(st.lists(_FOREIGN, max_size=8), st.booleans()).map(
    lambda drawn: "\n".join(drawn[0]) + ("\n" if drawn[1] and drawn[0] else "")
)


@settings(max_examples=400, deadline=None)
@given(
    _FILES,
    _FILES,
    st.integers(1, 100000),
    st.lists(st.tuples(st.integers(0, 600000), st.just("x")), max_size=5),
    st.lists(st.tuples(st.integers(0, 600000), st.just("y")), max_size=5),
)
def test_never_overlaps_and_leaves_lines_of_others(
    uids: str, gids: str, count: int, accounts: t.Any, groups: t.Any
) -> None:
    wanted = REMAP._replace(size=count)
    known = Known(accounts, groups)
    found = planned(uids, gids, wanted, known)
    assert found.start is not None
    end = found.start + count - 1
    assert reserved_conflict(Span(found.start, end, "")) is None
    for text in (uids, gids):
        for entry in parse(text).ranges:
            assert entry.end < found.start or entry.start > end
    assert all(not found.start <= number <= end for number, _name in accounts + groups)
    for before, after in zip((uids, gids), found.after):
        assert after is not None
        rest = after[: -len(f"dockremap:{found.start}:{count}\n")]
        assert rest in (before.encode(), before.encode() + b"\n")
    again = plan(*found.after, wanted, known)
    assert not again.changed and again.start == found.start
    gone = plan(*found.after, wanted._replace(present=False), known)
    for before, after in zip((uids, gids), gone.after):
        assert after in (before.encode(), before.encode() + b"\n")


def test_the_lock_is_that_of_shadow(tmp_path: Path) -> None:
    path = str(tmp_path / "subuid")
    with locked([path]):
        assert (tmp_path / "subuid.lock").read_bytes() == f"{os.getpid()}\0".encode()
        naps: list[float] = []
        with pytest.raises(FileFault, match=f"held by process {os.getpid()}"), locked([path], 3, naps.append):
            raise AssertionError("the lock was given out twice")
        assert naps == [1.0, 1.0]
    assert list(tmp_path.iterdir()) == []


def test_the_lock_makes_no_room_for_itself(tmp_path: Path) -> None:
    """A copy that somebody kept under the name that a lock in the making once had was removed."""
    kept = tmp_path / f"subuid.{os.getpid()}"
    kept.write_text("alice:100000:65536\n", encoding="ascii")
    with locked([str(tmp_path / "subuid")]):
        assert len(os.listdir(tmp_path)) == 2
    assert os.listdir(tmp_path) == [kept.name] and kept.read_text(encoding="ascii") == "alice:100000:65536\n"


def test_a_lock_of_the_dead_is_taken_and_a_damaged_one_left(tmp_path: Path) -> None:
    lock = tmp_path / "subuid.lock"
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    lock.write_bytes(f"{gone}\0".encode())
    with locked([str(tmp_path / "subuid")], 1):
        assert lock.read_bytes() == f"{os.getpid()}\0".encode()
    lock.write_bytes(b"")
    with pytest.raises(FileFault, match="names no process"), locked([str(tmp_path / "subuid")], 1):
        raise AssertionError("a damaged lock was taken")
    assert lock.exists() and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(("count", "end"), [(1, ""), (5, ""), (6, " and 1 more"), (8, " and 3 more")])
def test_of_many_malformed_lines_five_are_shown(count: int, end: str) -> None:
    said = reasons("".join(f"bad{number}\n" for number in range(count)), None)
    shown = "; ".join(
        f"/etc/subuid line {number + 1} 'bad{number}': has 1 field instead of owner:start:count"
        for number in range(min(count, 5))
    )
    assert f"({shown}{end}). Put them right, or set lenient" in said


def test_the_ids_of_a_user_are_counted_after_its_range_became_longer() -> None:
    longer = planned("dockremap:100000:1000\ndockremap:300000:7\n", "dockremap:100000:65536\n")
    assert (longer.start, longer.size) == (100000, 65536)
    assert longer.after[0] == b"dockremap:100000:65536\ndockremap:300000:7\n"
    more = planned("dockremap:100000:1000\ndockremap:300000:7\n", "dockremap:100000:2000\ndockremap:300000:9\n")
    assert (more.size, more.after[1]) == (65543, b"dockremap:100000:65536\ndockremap:300000:9\n")
    # A file without a line of the user gets one.
    new = planned("dockremap:100000:65536\ndockremap:300000:7\n", "alice:1:2\n")
    assert (new.size, new.after[1]) == (65536, b"alice:1:2\ndockremap:100000:65536\n")


@pytest.mark.parametrize(
    ("uids", "gids", "wanted", "known", "reason"),
    [
        ("", "", Wanted("dockremap", 112, start=2**32 - 9), NOBODY,
         "the ids 4294967287 to 4295032822 end after the last id 4294967294"),
        ("alice:100000:65536\n", "", Wanted("dockremap", 112, start=100000), NOBODY,
         "the ids 100000 to 165535 are not free: the range of alice"),
        ("", "", Wanted("dockremap", 112, start=61000), NOBODY, "the ids 61000 to 126535 hold ids that are reserved: "),
        ("", "", Wanted("dockremap", 112, size=2**32 - 9), NOBODY,
         "there are no 4294967287 ids in a row that are free in both files"),
        ("", "", Wanted("dockremap", 112, size=2**32 - 9), Known([], [], missing=(Span(7, 9, "not here"),)),
         "there are no 4294967287 ids in a row that are free in both files. Ids 7 to 9: not here"),
        ("dockremap:100000:65536\n", "", Wanted("dockremap", 112, start=200000), NOBODY, "has a range from 100000 already"),
        ("dockremap:100000:65536\n", "dockremap:300000:65536\n", REMAP, NOBODY, "start at 100000 in /etc/subuid and at 300000"),
        ("dockremap:100000:1000\nalice:110000:1\n", "", REMAP, NOBODY, "the range of alice is in the way"),
        ("dockremap:100000:1000\ndockremap:110000:1\n", "", REMAP, NOBODY, "another range of its own is in the way"),
        ("dockremap:4294960000:1000\n", "", REMAP, NOBODY, "the last id is in the way"),
        ("dockremap:100000:65536\nalice:100007:1\n", "", REMAP, NOBODY,
         "overlaps with the range of alice on line 3 (100007 to 100007)"),
        ("dockremap:100000:65536\n", "", REMAP, Known([(100007, "eve")], []),
         "overlaps with the account or group eve (100007 to 100007)"),
        ("dockremap:100000:65536\n", "", REMAP, Known([], [], missing=(Span(100007, 100009, "the host lacks some"),)),
         "on line 2 of /etc/subuid has the ids 100000 to 165535, and the host lacks some"),
        ("dockremap:x:1\n", "", REMAP, NOBODY, "line 2 of /etc/subuid is malformed and dockremap's own"),
    ],
)  # fmt: skip
def test_a_refusal_says_which_lines_of_others_are_malformed_as_well(
    uids: str, gids: str, wanted: Wanted, known: Known, reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        planned("broken\n" + uids, gids, wanted._replace(lenient=True), known)
    assert reason in refused.value.reasons[0]
    assert refused.value.malformed["/etc/subuid"][0].text == "broken"


def test_a_range_beside_a_malformed_line_keeps_away_from_what_it_may_mean() -> None:
    for line, start in (
        ("alice:100000:x", 165536),
        ("alice:100000:200000:x", 300000),
        ("alice:100000", 165536),
        ("alice:x:1", 100000),
        ("alice", 100000),
        ("alice:-1:9:x", 100000),
    ):
        assert planned(f"{line}\n", None, REMAP._replace(lenient=True)).start == start, line
