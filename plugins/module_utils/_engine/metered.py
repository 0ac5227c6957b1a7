# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections whose reads have one deadline and one bound of bytes for each request."""

from __future__ import annotations

import http.client
import socket
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch


class Meter:
    """One deadline and one number of bytes for all reads of an answer, including its headers.

    So a peer that sends very slowly cannot keep a request open, and endless headers or chunks are not read.
    """

    def __init__(self, seconds: float, max_bytes: int) -> None:
        self._deadline = time.monotonic() + seconds
        self._bytes_left = max_bytes
        self.bytes_read = 0

    def seconds_left(self) -> float:
        """Return the seconds until the deadline. Raises socket.timeout if it has passed."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout
        return left

    def count(self, size: int) -> None:
        """Count the bytes of a read. Raises TooMuch if the answer is longer than allowed."""
        self.bytes_read += size
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise TooMuch(f"the engine's answer did not end after {self.bytes_read} bytes")


class Metered:
    """A socket whose reads use the meter of the running request. As a base class it must be before the class of the
    socket."""

    meter: Meter

    def recv_into(self, *arguments: t.Any, **options: t.Any) -> int:
        reader = t.cast(t.Any, super())
        t.cast(socket.socket, self).settimeout(self.meter.seconds_left())
        size: int = reader.recv_into(*arguments, **options)
        self.meter.count(size)
        return size


class MeteredSocket(Metered, socket.socket):
    """A plain socket with a meter."""


class MeteredConnection(http.client.HTTPConnection):
    """An HTTP connection that is kept open, with a meter for each request. Subclasses open the socket."""

    sock: t.Any

    def __init__(self, host: str = "localhost", port: int | None = None) -> None:
        super().__init__(host, port)
        self.meter = Meter(0, 0)

    def open_socket(self) -> t.Any:
        """Return a connected socket whose reads use ``self.meter``."""
        raise NotImplementedError  # interface

    def connect(self) -> None:
        self.sock = self.open_socket()

    def start_request(self, meter: Meter) -> None:
        """Set the deadline and the bound of the next request, also on a kept connection."""
        self.meter = meter
        if self.sock is not None:
            self.sock.meter = meter
            self.sock.settimeout(meter.seconds_left())
