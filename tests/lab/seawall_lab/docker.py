# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine on this machine, spoken to through its default socket and never through another context."""

from __future__ import annotations

import http.client
import os
import socket
from pathlib import Path

from .process import run

SOCKET = Path("/var/run/docker.sock")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=5)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def answers() -> bool:
    """Whether an engine, whosever it is, answers on the default socket."""
    connection = _UnixConnection(SOCKET)
    try:
        connection.request("GET", "/_ping")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def command(*arguments: str) -> list[str]:
    """A call of the docker command line on that socket."""
    return ["docker", "--host", f"unix://{SOCKET}", *arguments]


def environment() -> dict[str, str]:
    """The environment without what would lead the command line to another engine."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DOCKER_")}


def docker(*arguments: str, stdin: bytes | None = None, timeout: float | None = 300) -> str:
    """Run one docker command and return what it prints."""
    return run(command(*arguments), stdin=stdin, env=environment(), timeout=timeout).strip()
