# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module ``migration_stop`` does: stop the containers of a journal before the switch, or start them again."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import container_name
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import struck
from ansible_collections.seawall.docker.plugins.module_utils._remake.bodies import recorded_name
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import Document, Journal, RemakeFailure
from ansible_collections.seawall.docker.plugins.module_utils._remake.made import have_stand_still
from ansible_collections.seawall.docker.plugins.module_utils._remake.own_engine import OwnEngine, own_engine
from ansible_collections.seawall.docker.plugins.module_utils._remake.owners import require_settled
from ansible_collections.seawall.docker.plugins.module_utils._remake.record_run import had_by
from ansible_collections.seawall.docker.plugins.module_utils._remake.recorded_secrets import values_of
from ansible_collections.seawall.docker.plugins.module_utils._remake.starting import (
    COMING,
    FAILED,
    Before,
    Seen,
    Starting,
)


class Request(t.NamedTuple):
    journal: str
    state: str
    wait: float
    docker_host: t.Optional[str]
    seconds: int
    check_mode: bool


def run(host: Host, request: Request) -> Document:
    """Return the module's result. Raises RemakeFailure."""
    with own_engine(host, "migration_stop", request.docker_host, request.seconds, request.check_mode) as engine:
        journal = Journal(request.journal)
        had = had_by(journal, engine)
        if engine.ids is not None:
            raise RemakeFailure("the engine remaps, and the containers of the journal are not the ones that it shows")
        if request.state == "started":
            require_settled(journal)
        found = {
            entry["inspect"]["Id"]: engine.get("containers", entry["inspect"]["Id"], "json")
            for entry in had["containers"]
        }
        gone = [recorded_name(entry) for entry in had["containers"] if found[entry["inspect"]["Id"]] is None]
        if gone:
            raise RemakeFailure(
                f"{gone[0]} is gone: somebody removed it since the journal was written; nothing was done"
            )
        running = {key for key, there in found.items() if there and there["State"].get("Running")}
        try:
            if request.state == "stopped":
                if not request.check_mode:
                    have_stand_still(journal)
                return _stop(request, engine, had, running)
            return _start(host, request, engine, had, running)
        except (RemakeFailure, EngineError) as fault:
            reason = fault.reason if isinstance(fault, EngineError) else str(fault)
            details = fault.details if isinstance(fault, RemakeFailure) else {}
            raise RemakeFailure(struck(reason, values_of(had)), **details) from None


def _stop(request: Request, engine: OwnEngine, had: Document, running: t.Set[str]) -> Document:
    """Stop those that need others first."""
    for entry in reversed(had["containers"]) if not request.check_mode else ():
        if entry["inspect"]["Id"] in running:
            try:
                engine.stop(entry["inspect"])
            except EngineError as error:
                raise RemakeFailure(f"{recorded_name(entry)}: {error.reason}") from None
    own = {entry["inspect"]["Id"] for entry in had["containers"]}
    others = [one for one in engine.containers() if one["State"].get("Running") and one["Id"] not in own]
    shown = [
        _shown(entry, None, request.check_mode and entry["inspect"]["Id"] in running) for entry in had["containers"]
    ]
    return {
        "changed": bool(running),
        "state": "stopped",
        "containers": shown,
        "others_running": sorted(container_name(one) for one in others),
    }


def _start(host: Host, request: Request, engine: OwnEngine, had: Document, running: t.Set[str]) -> Document:
    wanted = {entry["inspect"]["Id"] for entry in had["containers"] if entry["was_running"]}
    seen: t.Dict[str, Seen] = {}
    if not request.check_mode:
        seen = Starting(host, engine, Before(), had, time.monotonic() + request.wait).start_all()
    states = {one.state for one in seen.values()}
    result: Document = {
        "changed": bool(wanted - running),
        "state": "waiting" if COMING in states else "started",
        "containers": [
            _shown(
                entry, seen.get(entry["inspect"]["Id"]), entry["inspect"]["Id"] in running | (wanted if seen else set())
            )
            for entry in had["containers"]
        ],
        "others_running": [],
    }
    failed = [f"{one['name']}: {one['why']}" for one in result["containers"] if one["state"] == FAILED]
    if failed:
        raise RemakeFailure(". ".join(failed), containers=result["containers"])
    return result


def _shown(entry: Document, seen: t.Optional[Seen], running: bool) -> Document:
    return {
        "name": recorded_name(entry),
        "id": entry["inspect"]["Id"],
        "was_running": entry["was_running"],
        "running": running if seen is None else seen.state not in (FAILED, "ended"),
        "state": seen.state if seen else None,
        "why": seen.why if seen else "",
        "health": seen.health if seen else None,
    }
