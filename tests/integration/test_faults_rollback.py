# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new engine whose answers make no sense is no engine: the old files are put back and the engine runs with them."""

from __future__ import annotations

import socket
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._restart.model import RestartFailure
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

from .test_faults_engine import between, drip, half, nonsense
from .test_write_modules import PLAIN, World, restart, running

__all__ = ["running"]  # fixtures


@pytest.mark.parametrize("talk", [half, drip, nonsense], ids=lambda talk: talk.__name__)
def test_a_new_engine_that_makes_no_sense_is_taken_back(
    running: tuple[IsolatedHost, World, Path], talk: t.Callable[[socket.socket, str], None]
) -> None:
    host, world, path = running
    web = host.container("web", "--restart", "always")
    old = b'{ "debug" :true }\r\n'
    path.write_bytes(old)

    first = host.daemon_pid()

    def meddle(line: str, client: socket.socket) -> bool:
        if "mtu" not in path.read_text(encoding="utf-8") or host.daemon_pid() == first or "/_ping" in line:
            return False
        talk(client, line)
        return True

    between_us = Path(f"{world.socket}.between")
    with (
        between(world.socket, between_us, meddle),
        pytest.raises(RestartFailure, match="did not answer within|makes no sense|answered") as failure,
    ):
        restart(world._replace(socket=str(between_us)), path, {"mtu": 1400}, PLAIN._replace(seconds=3))
    assert failure.value.details["rolled_back"] is True, str(failure.value)
    assert "the engine runs with them" in str(failure.value)
    assert path.read_bytes() == old
    assert host.docker("ps", "--no-trunc", "--format", "{{.ID}}").stdout.split() == [web]
