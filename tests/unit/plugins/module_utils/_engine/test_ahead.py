# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that are sent before their answers are wanted: each answer is that of its request, and whatever goes wrong with one of
them is as without them."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._engine.ahead import MOST
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, Peer, UnixEngine
from ansible_collections.seawall.docker.tests.support.fake_engine import PING, json_answer, serving

SECONDS = 5


def names_the_target(connection: socket.socket, target: str) -> None:
    connection.sendall(PING if target == "/_ping" else json_answer(b'"%s"' % target.encode()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s"


def test_a_request_is_sent_before_its_answer_is_wanted(path: Path) -> None:
    asked = threading.Event()

    def talk(connection: socket.socket, target: str) -> None:
        if target.endswith("/info"):
            asked.set()
        names_the_target(connection, target)

    with serving(path, talk) as targets:
        engine = UnixEngine(str(path), SECONDS)
        engine.begin("/info")
        assert asked.wait(SECONDS)
        assert engine.get("/info") == "/v1.45/info"
        engine.close()
    assert targets == ["/_ping", "/v1.45/info"]
    assert engine.calls == 2


def test_each_answer_is_that_of_its_request_in_whatever_order_it_is_wanted(path: Path) -> None:
    with serving(path, names_the_target):
        engine = UnixEngine(str(path), SECONDS)
        for one in ("/a", "/b", "/c"):
            engine.begin(one)
        assert [engine.get(one) for one in ("/c", "/d", "/a", "/b")] == ["/v1.45/c", "/v1.45/d", "/v1.45/a", "/v1.45/b"]
        engine.close()
    assert engine.calls == 5


def test_a_query_is_part_of_the_request(path: Path) -> None:
    with serving(path, names_the_target) as targets:
        engine = UnixEngine(str(path), SECONDS)
        engine.begin("/a", all=1)
        assert engine.get("/a") == "/v1.45/a"
        assert engine.get("/a", all=1) == "/v1.45/a?all=1"
        engine.close()
    assert sorted(targets) == ["/_ping", "/v1.45/a", "/v1.45/a?all=1"]


def test_no_more_than_a_few_are_sent_and_none_twice(path: Path) -> None:
    with serving(path, names_the_target) as targets:
        engine = UnixEngine(str(path), SECONDS)
        for number in (*range(MOST + 2), 0):
            engine.begin(f"/{number}")
        assert engine.calls == 1 + MOST
        for number in range(MOST + 2):
            assert engine.get(f"/{number}") == f"/v1.45/{number}"
        engine.close()
    assert len(targets) == len(set(targets)) == 1 + MOST + 2


def test_connections_are_kept_for_other_requests(path: Path) -> None:
    connections: set[int] = set()

    def talk(connection: socket.socket, target: str) -> None:
        connections.add(connection.fileno())
        names_the_target(connection, target)

    with serving(path, talk):
        engine = UnixEngine(str(path), SECONDS)
        for number in range(50):
            engine.begin(f"/{number}")
            engine.begin(f"/{number + 1}")
            assert engine.get(f"/{number}") == f"/v1.45/{number}"
        engine.close()
    assert len(connections) == 3


def closed_at_once(connection: socket.socket, target: str) -> None:
    if target.endswith("/info") and not closed_at_once.__dict__.setdefault("asked", False):
        closed_at_once.__dict__["asked"] = True
        connection.shutdown(socket.SHUT_RDWR)
        return
    names_the_target(connection, target)


def test_a_connection_that_the_engine_closed_is_asked_again_on_another(path: Path) -> None:
    with serving(path, closed_at_once) as targets:
        engine = UnixEngine(str(path), SECONDS)
        engine.begin("/info")
        assert engine.get("/info") == "/v1.45/info"
        engine.close()
    assert targets == ["/_ping", "/v1.45/info", "/v1.45/info"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (json_answer(b'{"message": "no such container"}', "404 Not Found"), "absent"),
        (json_answer(b"{"), "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "bound"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n", "protocol"),
        (b"", "timeout"),
    ],
    ids=["absent", "no JSON", "too large", "elsewhere", "no answer"],
)
def test_a_fault_is_that_of_its_request_alone(path: Path, answer: bytes, kind: str) -> None:
    def talk(connection: socket.socket, target: str) -> None:
        if target.endswith("/bad"):
            connection.sendall(answer)
        else:
            names_the_target(connection, target)

    with serving(path, talk) as targets:
        engine = UnixEngine(str(path), 0.5)
        engine.begin("/bad")
        engine.begin("/good")
        with pytest.raises(EngineError) as caught:
            engine.get("/bad")
        assert caught.value.kind == kind
        assert engine.get("/good") == "/v1.45/good"
        assert engine.get("/later") == "/v1.45/later"
        engine.close()
    assert targets.count("/v1.45/bad") == 1


def test_another_process_at_the_socket_gets_no_request(path: Path) -> None:
    """The first connection was to the engine; who serves the next ones is looked at again."""
    admitted: list[Peer] = []

    def admit(peer: Peer) -> None:
        if admitted:
            raise EngineError("the socket was taken over", "protocol")
        admitted.append(peer)

    with serving(path, names_the_target) as targets:
        engine = UnixEngine(str(path), SECONDS, admit=admit)
        engine.begin("/info")
        assert engine.calls == 1
        assert engine.get("/info") == "/v1.45/info"
        engine.begin("/info")
        engine.close()
    assert targets == ["/_ping", "/v1.45/info"]


def test_what_nobody_wants_is_closed(path: Path) -> None:
    ended = threading.Event()

    def talk(connection: socket.socket, target: str) -> None:
        if target == "/_ping":
            connection.sendall(PING)
            return
        connection.settimeout(SECONDS)
        # The kernel says so in other ways where the answer was not sent, or not read.
        with contextlib.suppress(ConnectionError):
            names_the_target(connection, target)
            assert connection.recv(1) == b""
        ended.set()

    with serving(path, talk):
        engine = UnixEngine(str(path), SECONDS)
        engine.begin("/info")
        engine.close()
        assert ended.wait(SECONDS)


def test_more_than_the_budget_of_all_answers_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(path, names_the_target):
        engine = UnixEngine(str(path), SECONDS)
        for one in ("/a", "/b"):
            engine.begin(one)
        monkeypatch.setattr(engine.budget, "_max_bytes", engine.budget.bytes_read + 100)
        assert engine.get("/a") == "/v1.45/a"
        with pytest.raises(EngineError, match="not read any more") as caught:
            engine.get("/b")
        assert caught.value.kind == "bound"
        engine.close()
