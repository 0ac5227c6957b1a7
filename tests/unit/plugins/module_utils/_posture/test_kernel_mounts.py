# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container that may mount decides how long its tables of mounts are."""

from __future__ import annotations

import types

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers import kernel_mounts
from ansible_collections.seawall.docker.tests.support.dictionary_host import DictionaryHost, container, context_of


def test_the_mounts_of_one_container_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    pids = list(range(10, 20))
    links = {f"/proc/{pid}/ns/mnt": f"mnt:[{pid}]" for pid in pids}
    links["/proc/10/root"] = "/"
    context = context_of(DictionaryHost({}, links), container())
    read: list[int] = []

    def mounts_of(_context: object, pid: int) -> list[None]:
        read.append(pid)
        return [None] * 5_000

    monkeypatch.setattr(kernel_mounts, "first_process", lambda *_of: types.SimpleNamespace(pid=10))
    monkeypatch.setattr(kernel_mounts, "pids_by_container", lambda _context: {"it": pids})
    monkeypatch.setattr(kernel_mounts, "mounts_of_process", mounts_of)
    with pytest.raises(Unread, match="more than 20,000 mounts"):
        kernel_mounts.kernel_mounts(context, {"id": "it", "pid": 10})
    # The tables of the other processes are not even read.
    assert read == pids[:5]
    assert len(kernel_mounts.kernel_mounts(context, {"id": "none", "pid": 10}) or []) == 5_000
