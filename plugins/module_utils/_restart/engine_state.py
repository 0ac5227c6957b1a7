# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's facts and containers as they are now, and what changed since before."""

from __future__ import annotations

import time

from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_records import daemon_identity
from ansible_collections.seawall.docker.plugins.module_utils._engine import facts as engine_facts
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, UnixEngine, object_path
from ansible_collections.seawall.docker.plugins.module_utils._restart.forecast import (
    Change,
    Forecast,
    compare,
    missing,
    of_inspect,
)
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import (
    Failed,
    Process,
    Settings,
    Snapshot,
    World,
)

# How long a container may take to run again after the engine started.
SETTLE_SECONDS = 30.0


def snapshot(engine: UnixEngine) -> Snapshot:
    """Ask the engine for its facts and its containers. Raises EngineError."""
    try:
        facts = engine_facts.facts_of(engine.get("/info"))
    except (AttributeError, TypeError):
        raise EngineError("the engine's answer to /info makes no sense", "protocol") from None
    listed = engine.get("/containers/json", all=1)
    if not isinstance(listed, list):
        raise EngineError("the engine's list of containers is none", "protocol")
    containers = []
    processes = {}
    for entry in listed:
        try:
            inspected = engine.get(object_path("containers", str(entry["Id"]), "json"))
            containers.append(of_inspect(inspected))
            pid = int(inspected["State"].get("Pid") or 0)
            identity = daemon_identity(pid) if pid > 0 else None
            if identity is not None:
                processes[containers[-1].name] = Process(pid, identity)
        except EngineError as error:
            if error.kind != "absent":
                raise
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
            raise EngineError("the engine's description of a container makes no sense", "protocol") from None
    return Snapshot(facts, sorted(containers, key=lambda one: (one.name, one.id)), processes)


def settled(
    world: World, engine: UnixEngine, settings: Settings, before: Snapshot | None, expected: list[Forecast]
) -> Snapshot:
    """Return the engine with its containers once all containers that should run do, or after SETTLE_SECONDS."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        over = time.monotonic() > deadline
        try:
            after = snapshot(engine)
        except EngineError as error:
            # An engine that has just started may answer once, and then for a moment not at all or with nonsense.
            lost = world.service.failure()
            if over or lost is not None:
                raise Failed(f"the engine answered once, and then no more: {lost or error.reason}") from None
        else:
            if over or before is None or settings.hides or not missing(expected, changes(before, after)):
                return after
        time.sleep(1)


def without_engine(before: Snapshot | None) -> list[str]:
    """Return the containers whose first process still runs although their engine has ended.

    They are given time to end, since an engine that stops them slowly may end before they do.
    """
    deadline = time.monotonic() + SETTLE_SECONDS
    processes = before.processes if before is not None else {}
    while True:
        alive = [name for name, one in processes.items() if daemon_identity(one.pid) == one.identity]
        if not alive or time.monotonic() > deadline:
            return sorted(alive)
        time.sleep(0.5)


def changes(before: Snapshot | None, after: Snapshot) -> list[Change]:
    """Compare the containers with those of before, if these are known."""
    return compare(before.containers, after.containers) if before is not None else []
