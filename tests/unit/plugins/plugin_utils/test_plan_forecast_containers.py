# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is foreseen of each container: gone, ended, started or as it was."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.forecast import posture_after

Json = dict[str, t.Any]
PROCESS = ("uid_map", "gid_map", "root_is_host_root", "root_group_is_host_root_group", "host_root_inside", "host_ids")
PROCESS += ("maps_host_ids",)


def restart(*outcomes: dict[str, str], **options: t.Any) -> list[Json]:
    """A step for each mapping of a container's id to what becomes of it."""
    return [
        {
            "kind": "daemon_options",
            "file": "/d",
            "impact": "restart",
            "options": options,
            "remove": [],
            "containers": [{"id": one, "outcome": outcome} for one, outcome in each.items()],
        }
        for each in outcomes
    ]


def host(*names: str, seccomp: str = "builtin") -> Json:
    facts = {"state": "running", "running": True, "pid": 7, "process": {"seccomp_mode": 0}, "processes": {}}
    limits = {"pids": {"declared": 5, "enforced": 5, "verdict": "equal"}}
    return {
        "daemon": {"info": {"security_options": {"seccomp": seccomp}}, "options": {}},
        "containers": [
            {"id": one, "name": one, "ulimits": [], "security_options": {"seccomp": "default"}, **facts}
            for one in names
        ],
        "userns": {"containers": [{"id": one, "running": True, **dict.fromkeys(PROCESS, "x")} for one in names]},
        "cgroup": {"containers": [{"id": one, "running": True, "path": "/p", "limits": limits} for one in names]},
        "images": [{"name": "i", "in_use_by": list(names)}, {"name": "j"}],
        "networks": [{"name": "n", "containers": list(names)}],
    }


@pytest.mark.parametrize("outcome", ["deleted", "hidden", "orphaned"])
def test_what_is_gone_is_nowhere(outcome: str) -> None:
    after = posture_after(host("a", "b"), restart({"a": outcome}))
    for section in (after, after["userns"], after["cgroup"]):
        assert [one["id"] for one in section["containers"]] == ["b"]
    assert [one["in_use_by"] for one in after["images"]] == [["b"], []]
    assert after["networks"][0]["containers"] == ["b"]


def test_what_runs_on_is_as_it_was() -> None:
    posture = host("a", "b")
    after = posture_after(posture, restart({"a": "keeps_running", "b": "keeps_running"}))
    for section in ("containers", "userns", "cgroup", "networks"):
        assert after[section] == posture[section]


def test_what_ends_has_no_process() -> None:
    after = posture_after(host("a"), restart({"a": "stopped"}))
    (one,), (user,), (group,) = after["containers"], after["userns"]["containers"], after["cgroup"]["containers"]
    assert (one["state"], one["running"], one["pid"]) == ("exited", False, None)
    assert one["unread"] == dict.fromkeys(("process", "processes"), "the container does not run")
    assert not {"process", "processes"} & set(one)
    assert user == {"id": "a", "running": False, "unread": dict.fromkeys(PROCESS, "the container does not run")}
    assert group == {
        "id": "a",
        "running": False,
        "limits": {"pids": {"declared": 5}},
        "unread": dict.fromkeys(("path", "limits"), "the container does not run"),
    }


def test_what_is_started_has_a_process_that_nobody_has_seen() -> None:
    posture = host("a")
    posture["cgroup"]["containers"][0].pop("limits")
    posture["containers"][0].update(state="exited", running=False)
    del posture["containers"][0]["processes"]
    after = posture_after(posture, restart({"a": "started"}))
    (one,), (user,), (group,) = after["containers"], after["userns"]["containers"], after["cgroup"]["containers"]
    assert (one["state"], one["running"]) == ("running", True)
    assert set(one["unread"]) == {"process", "processes", "pid"} and "pid" not in one
    assert user["running"] is True and set(user["unread"]) == set(PROCESS)
    assert group == {"id": "a", "running": True, "unread": {"path": group["unread"]["path"]}}


def test_the_last_step_that_speaks_of_a_container_decides() -> None:
    after = posture_after(host("a", "b"), restart({"a": "stopped", "b": "deleted"}, {"a": "keeps_running"}))
    assert [(one["id"], one["running"]) for one in after["containers"]] == [("a", True)]


@pytest.mark.parametrize(
    ("outcome", "takes"), [("started", True), ("restarted", True), ("stopped", False), ("keeps_running", False)]
)
def test_a_start_gives_a_container_the_ulimits_that_it_does_not_name(outcome: str, takes: bool) -> None:
    posture = host("a")
    own = [{"name": "nofile", "soft": 1, "hard": 2}]
    posture["containers"][0]["ulimits"] = list(own)
    limits = {name: {"Name": name, "Soft": 3, "Hard": 4} for name in ("nofile", "nproc")}
    after = posture_after(posture, restart({"a": outcome}, **{"default-ulimits": {**limits, "odd": 5}}))
    more = [{"name": "nproc", "soft": 3, "hard": 4}] if takes else []
    assert after["containers"][0]["ulimits"] == [*own, *more]
    del posture["containers"][0]["ulimits"]
    after = posture_after(posture, restart({"a": outcome}, **{"default-ulimits": limits}))
    assert "ulimits" not in after["containers"][0]


@pytest.mark.parametrize(
    ("was", "profile", "outcome", "facts", "mode"),
    [
        ("unconfined", "", "restarted", {}, 2),
        ("", "/p.json", "restarted", {}, 2),
        ("unconfined", "unconfined", "restarted", {}, 0),
        ("builtin", "", "restarted", {}, 0),
        ("unconfined", "", "keeps_running", {}, 0),
        ("unconfined", "", "restarted", {"privileged": True}, 0),
        ("unconfined", "", "restarted", {"security_options": {"seccomp": "custom"}}, 0),
    ],
)
def test_a_container_that_is_started_again_gets_the_new_profile(
    was: str, profile: str, outcome: str, facts: Json, mode: int
) -> None:
    posture = host("a", seccomp=was)
    posture["containers"][0].update(facts)
    after = posture_after(posture, restart({"a": outcome}, **{"seccomp-profile": profile}))
    assert after["containers"][0]["process"]["seccomp_mode"] == mode
    posture["containers"][0]["process"] = None
    assert posture_after(posture, restart({"a": outcome}))["containers"][0]["process"] is None
