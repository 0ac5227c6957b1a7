# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets of another network namespace: that of a container, or of the engine.

A socket stays in the namespace in which it was made. So a thread of its own enters the namespace, makes the socket, and
ends. The other threads are never anywhere else than before.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import socket
import threading
import time
import typing as t

_CLONE_NEWNET = 0x40000000
_GRAIN_SECONDS = 0.2
TOKEN_BYTES = 16

Made = t.TypeVar("Made")


class Peer(t.NamedTuple):
    """A place to connect from or to: ``namespace`` is an open file of a network namespace."""

    namespace: int
    address: str
    port: int


def open_namespace(pid: int | None) -> int:
    """Open the network namespace of a process, or of this one. Raises OSError."""
    return os.open(f"/proc/{pid or 'self'}/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def in_namespace(namespace: int, make: t.Callable[[], Made]) -> Made:
    """Call ``make`` in the network namespace and return what it returns. Raises OSError."""
    made: list[Made] = []
    faults: list[OSError] = []

    def enter_and_make() -> None:
        try:
            _enter(namespace)
            made.append(make())
        except OSError as error:
            faults.append(error)

    thread = threading.Thread(target=enter_and_make, daemon=True)
    thread.start()
    thread.join()
    if faults:
        raise faults[0]
    return made[0]


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def listening_socket(namespace: int, port: int) -> socket.socket:
    """Listen in the namespace at all of its IPv4 addresses. Raises OSError."""

    def make() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            made.bind(("", port))
            made.listen(4)
            made.setblocking(False)
        except OSError:
            made.close()
            raise
        return made

    return in_namespace(namespace, make)


def connecting_socket(namespace: int, address: str, port: int) -> socket.socket:
    """Begin a connection from the namespace. Raises OSError where it cannot even begin."""

    def make() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setblocking(False)
        try:
            with contextlib.suppress(BlockingIOError):
                made.connect((address, port))
        except OSError:
            made.close()
            raise
        return made

    return in_namespace(namespace, make)


def reaches(listener: socket.socket, peer: Peer, seconds: float) -> bool:
    """Whether a connection to the peer's address ends at the listener. A proxy between them may accept a connection that
    it cannot pass on, so what the listener sends must arrive.
    """
    token = os.urandom(TOKEN_BYTES)
    deadline = time.monotonic() + seconds
    open_sockets: list[socket.socket] = []
    try:
        client = connecting_socket(peer.namespace, peer.address, peer.port)
        open_sockets.append(client)
        received = b""
        while time.monotonic() < deadline:
            readable, _writable, _odd = select.select([listener, client], [], [], _GRAIN_SECONDS)
            if listener in readable:
                accepted = listener.accept()[0]
                open_sockets.append(accepted)
                accepted.setblocking(False)
                accepted.send(token)
            if client in readable:
                part = client.recv(TOKEN_BYTES)
                received += part
                if received == token:
                    return True
                if not part:
                    return False
        return False
    except OSError:
        return False
    finally:
        for one in open_sockets:
            one.close()


def answering(peers: t.Sequence[Peer], seconds: float) -> list[bool]:
    """Whether each of the peers answers to a connection from its namespace, if only with a refusal. All are asked at once."""
    answers = [False] * len(peers)
    waiting: dict[int, tuple[int, socket.socket]] = {}
    deadline = time.monotonic() + seconds
    poll = select.poll()
    try:
        for index, peer in enumerate(peers):
            try:
                client = connecting_socket(peer.namespace, peer.address, peer.port)
            except ConnectionRefusedError:
                answers[index] = True
            except OSError:
                continue
            else:
                waiting[client.fileno()] = (index, client)
                poll.register(client, select.POLLOUT)
        while waiting and time.monotonic() < deadline:
            for descriptor, _events in poll.poll(int(_GRAIN_SECONDS * 1000)):
                index, client = waiting.pop(descriptor)
                poll.unregister(descriptor)
                fault = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                answers[index] = not fault or isinstance(OSError(fault, ""), ConnectionRefusedError)
                client.close()
    finally:
        for _index, client in waiting.values():
            client.close()
    return answers
