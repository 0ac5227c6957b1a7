# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send the few calls to the Engine API that change something: a temporary container from a temporary image.

This is not part of the client of the audit, which can send only GET. For unix sockets only.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import typing as t
from urllib.parse import urlencode

from ansible_collections.seawall.docker.plugins.module_utils._engine.answers import (
    message_of,
    read_body,
    shortened,
)
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import (
    EngineError,
    UnixConnection,
    UnixEngine,
)
from ansible_collections.seawall.docker.plugins.module_utils._engine.metered import Meter
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import Bound, TooMuch

# One document, and the lines of progress or of events.
_DOCUMENT = bounds.OBJECT_ANSWER
_LINE = Bound(64 * bounds.KIB, 2000)


class WritableEngine:
    """One engine at a unix socket. Each call has its own connection and its own time limit."""

    def __init__(self, engine: UnixEngine) -> None:
        self._path = engine.address[len("unix://") :]
        self._version = engine.api_version

    def call(
        self,
        method: str,
        path: str,
        query: dict[str, t.Any] | None = None,
        body: t.Any = None,
        seconds: float = 30,
    ) -> t.Any:
        """Send a request; ``body`` is bytes of a tar archive or anything that JSON can say. Returns parsed JSON, or
        None for an empty answer. Raises EngineError.
        """
        target = f"/v{self._version}{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        headers = {}
        content: bytes | None = None
        if isinstance(body, bytes):
            content, headers = body, {"Content-Type": "application/x-tar"}
        elif body is not None:
            content, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        status, answer = self._exchange(method, target, content, headers, max(seconds, 0.1))
        if status >= 300 and status != 304:
            raise EngineError(f"the engine answered {status} to {method} {path}: {message_of(answer)}", _kind(status))
        if not answer.strip():
            return None
        try:
            return bounds.parse_json(answer, _DOCUMENT, f"the engine's answer to {path}")
        except TooMuch as fault:
            raise EngineError(fault.reason, fault.kind) from None
        except ValueError:
            return _last_line(answer, path)

    def events(self, since: float, until: float, kind: str, seconds: float) -> list[dict[str, t.Any]]:
        """Return the events of a kind between two moments in the past."""
        query = {"since": f"{since:.6f}", "until": f"{until:.6f}", "filters": json.dumps({"type": [kind]})}
        target = f"/v{self._version}/events?{urlencode(query)}"
        status, answer = self._exchange("GET", target, None, {}, max(seconds, 0.1))
        if status != 200:
            raise EngineError(f"the engine answered {status} to /events: {message_of(answer)}")
        found = []
        for line in answer.splitlines():
            try:
                event = bounds.parse_json(line, _LINE, "an event")
            except (TooMuch, ValueError):
                continue
            if isinstance(event, dict):
                found.append(event)
        return found

    def _exchange(
        self, method: str, target: str, content: bytes | None, headers: dict[str, str], seconds: float
    ) -> tuple[int, bytes]:
        # One limit for all of it: many small parts must not stretch it.
        connection = UnixConnection(self._path)
        connection.start_request(Meter(seconds, 2 * bounds.WRITE_ANSWER_BYTES + bounds.HEADER_BYTES))
        try:
            # An engine that cannot store what is sent answers before it has read all of it. Its answer says why.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, target, body=content, headers=headers)
            response = connection.getresponse()
            return response.status, read_body(response, bounds.WRITE_ANSWER_BYTES)
        except TooMuch as fault:
            raise EngineError(fault.reason, fault.kind) from None
        except socket.timeout:
            raise EngineError(f"the engine did not answer {method} within {seconds:g} seconds", "timeout") from None
        except (OSError, http.client.HTTPException) as error:
            raise EngineError(f"the engine broke off {method} {target.split('?')[0]}: {error!r}", "refused") from None
        finally:
            connection.close()


def _kind(status: int) -> str:
    return {403: "denied", 404: "absent"}.get(status, "failed")


def _last_line(answer: bytes, path: str) -> t.Any:
    """Return the last line of the progress, which has one document for each line. It contains the result."""
    documents = []
    for line in answer.splitlines():
        try:
            documents.append(bounds.parse_json(line, _LINE, "a line of progress"))
        except (TooMuch, ValueError):
            continue
    failed = [entry for entry in documents if isinstance(entry, dict) and entry.get("error")]
    if failed:
        raise EngineError(f"the engine answered to {path}: {shortened(str(failed[0]['error']))}")
    return documents[-1] if documents else None
