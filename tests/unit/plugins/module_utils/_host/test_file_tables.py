# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of open files of this process's own threads, as the kernel compares them."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import threading
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host import file_tables
from ansible_collections.seawall.docker.plugins.module_utils._host.file_tables import same_table

_CLONE_FILES = 0x400


def thread_number(make_own_table: bool) -> t.Tuple[int, threading.Event]:
    """Start a thread, and return its number and what ends it."""
    end, known = threading.Event(), threading.Event()
    number: t.List[int] = []

    def run() -> None:
        if make_own_table:
            assert ctypes.CDLL(None, use_errno=True).unshare(_CLONE_FILES) == 0
        number.append(threading.get_native_id())
        known.set()
        end.wait(30)

    threading.Thread(target=run, daemon=True).start()
    assert known.wait(30)
    return number[0], end


@pytest.mark.parametrize("own", [True, False])
def test_a_thread_shares_its_files_unless_it_made_a_table_of_its_own(own: bool) -> None:
    thread, end = thread_number(own)
    try:
        assert same_table(os.getpid(), thread) is not own
        assert same_table(thread, os.getpid()) is not own
    finally:
        end.set()


def test_a_process_that_ended_has_no_table() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    with pytest.raises(ProcessLookupError):
        same_table(os.getpid(), child)


@pytest.mark.parametrize(("machine", "largest"), [("sparc64", 2**63), ("x86_64", 2**31 - 1)])
def test_no_call_is_made_whose_number_is_not_known(machine: str, largest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(file_tables.sys, "maxsize", largest)
    monkeypatch.setattr(file_tables, "system_call", lambda *_arguments: pytest.fail("a call was made"))
    with pytest.raises(OSError, match=os.strerror(errno.ENOSYS)):
        same_table(os.getpid(), os.getpid())
