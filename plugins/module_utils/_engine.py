# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Engine API, read-only: a unix socket by the standard library, everything else through the docker SDK.

Which client serves depends on the address alone, never on what happens to be installed. Neither client has
a way to send anything but GET, so an audit cannot change an engine.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import struct
import time
import typing as t
from urllib.parse import quote, urlencode

from ansible_collections.seawall.docker.plugins.module_utils._unread import Unread

# The newest API whose answers the collectors were tested with; a newer engine still speaks it.
WANTED_API_VERSION = "1.51"
# 1,000 containers list in about 3 MB; far more is not an engine.
MAX_ANSWER_BYTES = 256 * 1024 * 1024
_PART_BYTES = 64 * 1024


class EngineError(Unread):
    """The engine did not give a usable answer.

    ``kind``: ``absent`` (no socket, or no such object), ``denied``, ``refused`` (nobody listens), ``timeout``,
    ``protocol`` (not what an engine says) or ``failed`` (the engine answered with an error).
    """


class Peer(t.NamedTuple):
    """Who serves a unix socket, as the kernel noted it when the socket began to listen."""

    pid: int
    uid: int


# Looks at who serves the socket before anything is sent, and raises EngineError where that is the wrong one.
Admit = t.Callable[[Peer], None]


class Engine:
    """What collectors may ask an engine. ``get`` returns parsed JSON; all raise ``EngineError``."""

    address: str = ""
    api_version: str = ""
    calls: int = 0

    def get(self, path: str, **query: t.Any) -> t.Any:
        raise NotImplementedError  # interface

    def peer_pid(self) -> int | None:
        """The process at the other end of a unix socket, by the kernel's word; None where there is none."""
        return None

    def close(self) -> None:
        """Give the connection back."""


def version_key(version: str) -> tuple[int, ...]:
    """``1.41`` as (1, 41), so that versions compare as numbers."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def negotiated_version(server: str) -> str:
    """The API version to speak: the newest that both sides know. Raises EngineError where ``server`` is none."""
    if not re.fullmatch(r"\d{1,9}\.\d{1,9}", server):
        raise EngineError("the socket answers, but not as a Docker Engine (no API version)", "protocol")
    return min(server, WANTED_API_VERSION, key=version_key)


def object_path(*parts: str) -> str:
    """A path of the API with every part quoted, since names can come from others."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


class _DeadlineSocket(socket.socket):
    """A socket whose reads share one deadline, so that a drip of bytes cannot hold a request open."""

    deadline: float = 0.0

    def recv_into(self, *arguments: t.Any, **options: t.Any) -> int:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout
        self.settimeout(left)
        return super().recv_into(*arguments, **options)


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket, with a deadline a request."""

    def __init__(self, path: str, timeout: float, admit: Admit | None) -> None:
        super().__init__("localhost", timeout=timeout)
        self.sock: _DeadlineSocket | None = None
        self._path = path
        self._seconds = timeout
        self._admit = admit

    def connect(self) -> None:
        connection = _DeadlineSocket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(self._seconds)
        try:
            connection.connect(self._path)
            if self._admit is not None:
                self._admit(_peer_of(connection))
        except BaseException:
            connection.close()
            raise
        connection.deadline = time.monotonic() + self._seconds
        self.sock = connection

    def begin(self) -> None:
        """Start the deadline of the next request on a kept connection."""
        if self.sock is not None:
            self.sock.deadline = time.monotonic() + self._seconds
            self.sock.settimeout(self._seconds)


def _peer_of(connection: socket.socket) -> Peer:
    """``pid`` is 0 where the peer is in a pid namespace that this process cannot see."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _gid = struct.unpack("3i", credentials)
    return Peer(pid, uid)


class UnixEngine(Engine):
    """An engine behind a unix socket of this host, over one kept connection.

    ``admit`` is called for each new connection: between two of them, another process may have taken the socket.
    """

    def __init__(self, path: str, timeout: float, admit: Admit | None = None) -> None:
        self.address = f"unix://{path}"
        self._path = path
        self._timeout = timeout
        self._connection = _UnixConnection(path, timeout, admit)
        self.calls = 0
        headers, _body = self._request("/_ping")
        if headers.get("Libpod-Api-Version"):
            raise EngineError(f"{path} belongs to Podman, not to a Docker Engine", "protocol")
        self.api_version = negotiated_version(headers.get("Api-Version", ""))

    def get(self, path: str, **query: t.Any) -> t.Any:
        target = f"/v{self.api_version}{path}"
        if query:
            target += "?" + urlencode(query)
        _headers, body = self._request(target)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            self.close()
            raise EngineError(f"the engine's answer to {path} is not JSON", "protocol") from None

    def peer_pid(self) -> int | None:
        if self._connection.sock is None:
            return None
        return _peer_of(self._connection.sock).pid or None

    def close(self) -> None:
        self._connection.close()

    def _request(self, target: str) -> tuple[t.Any, bytes]:
        kept = self._connection.sock is not None
        try:
            return self._exchange(target)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
            # A kept connection may have been closed while idle; a fresh one that breaks is a fault.
            self._connection.close()
            if not kept:
                raise EngineError(f"the engine at {self._path} closed the connection: {error}", "protocol") from None
        try:
            return self._exchange(target)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
            self._connection.close()
            raise EngineError(f"the engine at {self._path} closed the connection: {error}", "protocol") from None

    def _exchange(self, target: str) -> tuple[t.Any, bytes]:
        self.calls += 1
        try:
            self._connection.begin()
            self._connection.request("GET", target)
            response = self._connection.getresponse()
            body = _read_body(response)
        except socket.timeout:
            self._connection.close()
            raise EngineError(
                f"the engine at {self._path} did not answer within {self._timeout:g} seconds", "timeout"
            ) from None
        except PermissionError:
            raise EngineError(
                f"not permitted to use the Docker socket {self._path}; run the audit with become, "
                "or as a member of the socket's group",
                "denied",
            ) from None
        except FileNotFoundError:
            raise EngineError(f"there is no Docker socket at {self._path}", "absent") from None
        except ConnectionRefusedError:
            raise EngineError(f"the Docker socket {self._path} exists, but nobody listens on it", "refused") from None
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            raise
        except EngineError:
            self._connection.close()
            raise
        except http.client.HTTPException as error:
            self._connection.close()
            raise EngineError(
                f"what answers at {self._path} is not a Docker Engine ({type(error).__name__})", "protocol"
            ) from None
        except OSError as error:
            self._connection.close()
            raise EngineError(f"cannot use the Docker socket {self._path}: {error}") from None
        if response.status != 200:
            raise _http_error(target, response.status, body)
        return response.headers, body


def _read_body(response: http.client.HTTPResponse) -> bytes:
    # In parts: Python 3.8 allocates as much as it is asked to read.
    parts = []
    size = 0
    while True:
        part = response.read(_PART_BYTES)
        if not part:
            break
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise EngineError(f"the engine's answer is larger than {MAX_ANSWER_BYTES} bytes", "protocol")
        parts.append(part)
    body = b"".join(parts)
    declared = response.headers.get("Content-Length", "")
    if re.fullmatch(r"[0-9]{1,18}", declared) and int(declared) != len(body):
        raise http.client.IncompleteRead(body)
    return body


def _http_error(target: str, status: int, body: bytes) -> EngineError:
    try:
        message = str(json.loads(body)["message"])[:300]
    except (ValueError, KeyError, TypeError, RecursionError):
        message = "no message"
    kind = {403: "denied", 404: "absent"}.get(status, "failed")
    return EngineError(f"the engine answered {status} to {target.split('?')[0]}: {message}", kind)
