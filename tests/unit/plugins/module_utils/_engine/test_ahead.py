# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that are sent before their answers are wanted: each answer is that of its request, and whatever goes wrong with one of
them is as without them."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._engine import ahead
from ansible_collections.seawall.docker.plugins.module_utils._engine.ahead import MOST_BEGUN
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
        for number in (*range(MOST_BEGUN + 2), 0):
            engine.begin(f"/{number}")
        assert engine.calls == 1 + MOST_BEGUN
        for number in range(MOST_BEGUN + 2):
            assert engine.get(f"/{number}") == f"/v1.45/{number}"
        engine.close()
    assert len(targets) == len(set(targets)) == 3 + MOST_BEGUN


def test_connections_are_kept_for_other_requests(path: Path) -> None:
    admitted: list[Peer] = []
    with serving(path, names_the_target):
        engine = UnixEngine(str(path), SECONDS, admit=admitted.append)
        for number in range(50):
            engine.begin(f"/{number}")
            engine.begin(f"/{number + 1}")
            assert engine.get(f"/{number}") == f"/v1.45/{number}"
        engine.close()
    assert len(admitted) == 3


@pytest.mark.parametrize("later", [False, True], ids=["instead of the answer", "after the answer"])
def test_what_the_engine_closed_is_asked_again_on_another_connection(path: Path, later: bool) -> None:
    """An engine that ends after its answer is another one when the answer is read."""
    asked: list[str] = []

    def talk(connection: socket.socket, target: str) -> None:
        asked.append(target)
        first = asked.count("/v1.45/info") == 1
        if later or not target.endswith("/info") or not first:
            connection.sendall(PING if target == "/_ping" else json_answer(b"%d" % len(asked)))
        if target.endswith("/info") and first:
            connection.shutdown(socket.SHUT_RDWR)

    with serving(path, talk) as targets:
        engine = UnixEngine(str(path), SECONDS)
        engine.begin("/info")
        time.sleep(0.1)
        assert engine.get("/info") == 3
        engine.begin("/later")
        assert engine.get("/later") == 4
        engine.close()
    assert targets == ["/_ping", "/v1.45/info", "/v1.45/info", "/v1.45/later"]
    assert engine.calls == 4


def test_an_engine_that_took_the_socket_over_is_not_believed(path: Path) -> None:
    engines = ["the first"]

    def admit(peer: Peer) -> None:
        if engines[-1] != "the first":
            raise EngineError(f"the socket was taken over by process {peer.pid}", "protocol")

    def talk(connection: socket.socket, target: str) -> None:
        names_the_target(connection, target)
        if target.endswith("/info"):
            connection.shutdown(socket.SHUT_RDWR)

    with serving(path, talk):
        engine = UnixEngine(str(path), SECONDS, admit=admit)
        engine.begin("/info")
        time.sleep(0.1)
        engines.append("another")
        with pytest.raises(EngineError, match="taken over"):
            engine.get("/info")
        engine.close()


def test_an_old_answer_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[str] = []

    def talk(connection: socket.socket, target: str) -> None:
        answers.append(target)
        connection.sendall(PING if target == "/_ping" else json_answer(b"%d" % len(answers)))

    with serving(path, talk) as targets:
        engine = UnixEngine(str(path), SECONDS)
        engine.begin("/info")
        while len(targets) < 2:
            time.sleep(0.01)
        monkeypatch.setattr(ahead, "OLDEST_SECONDS", 0)
        assert engine.get("/info") == 3
        engine.close()


def test_nothing_is_begun_past_the_budget(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(path, names_the_target) as targets:
        engine = UnixEngine(str(path), SECONDS)
        monkeypatch.setattr(engine.budget, "_max_bytes", 1)
        engine.begin("/info")
        engine.close()
    assert targets == ["/_ping"] and engine.calls == 1


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
    assert sorted(targets) == ["/_ping", "/v1.45/bad", "/v1.45/good", "/v1.45/later"]


def test_another_process_at_the_socket_gets_no_request(path: Path) -> None:
    """The first connection was to the engine; who serves the next ones is looked at again."""
    admitted: list[Peer] = []
    refused: list[Peer] = []

    def admit(peer: Peer) -> None:
        if admitted:
            refused.append(peer)
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
    # It is not tried again for each container.
    assert len(refused) == 1


@pytest.mark.parametrize("wanted", [False, True], ids=["an answer that nobody wants", "a connection that is kept"])
def test_all_connections_are_closed_at_the_end(path: Path, wanted: bool) -> None:
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
        if wanted:
            assert engine.get("/info") == "/v1.45/info"
        engine.close()
        assert ended.wait(SECONDS)


def test_after_the_budget_is_spent_no_answer_is_read_and_none_is_that_of_another_request(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(path, names_the_target):
        engine = UnixEngine(str(path), SECONDS)
        for one in ("/a", "/b"):
            engine.begin(one)
        assert engine.get("/a") == "/v1.45/a"
        monkeypatch.setattr(engine.budget, "_max_bytes", 1)
        with pytest.raises(EngineError, match="not read any more") as caught:
            engine.get("/b")
        assert caught.value.kind == "bound"
        monkeypatch.setattr(engine.budget, "_max_bytes", 2**20)
        calls = engine.calls
        engine.begin("/c")
        assert engine.calls == calls + 1
        assert [engine.get(one) for one in ("/c", "/b")] == ["/v1.45/c", "/v1.45/b"]
        engine.close()
