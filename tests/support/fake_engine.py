# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A unix socket that says exactly what a test wants, for answers that no real engine gives."""

from __future__ import annotations

import contextlib
import socket
import threading
import typing as t
from pathlib import Path

PING = b"HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\nServer: Docker/26.1\r\nContent-Length: 2\r\n\r\nOK"

Talk = t.Callable[[socket.socket, str], None]


def json_answer(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        status.encode(),
        len(body),
        body,
    )


@contextlib.contextmanager
def serving(path: Path, talk: Talk) -> t.Iterator[list[str]]:
    """Serve ``talk(connection, target)`` for every request; yields the list of targets as they come."""
    targets: list[str] = []
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen(4)

    def converse(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while True:
                request = b""
                while b"\r\n\r\n" not in request:
                    part = connection.recv(65536)
                    if not part:
                        return
                    request += part
                target = request.split(b" ", 2)[1].decode()
                targets.append(target)
                talk(connection, target)

    def accept() -> None:
        while True:
            try:
                connection, _address = server.accept()
            except OSError:
                return
            threading.Thread(target=converse, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield targets
    finally:
        server.close()
