# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that are sent before their answers are wanted, so that the engine works while facts are read elsewhere."""

from __future__ import annotations

import http.client
import socket
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine.metered import Meter, MeteredConnection
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# The engine answers each connection for itself. More of them would gain nothing, since answers are read one after the other.
MOST_BEGUN = 3
# What was true longer ago is asked for again.
OLDEST_SECONDS = 10.0


class _Begun(t.NamedTuple):
    connection: MeteredConnection
    at: float


class Ahead:
    """Connections of their own, by the request that each has sent. ``connect`` makes one more connection."""

    def __init__(self, connect: t.Callable[[], MeteredConnection]) -> None:
        self._connect = connect
        self._begun: dict[str, _Begun] = {}
        self._idle: list[MeteredConnection] = []
        self._gave_up = False

    def send(self, target: str, seconds: float) -> bool:
        """Send a request within so many seconds, and return whether it was sent. Whatever fails is left to who wants the
        answer."""
        if self._gave_up or target in self._begun or len(self._begun) >= MOST_BEGUN:
            return False
        connection = self._idle.pop() if self._idle else self._connect()
        try:
            # Nothing is read with this meter.
            connection.start_request(Meter(seconds, 0))
            connection.request("GET", target)
        except (OSError, http.client.HTTPException, Unread):
            connection.close()
            self._gave_up = True
            return False
        self._begun[target] = _Begun(connection, time.monotonic())
        return True

    def take(self, target: str) -> MeteredConnection | None:
        """Return the connection that has sent this request, if there is one."""
        begun = self._begun.pop(target, None)
        if begun is None:
            return None
        if time.monotonic() - begun.at > OLDEST_SECONDS:
            begun.connection.close()
            return None
        return begun.connection

    def keep(self, connection: MeteredConnection) -> bool:
        """Keep a connection for other requests after its answer was read. Return whether the engine still holds it.

        If it does not, the answer may be that of an engine that has ended: the kernel keeps what was sent before.
        """
        if connection.sock is None or not _is_open(connection.sock):
            connection.close()
            self._gave_up = True
            return False
        self._idle.append(connection)
        return True

    def close(self) -> None:
        """Close all connections, with the answers that nobody wanted."""
        for connection in (*(begun.connection for begun in self._begun.values()), *self._idle):
            connection.close()
        self._begun.clear()
        self._idle.clear()


def _is_open(connection: socket.socket) -> bool:
    """Whether the other end has neither closed the connection nor said more than the answer."""
    connection.settimeout(0)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False
