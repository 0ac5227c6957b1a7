# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify the engine after a restart: its facts, its containers, and a container that is started as a test."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.module_utils._engine import facts as engine_facts
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import UnixEngine
from ansible_collections.seawall.docker.plugins.module_utils._restart.engine_state import (
    changes,
    settled,
    without_engine,
)
from ansible_collections.seawall.docker.plugins.module_utils._restart.forecast import Forecast, missing
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import (
    Document,
    Failed,
    Settings,
    Snapshot,
    World,
)
from ansible_collections.seawall.docker.plugins.module_utils._restart.network_check import (
    NetworkBefore,
    verify_host,
    verify_network,
)
from ansible_collections.seawall.docker.plugins.module_utils._trial.canary import Canary, run_canary

CANARY_SECONDS = 60.0
# How long a container stays to be looked at, try by try. On a busy host it can end before that.
_CANARY_SLEEPS = (1, 5, 20)


def verify(
    world: World,
    engine: UnixEngine,
    settings: Settings,
    before: Snapshot | None,
    expected: list[Forecast],
    result: Document,
    network: NetworkBefore | None = None,
) -> None:
    # First of all: a host without its network may be out of reach for the one who waits for the result.
    verify_host(world, settings, network, result)
    after = settled(world, engine, settings, before, expected)
    became = changes(before, after)
    result["containers"] = [change.document() for change in became]
    if before is not None:
        result["differences"] = engine_facts.differences(before.facts, after.facts)
    unmet = engine_facts.unmet(settings.expect, after.facts)
    if unmet:
        raise Failed("the engine answers, but not as expected: " + ", ".join(unmet))
    if settings.hides:
        alive = without_engine(before)
        if alive:
            raise Failed(f"containers run on, and the engine does not know them any more: {', '.join(alive)}")
    else:
        moved = [
            f"{name} was {result['differences'][name]['before']!r} and is {result['differences'][name]['after']!r}"
            for name in engine_facts.LOAD_BEARING
            if name in result["differences"] and name not in settings.expect
        ]
        if moved:
            raise Failed("the engine answers, but shows something else than before: " + ", ".join(moved))
        lost = missing(expected, became)
        if lost:
            raise Failed("containers that should run do not: " + ", ".join(lost))
    if settings.canary == "never":
        result["canary"] = Canary("skipped", "not wanted")._asdict()
    else:
        _verify_canary(world, engine, settings, result)
    verify_network(world, engine, settings, network, result)


def _verify_canary(world: World, engine: UnixEngine, settings: Settings, result: Document) -> None:
    mapped = engine_facts.unmet({"userns": True}, settings.expect) == []
    for asleep in _CANARY_SLEEPS:
        canary = run_canary(world.host, engine, CANARY_SECONDS, asleep)
        result["canary"] = canary._asdict()
        if not mapped or canary.state != "passed" or canary.uid_map is not None:
            break
    if canary.state == "failed":
        raise Failed(f"the engine answers, but cannot run a container: {canary.note}")
    if canary.state == "skipped" and settings.canary == "required":
        raise Failed(f"no container could be tried: {canary.note}")
    if mapped and canary.uid_map is None and settings.canary == "required":
        raise Failed("user namespaces are expected, and the kernel did not show whom root of the tried container is")
    if mapped and canary.uid_map is not None and canary.uid_map[0]["outside"] == 0:
        raise Failed("user namespaces are expected, and root of a container is root of the host")
