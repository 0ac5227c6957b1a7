# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a site asks for all containers: set where no rule fails, refused where it cannot be had, and never undone by a rule."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.lines import lines_of
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices, PlanError
from ansible_collections.seawall.docker.tests.support.plans import Json, Planned, planned
from ansible_collections.seawall.docker.tests.support.postures import posture_in

TOTAL = {"total": {"memory": "4g", "cpus": 1.5, "pids": 4096}}
SETTINGS = {"MemoryMax": "4294967296", "CPUQuota": "150%", "TasksMax": "4096"}
SLICE = "containers_slice"
DAEMON = "daemon_options"
PARENT = "daemon-cgroup-parent-default"


def host(parent: str = "", written: Json | None = None, **cgroup: t.Any) -> Json:
    posture = posture_in()
    posture["daemon"]["options"]["cgroup-parent"]["value"] = parent
    slice_of = {"name": parent, "settings": written, "loaded": True} if parent else None
    posture["cgroup"].update({"driver": "systemd", "daemon_parent": parent, "daemon_slice": slice_of, **cgroup})
    return posture


def plan_for(posture: Json, wanted: Json, policy: Json | None = None, **choices: t.Any) -> Planned:
    return planned(posture, Choices(for_containers=wanted, **choices), policy)


def test_a_total_is_a_slice_and_the_parent_of_all_containers() -> None:
    made = plan_for(host(), TOTAL, {"allowed_cgroup_parents": ["containers.slice"]})
    first, second = made.document["steps"]
    assert first["kind"] == SLICE and first["file"] == "/etc/systemd/system/containers.slice.d/50-seawall.conf"
    assert first["content"].splitlines()[1:] == ["[Slice]", *(f"{key}={value}" for key, value in SETTINGS.items())]
    assert second["kind"] == DAEMON and second["options"] == {"cgroup-parent": "containers.slice"}
    assert second["impact"] == "restart" and made.document["blockers"] == []
    assert any("started again" in note for note in second["notes"])
    assert made.status(PARENT) == "pass" and made.document["unused_options"] == []
    shown = "\n".join(lines_of(made.document, None))
    assert "What all containers together may use, in" in shown and "MemoryMax: not set -> 4096m" in shown


def test_a_host_that_has_it_is_left_alone() -> None:
    made = plan_for(host("containers.slice", dict(SETTINGS)), TOTAL, {"allowed_cgroup_parents": ["containers.slice"]})
    assert made.document["steps"] == [] and made.document["blockers"] == []


@pytest.mark.parametrize(
    ("written", "loaded", "changes"),
    [
        ({**SETTINGS, "MemoryMax": "1073741824"}, True, [("MemoryMax", "1073741824", "4294967296")]),
        ({"MemoryMax": "4294967296"}, True, [("CPUQuota", None, "150%"), ("TasksMax", None, "4096")]),
        (dict(SETTINGS), False, [("loaded by systemd", False, True)]),
        (dict(SETTINGS), None, [("loaded by systemd", False, True)]),
    ],
)
def test_what_differs_is_written_without_a_restart(written: Json, loaded: bool | None, changes: list[t.Any]) -> None:
    posture = host("containers.slice", written)
    posture["cgroup"]["daemon_slice"]["loaded"] = loaded
    [made] = plan_for(posture, TOTAL, {"allowed_cgroup_parents": ["containers.slice"]}).document["steps"]
    assert made["kind"] == SLICE and made["impact"] == "none"
    assert [(one["name"], one["old"], one["new"]) for one in made["changes"]] == changes


def test_a_limit_that_is_not_asked_for_any_more_is_removed() -> None:
    posture = host("containers.slice", dict(SETTINGS))
    wanted = {"total": {"memory": "4g"}}
    [made] = plan_for(posture, wanted, {"allowed_cgroup_parents": ["containers.slice"]}).document["steps"]
    assert {one["name"] for one in made["changes"] if one["new"] is None} == {"CPUQuota", "TasksMax"}


def test_no_rule_takes_back_what_is_asked_for() -> None:
    made = plan_for(host("containers.slice", dict(SETTINGS)), TOTAL)
    assert made.document["steps"] == []
    assert "allowed_cgroup_parents" in made.left_out(PARENT)[0]


def test_defaults_of_the_engine_are_set_though_no_rule_fails() -> None:
    posture = host()
    posture["daemon"]["options"]["default-cgroupns-mode"] = {"value": "host", "origin": {"kind": "default"}}
    wanted = {"ulimits": {"core": {"soft": 0, "hard": 0}}, "cgroup_namespace": "private"}
    options = plan_for(posture, wanted).step(DAEMON)["options"]
    assert options["default-ulimits"] == {"core": {"Name": "core", "Soft": 0, "Hard": 0}}
    assert options["default-cgroupns-mode"] == "private"


def test_the_namespace_alone_needs_only_a_reload() -> None:
    posture = host()
    posture["daemon"]["options"]["default-cgroupns-mode"] = {"value": "host", "origin": {"kind": "default"}}
    made = plan_for(posture, {"cgroup_namespace": "private"}, max_impact="reload")
    assert made.document["impact"] == "reload" and made.document["blockers"] == []


@pytest.mark.parametrize(
    ("posture", "wanted", "choices", "said"),
    [
        (host(driver="cgroupfs"), TOTAL, {}, "native.cgroupdriver=systemd"),
        (host(driver=None), TOTAL, {}, "is not known"),
        (host(), {"cgroup_parent": "/x"}, {}, "must be a slice"),
        (host(), TOTAL, {"max_impact": "reload"}, "its impact is restart"),
    ],
)
def test_what_cannot_be_had_is_refused(posture: Json, wanted: Json, choices: Json, said: str) -> None:
    blockers = plan_for(posture, wanted, **choices).document["blockers"]
    assert len(blockers) == 1 and said in blockers[0] and "remediate_for_containers" in blockers[0]


def test_a_flag_of_the_daemon_is_in_the_way() -> None:
    posture = host()
    posture["daemon"]["options"]["cgroup-parent"] = {
        "value": "other.slice",
        "origin": {"kind": "systemd_unit", "source": "docker.service"},
    }
    [reason] = plan_for(posture, TOTAL, {"allowed_cgroup_parents": ["containers.slice"]}).document["blockers"]
    assert "flag of the daemon" in reason


def test_another_phase_does_not_do_it() -> None:
    made = plan_for(host(), TOTAL, phases=frozenset({"file_attributes"}))
    assert made.document["steps"] == [] and made.document["blockers"] == []


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"totl": {}}, "has totl"),
        ({"total": {"memory": "much"}}, "is no size"),
        ({"total": {"memory": "1m"}}, "64m at least"),
        ({"total": {"cpus": "all"}}, "total.cpus must be a number"),
        ({"total": {"pids": 3}}, "total.pids must be a number, 64 at least"),
        ({"total": {"disk": 3}}, "must have the form"),
        ({**TOTAL, "cgroup_parent": "system.slice"}, "share the total"),
        ({**TOTAL, "cgroup_parent": "/containers"}, "name of a slice"),
        ({"cgroup_parent": "../x"}, "or a path"),
        ({"cgroup_parent": "a/../b.slice"}, "or a path"),
        ({"cgroup_namespace": "shared"}, "private or host"),
        ({"ulimits": {"nofile": 5}}, "must have the form"),
        ({"ulimits": {"nofile": {"soft": 5, "hard": 4}}}, "above its hard one"),
        ({"ulimits": [1]}, "must have the form"),
    ],
)
def test_what_makes_no_sense_is_said(wanted: Json, said: str) -> None:
    with pytest.raises(PlanError, match="remediate_for_containers") as caught:
        plan_for(host(), wanted)
    assert said in str(caught.value)


def test_one_option_has_one_place() -> None:
    options = {"default-ulimits": {"core": {"Name": "core", "Soft": 0, "Hard": 0}}}
    with pytest.raises(PlanError, match="keep one of them"):
        plan_for(host(), {"ulimits": {"core": {"soft": 0, "hard": 0}}}, options=options)
