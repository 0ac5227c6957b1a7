# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts that findings carry beside the verdicts: ranges of ids, and limits of containers, from recorded hosts and from strangers."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import host_facts
from ansible_collections.seawall.docker.plugins.plugin_utils._report import id_map, limits_table

RECORDED = sorted((Path(__file__).resolve().parents[2] / "recorded").glob("*.json"))
Json = dict[str, t.Any]


def file(**more: t.Any) -> Json:
    return {"ranges": [{"line": 2, "owner": "dockremap", "start": 100000, "count": 65536}], "others": [], **more}


def userns(**more: t.Any) -> Json:
    return {"userns": {"subuid": file(**more), "subgid": file(), "containers": []}}


def test_ranges_of_the_daemon_of_others_of_users_and_of_containers_that_run() -> None:
    posture = userns(
        others=[{"line": 1, "owner": "alice", "start": 165536, "count": 65536}],
        overlaps=[{"line": 2, "with": "account", "owner": "bob", "other_line": None, "start": 100007, "end": 100007}],
    )
    used = {"uid_map": [{"inside": 0, "outside": 100000, "count": 65536}]}
    posture["userns"]["containers"] = [used, used, {"unread": {"uid_map": "it does not run"}}]
    ids = host_facts.ids_of(posture)
    assert ids is not None and ids["uids"]["known"] is True and ids["uids"]["more"] == 0
    assert [(one["kind"], one["owner"], one["start"], one["end"]) for one in ids["uids"]["ranges"]] == [
        ("daemon", "dockremap", 100000, 165535),
        ("containers", "", 100000, 165535),
        ("user", "bob", 100007, 100007),
        ("account", "alice", 165536, 231071),
    ]
    assert ids["uids"]["ranges"][1]["containers"] == 2
    # What the findings hold is what the reports take.
    assert id_map.accepted(ids)["uids"]["ranges"][0]["end"] == 165535  # type: ignore[index]


def test_ranges_that_were_not_read_are_said_to_be_not_known() -> None:
    posture = userns()
    del posture["userns"]["subuid"]["others"]
    ids = host_facts.ids_of(posture)
    assert ids is not None and ids["uids"]["known"] is False and ids["gids"]["known"] is True
    del posture["userns"]["subuid"]
    assert host_facts.ids_of(posture)["uids"] is None  # type: ignore[index]
    assert host_facts.ids_of({}) is None and host_facts.limits_of({}) is None


def test_a_host_with_very_many_has_the_first_and_a_count() -> None:
    many = [{"owner": f"u{n}", "start": n, "count": 1} for n in range(1000)]
    ids = host_facts.ids_of(userns(others=many))
    assert ids is not None and len(ids["uids"]["ranges"]) == 100 and ids["uids"]["more"] == 901
    assert ids["uids"]["ranges"][0]["kind"] == "daemon"
    limits = host_facts.limits_of({"cgroup": {"containers": [{"id": str(n), "limits": {}} for n in range(1500)]}})
    assert limits is not None and len(limits["containers"]) == 1000 and limits["more"] == 500


def uids(**more: t.Any) -> t.Any:
    """The ranges of user ids of a host whose accounts have none, with more in the section."""
    ids = host_facts.ids_of({"userns": {"subuid": {"ranges": [], "others": []}, **more}})
    return ids and ids["uids"]


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (0, 1, 0),
        (0, 2**32, 2**32 - 1),
        (2**32 - 1, 1, 2**32 - 1),
        (2**32 - 1, 9, 2**32 - 1),
        (2**32, 1, None),
        (-1, 5, None),
        (5, 0, None),
        (5, -1, None),
        ("5", 1, None),
        (5, "1", None),
        (True, 5, None),
        (5, True, None),
    ],
)
def test_a_range_ends_with_the_last_id_of_the_kernel(start: t.Any, count: t.Any, end: int | None) -> None:
    """What names no id at all, or is no number, is left out, of accounts and of containers alike."""
    of_account = uids(subuid={"ranges": [], "others": [{"owner": "o" * 900, "start": start, "count": count}]})
    of_container = uids(containers=[{"uid_map": [{"outside": start, "count": count}]}])
    for kind, owner, found in (("account", "o" * 500, of_account), ("containers", "", of_container)):
        ranges = [(one["kind"], one["owner"], one["start"], one["end"]) for one in found["ranges"]]
        assert ranges == ([] if end is None else [(kind, owner, start, end)])


def test_a_host_that_was_read_and_has_no_ranges_is_known() -> None:
    assert uids() == {"ranges": [], "more": 0, "known": True}
    assert uids(subuid={}) is None
    one = uids(subuid={}, containers=[{"uid_map": [{"outside": 7, "count": 1}]}])
    assert one["known"] is False and len(one["ranges"]) == 1


def test_of_overlaps_only_accounts_are_users() -> None:
    overlaps = [
        {"with": "range", "owner": "a", "start": 1, "end": 1},
        {"with": "account", "owner": "b", "start": 2, "end": "2"},
        {"with": "account", "owner": "c", "start": "3", "end": 3},
        {"with": "account", "owner": "d", "start": 4, "end": 6},
    ]
    found = uids(subuid={"ranges": [], "others": [], "overlaps": overlaps})
    assert found["ranges"] == [{"kind": "user", "owner": "d", "start": 4, "end": 6}]


def test_user_and_group_ids_have_each_their_own_file_and_map() -> None:
    container = {"uid_map": [{"outside": 1, "count": 1}], "gid_map": [{"outside": 2, "count": 1}]}
    ids = host_facts.ids_of({"userns": {"subuid": file(), "containers": [container]}})
    assert ids is not None
    assert [one["start"] for one in ids["uids"]["ranges"]] == [100000, 1]
    assert [one["start"] for one in ids["gids"]["ranges"]] == [2] and ids["gids"]["known"] is False


def limits(**container: t.Any) -> Json:
    found = host_facts.limits_of({"cgroup": {"containers": [container]}})
    assert found is not None and found["more"] == 0
    only: Json = found["containers"][0]
    return only


def test_a_limit_that_is_declared_or_enforced_is_shown_as_it_is() -> None:
    shown = limits(
        id="f00",
        name="web",
        running=True,
        unread={"limits": "r" * 900},
        limits={
            "both": {"declared": 1, "enforced": 2, "verdict": "differs", "why": "not shown"},
            "asked": {"declared": True, "enforced": None},
            "kernel": {"declared": None, "enforced": 1.5},
            "neither": {"declared": None, "enforced": None, "verdict": "unlimited"},
            "odd": {"declared": ["x" * 900]},
            "k" * 900: {"enforced": 1},
        },
    )
    odd = shown["limits"].pop("odd")["declared"]
    assert isinstance(odd, str) and len(odd) == 500
    assert shown == {
        "name": "web",
        "running": True,
        "limits": {
            "both": {"declared": 1, "enforced": 2, "verdict": "differs"},
            "asked": {"declared": True, "enforced": None},
            "kernel": {"declared": None, "enforced": 1.5},
            "k" * 500: {"enforced": 1},
        },
        "unread": "r" * 500,
    }


def test_a_container_without_a_name_is_shown_by_its_id() -> None:
    assert limits(id="f00", running="yes") == {"name": "f00", "running": False, "limits": {}, "unread": None}
    assert limits(name="", id="n" * 900)["name"] == "n" * 500
    assert limits()["name"] == ""


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_limits_of_recorded_hosts(path: Path) -> None:
    posture = json.loads(path.read_text("utf-8"))
    posture = posture.get("posture", posture)
    limits = host_facts.limits_of(posture)
    assert limits is not None and [one["name"] for one in limits["containers"]] == [
        one["name"] for one in posture["cgroup"]["containers"]
    ]
    verdicts = {limit.get("verdict") for one in limits["containers"] for limit in one["limits"].values()}
    assert "unlimited" not in verdicts
    assert limits_table.table(limits_table.accepted(limits), 50, False) is not None


@pytest.mark.parametrize(
    "section",
    [
        {"userns": 7, "cgroup": []},
        {"userns": {"subuid": [], "subgid": {"ranges": 5, "others": [5], "overlaps": [{"with": "account"}]}}},
        {"userns": {"subuid": {"ranges": [{"owner": {}, "start": "x", "count": None}, {"start": True, "count": 1}]}}},
        {"userns": {"containers": [7, {"uid_map": [{"outside": [], "count": {}}, {"outside": [], "count": 1}, 5]}]}},
        {"cgroup": {"containers": [None, {"limits": [], "unread": []}, {"name": {}, "limits": {"pids": 5}}]}},
    ],
)
def test_what_a_stranger_wrote_never_raises(section: Json) -> None:
    ids, limits = host_facts.ids_of(section), host_facts.limits_of(section)
    assert id_map.pictures(id_map.accepted(ids), False) == []
    assert json.loads(json.dumps([ids, limits])) == [ids, limits]
