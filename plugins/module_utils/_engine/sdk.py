# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read an engine at tcp:// (plain or TLS) or ssh://.

The Docker SDK parses the address, checks the TLS options and starts the ssh program. The client of unix sockets sends
the requests, so that the same limits apply: the SDK follows redirects, decompresses answers, and waits again for every
byte.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import os
import select
import socket
import ssl
import traceback
import typing as t
from urllib.parse import urlsplit

from ansible_collections.seawall.docker.plugins.module_utils._engine.answers import shortened
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import (
    EngineError,
    HttpEngine,
    negotiated_version,
)
from ansible_collections.seawall.docker.plugins.module_utils._engine.metered import (
    Meter,
    Metered,
    MeteredConnection,
    MeteredSocket,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import Budget

DOCKER_IMPORT_ERROR: t.Optional[str]
try:
    import docker
    import docker.errors
    import docker.tls
    import docker.utils
    from requests.utils import DEFAULT_CA_BUNDLE_PATH
except ImportError:
    DOCKER_IMPORT_ERROR = traceback.format_exc()
else:
    DOCKER_IMPORT_ERROR = None

# How long the ssh program may take to end.
_SSH_END_SECONDS = 2


class SdkEngine(HttpEngine):
    """The few requests of an audit to an engine on another host.

    The address is always given: ``docker.from_env()`` uses the context of the command line and may reach another
    daemon. The environment decides neither about a certificate authority nor about a proxy.
    """

    def __init__(self, address: str, timeout: float, tls: t.Any = None, budget: Budget | None = None) -> None:
        self.address = address
        super().__init__(address, _connection(address, tls), timeout, budget)
        try:
            version = self._get_json("/version", f"{self._prefix}/version")
            if not isinstance(version, dict):
                raise EngineError(f"what answers at {address} is not a Docker Engine", "protocol")
            self.api_version = negotiated_version(str(version.get("ApiVersion", "")))
        except EngineError:
            self.close()
            raise

    @property
    def _prefix(self) -> str:
        return t.cast("_TcpConnection", self._connection).prefix

    def _request(self, target: str, bound: t.Any) -> tuple[t.Any, bytes]:
        if not target.startswith(self._prefix):
            target = self._prefix + target
        return super()._request(target, bound)

    def fault_of(self, error: Exception) -> EngineError:
        if isinstance(error, socket.timeout):
            return EngineError(
                f"cannot use the engine at {self.address}: it did not answer within {self._timeout:g} seconds",
                "timeout",
            )
        text = shortened(" ".join(str(error).split()))
        kind = "protocol" if isinstance(error, http.client.HTTPException) else "failed"
        return EngineError(f"cannot use the engine at {self.address}: {text or type(error).__name__}", kind)


class _TlsSocket(Metered, ssl.SSLSocket):
    """A TLS socket with a meter. The handshake has its own deadline."""


class _TcpConnection(MeteredConnection):
    """``prefix`` is the path in the address, below which the engine answers."""

    def __init__(self, host: str, port: int, prefix: str = "", tls: ssl.SSLContext | None = None) -> None:
        super().__init__(host, port)
        self.prefix = prefix
        self._tls = tls

    def open_socket(self) -> t.Any:
        connection = self._connected()
        if self._tls is None:
            return connection
        try:
            connection.settimeout(self.meter.seconds_left())
            wrapped = t.cast(_TlsSocket, self._tls.wrap_socket(connection, server_hostname=self.host))
        except BaseException:
            connection.close()
            raise
        wrapped.meter = self.meter
        return wrapped

    def _connected(self) -> MeteredSocket:
        fault: OSError | None = None
        for family, kind, protocol, _name, place in socket.getaddrinfo(self.host, self.port, 0, socket.SOCK_STREAM):
            connection = MeteredSocket(family, kind, protocol)
            connection.meter = self.meter
            try:
                connection.settimeout(self.meter.seconds_left())
                connection.connect(place)
            except OSError as error:
                connection.close()
                fault = error
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
        raise fault or OSError(f"no address belongs to {self.host}")


class _SshStream(io.RawIOBase):
    """The output of the ssh program."""

    def __init__(self, descriptor: int, owner: _SshSocket) -> None:
        self._descriptor = descriptor
        self._owner = owner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int:
        if not select.select([self._descriptor], [], [], self._owner.meter.seconds_left())[0]:
            raise socket.timeout
        content = os.read(self._descriptor, len(buffer))
        self._owner.meter.count(len(content))
        buffer[: len(content)] = content
        return len(content)


class _SshSocket:
    """The ssh program of the SDK, with the methods of a socket that http.client needs."""

    def __init__(self, place: str, meter: Meter) -> None:
        self.meter = meter
        try:
            from docker.transport.sshconn import SSHSocket
        except ImportError as error:
            raise EngineError(f"ssh:// needs the Python package {error.name or 'paramiko'} beside docker") from None
        # The host's own ssh program, since it knows the keys, agents and known hosts of its user.
        self._ssh = SSHSocket(place)
        self._ssh.connect()
        self._program: t.Any = self._ssh.proc

    def settimeout(self, _seconds: float) -> None:
        """Do nothing: the meter decides."""

    def sendall(self, content: bytes) -> None:
        self._ssh.sendall(content)

    def makefile(self, _mode: str) -> t.BinaryIO:
        return t.cast(t.BinaryIO, io.BufferedReader(_SshStream(self._program.stdout.fileno(), self)))

    def close(self) -> None:
        program = self._program
        with contextlib.suppress(OSError, ValueError):
            program.terminate()
        try:
            program.wait(_SSH_END_SECONDS)
        except Exception:  # noqa: BLE001 - the class belongs to subprocess, which modules do not import
            program.kill()
            program.wait()
        for stream in (program.stdin, program.stdout):
            with contextlib.suppress(OSError, ValueError):
                stream.close()
        with contextlib.suppress(OSError):
            socket.socket.close(self._ssh)


class _SshConnection(MeteredConnection):
    prefix = ""

    def __init__(self, place: str) -> None:
        super().__init__()
        self._place = place

    def open_socket(self) -> _SshSocket:
        return _SshSocket(self._place, self.meter)


def _connection(address: str, tls: t.Any) -> MeteredConnection:
    """Return the connection for an address. Raises EngineError if the address is not valid."""
    try:
        place = str(docker.utils.parse_host(address, tls=bool(tls)))
        parts = urlsplit(place)
        if parts.scheme == "ssh":
            return _SshConnection(place[len("ssh://") :])
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it is neither tcp:// nor ssh://")
        context = _tls_context(tls) if parts.scheme == "https" else None
        return _TcpConnection(parts.hostname, parts.port or 0, parts.path.rstrip("/"), context)
    except (docker.errors.DockerException, OSError, ValueError) as error:
        raise EngineError(f"cannot use the engine at {address}: {shortened(' '.join(str(error).split()))}") from None


def _tls_context(tls: t.Any) -> ssl.SSLContext:
    """Return the TLS context for the configuration of the SDK. Raises OSError for files that cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _TlsSocket
    if tls is not None and not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations((tls.ca_cert if tls is not None else None) or DEFAULT_CA_BUNDLE_PATH)
    if tls is not None and tls.cert:
        # Without a passphrase: the library would ask for one on the terminal.
        certificate, key = tls.cert
        context.load_cert_chain(certificate, key, lambda: b"")
    return context


def tls_settings(options: dict[str, t.Any]) -> t.Any:
    """Return the TLS configuration of the SDK from the options of the module, or None for a plain connection.

    Raises EngineError if certificate files are missing, or if only one of two is given.
    """
    wanted = options["tls"] or options["validate_certs"]
    if not wanted:
        return None
    certificate, key = options["client_cert"], options["client_key"]
    if bool(certificate) != bool(key):
        raise EngineError("client_cert and client_key belong together; only one of them is given")
    try:
        return docker.tls.TLSConfig(
            client_cert=(certificate, key) if certificate else None,
            ca_cert=options["ca_path"],
            verify=options["validate_certs"],
        )
    except docker.errors.TLSParameterError as error:
        raise EngineError(f"the TLS options do not fit: {error.msg}") from None
