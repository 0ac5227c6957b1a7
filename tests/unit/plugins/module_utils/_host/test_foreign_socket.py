# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A socket of another process is asked, and its owner cannot keep the module waiting."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time

from ansible_collections.seawall.docker.plugins.module_utils._host import foreign_socket


def test_the_last_copy_of_a_socket_with_unsent_data_is_closed_without_waiting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())
        peer, _address = server.accept()
        with peer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 600))
            client.setblocking(False)
            try:
                while True:
                    client.send(b"x" * 65536)
            except BlockingIOError:
                pass  # nobody reads it, so its end would wait
            copy = os.dup(client.fileno())
            os.close(client.detach())
            worker = threading.Thread(target=foreign_socket._close, args=(copy,), daemon=True)
            worker.start()
            worker.join(30)
            assert not worker.is_alive()
            # What waits for the end of that one takes no other copy with it.
            for _time in range(3):
                reading, writing = os.pipe()
                os.close(reading)
                foreign_socket._close(writing)
                assert is_closed_soon(writing)


def is_closed_soon(descriptor: int) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            os.fstat(descriptor)
        except OSError:
            return True
        time.sleep(0.001)
    return False


def test_one_thread_closes_the_copies_of_many_sockets() -> None:
    before = threading.active_count()
    for _time in range(50):
        one, other = socket.socketpair()
        other.close()
        copy = one.detach()
        foreign_socket._close(copy)
        assert is_closed_soon(copy)
    assert threading.active_count() <= before + 2
