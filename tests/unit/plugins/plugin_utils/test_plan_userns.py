# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""userns-remap: each obstacle by itself, the step, and an honest forecast of what nobody can see before."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices, PlanError
from ansible_collections.seawall.docker.tests.support.plans import (
    HOSTS,
    Json,
    Planned,
    planned,
    recorded,
)
from ansible_collections.seawall.docker.tests.support.postures import posture_in

DOCUMENTATION = Path(__file__).resolve().parents[4] / "docs" / "plan.md"
ON, OFF = Choices(userns="present"), Choices(userns="absent")


def host() -> Json:
    """A host that can be remapped and is not."""
    posture = posture_in()
    daemon = posture["daemon"]
    daemon["versions"]["engine"] = "28.5.2"
    daemon["options"]["userns-remap"] = {"value": "", "origin": {"kind": "default", "source": None}}
    daemon["info"].update(data_root="/var/lib/docker")
    daemon["info"]["security_options"]["userns"] = False
    userns = posture["userns"]
    userns.update(configured="", user=None)
    userns["effective"].update(enabled=False, data_root="/var/lib/docker", root_uid=0, root_gid=0)
    userns["containers"][0].update(root_is_host_root=True, host_root_inside=0)
    for name in ("subuid", "subgid"):
        userns[name] = {"path": f"/etc/{name}", "ranges": [], "malformed": [], "overlaps": []}
    posture["host"]["data_root"].update(free_bytes=10**9, entries=["containers", "image", "overlay2"])
    return posture


def remapped(*entries: str) -> Json:
    """A host that is remapped, with these names in its data root."""
    posture = posture_in()
    posture["userns"]["user"] = "dockremap"
    posture["host"]["data_root"]["entries"] = list(entries)
    return posture


def change_container(posture: Json, **facts: t.Any) -> None:
    posture["containers"][0].update(facts)


def bind(source: str, real: str | None = None, **more: t.Any) -> Json:
    mount = {"type": "bind", "bound": True, "name": None, "driver": None, "destination": "/x", "read_only": False}
    return {**mount, "source": source, "real_source": real or source, "propagation": "rprivate", **more}


def obstacles(posture: Json, choices: Choices = ON) -> dict[str, Json]:
    return {one["name"]: one for one in planned(posture, choices).document["preflight"]}


def test_a_host_without_obstacle() -> None:
    made = planned(host(), ON)
    assert made.document["preflight"] == made.document["blockers"] == []
    step = made.step("userns_remap")
    assert (step["impact"], step["state"], step["user"], step["count"]) == ("disruptive", "present", "dockremap", 65536)
    assert step["options"]["userns-remap"] == "dockremap" and step["expect"]["userns"] is True
    assert [one["number"] for one in step["rules"]] == ["2.10"]
    assert made.document["impact"] == "disruptive"
    assert [one["outcome"] for one in step["containers"]] == ["stopped"]
    assert step["invisible"] == {
        "containers": ["web"],
        "images": ["registry.example.org/web:1"],
        "volumes": ["data"],
        "networks": ["data", "front"],
    }


def test_what_is_deleted_is_not_called_hidden() -> None:
    """The old engine removes --rm containers as it stops, and may remove their anonymous volumes: neither is promised back."""
    posture = host()
    volume = {"type": "volume", "driver": "local", "source": "", "destination": "/v"}
    anonymous = [{**volume, "name": letter * 64} for letter in "ab"]
    change_container(posture, auto_remove=True, mounts=[*anonymous, {**volume, "name": "named"}])
    posture["containers"].append({**posture["containers"][0], "id": "c" * 64, "name": "db", "auto_remove": False})
    posture["containers"][1]["mounts"] = anonymous[:1]
    step = planned(posture, ON).step("userns_remap")
    assert {one["name"]: one["outcome"] for one in step["containers"]} == {"web": "deleted", "db": "stopped"}
    assert step["invisible"]["containers"] == ["db"] and step["invisible"]["volumes"] == ["a" * 64, "named"]


@pytest.mark.parametrize(("choices", "status"), [(ON, "pass"), (Choices(), "fail")])
def test_what_waits_for_a_start_without_containers_is_taken_over_by_one(choices: Choices, status: str) -> None:
    posture = host()
    daemon = posture["daemon"]
    daemon["options"]["icc"]["value"] = daemon["default_bridge"]["icc"] = True
    daemon["differences"] = [{"option": "icc", "effective": True, "configured": False, "origin": None}]
    after = planned(posture, choices).after
    assert {one["number"]: one["status"] for one in after["findings"]}["2.2"] == status


def _configured(value: str, **more: t.Any) -> Json:
    """A host whose configuration has this value, for another change of its daemon.json."""
    posture = host()
    daemon = posture["daemon"]
    daemon["options"]["userns-remap"]["value"] = value
    daemon["options"]["icc"]["value"] = daemon["default_bridge"]["icc"] = True
    posture["userns"].update({"configured": value, "user": "dockremap", "uid": None, "fault": "none yet", **more})
    return posture


@pytest.mark.parametrize(
    ("posture", "refusal"),
    [
        (_configured("default"), None),
        (_configured("", fault=None), None),
        (_configured("ghost", fault="there is no user ghost"), "userns-remap ghost: there is no user ghost"),
        (
            _configured("default", subgid={"path": "/etc/subgid", "fault": "/etc/subgid does not exist"}),
            "userns-remap default: /etc/subgid does not exist",
        ),
        (
            _configured("default", uid=112, fault=None, subuid={"fault": "line 3 has 'x' for a number"}),
            "userns-remap default: /etc/subuid: line 3 has 'x' for a number",
        ),
    ],
)
def test_a_plan_refuses_a_restart_that_the_configured_remapping_would_end(posture: Json, refusal: str | None) -> None:
    blockers = planned(posture).document["blockers"]
    assert [one for one in blockers if "userns-remap" in one] == (
        [] if refusal is None else [f"{refusal}. Correct this first: the engine would not restart as it runs now."]
    )


@pytest.mark.parametrize(
    ("allowed", "containers", "needed"),
    [(0, 1, 2), (1, 1, 2), (2, 1, None), (3, 3, 4), (4, 3, None), (1, 0, None), (0, 0, 1)],
)
def test_user_namespaces_that_the_kernel_does_not_allow_are_an_obstacle(
    allowed: int, containers: int, needed: int | None
) -> None:
    posture = host()
    posture["userns"]["max_user_namespaces"] = allowed
    posture["containers"] = [{**posture["containers"][0], "name": f"web{number}"} for number in range(containers)]
    found = obstacles(posture).get("user-namespaces")
    if needed is None:
        assert found is None
    else:
        said = f"the kernel allows {allowed} user namespaces (user.max_user_namespaces), and {needed} are needed"
        assert found is not None and found["reason"] == said and not found["accepted"]


@pytest.mark.parametrize(
    ("uids", "gids", "count", "refused"),
    [
        ([(0, 65535)], [(0, 65535)], 65536, True),
        ([(0, 165535)], [(0, 165535)], 65536, False),
        ([(0, 165535)], [(0, 165535)], 65537, True),
        ([(0, 999999)], [(0, 65535)], 65536, True),
        ([(0, 65535), (200000, 300000)], [(0, 65535), (220000, 400000)], 65536, False),
    ],
)
def test_a_host_in_a_user_namespace_must_have_the_ids_that_it_gives_away(
    uids: list[tuple[int, int]], gids: list[tuple[int, int]], count: int, refused: bool
) -> None:
    posture = host()
    runs = {"uids": uids, "gids": gids}
    posture["userns"]["own_ids"] = {key: [{"start": a, "end": b} for a, b in value] for key, value in runs.items()}
    found = obstacles(posture, Choices(userns="present", userns_count=count))
    assert ("ids-of-host" in found) is refused
    if refused:
        assert f"uid {uids[0][0]} to {uids[0][1]}" in found["ids-of-host"]["culprits"]


def test_a_limit_of_user_namespaces_that_was_not_read_is_a_hint() -> None:
    posture = host()
    del posture["userns"]["max_user_namespaces"]
    assert obstacles(posture)["user-namespaces-not-seen"]["accepted"]
    assert planned(posture, ON).document["blockers"] == []


def _restarted_under_the_audit(posture: Json) -> None:
    """The daemon that the audit looked at is gone, and the engine that answers is another one, which remaps."""
    del posture["daemon"]["options"]["userns-remap"]
    posture["userns"]["effective"]["enabled"] = True


def _swarm(posture: Json) -> None:
    posture["daemon"]["info"]["swarm"] = {"state": "active", "manager": False}


def _swarm_unknown(posture: Json) -> None:
    posture["daemon"]["info"].pop("swarm")


def _rootless(posture: Json) -> None:
    posture["daemon"]["info"]["security_options"]["rootless"] = True


def _engine(version: str | None) -> t.Callable[[Json], None]:
    return lambda posture: posture["daemon"]["versions"].update(engine=version)


def _option(key: str, value: t.Any, kind: str = "daemon.json", source: str = "/f") -> t.Callable[[Json], None]:
    entry = {"value": value, "origin": {"kind": kind, "source": source}}
    return lambda posture: posture["daemon"]["options"].update({key: entry})


def _containerd_store(version: str) -> t.Callable[[Json], None]:
    def change(posture: Json) -> None:
        posture["daemon"]["versions"]["engine"] = version
        posture["daemon"]["info"]["image_store"] = "containerd"

    return change


def _manager(name: str | None) -> t.Callable[[Json], None]:
    return lambda posture: posture["daemon"]["process"].update(manager=name)


def _file(state: str) -> t.Callable[[Json], None]:
    file = {"path": "/etc/docker/daemon.json", "state": state, "error": "line 3"}
    return lambda posture: posture["daemon"].update(config_file=file)


def _subid(name: str, **facts: t.Any) -> t.Callable[[Json], None]:
    return lambda posture: posture["userns"][name].update(facts)


def _account(hindrance: str | None) -> t.Callable[[Json], None]:
    return lambda posture: posture["userns"]["accounts"].append({"name": "dockremap", "hindrance": hindrance})


def _container(**facts: t.Any) -> t.Callable[[Json], None]:
    return lambda posture: change_container(posture, **facts)


def _namespace(**modes: str) -> t.Callable[[Json], None]:
    return lambda posture: posture["containers"][0]["namespaces"].update(modes)


def _mounts(*mounts: Json) -> t.Callable[[Json], None]:
    return _container(mounts=list(mounts))


def _disk(posture: Json) -> None:
    posture["host"]["data_root"]["free_bytes"] = 1024


MALFORMED = [{"line": 4, "text": "x:abc:1", "reason": "the start is no number"}]
OVERLAP = [{"line": 2, "with": "range", "owner": "alice", "other_line": 1, "start": 100000, "end": 165535}]
BOUND_VOLUME = {**bind("/var/lib/docker/volumes/s/_data", "/run"), "type": "volume", "name": "s", "driver": "local"}


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        pytest.param(_swarm, "swarm", "would lose it", id="swarm"),
        pytest.param(_swarm_unknown, "swarm", "not known", id="swarm not known"),
        pytest.param(_rootless, "rootless", "rootless", id="rootless"),
        pytest.param(_engine("20.10.2"), "engine-version", "20.10.2", id="engine 20.10.2"),
        pytest.param(_engine("19.03.15"), "engine-version", "19.03.15", id="engine 19.03"),
        pytest.param(_engine(None), "engine-version", "not known", id="engine not known"),
        pytest.param(_option("features", {"containerd-snapshotter": True}), "image-store", "turned on", id="store"),
        pytest.param(_containerd_store("28.5.2"), "image-store", "turned on", id="store seen by its effect"),
        pytest.param(_manager("snap"), "service-manager", "snap", id="snap"),
        pytest.param(_manager(None), "service-manager", "not known", id="manager not known"),
        pytest.param(_file("invalid"), "daemon-json", "line 3", id="invalid daemon.json"),
        pytest.param(_file("unreadable"), "daemon-json", "line 3", id="unreadable daemon.json"),
        pytest.param(_option("userns-remap", "", "systemd_unit", "/u"), "flag", "/u", id="flag"),
        pytest.param(_option("live-restore", True, "environment_file", "/e"), "flag", "/e", id="live restore by flag"),
        pytest.param(_subid("subuid", malformed=MALFORMED), "malformed-ranges", "x:abc:1", id="malformed subuid"),
        pytest.param(_subid("subgid", malformed=MALFORMED), "malformed-ranges", "/etc/subgid", id="malformed subgid"),
        pytest.param(_subid("subuid", overlaps=OVERLAP), "overlapping-ranges", "alice", id="overlap"),
        pytest.param(lambda p: p["userns"].pop("subgid"), "ranges-not-seen", "/etc/subgid", id="ranges not seen"),
        pytest.param(_account("it is root"), "account", "exists, and it is root", id="root as account"),
        pytest.param(_account("it can log in (shell /bin/sh)"), "account", "can log in", id="login account"),
        pytest.param(_account("its id 4242 is not one"), "account", "4242", id="account of a person"),
        pytest.param(_container(privileged=True), "containers-refused", "web (--privileged)", id="privileged"),
        pytest.param(_namespace(network="host"), "containers-refused", "--network=host", id="host network"),
        pytest.param(_namespace(pid="host"), "containers-refused", "--pid=host", id="host pid"),
        pytest.param(_namespace(ipc="host"), "containers-refused", "--ipc=host", id="host ipc"),
        pytest.param(
            _container(devices=[{"host": "/dev/a", "container": "/dev/b", "permissions": "r"}]),
            "containers-refused",
            "/dev/a:/dev/b",
            id="renamed device",
        ),
        pytest.param(_container(user="70000:1"), "containers-refused", "--user=70000", id="user beyond the ids"),
        pytest.param(_mounts(bind("/var/run/docker.sock", "/run/docker.sock")), "socket-mounts", "web", id="socket"),
        pytest.param(_mounts(bind("/run/docker.sock", read_only=True)), "socket-mounts", "web", id="read-only socket"),
        pytest.param(_mounts(bind("/var/run", "/run")), "socket-mounts", "web", id="/var/run"),
        pytest.param(_mounts(bind("/run")), "socket-mounts", "web", id="/run"),
        pytest.param(_mounts(bind("/")), "socket-mounts", "web", id="/"),
        pytest.param(_mounts(bind("/srv/engine", "/run/docker.sock")), "socket-mounts", "web", id="a link to it"),
        pytest.param(
            _mounts(bind("/run/containerd")), "socket-mounts", "web", id="the directory of containerd's socket"
        ),
        pytest.param(_mounts(BOUND_VOLUME), "socket-mounts", "web", id="a volume that is a bind mount"),
        pytest.param(
            lambda p: p["containers"][0].pop("mounts"), "socket-mounts", "not be followed", id="mounts unread"
        ),
        pytest.param(
            _mounts({"type": "volume", "driver": "nfs-plugin", "name": "v", "source": ""}),
            "volume-drivers",
            "nfs-plugin",
            id="volume driver",
        ),
        pytest.param(lambda p: p.pop("containers"), "containers", "not known", id="containers not known"),
        pytest.param(_disk, "disk-space", "are free", id="no room"),
        pytest.param(lambda p: p["host"]["data_root"].pop("free_bytes"), "disk-space", "not known", id="room unread"),
        pytest.param(lambda p: p.pop("images"), "disk-space", "not known", id="images not known"),
        pytest.param(lambda p: p["userns"].pop("effective"), "remapping", "not known", id="remapping not known"),
        pytest.param(_restarted_under_the_audit, "remapping", "not known", id="what is configured not known"),
    ],
)
def test_each_obstacle_stops_by_itself(change: t.Callable[[Json], None], name: str, words: str) -> None:
    posture = host()
    change(posture)
    made = planned(posture, ON)
    found = {one["name"]: one for one in made.document["preflight"]}
    assert list(found) == [name]
    assert words in f"{found[name]['reason']} {found[name]['culprits']}"
    assert f"`{name}`" in DOCUMENTATION.read_text(encoding="utf-8")
    refusal = next(one for one in made.document["blockers"] if one.startswith("userns-remap: "))
    assert words in refusal and found[name]["to_do"] in refusal
    # Accepted by name where it can be, and refused where it cannot.
    forced = Choices(userns="present", userns_force=frozenset({name}))
    if found[name]["forcible"]:
        assert obstacles(posture, forced)[name]["accepted"] is True
        assert not [one for one in planned(posture, forced).document["blockers"] if "userns-remap" in one]
    else:
        with pytest.raises(PlanError, match=name):
            planned(posture, forced)


def test_an_engine_that_ended_over_what_was_written_is_brought_back_before_anything_is_known_of_it() -> None:
    posture = host()
    posture["engine"]["state"] = "stopped"
    del posture["daemon"]["info"]
    stopped = planned(posture, ON).document["blockers"]
    assert stopped == ["The engine is stopped. Start it first."]
    posture["daemon"].setdefault("config_file", {})["unfinished"] = ["userns-remap"]
    assert planned(posture, ON).document["blockers"] == []
    # While it runs, what stands against the change stands against it.
    running = host()
    running["daemon"]["info"]["swarm"]["state"] = "active"
    running["daemon"]["info"]["live_restore"] = False
    running["daemon"].setdefault("config_file", {})["unfinished"] = ["userns-remap"]
    assert "swarm" in planned(running, ON).document["blockers"][0]


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        (_account(None), "existing-account", "the user dockremap exists, and is used as it is"),
        (lambda posture: posture["userns"].pop("accounts"), "account-not-seen", "is not known"),
    ],
)
def test_an_account_that_is_used_as_it_is_stands_in_the_plan(
    change: t.Callable[[Json], None], name: str, words: str
) -> None:
    posture = host()
    change(posture)
    found = obstacles(posture)
    assert list(found) == [name] and found[name]["accepted"] and words in found[name]["reason"]
    assert planned(posture, ON).document["blockers"] == []
    assert name not in obstacles(posture, OFF) and f"`{name}`" in DOCUMENTATION.read_text(encoding="utf-8")


@pytest.mark.parametrize("mode", ["0750", "0700", "0770"])
def test_a_directory_that_root_of_containers_cannot_enter(mode: str) -> None:
    posture = host()
    posture["host"]["data_root"]["parents"].insert(0, {"path": "/srv", "mode": mode})
    found = obstacles(posture)
    assert found["closed-directories"]["culprits"] == ["/srv"] and not found["closed-directories"]["accepted"]


def test_directories_that_nobody_looked_at_are_said() -> None:
    posture = host()
    del posture["host"]["data_root"]["parents"]
    found = obstacles(posture)
    assert list(found) == ["directories-not-seen"] and found["directories-not-seen"]["accepted"]


def test_who_opted_out_stands_in_nobody_s_way() -> None:
    posture = host()
    change_container(posture, privileged=True, mounts=[bind("/")])
    posture["containers"][0]["namespaces"].update(user="host", network="host")
    assert obstacles(posture) == {}


def test_hints_stop_nothing() -> None:
    posture = host()
    change_container(posture, mounts=[bind("/srv/data")])
    _containerd_store("29.7.2")(posture)
    found = obstacles(posture)
    assert set(found) == {"bind-mounts", "image-store-changes"} and all(one["accepted"] for one in found.values())
    assert planned(posture, ON).document["blockers"] == []
    change_container(posture, mounts=[bind("/srv/data", read_only=True)])
    assert set(obstacles(posture)) == {"image-store-changes"}


@pytest.mark.parametrize(
    ("value", "user"), [("default", "dockremap"), ("dockremap", "dockremap"), ("dockremap:dockremap", "dockremap")]
)
def test_a_host_that_is_as_wanted_needs_nothing(value: str, user: str) -> None:
    posture = remapped()
    posture["daemon"]["options"]["userns-remap"]["value"] = value
    change_container(posture, privileged=True)  # no preflight: what the engine refuses, it refuses already
    made = planned(posture, ON)
    assert made.steps("userns_remap") == [] and made.document["preflight"] == []


def test_another_user_would_hide_everything_once_more() -> None:
    posture = remapped()
    posture["daemon"]["options"]["userns-remap"]["value"] = posture["userns"]["user"] = "alice"
    posture["host"]["data_root"]["free_bytes"] = 10**9
    for name in ("subuid", "subgid"):
        posture["userns"][name].update(malformed=[], overlaps=[])
    assert list(obstacles(posture)) == ["other-user"]


def test_a_value_that_remaps_nothing_is_replaced() -> None:
    """userns-remap: root is taken by the engine, and turns nothing on."""
    posture = host()
    posture["daemon"]["options"]["userns-remap"]["value"] = "root"
    made = planned(posture, ON)
    assert made.document["blockers"] == []
    assert made.step("userns_remap")["changes"] == [{"name": "userns-remap", "old": "root", "new": "dockremap"}]


def test_a_fault_that_turning_it_on_cannot_put_right() -> None:
    posture = remapped()
    posture["userns"]["containers"][0].update(root_is_host_root=True, host_root_inside=0)
    made = planned(posture, ON)
    assert made.steps("userns_remap") == [] and "remaps already, and yet" in made.left_out("daemon-userns-remap")[0]


@pytest.mark.parametrize(
    "choices",
    [
        Choices(userns="present", userns_user="root"),
        Choices(userns="present", userns_user="default"),
        Choices(userns="present", userns_user="0"),
        Choices(userns="present", userns_user="a:b"),
        Choices(userns="present", userns_user="a b"),
        Choices(userns="present", userns_user="-x"),
        Choices(userns="present", userns_user="x\n"),
        Choices(userns="present", userns_user=""),
        Choices(userns="present", userns_count=1),
        Choices(userns="present", userns_count=65535),
        Choices(userns="present", userns_count=2**32),
    ],
)
def test_users_and_numbers_that_protect_nothing_are_refused(choices: Choices) -> None:
    with pytest.raises(PlanError, match="remediate_userns_"):
        planned(host(), choices)


def test_other_options_go_with_it_in_one_restart() -> None:
    posture = host()
    posture["daemon"]["options"]["userland-proxy"]["value"] = True
    made = planned(posture, ON)
    step = made.step("userns_remap")
    assert len(made.document["steps"]) == 1
    assert step["options"] == {"userland-proxy": False, "userns-remap": "dockremap", "live-restore": True}
    assert [one["number"] for one in step["rules"]] == ["2.17", "2.10"]
    assert made.status("daemon-userland-proxy-off") == "pass"


def test_live_restore_is_off_during_the_change_and_back_after_it() -> None:
    made = planned(host(), ON)
    step = made.step("userns_remap")
    assert step["live_restore"] is True and step["options"]["live-restore"] is True
    assert made.status("daemon-live-restore") == "pass"
    posture = host()
    posture["daemon"]["info"]["live_restore"] = False
    posture["daemon"]["options"]["live-restore"]["value"] = False
    alone = Choices(userns="present", rules=frozenset({"daemon-userns-remap"}))
    assert "live-restore" not in planned(posture, alone).step("userns_remap")["options"]


class TestForecast:
    """What an audit says afterwards of containers and images, or nothing where that cannot be known."""

    @staticmethod
    def of_kind(made: Planned, kind: str) -> set[str]:
        """The statuses of findings about that kind of subject."""
        names = {"container": "container-", "image": "image-"}[kind]
        skipped = ("image-sprawl", "container-sprawl")
        return {
            one["status"]
            for one in made.after["findings"]
            if one["rule"].startswith(names) and one["rule"] not in skipped and "exec" not in one["rule"]
        }

    def test_an_engine_that_never_remapped_starts_empty(self) -> None:
        made = planned(host(), ON)
        assert made.status("daemon-userns-remap") == "pass"
        assert self.of_kind(made, "container") == self.of_kind(made, "image") == {"not_applicable"}
        assert made.status("image-sprawl") == made.status("container-sprawl") == "pass"
        assert made.status("container-exec-not-root") == "not_applicable"

    @pytest.mark.parametrize("entries", [["containers", "100000.100000"], ["231072.231072"], None])
    def test_what_an_earlier_mapping_left_cannot_be_foreseen(self, entries: list[str] | None) -> None:
        posture = host()
        posture["host"]["data_root"]["entries"] = entries
        made = planned(posture, ON)
        assert made.status("daemon-userns-remap") == "pass"
        assert self.of_kind(made, "container") == self.of_kind(made, "image") == {"unknown"}
        assert made.status("image-sprawl") == made.status("overlay-network-encrypted") == "unknown"

    def test_nor_can_what_comes_back(self) -> None:
        made = planned(remapped("100000.100000", "containers", "image"), OFF)
        assert made.status("daemon-userns-remap") == "fail"
        assert self.of_kind(made, "container") == self.of_kind(made, "image") == {"unknown"}

    def test_unless_the_engine_was_remapped_from_its_first_day(self) -> None:
        made = planned(remapped("100000.100000"), OFF)
        assert self.of_kind(made, "container") == self.of_kind(made, "image") == {"not_applicable"}


def test_turning_it_off() -> None:
    made = planned(remapped(), OFF)
    step = made.step("userns_remap")
    assert (step["state"], step["options"], step["remove"], step["rules"]) == (
        "absent",
        {"live-restore": True},
        ["userns-remap"],
        [],
    )
    assert any("have a restart policy" in note for note in step["notes"])
    assert step["expect"]["userns"] is False and made.document["blockers"] == []


@pytest.mark.parametrize(
    ("change", "name"), [(_swarm, "swarm"), (_manager("none"), "service-manager"), (_file("invalid"), "daemon-json")]
)
def test_turning_it_off_has_obstacles_too(change: t.Callable[[Json], None], name: str) -> None:
    posture = remapped()
    change(posture)
    assert name in obstacles(posture, OFF)


def test_turning_it_off_needs_more_where_a_flag_turns_it_on() -> None:
    posture = remapped()
    _option("userns-remap", "dockremap", "environment_file", "/etc/default/docker")(posture)
    assert "/etc/default/docker" in obstacles(posture, OFF)["flag"]["reason"]


def test_turning_off_what_is_off_is_nothing_and_said_to_be_so() -> None:
    made = planned(host(), OFF)
    assert made.document["steps"] == [] and "was asked for" in made.left_out("daemon-userns-remap")[0]


def test_it_is_never_changed_without_being_asked_for() -> None:
    made = planned(host(), Choices(max_impact="disruptive"))
    assert made.document["steps"] == [] and "not done automatically" in made.left_out("daemon-userns-remap")[0]


@pytest.mark.parametrize("name", HOSTS)
def test_recorded_hosts(name: str) -> None:
    found = obstacles(recorded(name))
    assert "containers-refused" in found and not found["containers-refused"]["accepted"]
    for culprit in found["containers-refused"]["culprits"]:
        assert "--" in culprit
    assert "engine-version" not in found and "swarm" not in found
