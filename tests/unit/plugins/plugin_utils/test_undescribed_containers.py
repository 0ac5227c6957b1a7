# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One container that the engine does not describe within the bounds: unknown alone, and no pass anywhere."""

from __future__ import annotations

import json
import socket
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import UnixEngine
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._posture.gather import gather
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.tests.support.dictionary_host import DictionaryHost, container
from ansible_collections.seawall.docker.tests.support.fake_engine import PING, json_answer, serving

GOOD, BAD = "a" * 64, "b" * 64
SUBSETS = ["userns", "cgroup", "containers", "images", "networks"]


def described(identifier: str, name: str, **config: t.Any) -> dict[str, t.Any]:
    document = {**container(running=False), "Id": identifier, "Name": f"/{name}", "Image": "sha256:1"}
    document["Config"] = {**document["Config"], **config}
    return document


def posture_of(tmp_path: Path, bad: t.Callable[[socket.socket], None]) -> dict[str, t.Any]:
    answers = {
        "/info": {"SecurityOptions": [], "DockerRootDir": "/var/lib/docker", "CgroupDriver": "cgroupfs"},
        "/version": {"Version": "26.1.5"},
        "/containers/json?all=1": [{"Id": BAD, "Names": ["/other/x", "/bad"]}, {"Id": GOOD, "Names": ["/good"]}],
        f"/containers/{GOOD}/json": described(GOOD, "good"),
        "/images/json": [{"Id": "sha256:1", "RepoTags": ["app:1"]}],
        "/images/sha256%3A1/json": {"Config": {}},
        "/images/sha256%3A1/history": [],
        "/networks/bridge": {"Id": "1", "Name": "bridge", "Driver": "bridge", "Options": {}},
        "/networks": [{"Id": "1", "Name": "bridge", "Driver": "bridge"}],
        "/volumes": {"Volumes": []},
    }

    def talk(connection: socket.socket, target: str) -> None:
        path = target[len("/v1.45") :]
        if target == "/_ping":
            connection.sendall(PING)
        elif path == f"/containers/{BAD}/json":
            bad(connection)
        else:
            connection.sendall(json_answer(json.dumps(answers[path]).encode()))

    with serving(tmp_path / "s", talk):
        engine = UnixEngine(str(tmp_path / "s"), 0.5)
        location = Location("running", f"unix://{tmp_path}/s", "default", False, None, None, None, None, "")
        context = Context(DictionaryHost({}), location, engine)
        posture = gather(context, SUBSETS)
        context.close()
    return posture


def large(connection: socket.socket) -> None:
    connection.sendall(json_answer(json.dumps(described(BAD, "bad", Labels={"one": "x" * 5_000_000})).encode()))


def many(connection: socket.socket) -> None:
    connection.sendall(json_answer(json.dumps({**described(BAD, "bad"), "Args": [0] * 150_000}).encode()))


def slow(_connection: socket.socket) -> None:
    time.sleep(0.7)


@pytest.mark.parametrize(
    ("bad", "said"),
    [(large, "is larger than 4 MiB"), (many, "JSON values"), (slow, "did not answer within 0.5 seconds")],
)
def test_the_others_are_judged_and_this_one_is_unknown(
    tmp_path: Path, bad: t.Callable[[socket.socket], None], said: str
) -> None:
    posture = posture_of(tmp_path, bad)
    assert [one["name"] for one in posture["containers"]] == ["bad", "good"]
    findings = evaluate(posture, load_benchmark("cis-1.8.0"), policy_with({}), "web1")["findings"]
    verdicts = {
        (finding["rule"], subject["name"]): subject
        for finding in findings
        for subject in finding["subjects"]
        if subject["type"] == "container"
    }
    mine = [one for (_rule, name), one in verdicts.items() if name == "bad"]
    assert len(mine) > 25
    assert not [one for one in mine if one["verdict"] in ("pass", "fail")]
    assert [one for one in mine if said in str(one["reason"])]
    assert {one["verdict"] for (_rule, name), one in verdicts.items() if name == "good"} >= {"pass", "fail"}
    # Who uses an image, and who is on a network, is not known without it.
    assert said in posture["images"][0]["unread"]["in_use_by"]
    assert said in posture["networks"][0]["unread"]["containers"]


def test_every_fact_of_a_container_is_named_as_missing(tmp_path: Path) -> None:
    posture = posture_of(tmp_path, large)
    bad, good = posture["containers"]
    assert set(bad["unread"]) | {"id", "name"} == (set(good) - {"unread"}) | set(good["unread"])
    for section in ("userns", "cgroup"):
        good, bad = posture[section]["containers"]
        assert set(good) - {"id", "name", "unread"} <= set(bad["unread"])


def test_no_more_containers_than_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "CONTAINERS", 0)
    posture = posture_of(tmp_path, large)
    assert {one["unread"]["privileged"] for one in posture["containers"]} == {
        "no more than 0 containers are asked about"
    }
