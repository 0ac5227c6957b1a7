# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restart is made of: its settings, the host with its service, the engine as it was seen, and failures."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import files
from ansible_collections.seawall.docker.plugins.module_utils._host.failure import Failure
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._restart.forecast import Container
from ansible_collections.seawall.docker.plugins.module_utils._restart.network_change import NetworkChange
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import Service

Document = t.Dict[str, t.Any]


class Settings(t.NamedTuple):
    """``hides`` says that the change makes the engine show other containers than before. ``network`` is what changes
    options of the network, None where nothing does.
    """

    mode: str
    seconds: float
    restore: t.List[files.Restore] = []
    expect: Document = {}
    canary: str = "auto"
    live_restore_holds: bool = True
    live_restore_after: t.Optional[bool] = None
    hides: bool = False
    # Whether the service manager ends the shims of containers with the engine; None if that is not known.
    stop_kills_shims: t.Optional[bool] = False
    network: t.Optional[NetworkChange] = None
    # Whether the change only prepares another one of the same file, so that going back means the file of before both.
    prepares: bool = False


class Process(t.NamedTuple):
    """A process for as long as it lives."""

    pid: int
    identity: str


class World(t.NamedTuple):
    """The host, its service, and the path of the engine's socket."""

    host: Host
    service: Service
    socket: str


class Snapshot(t.NamedTuple):
    """``processes`` are the first processes of containers that run, by the containers' names."""

    facts: Document
    containers: t.List[Container]
    processes: t.Dict[str, Process] = {}


class Failed(Exception):
    """The engine is not as it should be; ``reason`` is one sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RestartFailure(Failure):
    """All that went wrong, with ``details`` for the result."""
