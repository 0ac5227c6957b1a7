# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other daemons are processes of their own, not what the audited one is about to run."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import other_daemons
from ansible_collections.seawall.docker.tests.support.dictionary_host import DictionaryHost, container, context_of

DAEMON = 100


def test_a_process_that_the_daemon_began_is_no_other_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    parents = {DAEMON: 1, 200: 1, 300: DAEMON, 400: 200}
    files = {f"/proc/{pid}/status": f"Name:\tdockerd\nPPid:\t{parent}\n" for pid, parent in parents.items()}
    # It ended between the looks.
    parents[500] = 1
    host = DictionaryHost(files, {f"/proc/{pid}/exe": "/usr/sbin/dockerd" for pid in parents})
    monkeypatch.setattr(DictionaryHost, "effective_uid", lambda _self: 0)
    monkeypatch.setattr(other_daemons, "process_ids", lambda _host: sorted(parents))
    monkeypatch.setattr(other_daemons, "is_daemon_of", lambda *_of: True)
    monkeypatch.setattr(other_daemons, "unit_of", lambda _host, pid: f"{pid}.service")
    context = context_of(host, container())
    context.location = context.location._replace(pid=DAEMON)
    found = other_daemons.other_daemons(context)
    assert [one["pid"] for one in found] == [200, 400]
