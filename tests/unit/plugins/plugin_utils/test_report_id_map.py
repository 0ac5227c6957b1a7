# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of ids: whose they are, who shares them, and that no document can break it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._report import id_map

Json = dict[str, t.Any]


def one(kind: str, start: int, end: int, owner: str = "", containers: int = 1) -> Json:
    return {"kind": kind, "owner": owner, "start": start, "end": end, "containers": containers}


def drawn(*ranges: Json, rootless: bool = False, **more: t.Any) -> id_map.IdMap:
    ids = {"ranges": list(ranges), "more": 0, "known": True, **more}
    (picture,) = id_map.pictures(id_map.accepted({"uids": ids, "gids": ids}), rootless)
    return picture


def test_ranges_that_share_ids_are_marked_on_both_and_said() -> None:
    picture = drawn(one("daemon", 100000, 165535, "dockremap"), one("account", 131072, 196607, "alice"))
    system, daemon, alice = picture.lanes
    assert picture.title == "User and group ids" and system.shared == []
    assert daemon.name == "dockremap (the daemon)" and daemon.ids == "100,000 to 165,535"
    assert daemon.shared == ["shares 131,072 to 165,535 with alice"]
    assert alice.shared == ["shares 131,072 to 165,535 with dockremap (the daemon)"]
    (_kind, left, width), (mark, start, wide) = daemon.parts
    assert mark == "shared" and left < start < left + width and start + wide == left + width
    assert alice.parts[1] == daemon.parts[1]


def test_containers_share_ids_with_their_daemon_and_with_each_other_by_intention() -> None:
    used = [one("containers", 100000, 165535, containers=3), one("containers", 100000, 101000)]
    picture = drawn(one("daemon", 100000, 165535, "dockremap"), *used)
    assert [lane.name for lane in picture.lanes[2:]] == ["3 running containers", "1 running container"]
    assert all(lane.shared == [] and len(lane.parts) == 1 for lane in picture.lanes)


def test_containers_that_are_not_remapped_share_the_ids_of_the_host() -> None:
    picture = drawn(one("containers", 0, 2**32 - 2), one("user", 1000, 1000, "bob"))
    assert picture.lanes[1].shared == [
        "shares 0 to 999 with system accounts of the host",
        "shares 1,000 with bob (an id of the host)",
    ]
    assert picture.lanes[0].shared == ["shares 0 to 999 with 1 running container"]
    # A rootless engine gives its containers the ids of its own user.
    assert drawn(one("containers", 1000, 1000), one("account", 1000, 1000, "bob"), rootless=True).lanes[1].shared == []


def test_a_bar_ends_where_the_scale_ends_and_one_id_can_be_seen() -> None:
    picture = drawn(one("user", 5000, 5000, "bob"), one("account", 2**32 - 1, 2**32 - 1, "last"))
    assert all(width >= 1 for lane in picture.lanes for _kind, _start, width in lane.parts)
    (_kind, start, width) = picture.lanes[-1].parts[0]
    assert start + width == id_map.WIDTH


def test_users_and_groups_with_other_ranges_have_pictures_of_their_own() -> None:
    uids = {"ranges": [one("daemon", 1, 2, "x")], "more": 0, "known": True}
    made = id_map.pictures(id_map.accepted({"uids": uids, "gids": {**uids, "known": False}}), False)
    assert [(each.title, each.known) for each in made] == [("User ids", True), ("Group ids", False)]


def test_of_many_owners_the_first_are_drawn_and_the_others_counted() -> None:
    picture = drawn(*[one("account", 10**6 * n, 10**6 * n + 9, f"user{n}") for n in range(1, 60)], more=7)
    assert len(picture.lanes) == 24 and picture.more == 7 + 59 + 1 - 24
    crowd = drawn(*[one("account", 5000, 5999, f"user{n}") for n in range(9)])
    assert len(crowd.lanes[1].shared) == 4 and crowd.lanes[1].shared[-1] == "shares ids with 5 more"


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"uids": 7, "gids": {"ranges": "x"}},
        {"uids": {"ranges": [None, {"kind": "daemon"}, one("evil", 1, 2), one("user", 9, 1), one("user", -1, 2)]}},
        {"uids": {"ranges": [one("user", True, True), one("user", 0, 2**32), {**one("user", 1, 2), "start": "1"}]}},  # type: ignore[arg-type]
    ],
)
def test_what_is_no_range_is_left_out(value: t.Any) -> None:
    pictures = id_map.pictures(id_map.accepted(value), False)
    # Where nothing is drawn of a file, it is not known.
    assert [(one.title, one.known, len(one.lanes)) for one in pictures] == (
        [("User ids", False, 1)] if isinstance(value, dict) and isinstance(value["uids"], dict) else []
    )
