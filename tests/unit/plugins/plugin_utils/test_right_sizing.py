# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Suggested limits, from what the kernel counted."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.right_sizing import (
    MIB,
    suggested_limits,
    text_of,
    wanted_of,
)

Json = dict[str, t.Any]


def container(name: str = "web", memory: t.Any = None, pids: t.Any = None, running: bool = True, **more: Json) -> Json:
    return {
        "name": name,
        "running": running,
        "use": {"memory_peak_bytes": memory, "pids_peak": pids},
        "held_back": more.get("held_back", {}),
        "limits": {name: {"enforced": value} for name, value in (more.get("enforced") or {}).items()},
    }


def suggested(*containers: Json, earlier: t.Sequence[Json] = ()) -> list[Json]:
    return suggested_limits({"containers": list(containers)}, [{"containers": [one]} for one in earlier])


@pytest.mark.parametrize(
    ("memory", "pids", "limits"),
    [
        (61 * MIB, 6, {"memory": "96m", "pids": 50}),
        (1, 1, {"memory": "64m", "pids": 50}),
        (64 * MIB, 40, {"memory": "96m", "pids": 60}),
        (64 * MIB + 1, 41, {"memory": "112m", "pids": 70}),
        (None, 41, {"pids": 70}),
        (64 * MIB, None, {"memory": "96m"}),
        (None, None, {}),
        ("many", True, {}),
    ],
)
def test_the_rule(memory: t.Any, pids: t.Any, limits: Json) -> None:
    [one] = suggested(container(memory=memory, pids=pids))
    assert one["containers"] == ["web"] and one["limits"] == limits and len(one["reasons"]) == 2


@pytest.mark.parametrize("count", ["memory_limit_hits", "oom_kills"])
def test_a_limit_that_was_met_is_doubled(count: str) -> None:
    [one] = suggested(
        container(
            memory=64 * MIB,
            pids=19,
            held_back={count: 1, "pids_refused": 3},
            enforced={"memory_bytes": 64 * MIB, "pids": 20},
        )
    )
    assert one["limits"] == {"memory": "128m", "pids": 50}
    assert one["reasons"][0] == "memory: It met its limit of 64m, and twice that may be enough."


def test_a_limit_that_was_met_and_is_gone_leaves_the_most_that_was_used() -> None:
    [one] = suggested(container(memory=64 * MIB, held_back={"oom_kills": 1}, enforced={"memory_bytes": None}))
    assert one["limits"] == {"memory": "96m"}


def test_the_most_of_all_times_counts_for_the_same_name() -> None:
    earlier = [
        container(memory=200 * MIB, pids=100),
        container("other", memory=900 * MIB),
        container(running=False, memory=999 * MIB),
    ]
    [one] = suggested(container(memory=10 * MIB, pids=5), earlier=earlier)
    assert one["limits"] == {"memory": "304m", "pids": 150}


@pytest.mark.parametrize(
    "odd", [{}, {"containers": None}, {"containers": ["x", {"running": True}]}, {"containers": [{"name": "a"}]}]
)
def test_what_is_no_running_container_gets_no_suggestion(odd: Json) -> None:
    assert suggested_limits(odd) == [] and suggested_limits(odd, [odd]) == []


def test_without_a_most_what_is_used_now_counts_twice() -> None:
    [one] = suggested_limits(
        {"containers": [{"name": "web", "running": True, "use": {"memory_bytes": 90 * MIB, "pids": 101}}]}
    )
    assert one["limits"] == {"memory": "192m", "pids": 210}
    assert "when it was looked at" in one["reasons"][0]


def test_facts_that_are_missing_give_no_suggestion() -> None:
    assert suggested_limits({"containers": [{"name": "web", "running": True, "limits": {}}]})[0]["limits"] == {}


def test_the_file_is_what_the_playbook_takes_and_nothing_else() -> None:
    names = ("idle", "x\n- x", "{{ lookup('pipe', 'id') }}", "-web")
    made = wanted_of(
        suggested(container("web", 61 * MIB, 6), container("idle"), *(container(one, MIB) for one in names[1:]))
    )
    assert [one["containers"] for one in made["limits_wanted"]] == [["web"]]
    text = text_of('w\u001b1"', made, ["/r/postures/w1.json"])
    assert yaml.safe_load(text) == {"limits_wanted": [{"containers": ["web"], "limits": {"memory": "96m", "pids": 50}}]}
    assert text.isascii() and "\u001b" not in text
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert comments[0].startswith('# For "w\\u001b1\\"" alone') and len(comments) == 2 + len(names)
    assert any(one.startswith('# No suggestion for "idle". memory: It is not known') for one in comments)
    assert any(one.startswith('# No suggestion for "x\\n- x". Docker accepts no such name') for one in comments)
    empty = text_of("w1", wanted_of([]), [])
    assert yaml.safe_load(empty) == {"limits_wanted": []}


ODD: list[Json] = [
    {"use": [1]},
    {"use": "x", "held_back": [1], "limits": [2]},
    {"use": {"memory_peak_bytes": 10**400}, "limits": {"memory_bytes": [1]}, "held_back": {"oom_kills": 1}},
]


@pytest.mark.parametrize("odd", ODD)
def test_what_has_another_form_is_not_known(odd: Json) -> None:
    [one] = suggested({"name": "web", "running": True, **odd}, earlier=[{"name": "web", "running": True, **odd}])
    assert one["limits"] == {}
    assert (
        suggested_limits({"containers": [{"name": {"a": 1}, "running": True}, 5, {"name": 5, "running": True}]}) == []
    )
    assert suggested_limits({"containers": 3}, [{"containers": "x"}]) == []
