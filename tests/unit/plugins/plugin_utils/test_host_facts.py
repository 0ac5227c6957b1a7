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
        {"userns": {"containers": [7, {"uid_map": [{"outside": [], "count": {}}, 5]}]}},
        {"cgroup": {"containers": [None, {"limits": [], "unread": []}, {"name": {}, "limits": {"pids": 5}}]}},
    ],
)
def test_what_a_stranger_wrote_never_raises(section: Json) -> None:
    ids, limits = host_facts.ids_of(section), host_facts.limits_of(section)
    assert id_map.pictures(id_map.accepted(ids), False) == []
    assert json.loads(json.dumps([ids, limits])) == [ids, limits]
