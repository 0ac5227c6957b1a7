# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the Engine API: over a unix socket with the standard library, otherwise with the Docker SDK.

Only the address decides which client is used, not what happens to be installed. Neither client can send anything but
GET, so an audit cannot change an engine.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import socket
import struct
import typing as t
from urllib.parse import quote, urlencode

from ansible_collections.seawall.docker.plugins.module_utils._engine.ahead import Ahead
from ansible_collections.seawall.docker.plugins.module_utils._engine.answers import message_of, read_body
from ansible_collections.seawall.docker.plugins.module_utils._engine.metered import (
    Meter,
    MeteredConnection,
    MeteredSocket,
)
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import Bound, Budget, TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# The newest API whose answers the collectors were tested with; a newer engine still speaks it.
WANTED_API_VERSION = "1.51"

# What is raised where the other end closed a connection.
_CLOSED = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)


class EngineError(Unread):
    """The engine did not give a usable answer.

    ``kind`` is ``absent`` (no socket, or no such object), ``denied``, ``refused`` (nobody listens), ``timeout``,
    ``protocol`` (not an answer of an engine), ``bound`` (more than is read) or ``failed`` (the engine answered with an
    error). ``status`` is that of HTTP, if the engine answered with an error.
    """

    status: int | None = None


class Peer(t.NamedTuple):
    """The process that serves a unix socket, as the kernel recorded it when the socket began to listen.

    ``pid`` is 0 if that process is in a pid namespace that this process cannot see.
    """

    pid: int
    uid: int


class ForeignEngine(EngineError):
    """The process that serves the socket belongs neither to root nor to the user of this process."""

    def __init__(self, path: str, peer: Peer) -> None:
        super().__init__(
            f"the Docker socket {path} is served by process {peer.pid} of user {peer.uid}, not by root: "
            "whose engine it is cannot be told, so nothing that it says is believed",
            "denied",
        )
        self.uid = peer.uid


# Looks at who serves the socket before anything is sent, and raises EngineError where that is the wrong one.
Admit = t.Callable[[Peer], None]


def admit_root_or_own(path: str) -> Admit:
    """Allow a connection to an engine of root or of the user of this process."""

    def admit(peer: Peer) -> None:
        if peer.uid not in (0, os.geteuid()):
            raise ForeignEngine(path, peer)

    return admit


class Engine:
    """The requests that collectors may send to an engine. ``get`` returns parsed JSON. All of them raise
    ``EngineError``."""

    address: str = ""
    api_version: str = ""
    calls: int = 0

    def get(self, path: str, **query: t.Any) -> t.Any:
        raise NotImplementedError  # interface

    def begin(self, path: str, **query: t.Any) -> None:
        """Send a request whose answer ``get`` reads later, so that the engine works meanwhile. Where this is not possible,
        nothing is done, and ``get`` sends the request itself."""

    def peer_pid(self) -> int | None:
        """Return the process that began to listen at the unix socket, as the kernel shows it: 0 if it is in a pid
        namespace that this process cannot see, None if the engine is not at a unix socket."""
        return None

    def close(self) -> None:
        """Give the connection back."""


def version_key(version: str) -> tuple[int, ...]:
    """Return ``1.41`` as (1, 41), so that versions are compared as numbers."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def negotiated_version(server: str) -> str:
    """Return the newest API version that both sides know. Raises EngineError if ``server`` is not a version."""
    if not re.fullmatch(r"\d{1,9}\.\d{1,9}", server):
        raise EngineError("the socket answers, but not as a Docker Engine (no API version)", "protocol")
    return min(server, WANTED_API_VERSION, key=version_key)


def object_path(*parts: str) -> str:
    """Return a path of the API with every part quoted, since names can come from others."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


class UnixConnection(MeteredConnection):
    """HTTP over a unix socket of this host.

    ``admit`` is called for each new connection, since another process may have replaced the socket in between.
    """

    def __init__(self, path: str, admit: Admit | None = None) -> None:
        super().__init__()
        self._path = path
        self._admit = admit or admit_root_or_own(path)
        # Of the last connection that was made: whoever closes each after its answer is known all the same.
        self.peer = Peer(0, 0)

    def open_socket(self) -> MeteredSocket:
        connection = MeteredSocket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.meter = self.meter
        try:
            connection.settimeout(self.meter.seconds_left())
            connection.connect(self._path)
            self.peer = _peer_of(connection)
            self._admit(self.peer)
        except BaseException:
            connection.close()
            raise
        return connection


def _peer_of(connection: socket.socket) -> Peer:
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _gid = struct.unpack("3i", credentials)
    return Peer(pid, uid)


class _Answer(t.NamedTuple):
    status: int
    headers: t.Any
    body: bytes


class HttpEngine(Engine):
    """An engine at the other end of one connection, of whatever kind.

    Each answer is limited by its kind and has one deadline. All answers together have the budget of the engine, which
    is part of ``budget``, that of the whole module. A redirect is an error, and compressed answers are refused, so a
    request can lead neither to another host nor to more data.
    """

    def __init__(self, name: str, connection: MeteredConnection, timeout: float, budget: Budget | None = None) -> None:
        self._name = name
        self._connection = connection
        self._timeout = timeout
        self.calls = 0
        self.budget = Budget(
            f"the client of {name}",
            bounds.ENGINE_BYTES,
            # A site that gives one request more time than this means it.
            max(bounds.ENGINE_SECONDS, timeout),
            bounds.ENGINE_VALUES,
            budget,
        )

    def get(self, path: str, **query: t.Any) -> t.Any:
        return self._get_json(path, self._target(path, query))

    def _target(self, path: str, query: dict[str, t.Any]) -> str:
        target = f"/v{self.api_version}{path}"
        return f"{target}?{urlencode(query)}" if query else target

    def close(self) -> None:
        self._connection.close()

    def _get_json(self, path: str, target: str) -> t.Any:
        bound = bounds.bound_of(path)
        _headers, body = self._request(target, bound)
        try:
            with self.budget.running():
                return bounds.parse_json(body, bound, f"the engine's answer to {path}", self.budget)
        except TooMuch as fault:
            raise EngineError(fault.reason, fault.kind) from None
        except ValueError:
            raise EngineError(f"the engine's answer to {path} is not JSON", "protocol") from None

    def _request(self, target: str, bound: Bound) -> tuple[t.Any, bytes]:
        """Return the headers and the body of an answer that is no error."""
        answer = self._ask(target, bound)
        if answer.status != 200:
            raise _http_error(target, answer)
        return answer.headers, answer.body

    def _ask(self, target: str, bound: Bound) -> _Answer:
        kept = self._connection.sock is not None
        try:
            return self._exchange(target, bound)
        except _CLOSED as error:
            # A kept connection may have been closed while idle; a fresh one that breaks is a fault.
            self._connection.close()
            if not kept:
                raise EngineError(f"the engine at {self._name} closed the connection: {error}", "protocol") from None
        try:
            return self._exchange(target, bound)
        except _CLOSED as error:
            self._connection.close()
            raise EngineError(f"the engine at {self._name} closed the connection: {error}", "protocol") from None

    def _exchange(self, target: str, bound: Bound, begun: MeteredConnection | None = None) -> _Answer:
        """Send a request, unless it is ``begun``, and read its answer."""
        try:
            self.budget.check()
        except TooMuch as fault:
            raise EngineError(fault.reason, fault.kind) from None
        connection = begun or self._connection
        # Twice: chunks have headers of their own.
        meter = Meter(min(self._timeout, self.budget.seconds_left()), 2 * bound.bytes + bounds.HEADER_BYTES)
        try:
            with self.budget.running():
                connection.start_request(meter)
                if begun is None:
                    self.calls += 1
                    connection.request("GET", target)
                response = connection.getresponse()
                body = self._body(connection, response, target, bound)
        except _CLOSED:
            raise
        except EngineError:
            connection.close()
            raise
        except TooMuch as fault:
            connection.close()
            raise EngineError(fault.reason, fault.kind) from None
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise self.fault_of(error) from None
        finally:
            self._count(meter)
        return _Answer(response.status, response.headers, body)

    def _count(self, meter: Meter) -> None:
        # Where this spent the budget, the answer is here all the same, and the next one is not asked for.
        with contextlib.suppress(TooMuch):
            self.budget.spend(meter.bytes_read)

    @staticmethod
    def _body(connection: MeteredConnection, response: http.client.HTTPResponse, target: str, bound: Bound) -> bytes:
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise EngineError(
                f"the engine's answer to {_plain_path(target)} is encoded ({_printable(encoding)}), "
                "which nobody asked for, and is not read",
                "protocol",
            )
        if response.status == 200:
            return read_body(response, bound.bytes)
        try:
            return read_body(response, bounds.SHORT_ANSWER.bytes)
        except TooMuch:
            connection.close()
            return b""

    def fault_of(self, error: Exception) -> EngineError:
        """Return what went wrong with the connection, in one sentence."""
        if isinstance(error, socket.timeout):
            return EngineError(f"the engine at {self._name} did not answer within {self._timeout:g} seconds", "timeout")
        return EngineError(f"cannot use the engine at {self._name}: {error}")


class UnixEngine(HttpEngine):
    """An engine at a unix socket of this host, over one connection, and those of requests that were begun."""

    def __init__(self, path: str, timeout: float, budget: Budget | None = None, admit: Admit | None = None) -> None:
        self._opened = UnixConnection(path, admit)
        self._ahead = Ahead(lambda: UnixConnection(path, admit))
        super().__init__(path, self._opened, timeout, budget)
        self.address = f"unix://{path}"
        headers, _body = self._request("/_ping", bounds.bound_of("/_ping"))
        if headers.get("Libpod-Api-Version"):
            raise EngineError(f"{path} belongs to Podman, not to a Docker Engine", "protocol")
        self.api_version = negotiated_version(headers.get("Api-Version", ""))

    def begin(self, path: str, **query: t.Any) -> None:
        with contextlib.suppress(TooMuch), self.budget.running():
            self.budget.check()
            if self._ahead.send(self._target(path, query), min(self._timeout, self.budget.seconds_left())):
                self.calls += 1

    def close(self) -> None:
        super().close()
        self._ahead.close()

    def _ask(self, target: str, bound: Bound) -> _Answer:
        begun = self._ahead.take(target)
        if begun is not None:
            try:
                answer = self._exchange(target, bound, begun)
            except _CLOSED:
                begun.close()
            except EngineError:
                begun.close()
                raise
            else:
                if self._ahead.keep(begun):
                    return answer
            # The engine may have ended. Whoever serves the socket now is looked at before anything is asked.
            self._connection.close()
        return super()._ask(target, bound)

    def peer_pid(self) -> int | None:
        return self._opened.peer.pid

    def fault_of(self, error: Exception) -> EngineError:
        path = self._name
        if isinstance(error, PermissionError):
            return EngineError(
                f"not permitted to use the Docker socket {path}; run the audit with become, "
                "or as a member of the socket's group",
                "denied",
            )
        if isinstance(error, FileNotFoundError):
            return EngineError(f"there is no Docker socket at {path}", "absent")
        if isinstance(error, ConnectionRefusedError):
            return EngineError(f"the Docker socket {path} exists, but nobody listens on it", "refused")
        if isinstance(error, http.client.HTTPException):
            return EngineError(f"what answers at {path} is not a Docker Engine ({type(error).__name__})", "protocol")
        if isinstance(error, socket.timeout):
            return super().fault_of(error)
        return EngineError(f"cannot use the Docker socket {path}: {error}")


def _http_error(target: str, answer: _Answer) -> EngineError:
    status, path = answer.status, _plain_path(target)
    if 300 <= status < 400:
        where = _printable(answer.headers.get("Location", "nowhere"))
        return EngineError(
            f"the engine answered {status} to {path}: a redirect to {where}, which is not followed", "protocol"
        )
    kind = {403: "denied", 404: "absent"}.get(status, "failed")
    error = EngineError(f"the engine answered {status} to {path}: {message_of(answer.body)}", kind)
    error.status = status
    return error


def _plain_path(target: str) -> str:
    return target.split("?", maxsplit=1)[0]


def _printable(text: str) -> str:
    """Return the text of a header for a message. Everything that is neither an address nor a word of HTTP is left out,
    including credentials."""
    text = re.sub(r"//[^/@]*@", "//", text.split("?", maxsplit=1)[0])
    return re.sub(r"[^ -~]", "?", text)[:100]
