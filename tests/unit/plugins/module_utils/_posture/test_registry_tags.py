# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What registries have for tags, through engines that answer late, with errors, or with nonsense."""

from __future__ import annotations

import json
import socket
import time
import typing as t
from pathlib import Path
from urllib.parse import unquote

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import UnixEngine
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._posture.gather import gather
from ansible_collections.seawall.docker.tests.support import fake_engine
from ansible_collections.seawall.docker.tests.support.record_here import run_command

DIGEST = "sha256:" + "a" * 64
ID = "sha256:" + "c0ffee" * 10 + "0000"
GRAPH = (("Backing Filesystem", "extfs"),)
CONTAINERD = (("driver-type", "io.containerd.snapshotter.v1"),)


def container(number: int, image: str) -> dict[str, t.Any]:
    return {
        "Id": f"{number:064x}",
        "Name": f"/c{number}",
        "Image": ID,
        "State": {"Running": False, "Pid": 0, "Status": "exited"},
        "Config": {"User": "", "Image": image, "Env": [], "Labels": {}},
        "HostConfig": dict.fromkeys(
            ("Privileged", "CapAdd", "SecurityOpt", "NetworkMode", "PidMode", "ReadonlyRootfs")
        ),
        "NetworkSettings": {"Networks": {}},
        "Mounts": [],
    }


class Asked(t.NamedTuple):
    """``tags`` is what became of each reference: its digest, or the reason. ``questions`` were sent to registries."""

    tags: dict[str, t.Any]
    questions: list[str]
    posture: dict[str, t.Any]


@pytest.fixture(name="ask")
def _ask(tmp_path: Path) -> t.Callable[..., Asked]:
    def ask(images: list[str], answer: t.Any, store: t.Any = CONTAINERD, local: t.Sequence[str] = ()) -> Asked:
        """``answer`` is what the engine says to a question about a tag: bytes, or a function of connection and reference."""
        containers = [container(number, image) for number, image in enumerate(images)]
        answers: dict[str, t.Any] = {
            "/containers/json": [{"Id": one["Id"], "Names": [one["Name"]]} for one in containers],
            "/images/json": [{"Id": ID, "RepoTags": None, "RepoDigests": list(local)}],
            "/info": {"DriverStatus": store},
            **{f"/containers/{one['Id']}/json": one for one in containers},
        }

        def talk(connection: socket.socket, target: str) -> None:
            path = target.partition("?")[0]
            if path == "/_ping":
                connection.sendall(fake_engine.PING)
                return
            path = "/" + path.split("/", 2)[2]
            if path.startswith("/distribution/"):
                reference = unquote(path.split("/")[2])
                said = answer(connection, reference) if callable(answer) else answer
                connection.sendall(said)
            else:
                connection.sendall(fake_engine.json_answer(json.dumps(answers[path]).encode()))

        path = tmp_path / "engine"
        path.unlink(missing_ok=True)
        with fake_engine.serving(path, talk) as targets:
            host = Host(run_command)
            engine = UnixEngine(str(path), 30, host.budget)
            location = Location("running", f"unix://{path}", "option", False, None, None, None, None, "")
            context = Context(host, location, engine)
            posture = gather(context, [], registry_check=True)
            context.close()
        questions = [unquote(one.split("/")[3]) for one in targets if "/distribution/" in one]
        entries = posture.get("registry_tags") or []
        return Asked(
            {one["reference"]: one.get("digest", one["unread"].get("digest")) for one in entries}, questions, posture
        )

    return ask


def descriptor(digest: t.Any = DIGEST) -> bytes:
    return fake_engine.json_answer(json.dumps({"Descriptor": {"digest": digest, "size": 1}, "Platforms": []}).encode())


def error(status: str, message: str) -> bytes:
    return fake_engine.json_answer(json.dumps({"message": message}).encode(), status)


def test_each_tag_is_asked_once_and_what_names_one_image_for_ever_is_not(ask: t.Callable[..., Asked]) -> None:
    asked = ask(
        ["web", "web:latest", "docker.io/web", "reg.example.org:5000/a/b:2", f"web@{DIGEST}", ID, ID[7:19], ""],
        descriptor(),
    )
    assert asked.questions == ["docker.io/library/web:latest", "reg.example.org:5000/a/b:2"]
    assert asked.tags == dict.fromkeys(asked.questions, DIGEST)
    assert [one["registry"] for one in asked.posture["registry_tags"]] == ["docker.io", "reg.example.org:5000"]


def test_names_of_images_that_were_built_here_stay_here(ask: t.Callable[..., Asked]) -> None:
    pulled = [f"nginx@{DIGEST}", f"reg.example.org/a@{DIGEST}"]
    asked = ask(
        ["secret-project:1", "nginx:1", "reg.example.org/a:2", "reg.example.org/b:2"], descriptor(), GRAPH, pulled
    )
    assert asked.questions == ["docker.io/library/nginx:1", "reg.example.org/a:2"]
    assert "no image of this repository was pulled or pushed" in asked.tags["docker.io/library/secret-project:1"]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (error("404 Not Found", "manifest unknown"), None),
        (error("401 Unauthorized", "no basic auth credentials"), "no basic auth credentials"),
        (error("500 Internal Server Error", "x509: certificate has expired"), "certificate has expired"),
        (error("500 Internal Server Error", "Get https://bot:hunter2hunter2@reg/v2/: refused"), "refused"),
        (descriptor("sha256:12"), "has no digest"),
        (descriptor(DIGEST + "\n"), "has no digest"),
        (descriptor(None), "has no digest"),
        (fake_engine.json_answer(b"[]"), "has no digest"),
        (fake_engine.json_answer(b"{}"), "has no digest"),
        (fake_engine.json_answer(b"[" * 200_000), ""),
    ],
)
def test_only_a_digest_and_a_plain_no_are_answers(
    ask: t.Callable[..., Asked], answer: bytes, found: str | None
) -> None:
    told = ask(["web:1"], answer).tags["docker.io/library/web:1"]
    assert told is None if found is None else found in told and not told.startswith("sha256:"), told
    assert "hunter2" not in str(told)


def test_a_silent_registry_is_asked_once_and_the_others_all_the_same(
    ask: t.Callable[..., Asked], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "REGISTRY_TAG_SECONDS", 1)

    def answer(_connection: socket.socket, reference: str) -> bytes:
        if reference.startswith("slow"):
            time.sleep(2)
        return descriptor()

    asked = ask(["slow.example.org/a", "slow.example.org/b", "zoo.example.org/a"], answer)
    assert "did not answer within 1 seconds" in asked.tags["slow.example.org/a:latest"]
    assert "did not answer about another tag" in asked.tags["slow.example.org/b:latest"]
    assert asked.tags["zoo.example.org/a:latest"] == DIGEST
    assert len(asked.questions) == 2
    # What was asked of the engine afterwards got its own answers.
    assert asked.posture["unread"].get("registry_tags") is None


def test_bounds_of_number_and_time(ask: t.Callable[..., Asked], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "REGISTRY_TAGS", 2)
    asked = ask(["r.example/a", "r.example/b", "r.example/c"], descriptor())
    assert len(asked.questions) == 2 and "no more than 2 tags" in asked.tags["r.example/c:latest"]
    monkeypatch.setattr(bounds, "REGISTRY_SECONDS", 0)
    asked = ask(["r.example/a"], descriptor())
    assert asked.questions == [] and "took 0 seconds" in asked.tags["r.example/a:latest"]


def test_nothing_is_asked_unless_it_is_wanted(ask: t.Callable[..., Asked]) -> None:
    assert "registry_tags" in ask(["web"], descriptor()).posture
    context = Context(
        Host(run_command), Location("stopped", None, "default", True, None, None, None, None, "it is stopped"), None
    )
    assert "registry_tags" not in str(gather(context, []))
    unread = gather(context, [], registry_check=True)["unread"]
    assert unread["registry_tags"] == "it is stopped"
