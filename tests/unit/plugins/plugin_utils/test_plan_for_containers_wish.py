# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be asked for all containers, at its limits, and what a host must have for it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan import for_containers
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.for_containers import Wish, wish_of
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices, Draft, PlanError
from ansible_collections.seawall.docker.tests.support.plans import Json
from ansible_collections.seawall.docker.tests.support.postures import posture_in

SLICE = "containers.slice"
NAME = "remediate_for_containers"


def asked(**wanted: t.Any) -> Wish:
    return wish_of(Choices(for_containers=wanted))


def refused(**wanted: t.Any) -> str:
    with pytest.raises(PlanError) as caught:
        asked(**wanted)
    return str(caught.value)


def test_nothing_is_asked_for_by_nothing() -> None:
    for wanted in ({}, {"total": None, "ulimits": None}, {"total": {}, "ulimits": {}}, {"cgroup_parent": ""}):
        assert asked(**wanted) == Wish({}, {})
    assert asked(total={"memory": None, "cpus": None, "pids": None}) == Wish({}, {})


@pytest.mark.parametrize(("soft", "hard"), [(0, 0), (5, 5), (1, 2), (-1, -1), (7, -1), (0, 1)])
def test_a_pair_of_limits(soft: int, hard: int) -> None:
    assert asked(ulimits={"nofile": {"soft": soft, "hard": hard}}).options == {
        "default-ulimits": {"nofile": {"Name": "nofile", "Soft": soft, "Hard": hard}}
    }


@pytest.mark.parametrize("pair", [(-1, 5), (6, 5), (1, 0)])
def test_a_soft_limit_above_the_hard_one(pair: tuple[int, int]) -> None:
    said = refused(ulimits={"core": {"soft": 0, "hard": 0}, "nofile": {"soft": pair[0], "hard": pair[1]}})
    assert said == f"{NAME}.ulimits.nofile has a soft limit above its hard one"


@pytest.mark.parametrize(
    "limit",
    [
        {"soft": -2, "hard": 5},
        {"soft": 1, "hard": -2},
        {"soft": True, "hard": 5},
        {"soft": 1, "hard": "5"},
        {"soft": 1},
        {"soft": 1, "hard": 2, "x": 3},
        {"soft": 1, "Hard": 2},
        [1, 2],
    ],
)
def test_what_is_no_pair_of_limits(limit: t.Any) -> None:
    assert refused(ulimits={"nofile": limit}) == f"{NAME}.ulimits.nofile must have the form {{soft: 1024, hard: 4096}}"


@pytest.mark.parametrize(
    ("total", "settings"),
    [
        ({"memory": "64m"}, {"MemoryMax": str(64 * 2**20)}),
        ({"memory": 2**30}, {"MemoryMax": str(2**30)}),
        ({"cpus": 0.1}, {"CPUQuota": "10%"}),
        ({"cpus": "1.5"}, {"CPUQuota": "150%"}),
        ({"cpus": 2**31 - 1}, {"CPUQuota": "214748364700%"}),
        ({"pids": 64}, {"TasksMax": "64"}),
        ({"pids": "100"}, {"TasksMax": "100"}),
        (
            {"memory": "1g", "cpus": 2, "pids": 4096},
            {"MemoryMax": "1073741824", "CPUQuota": "200%", "TasksMax": "4096"},
        ),
    ],
)
def test_a_total(total: Json, settings: dict[str, str]) -> None:
    # Without a name for it, the slice has the usual one.
    assert asked(total=total) == Wish({"cgroup-parent": SLICE}, settings)
    assert asked(total=total, cgroup_parent="a-b.slice").options == {"cgroup-parent": "a-b.slice"}


@pytest.mark.parametrize(
    ("total", "said"),
    [
        ({"memory": 64 * 2**20 - 1}, "total.memory must be 64m at least"),
        ({"cpus": 0.09}, "total.cpus must be a number, 0.1 at least"),
        ({"cpus": True}, "total.cpus must be a number, 0.1 at least"),
        ({"cpus": [1]}, "total.cpus must be a number, 0.1 at least"),
        ({"cpus": 2**31}, "total.cpus must be a number, 0.1 at least"),
        ({"cpus": "nan"}, "total.cpus must be a number, 0.1 at least"),
        ({"pids": 63}, "total.pids must be a number, 64 at least"),
        ("4g", "total must have the form {memory: 4g, cpus: 2, pids: 4096}"),
        ({"memory": "4g", "swap": 1}, "total must have the form {memory: 4g, cpus: 2, pids: 4096}"),
    ],
)
def test_what_is_no_total(total: t.Any, said: str) -> None:
    assert refused(total=total) == f"{NAME}.{said}"


@pytest.mark.parametrize("parent", ["a.slice", "a-b-c-d-e-f.slice", "system.slice", "/a", "/a/b/c/d/e/f", "/a.b-c_d"])
def test_a_parent_without_a_total_is_any_group(parent: str) -> None:
    assert asked(cgroup_parent=parent) == Wish({"cgroup-parent": parent}, {})


@pytest.mark.parametrize(
    "parent", ["a", "a.slice.d", "a-b-c-d-e-f-g.slice", "-a.slice", "/", "/a/", "/a/b/c/d/e/f/g", "/.a", "a/b", 5]
)
def test_what_is_no_parent(parent: t.Any) -> None:
    form = f"{NAME}.cgroup_parent must be the name of a slice, such as containers.slice"
    assert refused(cgroup_parent=parent) == f"{form}, or a path such as /containers"
    assert refused(cgroup_parent=parent, total={"pids": 64}) == form


@pytest.mark.parametrize("parent", ["system.slice", "user.slice", "machine.slice"])
def test_the_host_does_not_share_the_total(parent: str) -> None:
    said = f"{NAME}.cgroup_parent cannot be {parent}: its other services would share the total of containers"
    assert refused(cgroup_parent=parent, total={"pids": 64}) == said


def test_what_is_asked_for_twice_or_is_not_known_is_named() -> None:
    assert refused(zoo=1, totl=2) == f"{NAME} has totl, and knows only ulimits, cgroup_namespace, cgroup_parent, total"
    assert refused(cgroup_namespace="shared") == f"{NAME}.cgroup_namespace must be private or host"
    assert asked(cgroup_namespace="host").options == {"default-cgroupns-mode": "host"}
    with pytest.raises(PlanError, match=f"^cgroup-parent is in remediate_daemon_options and in {NAME}: keep one of"):
        wish_of(
            Choices(for_containers={"cgroup_parent": "a.slice"}, options={"cgroup-parent": "b.slice", "icc": False})
        )
    assert wish_of(Choices(for_containers={"cgroup_parent": "a.slice"}, options={"icc": False})).options


def _host(driver: str | None = "systemd", manager: str | None = "systemd") -> Json:
    posture = posture_in()
    posture["daemon"]["options"]["cgroup-parent"]["value"] = ""
    posture["cgroup"].update(driver=driver)
    posture["daemon"]["process"]["manager"] = manager
    return posture


@pytest.mark.parametrize(
    ("parent", "settings", "posture", "words"),
    [
        ("a.slice", {"TasksMax": "64"}, _host(), None),
        ("/a", {}, _host("cgroupfs"), None),
        ("a.slice", {}, _host(manager="openrc"), None),
        ("a.slice", {}, _host(None), "which driver of control groups the engine uses is not known (None)."),
        ("/a", {}, _host(), "with the driver systemd the parent must be a slice, such as containers.slice."),
        ("a.slice", {}, _host("cgroupfs"), "which needs the driver systemd, and this engine uses cgroupfs"),
        (
            "a.slice",
            {"TasksMax": "64"},
            _host(manager="openrc"),
            "total needs systemd as the service manager, which keeps the limits of a.slice.",
        ),
        (None, {}, _host(None), None),
    ],
)
def test_what_a_parent_needs_of_the_host(
    parent: str | None, settings: dict[str, str], posture: Json, words: str | None
) -> None:
    found = for_containers._against_parent(Wish({} if parent is None else {"cgroup-parent": parent}, settings), posture)
    assert found is None if words is None else found is not None and words in found


def test_a_parent_that_cannot_be_set_is_a_reason_of_its_own() -> None:
    wish = asked(cgroup_parent="a.slice")
    found, reasons = for_containers.settings_for(wish, _host(), Choices())
    assert [(one.key, one.new, one.finding) for one in found] == [("cgroup-parent", "a.slice", None)] and reasons == []
    _settings, (reason,) = for_containers.settings_for(wish, _host(), Choices(max_impact="reload"))
    assert reason == (
        f"cgroup-parent, which {NAME} asks for, cannot be set: its impact is restart, and remediate_max_impact is reload."
    )
    _settings, (reason,) = for_containers.settings_for(wish, _host(manager=None), Choices(max_impact="reload"))
    assert reason.startswith(f"cgroup-parent, which {NAME} asks for, cannot be set: which service manager")


def test_the_slice_of_another_name_is_no_slice_of_ours() -> None:
    posture = _host()
    posture["cgroup"]["daemon_slice"] = {"name": "b.slice", "settings": {"TasksMax": "64"}, "loaded": True}
    wish = Wish({"cgroup-parent": "a.slice"}, {"TasksMax": "64"})
    (step,) = for_containers.slice_steps(wish, posture)
    assert step["changes"] == [{"name": "TasksMax", "old": None, "new": "64"}]
    assert step["file"] == "/etc/systemd/system/a.slice.d/50-seawall.conf" and step["impact"] == "none"
    assert step["notes"] == [
        "All containers of a.slice share it: one that takes too much leaves less to the others, not to the host."
    ]
    posture["cgroup"]["daemon_slice"]["name"] = "a.slice"
    assert for_containers.slice_steps(wish, posture) == []
    assert for_containers.slice_steps(Wish({"cgroup-parent": "a.slice"}, {}), posture) == []


def test_a_rule_that_what_is_asked_for_breaks_is_left_out() -> None:
    parent = {"rule": "p", "number": "2.9", "title": "", "remedy": {"daemon_options": {"cgroup-parent": ""}}}
    other = {"rule": "o", "number": "2.1", "title": "", "remedy": {"daemon_options": {"icc": False}}}
    wish, draft = Wish({"cgroup-parent": "a.slice"}, {}), Draft()
    assert for_containers.without_contradiction([parent, other], wish, {}, draft) == [other]
    (left,) = draft.left_out
    assert left["reason"] == f"{NAME} asks for a.slice: name it in allowed_cgroup_parents of audit_policy"
    allowed = {"allowed_cgroup_parents": ["a.slice"]}
    for none in ((wish, allowed), (Wish({}, {}), {}), (Wish({"x": 1}, {}), allowed)):
        assert for_containers.without_contradiction([parent, other], *none, Draft()) == [parent, other]


def test_the_step_that_sets_the_parent_says_what_it_means() -> None:
    wish = Wish({"cgroup-parent": "a.slice"}, {})

    def notes(options: t.Any, policy: Json) -> list[str]:
        step: Json = {"options": options, "notes": []}
        for_containers.note_on([{"notes": []}, step], wish, policy)
        return list(step["notes"])

    allowed = {"allowed_cgroup_parents": ["a.slice"]}
    (later,) = notes({"cgroup-parent": "a.slice"}, allowed)
    assert later.startswith("cgroup-parent: Containers get it when they are started again")
    first, second = notes({"cgroup-parent": "a.slice"}, {})
    assert first == later and "fails until it is named in allowed_cgroup_parents" in second
    for options in (None, {}, {"cgroup-parent": "b.slice"}):
        assert notes(options, {}) == []
