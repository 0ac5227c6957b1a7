# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The posture that is foreseen, fact by fact: what a step changes of it, and what it leaves alone or takes away."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.forecast import posture_after

Json = dict[str, t.Any]
FILE = "/etc/docker/daemon.json"


def step(kind: str = "daemon_options", **facts: t.Any) -> Json:
    whole = {"kind": kind, "file": FILE, "impact": "restart", "containers": [], "options": {}, "remove": []}
    return {**whole, **facts}


def containers(**outcomes: str) -> list[Json]:
    return [{"id": name, "name": name, "outcome": outcome} for name, outcome in outcomes.items()]


def with_options(posture: Json | None = None, /, **facts: t.Any) -> Json:
    """The section ``daemon`` after one step with these facts."""
    return t.cast("Json", posture_after(posture or {"daemon": {}}, [step(**facts)])["daemon"])


def test_the_posture_itself_stays_as_it_was() -> None:
    posture = {"daemon": {"options": {"icc": {"value": True}}}, "containers": []}
    before = copy.deepcopy(posture)
    posture_after(posture, [step(options={"icc": False}, impact="reload")])
    assert posture == before


@pytest.mark.parametrize(
    ("options", "info"),
    [
        ({"live-restore": True}, {"live_restore": True}),
        ({"debug": False}, {"debug": False}),
        ({"experimental": False}, {"experimental": False}),
        ({"log-driver": "journald"}, {"logging_driver": "journald"}),
        ({"insecure-registries": ["a", "b"]}, {"insecure_registries": [{"registry": "a"}, {"registry": "b"}]}),
        ({"authorization-plugins": ["p"]}, {"authorization_plugins": ["p"]}),
        ({"seccomp-profile": "/p.json"}, {"security_options": {"seccomp": "/p.json"}}),
        ({"seccomp-profile": ""}, {"security_options": {"seccomp": "builtin"}}),
        ({"mtu": 1400}, {}),
    ],
)
def test_what_the_engine_shows_of_an_option(options: Json, info: Json) -> None:
    daemon = with_options(options=options)
    origin = {"kind": "daemon.json", "source": FILE}
    assert daemon["info"] == info
    assert daemon["options"] == {key: {"value": value, "origin": origin} for key, value in options.items()}


@pytest.mark.parametrize(
    ("version", "shown"), [("23.0.6", None), ("24.0.0", True), ("28.5.2", True), (None, None), ("dev", None)]
)
def test_no_new_privileges_is_shown_from_24_on(version: str | None, shown: bool | None) -> None:
    daemon = with_options({"daemon": {"versions": {"engine": version}}}, options={"no-new-privileges": True})
    assert (daemon["info"].get("security_options") or {}).get("no_new_privileges") is shown
    assert daemon["options"]["no-new-privileges"]["value"] is True


def test_options_that_are_taken_out_have_their_defaults_again() -> None:
    posture = {"daemon": {"versions": {"engine": "28.5.2"}, "options": {"features": {"value": {"a": True, "b": 1}}}}}
    daemon = with_options(posture, remove=["userland-proxy", "features.a", "features.none"])
    assert daemon["options"]["userland-proxy"]["value"] is True
    assert daemon["options"]["features"] == {"value": {"b": 1}}
    # Of what is not there, nothing is taken out.
    assert "options" not in with_options(remove=["features.a"])


def test_mappings_are_merged_as_the_file_is() -> None:
    posture = {"daemon": {"options": {"log-opts": {"value": {"tag": "x", "mode": "y"}}, "labels": {"value": ["a"]}}}}
    daemon = with_options(posture, options={"log-opts": {"tag": "z"}, "labels": ["b"], "runtimes": {"r": {}}})
    values = {key: entry["value"] for key, entry in daemon["options"].items()}
    assert values == {"log-opts": {"tag": "z", "mode": "y"}, "labels": ["b"], "runtimes": {"r": {}}}


WAITING = [
    {"option": "icc", "effective": True, "configured": False},
    {"option": "debug", "effective": True, "configured": False},
]


@pytest.mark.parametrize(
    ("impact", "outcomes", "options", "icc"),
    [
        ("restart", {}, {}, False),
        ("restart", {"a": "stopped"}, {}, False),
        # What runs on keeps the bridge as it is, whatever is asked for.
        ("restart", {"a": "stopped", "b": "keeps_running"}, {}, True),
        ("restart", {"b": "keeps_running"}, {"icc": False}, True),
        ("reload", {}, {}, True),
        ("reload", {}, {"icc": False}, False),
        # The step's own wish stands above what waits.
        ("restart", {}, {"icc": True}, True),
    ],
)
def test_what_waits_for_a_start_without_containers(
    impact: str, outcomes: dict[str, str], options: Json, icc: bool
) -> None:
    daemon = {"differences": WAITING, "default_bridge": {"present": True, "icc": True}, "options": {}}
    posture = {"daemon": daemon, "engine": {"owner": {"relation": "root"}}}
    facts = {"impact": impact, "containers": containers(**outcomes), "options": {"mtu": 1, **options}}
    after = with_options(posture, **facts)
    assert after["default_bridge"]["icc"] is icc
    assert "debug" not in after["options"] and after["options"]["mtu"]["value"] == 1


@pytest.mark.parametrize(
    ("bridge", "icc", "relation", "expected"),
    [
        ({"present": False, "icc": None}, False, "root", {"present": False, "icc": None}),
        ({"present": True, "icc": True}, True, "root", {"present": True, "icc": True}),
        (
            {"present": True, "icc": False, "filter": {"drops": True}},
            True,
            "root",
            {"present": True, "icc": True},
        ),
        ({"present": True, "icc": True}, False, "other", {"present": True, "icc": False}),
    ],
)
def test_the_default_bridge(bridge: Json, icc: bool, relation: str, expected: Json) -> None:
    posture = {"daemon": {"default_bridge": bridge}, "engine": {"owner": {"relation": relation}}}
    after = posture_after(posture, [step(options={"icc": icc})])
    assert after["daemon"]["default_bridge"] == expected
    assert ("daemon.default_bridge.filter" in after.get("unread", {})) is (relation == "other")


def test_the_engine_of_root_writes_the_rule_that_keeps_containers_apart() -> None:
    # Also where it was asked to before, and somebody emptied the filter since.
    for icc in (True, False):
        bridge = {"present": True, "icc": icc, "filter": {"drops": False}}
        posture = {"daemon": {"default_bridge": bridge}, "engine": {"owner": {"relation": "root"}}}
        after = posture_after(posture, [step(options={"icc": False})])
        assert after["daemon"]["default_bridge"]["filter"]["drops"] is True
        assert len(after["daemon"]["default_bridge"]["filter"]["by"]) == 1


def test_certificates_and_clients() -> None:
    files = {"tlscacert": "/ca", "tlscert": "/cert", "tlskey": "/key"}
    assert with_options(options=files)["tls"] == {"ca": "/ca", "certificate": "/cert", "key": "/key"}
    assert with_options(options={"tlsverify": True})["tls"] == {"enabled": True, "verify": True}
    assert "tls" not in with_options(options={"tlsverify": False, "tlscacert": ""})


def test_a_restart_gives_the_daemon_another_start() -> None:
    daemon = {"info": {"system_time": "now"}, "process": {"started_at": "then"}}
    for kind, impact, started in (
        ("daemon_options", "restart", "now"),
        ("userns_remap", "disruptive", "now"),
        ("daemon_options", "reload", "then"),
        ("audit_watches", "none", "then"),
    ):
        facts = {"content": ""} if kind == "audit_watches" else {}
        after = posture_after({"daemon": daemon}, [step(kind, impact=impact, **facts)])
        assert after["daemon"]["process"]["started_at"] == started, (kind, impact)
    # Without a time of the engine, or a process, there is none to give.
    assert with_options({"daemon": {"process": {"started_at": "then"}}})["process"]["started_at"] == "then"
    assert "process" not in with_options({"daemon": {"info": {"system_time": "now"}}})


def test_an_unfinished_change_is_finished() -> None:
    file = {"newer_than_daemon": True, "unfinished": ["icc"], "path": FILE}
    after = posture_after({"daemon": {"config_file": file}}, [step("unfinished_change")])
    assert after["daemon"]["config_file"] == {"newer_than_daemon": False, "unfinished": [], "path": FILE}


def test_another_mapping() -> None:
    posture: Json = {
        "images": [{"name": "i", "in_use_by": []}],
        "containers": [{"id": "a", "name": "a"}],
        "networks": [{"name": name, "containers": ["a"]} for name in ("bridge", "own", "host", "none")],
        "userns": {"containers": [{"id": "a"}], "effective": {}},
        "cgroup": {"containers": [{"id": "a"}]},
        "host": {"data_root": {"entries": ["containers", "image"]}},
    }
    on = step("userns_remap", impact="disruptive", state="present", user="dockremap", count=65536, invisible={})
    off = {**on, "state": "absent"}
    after = posture_after(posture, [on])
    assert after["userns"]["configured"] == "dockremap"
    remapped = {"enabled": True, "rootless": False, "root_uid": 65536, "root_gid": 65536}
    assert after["userns"]["effective"] == remapped
    assert (after["userns"]["subuid"], after["userns"]["subgid"]) == ({"host_ids": []}, {"host_ids": []})
    assert after["daemon"]["info"]["security_options"]["userns"] is True
    # The engine never worked with it, so there is nothing.
    empty = (after["images"], after["containers"], after["userns"]["containers"], after["cgroup"]["containers"])
    assert empty == ([], [], [], [])
    assert after["networks"] == [{"name": name, "containers": []} for name in ("bridge", "host", "none")]

    after = posture_after(posture, [off])
    back = {"enabled": False, "rootless": False, "root_uid": 0, "root_gid": 0}
    assert (after["userns"]["configured"], after["userns"]["effective"]) == ("", back)
    assert after["daemon"]["info"]["security_options"]["userns"] is False
    assert set(after["unread"]) == {"images", "containers", "networks", "cgroup.containers"}
    (reason,) = set(after["unread"].values())
    assert "the other mapping" in reason
    assert after["userns"]["containers"] == [] and after["cgroup"] == {}
    assert not {"images", "containers", "networks"} & set(after)


@pytest.mark.parametrize(
    ("state", "entries", "is_new"),
    [
        ("present", ["image"], True),
        ("present", ["image", "100000.100000"], False),
        ("present", ["100000.100000.old"], True),
        ("present", None, False),
        ("absent", [], True),
        ("absent", ["network", "100000.100000"], True),
        *(("absent", [name], False) for name in ("containers", "image", "volumes", "containerd", "overlay2")),
        ("absent", None, False),
    ],
)
def test_a_mapping_is_new_where_the_engine_never_worked_with_it(
    state: str, entries: list[str] | None, is_new: bool
) -> None:
    change = step("userns_remap", state=state, user="u", count=1, invisible={})
    after = posture_after({"containers": [], "host": {"data_root": {"entries": entries}}}, [change])
    assert (after.get("containers") == []) is is_new
