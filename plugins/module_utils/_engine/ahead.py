# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that are sent before their answers are wanted, so that the engine works while facts are read elsewhere."""

from __future__ import annotations

import http.client
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine.metered import Meter, MeteredConnection
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# The engine answers on each connection by itself. More of them would gain nothing: answers are read one after the other.
MOST = 3


class Ahead:
    """Connections of their own, by the request that each has sent. ``another`` makes one more connection."""

    def __init__(self, another: t.Callable[[], MeteredConnection]) -> None:
        self._another = another
        self._sent: dict[str, MeteredConnection] = {}
        self._idle: list[MeteredConnection] = []
        self._works = True

    def send(self, target: str, meter: Meter) -> bool:
        """Send a request, and return whether it was sent. Whatever fails is left to who asks for the answer."""
        if not self._works or target in self._sent or len(self._sent) >= MOST:
            return False
        connection = self._idle.pop() if self._idle else self._another()
        try:
            connection.start_request(meter)
            connection.request("GET", target)
        except (OSError, http.client.HTTPException, Unread):
            connection.close()
            self._works = False
            return False
        self._sent[target] = connection
        return True

    def take(self, target: str) -> MeteredConnection | None:
        """Return the connection that has sent this request, if there is one."""
        return self._sent.pop(target, None)

    def give_back(self, connection: MeteredConnection) -> None:
        """Keep a connection whose answer was read for another request."""
        if connection.sock is not None:
            self._idle.append(connection)

    def close(self) -> None:
        """Close all connections, with the answers that nobody asked for."""
        for connection in (*self._sent.values(), *self._idle):
            connection.close()
        self._sent.clear()
        self._idle.clear()
