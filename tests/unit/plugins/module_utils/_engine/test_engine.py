# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine client against sockets that behave and that do not."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._engine.client import (
    EngineError,
    UnixEngine,
    negotiated_version,
    object_path,
)
from ansible_collections.seawall.docker.plugins.module_utils._engine.writing import WritableEngine
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.tests.support.fake_engine import PING, json_answer, serving


def speak(answers: dict[str, bytes], close: bool = False):  # type: ignore[no-untyped-def]
    def talk(connection: socket.socket, target: str) -> None:
        connection.sendall(PING if target == "/_ping" else answers[target])
        if close:
            connection.shutdown(socket.SHUT_RDWR)

    return talk


def failure(path: Path, answer: bytes, timeout: float = 2) -> EngineError:
    with serving(path, speak({"/v1.45/info": answer}, close=False)):
        engine = UnixEngine(str(path), timeout)
        with pytest.raises(EngineError) as caught:
            engine.get("/info")
        engine.close()
    return caught.value


def test_one_connection_serves_all_requests(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with serving(
        path, speak({"/v1.45/info": json_answer(b'{"a": 1}'), "/v1.45/x?all=1": json_answer(b"[]")})
    ) as targets:
        engine = UnixEngine(str(path), 2)
        assert engine.get("/info") == {"a": 1}
        assert engine.get("/x", all=1) == []
        assert engine.peer_pid() == os.getpid()
    assert targets == ["/_ping", "/v1.45/info", "/v1.45/x?all=1"]
    assert engine.calls == 3


def test_a_kept_connection_that_was_closed_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with serving(path, speak({"/v1.45/info": json_answer(b"{}")}, close=True)):
        engine = UnixEngine(str(path), 2)
        assert engine.get("/info") == {}
        assert engine.get("/info") == {}


def test_no_socket(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="there is no Docker socket at") as caught:
        UnixEngine(str(tmp_path / "none"), 1)
    assert caught.value.kind == "absent"


def test_a_socket_without_a_listener(tmp_path: Path) -> None:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "s"))
    server.close()
    with pytest.raises(EngineError, match="exists, but nobody listens") as caught:
        UnixEngine(str(tmp_path / "s"), 1)
    assert caught.value.kind == "refused"


def test_a_listener_that_never_answers_is_given_up(tmp_path: Path) -> None:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "s"))
    server.listen(1)
    started = time.monotonic()
    with pytest.raises(EngineError, match="did not answer within 0.3 seconds") as caught:
        UnixEngine(str(tmp_path / "s"), 0.3)
    assert caught.value.kind == "timeout"
    assert time.monotonic() - started < 5
    server.close()


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_drip_of_bytes_ends_at_the_deadline(tmp_path: Path, part: str) -> None:
    def talk(connection: socket.socket, target: str) -> None:
        if target == "/_ping":
            connection.sendall(PING)
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        if part == "body":
            connection.sendall(b"Content-Length: 100000\r\n\r\n")
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(b"x")
                time.sleep(0.05)

    path = tmp_path / "s"
    with serving(path, talk):
        engine = UnixEngine(str(path), 0.5)
        started = time.monotonic()
        with pytest.raises(EngineError) as caught:
            engine.get("/info")
        assert caught.value.kind == "timeout"
        assert time.monotonic() - started < 5


def test_garbage_instead_of_http(tmp_path: Path) -> None:
    assert "is not a Docker Engine" in failure(tmp_path / "s", b"\x00\x01garbage\r\n\r\n").reason


def test_half_a_json_answer(tmp_path: Path) -> None:
    assert failure(tmp_path / "s", json_answer(b'{"a": ')).reason == "the engine's answer to /info is not JSON"


def test_json_nested_without_end(tmp_path: Path) -> None:
    assert "is not JSON" in failure(tmp_path / "s", json_answer(b"[" * 200000)).reason


def test_less_body_than_promised(tmp_path: Path) -> None:
    def talk(connection: socket.socket, target: str) -> None:
        if target == "/_ping":
            connection.sendall(PING)
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")
            connection.shutdown(socket.SHUT_RDWR)

    with serving(tmp_path / "s", talk):
        engine = UnixEngine(str(tmp_path / "s"), 1)
        with pytest.raises(EngineError) as caught:
            engine.get("/info")
    assert caught.value.kind == "protocol"


def test_the_engines_own_error_is_quoted(tmp_path: Path) -> None:
    error = failure(tmp_path / "s", json_answer(b'{"message": "no such thing"}', "404 Not Found"))
    assert error.kind == "absent"
    assert error.reason == "the engine answered 404 to /v1.45/info: no such thing"


def test_podman_is_not_taken_for_docker(tmp_path: Path) -> None:
    answer = PING.replace(b"Server", b"Libpod-API-Version: 5.0\r\nServer")
    serve = serving(tmp_path / "s", lambda connection, _target: connection.sendall(answer))
    with serve, pytest.raises(EngineError, match="belongs to Podman"):
        UnixEngine(str(tmp_path / "s"), 1)


@pytest.mark.parametrize(("server", "spoken"), [("1.24", "1.24"), ("1.41", "1.41"), ("1.55", "1.51"), ("1.9", "1.9")])
def test_the_newest_version_that_both_speak(server: str, spoken: str) -> None:
    assert negotiated_version(server) == spoken


@pytest.mark.parametrize("server", ["", "x", "1", "1.41; rm", "1.41.1"])
def test_no_version_is_no_engine(server: str) -> None:
    with pytest.raises(EngineError, match="not as a Docker Engine"):
        negotiated_version(server)


def test_names_cannot_leave_their_place_in_a_path() -> None:
    assert object_path("containers", "../../secrets?x=1", "json") == "/containers/..%2F..%2Fsecrets%3Fx%3D1/json"


def huge(body: bytes, total: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (total, body)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (huge(b"{}", 2**40), "the engine's answer is larger than 1 MiB"),
        (json_answer(b"[" + b"[]," * 100_000 + b"[]]"), "the engine's answer to /info has more than 50000 JSON values"),
        (json_answer(b'{"a":' * 100 + b"0" + b"}" * 100), "is nested deeper than 64 levels"),
        (
            json_answer(b"{}", "302 Found\r\nLocation: http://user:word@192.0.2.1/x?token=1"),
            "the engine answered 302 to /v1.45/info: a redirect to http://192.0.2.1/x, which is not followed",
        ),
        (json_answer(b"{}", "200 OK\r\nContent-Encoding: gzip"), "is encoded (gzip), which nobody asked for"),
        (json_answer(b"x" * 10**6, "500 No"), "the engine answered 500 to /v1.45/info: no message"),
    ],
)
def test_what_is_past_a_bound_or_leads_elsewhere(tmp_path: Path, answer: bytes, said: str) -> None:
    assert said in failure(tmp_path / "s", answer).reason


@pytest.mark.parametrize("where", ["headers", "chunks"])
def test_an_answer_that_never_ends_is_left_after_its_bytes(tmp_path: Path, where: str) -> None:
    sent = [0]

    def talk(connection: socket.socket, target: str) -> None:
        if target == "/_ping":
            connection.sendall(PING)
            return
        head = b"HTTP/1.1 200 OK\r\n" + (b"Transfer-Encoding: chunked\r\n\r\n" if where == "chunks" else b"")
        # Chunks of one byte with a comment of 4,000, or one answer "go on" after the other.
        part = b"1;" + b"c" * 4000 + b"\r\nx\r\n" if where == "chunks" else b"HTTP/1.1 100 Continue\r\n\r\n" * 100
        connection.sendall(head if where == "chunks" else b"")
        while True:
            connection.sendall(part)
            sent[0] += len(part)

    with serving(tmp_path / "s", talk):
        engine = UnixEngine(str(tmp_path / "s"), 20)
        with pytest.raises(EngineError, match="did not end after") as caught:
            engine.get("/info")
    assert caught.value.kind == "bound"
    assert sent[0] < 4 * bounds.MIB


def test_a_budget_for_all_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "ENGINE_SECONDS", 0.5)

    def talk(connection: socket.socket, target: str) -> None:
        if target != "/_ping":
            time.sleep(0.2)
        connection.sendall(PING if target == "/_ping" else json_answer(b"{}"))

    with serving(tmp_path / "s", talk) as targets:
        engine = UnixEngine(str(tmp_path / "s"), 0.4)
        said = []
        for number in range(1000):
            try:
                assert engine.get(f"/containers/{number}/json") == {}
            except EngineError as error:
                said.append(error)
    assert 990 < len(said) < 1000
    assert len(targets) < 10
    assert said[-1].kind == "bound"
    assert "had used its 0.5 seconds" in said[-1].reason


def test_the_bound_follows_the_kind_of_answer(tmp_path: Path) -> None:
    body = json_answer(json.dumps(["x" * 1000] * 5000).encode())
    answers = {"/v1.45/info": body, "/v1.45/containers/json?all=1": body, "/v1.45/containers/a/json": body}
    with serving(tmp_path / "s", speak(answers)):
        engine = UnixEngine(str(tmp_path / "s"), 5)
        assert len(engine.get("/containers/json", all=1)) == 5000
        for path in ("/info", "/containers/a/json"):
            with pytest.raises(EngineError, match="is larger than"):
                engine.get(path)


def test_answers_to_changes_have_bounds(tmp_path: Path) -> None:
    answers = {
        "/v1.45/large": huge(b"{}", 2**40),
        "/v1.45/many": json_answer(b"[" + b"[]," * 200_000 + b"[]]"),
        "/v1.45/deep": json_answer(b'{"a":' * 100_000 + b"0" + b"}" * 100_000),
    }
    with serving(tmp_path / "s", speak(answers)):
        writable = WritableEngine(UnixEngine(str(tmp_path / "s"), 5))
        for path in ("/large", "/many", "/deep"):
            with pytest.raises(EngineError) as caught:
                writable.call("POST", path)
            assert caught.value.kind == "bound"
