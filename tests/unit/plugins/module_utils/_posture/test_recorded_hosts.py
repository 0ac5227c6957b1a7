# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every collector on recordings of real hosts: engines 20.10, 26.1 and 28.5, and a virtual machine with cgroup v2."""

from __future__ import annotations

import contextlib
import json
import typing as t
from collections import Counter
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._posture.gather import COLLECTORS, gather
from ansible_collections.seawall.docker.plugins.module_utils._posture.subsets import SUBSETS
from ansible_collections.seawall.docker.tests.support.recording import ReplayEngine, ReplayHost, context_of

RECORDED = Path(__file__).resolve().parents[3] / "recorded"
HOSTS = ("bookworm", "trixie", "sid", "vm")
FILES_OF_A_CONTAINER = 38
FILES_OF_A_PROCESS = 3


def recording(host: str) -> dict[str, t.Any]:
    return json.loads((RECORDED / f"{host}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=HOSTS)
def replayed(request: pytest.FixtureRequest) -> tuple[str, dict[str, t.Any], dict[str, t.Any]]:
    stored = recording(request.param)
    return request.param, stored, json.loads(json.dumps(gather(context_of(stored), list(COLLECTORS))))


def test_the_same_answers_give_the_same_posture(replayed: tuple[str, dict[str, t.Any], dict[str, t.Any]]) -> None:
    _host, stored, posture = replayed
    assert posture == stored["posture"]


def test_no_collector_failed(replayed: tuple[str, dict[str, t.Any], dict[str, t.Any]]) -> None:
    _host, _stored, posture = replayed
    assert not [reason for reason in posture["unread"].values() if reason.startswith("the collector")]
    assert set(COLLECTORS) <= set(posture)


@pytest.mark.parametrize("host", HOSTS)
def test_a_container_costs_few_files(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Counter[str] = Counter()
    links: Counter[str] = Counter()
    ask = ReplayHost._ask

    def counted(self: ReplayHost, method: str, *arguments: t.Any) -> t.Any:
        if method in ("read_bytes", "list_directory", "holds_text"):
            asked[str(arguments[0])] += 1
        if method == "run" and "--search" in arguments:
            asked["package manager"] += 1
        if method == "read_link":
            links[str(arguments[0])] += 1
        return ask(self, method, *arguments)

    monkeypatch.setattr(ReplayHost, "_ask", counted)
    stored = recording(host)
    posture = gather(context_of(stored), list(COLLECTORS))
    running = [one for one in posture["containers"] if one["running"]]
    assert len(running) > 3
    for container in running:
        pids = [one["pid"] for one in container["processes"]["running"]]
        own = {
            path: count
            for path, count in asked.items()
            if container["id"] in path or any(path.startswith(f"/proc/{pid}/") for pid in pids)
        }
        # What a container can change is read when it is judged, and whose the process is, before and after.
        # Where a container may mount, its mounts are read when they are judged, and its root afterwards.
        again = {f"/proc/{container['pid']}/{name}" for name in ("cgroup", "status", "uid_map", "mountinfo")}
        assert {path for path, count in own.items() if count > 1} <= again
        assert sum(own.values()) <= FILES_OF_A_CONTAINER + FILES_OF_A_PROCESS * len(pids), own
        # Tables of sockets grow with the host.
        assert not [path for path in own if "/net/" in path]
    # What is the host's is not read again for each container.
    daemon = posture["daemon"]["process"]["pid"]
    assert asked["/proc/stat"] == 1
    assert asked["package manager"] == 1
    assert links["/proc/self/ns/cgroup"] <= 2
    assert links[f"/proc/{daemon}/ns/net"] == 1
    assert links[f"/proc/{daemon}/ns/mnt"] <= 2


def test_secrets_of_containers_are_nowhere(replayed: tuple[str, dict[str, t.Any], dict[str, t.Any]]) -> None:
    _host, stored, posture = replayed
    assert "not-for-reports" in json.dumps(stored["engine"])
    assert "not-for-reports" not in json.dumps(posture)
    frontend = next(one for one in posture["containers"] if one["name"] == "frontend")
    assert "API_TOKEN" in frontend["environment_names"]
    assert "owner" in frontend["label_names"]


def test_one_list_and_one_inspect_each(replayed: tuple[str, dict[str, t.Any], dict[str, t.Any]]) -> None:
    _host, stored, posture = replayed
    asked = [json.loads(question)[0] for question in stored["engine"]]
    assert asked.count("/containers/json") == 1
    inspected = [path for path in asked if path.startswith("/containers/") and path.endswith("/json")]
    assert len(inspected) == len(posture["containers"]) + 1
    # No process a container: what is run does not grow with them.
    ran = [question for question in stored["host"] if question.startswith('["run"')]
    assert len(ran) < 16


@pytest.mark.parametrize(
    ("host", "engine", "manager", "seccomp", "cgroups"),
    [
        ("bookworm", "20.10.24", "systemd", "default", (1, "cgroupfs")),
        ("trixie", "26.1.5", "systemd", "builtin", (1, "cgroupfs")),
        ("sid", "28.5.2", "sysvinit", "builtin", (1, "cgroupfs")),
        ("vm", "20.10.24", "systemd", "default", (2, "systemd")),
    ],
)
def test_what_each_host_is(host: str, engine: str, manager: str, seccomp: str, cgroups: tuple[int, str]) -> None:
    posture = recording(host)["posture"]
    daemon = posture["daemon"]
    assert daemon["versions"]["engine"].startswith(engine)
    assert daemon["process"]["manager"] == manager
    assert daemon["info"]["security_options"]["seccomp"] == seccomp
    assert (posture["cgroup"]["version"], posture["cgroup"]["driver"]) == cgroups


@pytest.mark.parametrize("host", HOSTS)
def test_limits_are_what_the_kernel_holds(host: str) -> None:
    limits = next(one for one in recording(host)["posture"]["cgroup"]["containers"] if one["name"] == "worker")[
        "limits"
    ]
    assert (limits["memory_bytes"]["enforced"], limits["memory_bytes"]["verdict"]) == (64 * 1024 * 1024, "equal")
    assert (limits["cpus"]["enforced"], limits["cpus"]["verdict"]) == (0.5, "equal")
    assert (limits["pids"]["enforced"], limits["pids"]["verdict"]) == (50, "equal")


@pytest.mark.parametrize("subset", sorted(COLLECTORS))
def test_a_subset_alone_reads_nothing_else_into_the_posture(subset: str) -> None:
    posture = gather(context_of(recording("trixie")), [subset])
    assert [key for key in posture if key in COLLECTORS] == [subset]


def test_a_collector_that_breaks_costs_its_section_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_context: object) -> t.Any:
        raise KeyError("surprise")

    monkeypatch.setitem(COLLECTORS, "cgroup", broken)
    posture = gather(context_of(recording("trixie")), list(COLLECTORS))
    assert "cgroup" not in posture and "containers" in posture
    assert posture["unread"]["cgroup"].startswith("the collector cgroup failed: KeyError at test_recorded_hosts.py:")


@pytest.mark.parametrize("wanted", [Context.containers, Context.info])
def test_what_one_collector_had_no_time_for_is_asked_by_the_next_one(
    wanted: t.Callable[[Context], t.Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(context: Context) -> t.Any:
        # As after programs that did not answer in time.
        context.host.budget._part._max_seconds = 0
        with contextlib.suppress(TooMuch):
            wanted(context)
        return {}

    context = context_of(recording("trixie"))
    get = ReplayEngine.get

    def counted(self: ReplayEngine, path: str, **query: t.Any) -> t.Any:
        context.host.budget.check()
        return get(self, path, **query)

    monkeypatch.setattr(ReplayEngine, "get", counted)
    monkeypatch.setitem(COLLECTORS, "versions", slow)
    posture = gather(context, ["daemon", "containers", "versions"])

    assert {"info", "versions"} <= set(posture["daemon"])
    assert posture["containers"] == recording("trixie")["posture"]["containers"]


@pytest.mark.parametrize("missing", ["HostConfig", "Mounts", "State", "Config"])
def test_half_an_answer_about_a_container_is_no_answer(missing: str) -> None:
    stored = recording("trixie")
    question = next(one for one in stored["engine"] if one.startswith('["/containers/') and "all" not in one)
    del stored["engine"][question]["answer"][missing]
    posture = gather(context_of(stored), ["containers"])
    assert "containers" not in posture
    assert f"lacks {missing}" in posture["unread"]["containers"]


def test_a_container_that_is_removed_meanwhile_is_no_error() -> None:
    stored = recording("trixie")
    question = next(one for one in stored["engine"] if one.startswith('["/containers/') and "all" not in one)
    stored["engine"][question] = {"unread": "the engine answered 404", "kind": "absent"}
    posture = gather(context_of(stored), ["containers"])
    assert len(posture["containers"]) == len(recording("trixie")["posture"]["containers"]) - 1


@pytest.mark.parametrize("host", HOSTS)
def test_each_program_that_is_begun_is_asked_for(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[str, ...]] = []
    asked: list[tuple[str, ...]] = []
    answer = ReplayHost.run
    monkeypatch.setattr(ReplayHost, "begin", lambda _self, *command: begun.append(command), raising=False)
    monkeypatch.setattr(ReplayHost, "run", lambda self, *command: (asked.append(command), answer(self, *command))[1])
    gather(context_of(recording(host)), list(COLLECTORS))
    assert any("--search" in command for command in begun) and any("-v" in command for command in begun)
    assert set(begun) <= set(asked) and len(begun) == len(set(begun))
    begun.clear()
    gather(context_of(recording(host)), ["daemon"])
    assert begun == []


@pytest.mark.parametrize("host", HOSTS)
def test_each_answer_that_is_begun_is_asked_for(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    asked: list[str] = []
    answer = ReplayEngine.get
    monkeypatch.setattr(ReplayEngine, "begin", lambda _self, path, **query: begun.append(f"{path}{query or ''}"))
    monkeypatch.setattr(
        ReplayEngine,
        "get",
        lambda self, path, **query: (asked.append(f"{path}{query or ''}"), answer(self, path, **query))[1],
    )
    stored = recording(host)
    context = context_of(stored)
    context.begin()
    gather(context, list(COLLECTORS))
    described = [one for one in asked if one.startswith("/containers/") and one.endswith("/json")]
    assert {"/info", "/version", "/containers/json{'all': 1}", *described} == set(begun) <= set(asked)
    # Whoever changes something does not begin.
    begun.clear()
    gather(context_of(stored), list(COLLECTORS))
    assert begun == []
    # What runs on another host may be a proxy that serves one connection after the other.
    stored["location"] = {**stored["location"], "local": False}
    context = context_of(stored)
    context.begin()
    gather(context, list(COLLECTORS))
    assert begun == []


def test_no_container_past_the_bound_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    monkeypatch.setattr(bounds, "CONTAINERS", 2)
    monkeypatch.setattr(ReplayEngine, "begin", lambda _self, path, **_query: begun.append(path))
    context = context_of(recording("trixie"))
    context.begin()
    assert len(context.containers()) == 2 and context.undescribed()
    assert len({path for path in begun if path.endswith("/json") and path != "/containers/json"}) == 2


def test_the_subsets_are_those_of_the_collectors() -> None:
    assert list(SUBSETS) == list(COLLECTORS)
