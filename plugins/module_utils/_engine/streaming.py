# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives of images, from an engine and to it, in parts: neither the archive nor an answer is ever held whole.

For unix sockets only. Each part has a time limit, and the whole has none.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import typing as t
from urllib.parse import urlencode

from ansible_collections.seawall.docker.plugins.module_utils._engine.answers import message_of, shortened
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, UnixConnection
from ansible_collections.seawall.docker.plugins.module_utils._engine.metered import Meter
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch

PART_BYTES = bounds.MIB
_ANSWER_BYTES = 16 * bounds.MIB
_LINE_BYTES = 64 * bounds.KIB


class Streams:
    """One engine, for streams. ``idle_seconds`` is how long it may take for a part."""

    def __init__(self, address: str, api_version: str, idle_seconds: float) -> None:
        self._path = address[len("unix://") :]
        self._version = api_version
        self._idle = idle_seconds

    def download(self, path: str, query: t.Dict[str, t.Any], sink: t.Callable[[bytes], None]) -> None:
        """Give each part of an answer to ``sink``. Raises EngineError, and what ``sink`` raises."""
        connection = UnixConnection(self._path)
        try:
            with _as_faults(f"GET {path}", self._idle):
                self._next(connection)
                connection.request("GET", self._target(path, query))
                response = connection.getresponse()
                _require_success(response, f"GET {path}")
            while True:
                with _as_faults(f"GET {path}", self._idle):
                    self._next(connection)
                    part = response.read(PART_BYTES)
                if not part:
                    return
                sink(part)
        finally:
            connection.close()

    def upload(
        self, path: str, query: t.Dict[str, t.Any], source: t.BinaryIO, size: int, sent: t.Callable[[int], None]
    ) -> None:
        """Send ``size`` bytes, and read the lines of the answer. Raises EngineError also for an error in one of them.

        ``sent`` is called with the bytes of each part.
        """
        connection = UnixConnection(self._path)
        what = f"POST {path}"
        try:
            with _as_faults(what, self._idle):
                self._next(connection)
                connection.putrequest("POST", self._target(path, query))
                connection.putheader("Content-Type", "application/x-tar")
                connection.putheader("Content-Length", str(size))
                connection.endheaders()
                # An engine that cannot store what is sent answers before it has read all of it. Its answer says why.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    self._send(connection, source, size, sent)
                self._next(connection)
                response = connection.getresponse()
                _require_success(response, what)
                for line in self._lines(connection, response):
                    _require_no_error(line, what)
        finally:
            connection.close()

    def _send(self, connection: UnixConnection, source: t.BinaryIO, size: int, sent: t.Callable[[int], None]) -> None:
        left = size
        while left:
            part = source.read(min(PART_BYTES, left))
            if not part:
                raise EngineError("the archive became shorter while it was sent")
            connection.sock.settimeout(self._idle)
            connection.sock.sendall(part)
            left -= len(part)
            sent(len(part))

    def _lines(self, connection: UnixConnection, response: http.client.HTTPResponse) -> t.Iterator[bytes]:
        total = 0
        while True:
            self._next(connection)
            line = response.readline(_LINE_BYTES)
            total += len(line)
            if total > _ANSWER_BYTES:
                raise EngineError(f"the engine's answer is larger than {bounds.size_text(_ANSWER_BYTES)}", "bound")
            if not line:
                return
            yield line

    def _next(self, connection: UnixConnection) -> None:
        """Give the next part its own time."""
        connection.start_request(Meter(self._idle, 2 * PART_BYTES + bounds.HEADER_BYTES))

    def _target(self, path: str, query: t.Dict[str, t.Any]) -> str:
        return f"/v{self._version}{path}?{urlencode(query, doseq=True)}"


@contextlib.contextmanager
def _as_faults(what: str, seconds: float) -> t.Iterator[None]:
    try:
        yield
    except TooMuch as fault:
        raise EngineError(fault.reason, fault.kind) from None
    except socket.timeout:
        raise EngineError(f"the engine did not go on with {what} within {seconds:g} seconds", "timeout") from None
    except (OSError, http.client.HTTPException) as error:
        raise EngineError(f"the engine broke off {what}: {error!r}", "refused") from None


def _require_success(response: http.client.HTTPResponse, what: str) -> None:
    if response.status != 200:
        body = response.read(bounds.SHORT_ANSWER.bytes)
        raise EngineError(f"the engine answered {response.status} to {what}: {message_of(body)}")


def _require_no_error(line: bytes, what: str) -> None:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return
    if isinstance(said, dict) and said.get("error"):
        raise EngineError(f"the engine answered to {what}: {shortened(str(said['error']))}")
