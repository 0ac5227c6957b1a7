# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Engines that answer garbage, half an answer, too slowly, or about things that are gone; and names made to do harm."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
import time
import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.direct_module import run_module
from ansible_collections.seawall.docker.tests.support.fake_engine import PING, json_answer, serving
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost
from ansible_collections.seawall.docker.tests.support.plans import planned
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged, audit

from .conftest import run_audit
from .test_audit_broken_hosts import audited, empty_host, statuses

__all__ = ["empty_host"]  # fixtures

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def garbage(connection: socket.socket, _target: str) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\xff\xfe\x00garbage\r\n\r\n")
    connection.close()


def half(connection: socket.socket, _target: str) -> None:
    connection.sendall(HEAD + b'Content-Length: 5000\r\n\r\n{"Name": "web1", "SecurityOptions": ["name=sec')
    connection.close()


def drip(connection: socket.socket, _target: str) -> None:
    connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.1)


def error(connection: socket.socket, _target: str) -> None:
    connection.sendall(
        json_answer(b'{"message": "{{ 7193 * 13577 }} \\u001b[31mout of memory"}', "500 Internal Server Error")
    )


def nonsense(connection: socket.socket, target: str) -> None:
    # Right in form, and of the wrong type wherever that can be.
    connection.sendall(
        json_answer(b'{"Id": 5, "Containers": [["{{ 7193 * 13577 }}"]]}' if "json" in target else b'["nonsense"]')
    )


def polite(talk: Callable[[socket.socket, str], None]) -> Callable[[socket.socket, str], None]:
    """An engine up to its greeting."""

    def speak(connection: socket.socket, target: str) -> None:
        if target == "/_ping":
            connection.sendall(PING)
        else:
            talk(connection, target)

    return speak


ODD = {
    "garbage at once": (garbage, "is not a Docker Engine"),
    "garbage": (polite(garbage), "is not a Docker Engine"),
    "half an answer": (polite(half), "is not a Docker Engine (IncompleteRead)"),
    "errors": (polite(error), "out of memory"),
    "nonsense": (polite(nonsense), ""),
}


@pytest.mark.parametrize("kind", ODD)
def test_an_engine_that_makes_no_sense_passes_nothing(empty_host: IsolatedHost, kind: str) -> None:
    talk, said = ODD[kind]
    with serving(Path(empty_host.socket_path), talk):
        judged = audit(empty_host)
    assert said in json.dumps(judged.posture)
    assert set(judged.of_section("5").values()) <= {"unknown", "manual"}
    for number in ("2.2", "2.9", "2.15", "2.17", "5.5", "5.11"):
        assert judged.status(number) == "unknown" and judged.reason(number)


@pytest.mark.parametrize(("talk", "said"), [(polite(drip), "did not answer within 1 seconds"), (polite(nonsense), "")])
def test_modules_meet_such_an_engine_with_one_sentence(
    empty_host: IsolatedHost, tmp_path: Path, talk: t.Any, said: str
) -> None:
    with serving(Path(empty_host.socket_path), talk):
        done = audited(empty_host, tmp_path, audit_timeout=1)
        results = [
            run_module(empty_host, "daemon_config", {"options": {"icc": False}, "timeout": 1}, "--check"),
            run_module(empty_host, "engine_restart", {"mode": "restart", "timeout": 1}, "--check"),
        ]
    assert said in json.dumps(done.host())
    assert set(statuses(done, "5").values()) <= {"unknown", "manual"}
    assert "97659361" not in json.dumps(done.host()) + done.output
    for result in results:
        assert not result["failed"] or result["msg"]


@contextlib.contextmanager
def between(real: str, path: Path, meddle: Callable[[str, socket.socket], bool]) -> Iterator[None]:
    """A socket in front of an engine's. ``meddle(request line, client)`` returns whether it answered by itself."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen(8)

    def converse(client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as engine, contextlib.suppress(OSError):
            engine.connect(real)

            def back() -> None:
                with contextlib.suppress(OSError):
                    while part := engine.recv(65536):
                        client.sendall(part)
                    client.shutdown(socket.SHUT_WR)

            threading.Thread(target=back, daemon=True).start()
            while part := client.recv(65536):
                line = part.split(b"\r\n", 1)[0].decode("latin-1")
                if line.endswith("HTTP/1.1") and meddle(line, client):
                    return
                engine.sendall(part)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = server.accept()
                threading.Thread(target=converse, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield
    finally:
        server.close()
        path.unlink()


def audit_through(
    host: IsolatedHost, monkeypatch: pytest.MonkeyPatch, meddle: Callable[[str, socket.socket], bool]
) -> Judged:
    """Audit a host while somebody listens to every question, and does something at one of them."""
    with between(host.socket_path, Path(f"{host.socket_path}.between"), meddle):
        monkeypatch.setenv("QUICK_AUDIT_HOST", "unix:///run/docker.sock.between")
        return audit(host)


def test_a_container_that_goes_while_it_is_read_costs_the_others_nothing(
    empty_host: IsolatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = empty_host
    host.start()
    identifiers = {name: host.container(name, "--network", "host") for name in ("first", "going", "last")}
    gone: list[str] = []

    def meddle(line: str, _client: socket.socket) -> bool:
        if f"/containers/{identifiers['going']}/" in line and not gone:
            gone.append(line)
            assert host.docker("rm", "-f", "going").returncode == 0
        return False

    judged = audit_through(host, monkeypatch, meddle)
    assert gone
    # It is not there any more, so nothing is said of it; what is said of the others is what is true.
    assert judged.verdicts("5.10") == {"first": "fail", "last": "fail"}
    assert "containers" not in judged.posture["unread"]


BRACES = "{{ lookup('pipe', 'touch /run/pwned') }}{% for x in y %}"
MARKUP = "<script>alert(1)</script>\"'&"
CONTROL = "\x1b]0;x\x07\x1b[2J\r\u202e\u2028"
HOSTILE = (BRACES, MARKUP, CONTROL)


def test_names_and_labels_made_to_do_harm_do_none(empty_host: IsolatedHost, tmp_path: Path) -> None:
    host = empty_host
    host.start("--label=a={{ 7193 * 13577 }}<script>")
    options: list[str] = []
    for number, text in enumerate(HOSTILE):
        # A bind that the report names, of a directory with such a name; colons would be read as options.
        source = f"/etc/docker/{number}" + text.replace("/", "").replace(":", "")
        assert host.run("mkdir", source).returncode == 0
        name = "".join(text.split()).replace("=", "")
        options += ["--label", f"{name}={text}", "--env", f"X{name}={text}", "--volume", f"{source}:/m{number}"]
    host.container("web", "--network", "host", *options, command=("sleep", "3600", *HOSTILE))
    host.docker("sh", "-c", f"docker commit -c 'LABEL x=\"{{{{ 7193 * 13577 }}}}<script>\"' web {IMAGE}")
    done = audited(host, tmp_path)
    whole = json.dumps(done.fleet) + json.dumps(done.host())
    page = (done.reports / "index.html").read_text(encoding="utf-8")
    assert host.run("ls", "/run/pwned").returncode != 0
    assert "97659361" not in whole + done.output + page
    assert done.verdicts("5.10")["web"] == "fail"
    # The names are in the report, as text.
    assert "lookup('pipe'" in whole
    assert "&lt;script&gt;alert(1)" in page and "<script>alert(1)" not in page
    assert not set(done.output) & {"\x1b", "\x07", "\r", "\u202e", "\u2028"}
    assert not set(page) & {"\x1b", "\x07", "\u202e"}


def test_files_full_of_braces_are_changed_and_shown_as_they_are(empty_host: IsolatedHost, tmp_path: Path) -> None:
    host = empty_host
    config = json.dumps({"labels": [f"a={BRACES}", f"b={MARKUP}"]}, indent=3) + "\n"
    host.write("/etc/docker/daemon.json", config)
    done = run_module(host, "daemon_config", {"options": {"icc": False}}, "--diff")
    assert done["changed"] and not done["failed"]
    after = host.run("cat", "/etc/docker/daemon.json").stdout
    assert after == config.replace("\n   ]\n}", '\n   ],\n   "icc": false\n}')
    assert host.run("ls", "/run/pwned").returncode != 0


# Where the engine is asked for the first thing of each kind.
POINTS = ("/info", "/containers/json", "/containers/web1", "/images/json", "/networks")


@pytest.mark.parametrize(("point", "back"), [("/containers/json", False), *((point, True) for point in POINTS)])
def test_what_an_engine_did_not_live_to_say_is_unknown(
    empty_host: IsolatedHost, monkeypatch: pytest.MonkeyPatch, point: str, back: bool
) -> None:
    host = empty_host
    host.start()
    for number in range(3):
        identifier = host.container(
            f"web{number}", "--restart", "always", "--network", "host", "--cap-add", "NET_ADMIN"
        )
        point = point.replace(f"web{number}", identifier)
    calm = audit(host).findings
    asked: list[str] = []

    def meddle(line: str, _client: socket.socket) -> bool:
        if point in line and not asked:
            asked.append(line)
            host.stop()
            if back:
                host.start(images=False)
        return False

    judged = audit_through(host, monkeypatch, meddle)
    assert asked and judged.posture["unread"]
    other = {
        number: (calm[number]["status"], one["status"])
        for number, one in judged.findings.items()
        if one["status"] not in (calm[number]["status"], "unknown")
    }
    assert other == {}


def test_an_engine_that_restarts_while_it_is_audited_ends_no_audit(empty_host: IsolatedHost, tmp_path: Path) -> None:
    host = empty_host
    host.start()
    for number in range(4):
        host.container(f"web{number}", "--restart", "always")
    stop = threading.Event()

    def again_and_again() -> None:
        while not stop.is_set():
            host.stop()
            host.start(images=False)
            time.sleep(0.3)

    worker = threading.Thread(target=again_and_again)
    worker.start()
    try:
        for number in range(2):
            work = tmp_path / str(number)
            work.mkdir()
            done = run_audit(work, command=host.command)
            assert done.status == 0, done.output
            assert "Traceback" not in done.output
            state = done.host()["engine"]["state"]
            assert state in ("running", "stopped", "unreachable")
            if state != "running":
                assert done.host()["engine"]["reason"]
                assert "pass" not in statuses(done, "5").values()
    finally:
        stop.set()
        worker.join(120)


def _kill(host: IsolatedHost) -> None:
    os.kill(int(host.daemon_pid() or 0), signal.SIGKILL)
    time.sleep(0.5)
    # Its containerd ends with it. Where nobody waits for orphans, the next engine would take the dead process for one that runs.
    host.run("rm", "-f", "/run/docker/containerd/containerd.pid")


def test_containers_of_a_killed_engine_are_named_before_it_is_started(empty_host: IsolatedHost) -> None:
    """With live restore the next engine keeps them, without it it ends those that nothing starts again."""
    host = empty_host
    host.start()
    one, other = host.container("kept"), host.container("again", "--restart=always")
    pids = host.docker("inspect", "--format", "{{.State.Pid}}", "kept", "again").stdout
    _kill(host)
    for config, words in (
        ({}, "2 containers run on without it, and its start ends those that have no restart policy"),
        ({"live-restore": True}, "2 containers run on without it, and its start takes them over"),
    ):
        host.write("/etc/docker/daemon.json", json.dumps(config))
        posture = audit(host).posture
        left = posture["daemon"]["process"]["left_containers"]
        assert left == {"ids": sorted([one, other]), "live_restore": bool(config)}
        blockers = planned(posture).document["blockers"]
        assert any(words in text for text in blockers), blockers
    host.start(keep_config=True, images=False)
    assert host.docker("inspect", "--format", "{{.State.Pid}}", "kept", "again").stdout == pids
    assert "left_containers" not in audit(host).posture["daemon"]["process"]
    _kill(host)
    host.start(config={}, images=False)
    states = host.docker("inspect", "--format", "{{.State.Running}}", "kept", "again").stdout.split()
    assert states == ["false", "true"]
