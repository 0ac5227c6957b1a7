# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that a user chooses stand in lists of the kernel. They end no line and add none."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import identity, service_units, sockets
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.tests.support.record_here import run_command

_PR_SET_NAME = 15
SEPARATORS = ["\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"]


@pytest.fixture(params=["\rUid:\t9\t9\t9\t9", "\x0bUid:\t9\t9\t9\t9", "\x1dUid:\t9"])
def named(request: pytest.FixtureRequest) -> t.Iterator[int]:
    """A process of this user that has given itself a name with a line about another user."""
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).prctl(_PR_SET_NAME, request.param.encode(), 0, 0, 0)
        time.sleep(60)
        os._exit(0)
    try:
        deadline = time.monotonic() + 10
        while b"Uid:" not in _name_of(pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _name_of(pid: int) -> bytes:
    with open(f"/proc/{pid}/comm", "rb") as stream:
        return stream.read()


def test_a_process_belongs_to_its_user_whatever_its_name_is(named: int) -> None:
    assert b"Uid:" in _name_of(named)
    assert identity._users(Host(run_command), named) == {os.getuid()}


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("prefix", ["0::", "1:name=systemd:", "3:cpu:"])
def test_a_control_group_is_one_whatever_its_name_is(separator: str, prefix: str) -> None:
    path = f"/user.slice/user-1000.slice/x{separator}{prefix}/system.slice/docker.service"
    assert service_units._group_in(f"0::{path}\n") == path
    assert service_units._group_in(f"4:memory:/\n1:name=systemd:{path}\n0::/\n") == path


class Table(Host):
    """A host with this list of unix sockets."""

    def __init__(self, *paths: str) -> None:
        super().__init__(run_command)
        rows = [
            f"0000000000000000: 00000002 00000000 00010000 0001 01 {100 + number} {path}"
            for number, path in enumerate(paths)
        ]
        self._text = "\n".join(["Num RefCount Protocol Flags Type St Inode Path", *rows, ""])

    def read_bytes(self, path: str, max_bytes: int = 0) -> bytes:
        return self._text.encode()


ROW = "0000000000000000: 00000002 00000000 00010000 0001 01"


@pytest.mark.parametrize("separator", SEPARATORS)
def test_the_path_of_a_socket_adds_no_other_socket(separator: str) -> None:
    host = Table("/run/docker.sock", f"/tmp/x{separator}{ROW} 7 /run/docker.sock")
    assert sockets.listening_inodes(host, "self", "/run/docker.sock") == {"100"}


@pytest.mark.parametrize(
    "row", ["a b c d e f g h", f"{ROW} x /run/docker.sock", f"{ROW[:-2]}zz 7 /run/docker.sock", "", " " * 50, ":" * 90]
)
def test_a_path_with_a_line_feed_fails_nothing(row: str) -> None:
    host = Table("/run/docker.sock", f"/tmp/x\n{row}")
    assert sockets.listening_inodes(host, "self", "/run/docker.sock") == {"100"}


@pytest.mark.parametrize("path", ["/run/docker.sock", "/run/other/docker.sock"])
def test_a_socket_that_is_in_the_list_twice_is_not_known(path: str) -> None:
    host = Table("/run/docker.sock", "/run/other.sock", f"/tmp/x\n{ROW} 101 /run/docker.sock\n{ROW} 100 {path}")
    with pytest.raises(Unread, match="has the socket 10[01] twice"):
        sockets.listening_inodes(host, "self", "/run/docker.sock")
    assert sockets.listening_inodes(host, "self", "/tmp/x") == {"102"}


@pytest.fixture(name="own_sockets")
def _own_sockets(tmp_path: Path) -> t.Iterator[t.Tuple[Path, t.List[socket.socket]]]:
    """Sockets of this process that listen: one with an ordinary path, one whose path has rows about the other in it."""
    first, second = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        first.bind("plain")
        second.bind(f"x\n{ROW} {os.fstat(first.fileno()).st_ino} s")
        first.listen()
        second.listen()
        yield tmp_path, [first, second]
    finally:
        os.chdir(before)
        first.close()
        second.close()


def test_the_kernel_writes_line_feeds_and_nothing_is_believed(
    own_sockets: t.Tuple[Path, t.List[socket.socket]],
) -> None:
    with pytest.raises(Unread, match="twice"):
        sockets.listening_sockets(Host(run_command), os.getpid())
