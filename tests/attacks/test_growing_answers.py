# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who controls a managed host, or what answers in place of an engine, makes its answers large, deep, slow or endless, or
sends the auditor somewhere else. The client runs in a process that may have 700 MB, as a controller could."""

from __future__ import annotations

import contextlib
import functools
import gzip
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.fake_engine import PING, json_answer, serving

MEMORY_BYTES = 700 * 1000 * 1000

# Prints what the client says of one answer, the processor time, and the bytes that it held at most.
CLIENT = """
import json, resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[3]), int(sys.argv[3])))
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import UnixEngine
from ansible_collections.seawall.docker.plugins.module_utils._engine.sdk import SdkEngine, tls_settings
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
address, path, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[4])
try:
    if address.startswith("unix://"):
        engine = UnixEngine(address[len("unix://"):], 3)
    else:
        engine = SdkEngine(address, 3, tls_settings(options) if options else None)
    said = "answered: " + str(engine.get(path))[:200]
except Unread as gap:
    said = gap.reason
except MemoryError:
    said = "MEMORY IS SPENT"
print(json.dumps({"said": said, "cpu": time.process_time()}))
"""

VERSION = json_answer(b'{"ApiVersion": "1.45"}')
Talk = t.Callable[[t.Any, str], None]


class Served:
    """A server on a port of this machine; ``sent`` counts the bytes that it got rid of."""

    def __init__(self, answer: Talk, tls: ssl.SSLContext | None = None) -> None:
        self._answer = answer
        self._tls = tls
        self.targets: list[str] = []
        self.sent = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def __enter__(self) -> Served:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError, IndexError):
            connection: t.Any = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
            with connection:
                while True:
                    request = b""
                    while b"\r\n\r\n" not in request:
                        part = connection.recv(65536)
                        if not part:
                            return
                        request += part
                    target = request.split(b" ", 2)[1].decode()
                    self.targets.append(target)
                    if target == "/version":
                        connection.sendall(VERSION)
                    else:
                        self._answer(self._counted(connection), target)

    def _counted(self, connection: t.Any) -> t.Any:
        served = self

        class Counted:
            def sendall(self, content: bytes) -> None:
                connection.sendall(content)
                served.sent += len(content)

        return Counted()


def ask(address: str, path: str = "/info", options: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    done = subprocess.run(
        [sys.executable, "-c", CLIENT, address, path, str(MEMORY_BYTES), json.dumps(options)],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, t.Any] = json.loads(done.stdout)
    return answer


def in_chunks(connection: t.Any, head: bytes, part: bytes, total: int) -> None:
    connection.sendall(head)
    for _one in range(total // len(part)):
        connection.sendall(part)


def many_lists(connection: t.Any, _target: str) -> None:
    part = b"[]," * 100_000
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n[" % (len(part) * 800 + 4)
    in_chunks(connection, head, part, len(part) * 800)
    connection.sendall(b"[]]")


def many_lists_within_the_bytes(connection: t.Any, _target: str) -> None:
    connection.sendall(json_answer(b"[" + b"{}," * 10_000_000 + b"{}]"))


def one_text_without_end(connection: t.Any, _target: str) -> None:
    in_chunks(connection, b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n["', b"x" * 1_000_000, 1_000_000_000)


def nested(connection: t.Any, _target: str) -> None:
    connection.sendall(json_answer(b'{"a":[' * 400_000 + b"0" + b"]}" * 400_000))


def digits(connection: t.Any, _target: str) -> None:
    connection.sendall(json_answer(b"[" + b"9" * 900_000 + b"]"))


@functools.lru_cache
def bomb() -> bytes:
    """A few hundred kB that become 300 MB."""
    return gzip.compress(b"[" + b" " * 300_000_000 + b"]", 1)


def compressed(connection: t.Any, _target: str) -> None:
    body = bomb()
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    connection.sendall(head + body)


def headers_without_end(connection: t.Any, _target: str) -> None:
    in_chunks(connection, b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000, 1_000_000_000)


def drip(connection: t.Any, _target: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _second in range(60):
        connection.sendall(b" ")
        time.sleep(0.2)


def drip_of_headers(connection: t.Any, _target: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Header: ")
    for _second in range(60):
        connection.sendall(b"x")
        time.sleep(0.2)


ANSWERS: list[tuple[Talk, str, str]] = [
    (many_lists, "/info", "is larger than 1 MiB"),
    (many_lists, "/containers/json", "is larger than 32 MiB"),
    (many_lists_within_the_bytes, "/containers/json", "more than 1000000 JSON values"),
    (one_text_without_end, "/containers/json", "is larger than 32 MiB"),
    (nested, "/containers/json", "nested deeper than 64 levels"),
    (digits, "/info", "a number has 900000 digits"),
    (compressed, "/info", "is encoded (gzip)"),
    (headers_without_end, "/info", "did not end after"),
    (drip, "/info", "did not answer within 3 seconds"),
    (drip_of_headers, "/info", "did not answer within 3 seconds"),
]
IDS = [f"{talk.__name__}-{path[1:5]}" for talk, path, _said in ANSWERS]


@pytest.mark.parametrize(("talk", "path", "said"), ANSWERS, ids=IDS)
def test_an_engine_over_tcp(talk: Talk, path: str, said: str) -> None:
    with Served(talk) as served:
        answer = ask(f"tcp://127.0.0.1:{served.port}", path)
        assert said in answer["said"]
        assert answer["cpu"] < 6
        # What the sockets of both ends hold is sent, but never read.
        assert served.sent < 45_000_000


@pytest.mark.parametrize(("talk", "path", "said"), [one for one in ANSWERS if one[0] not in (drip, drip_of_headers)])
def test_an_engine_behind_a_unix_socket(tmp_path: Path, talk: Talk, path: str, said: str) -> None:
    def converse(connection: socket.socket, target: str) -> None:
        if target == "/_ping":
            connection.sendall(PING)
        else:
            talk(connection, target)

    with serving(tmp_path / "s", converse):
        answer = ask(f"unix://{tmp_path}/s", path)
    assert said in answer["said"]
    assert answer["cpu"] < 6


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_a_redirect_leads_nowhere(status: str) -> None:
    def inside(connection: t.Any, _target: str) -> None:
        connection.sendall(json_answer(b'{"secret": "of an internal address"}'))

    with Served(inside) as internal:

        def redirect(connection: t.Any, _target: str) -> None:
            connection.sendall(json_answer(b"{}", f"{status}\r\nLocation: http://127.0.0.1:{internal.port}/admin"))

        with Served(redirect) as served:
            answer = ask(f"tcp://127.0.0.1:{served.port}")
        assert f"a redirect to http://127.0.0.1:{internal.port}/admin, which is not followed" in answer["said"]
        assert internal.targets == []


@pytest.fixture(scope="module", autouse=True)
def _prepared() -> None:
    bomb()


def certificates(folder: Path) -> None:
    script = r"""
    set -e
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca-key.pem -out ca.pem -subj /CN=ca
    for name in server client; do
      openssl req -newkey rsa:2048 -nodes -keyout $name-key.pem -out $name.csr -subj /CN=$name
      printf 'subjectAltName=IP:127.0.0.1\n' > $name.ext
      openssl x509 -req -days 2 -in $name.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -extfile $name.ext \
        -out $name-cert.pem
    done
    """
    subprocess.run(["sh", "-c", script], cwd=folder, check=True, capture_output=True)


def test_the_client_certificate_is_shown_to_the_engine_alone(tmp_path: Path) -> None:
    certificates(tmp_path)
    shown: list[bool] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server-cert.pem", tmp_path / "server-key.pem")
    context.load_verify_locations(tmp_path / "ca.pem")
    context.verify_mode = ssl.CERT_OPTIONAL

    def elsewhere(connection: t.Any, _target: str) -> None:
        shown.append(True)
        connection.sendall(json_answer(b"{}"))

    options = {
        "tls": True,
        "validate_certs": True,
        "ca_path": str(tmp_path / "ca.pem"),
        "client_cert": str(tmp_path / "client-cert.pem"),
        "client_key": str(tmp_path / "client-key.pem"),
    }
    with Served(elsewhere, context) as other:

        def redirect(connection: t.Any, _target: str) -> None:
            connection.sendall(json_answer(b"{}", f"302 Found\r\nLocation: https://127.0.0.1:{other.port}/"))

        with Served(redirect, context) as served:
            answer = ask(f"tcp://127.0.0.1:{served.port}", options=options)
            assert "which is not followed" in answer["said"]
        assert (other.targets, shown) == ([], [])
        # Over TLS the same bounds hold.
        with Served(drip, context) as served:
            assert "within 3 seconds" in ask(f"tcp://127.0.0.1:{served.port}", options=options)["said"]


def test_ten_thousand_slow_answers_take_no_days(tmp_path: Path) -> None:
    """The budget of the whole client, made small here; every request keeps within its own deadline."""
    program = CLIENT.replace(
        "    said =",
        """
    from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import Budget
    engine.budget = Budget("the client", 10**9, 2)
    unread = 0
    for number in range(10_000):
        try:
            engine.get(f"/containers/{number}/json")
        except Unread as gap:
            unread, last = unread + 1, gap.reason
    print(json.dumps({"said": f"{unread} {last}", "cpu": 0}))
    raise SystemExit
    said =""",
    )

    def slow(connection: socket.socket, target: str) -> None:
        if target != "/_ping":
            time.sleep(0.5)
        connection.sendall(PING if target == "/_ping" else json_answer(b"{}"))

    with serving(tmp_path / "s", slow) as targets, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[__name__], "CLIENT", program)
        answer = ask(f"unix://{tmp_path}/s")
    assert "the client had used its 2 seconds" in answer["said"]
    assert int(answer["said"].split()[0]) > 9_990
    assert len(targets) < 10
