# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module ``migration_recreate`` does: make again, from the journal alone, what an engine had, or take it back."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import struck
from ansible_collections.seawall.docker.plugins.module_utils._remake import compose, containers, places
from ansible_collections.seawall.docker.plugins.module_utils._remake.bodies import network_body, recorded_name
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import (
    Document,
    Journal,
    RemakeFailure,
)
from ansible_collections.seawall.docker.plugins.module_utils._remake.made import CONTAINERS, NETWORKS, VOLUMES, Made
from ansible_collections.seawall.docker.plugins.module_utils._remake.own_engine import OwnEngine, own_engine
from ansible_collections.seawall.docker.plugins.module_utils._remake.owners import require_settled
from ansible_collections.seawall.docker.plugins.module_utils._remake.record_run import had_by, is_copied
from ansible_collections.seawall.docker.plugins.module_utils._remake.recorded_secrets import values_of
from ansible_collections.seawall.docker.plugins.module_utils._remake.starting import COMING, FAILED, Seen, Starting

STAGES = ("volumes", "containers", "running")


class Request(t.NamedTuple):
    journal: str
    state: str
    stage: str
    remove_volumes: bool
    wait: float
    docker_host: t.Optional[str]
    seconds: int
    check_mode: bool


class Run(t.NamedTuple):
    host: Host
    request: Request
    engine: OwnEngine
    had: Document
    made: Made


def run(host: Host, request: Request) -> Document:
    """Return the module's result. Raises RemakeFailure."""
    with own_engine(host, "migration_recreate", request.docker_host, request.seconds, request.check_mode) as engine:
        journal = Journal(request.journal)
        had = compose.kept(had_by(journal, engine))
        if engine.ids is None:
            raise RemakeFailure("the engine does not remap, so it has its containers as before; nothing was done")
        if request.state == "present" and request.stage != "volumes":
            require_settled(journal)
        this = Run(host, request, engine, had, Made(journal, had["id"], engine))
        try:
            return _take_back(this) if request.state == "absent" else _make(this)
        except (RemakeFailure, EngineError) as fault:
            # The engine repeats options of volumes and variables in its errors.
            reason = fault.reason if isinstance(fault, EngineError) else str(fault)
            details = fault.details if isinstance(fault, RemakeFailure) else {}
            raise RemakeFailure(struck(reason, values_of(had)), **details) from None


def _make(this: Run) -> Document:
    request, had = this.request, this.had
    if request.check_mode:
        return _result(this, _foreseen(this), {})
    changed = this.made.must_stand_still and _stop_all(this)
    for network in had["networks"]:
        changed = _named(f"network {network['Name']}", places.make_network, this.engine, this.made, network) or changed
    for volume in had["volumes"]:
        changed = _named(f"volume {volume['Name']}", places.make_volume, this.engine, this.made, volume) or changed
    if request.stage == "volumes":
        return _result(this, changed, {})
    changed = _make_containers(this) or changed
    this.made.let_run()
    if request.stage == "containers":
        return _result(this, changed, {})
    starting = Starting(this.host, this.engine, this.made, had, time.monotonic() + request.wait)
    seen = starting.start_all()
    result = _result(this, changed or starting.changed, seen)
    failed = [f"{one['name']}: {one['why']}" for one in result["containers"] if one["state"] == FAILED]
    if failed:
        raise RemakeFailure(". ".join(failed), **{key: value for key, value in result.items() if key != "changed"})
    return result


def _stop_all(this: Run) -> bool:
    """Stop what was made before and runs on data that is about to be copied anew. Return whether something ran."""
    changed = False
    for entry in reversed(this.had["containers"]):
        identifier = this.made.ids(CONTAINERS).get(entry["inspect"]["Id"])
        there = this.engine.get("containers", identifier, "json") if identifier else None
        if there is not None and there["State"].get("Running"):
            _named(recorded_name(entry), _stopped, this.engine, there)
            changed = True
    return changed


def _stopped(engine: OwnEngine, there: Document) -> bool:
    engine.stop(there)
    return True


def _foreseen(this: Run) -> bool:
    kinds = {"volumes": (NETWORKS, VOLUMES)}.get(this.request.stage, (NETWORKS, VOLUMES, CONTAINERS))
    wanted = {
        NETWORKS: len(this.had["networks"]),
        VOLUMES: len(this.had["volumes"]),
        CONTAINERS: len(this.had["containers"]),
    }
    if any(len(this.made.entries(kind)) < wanted[kind] for kind in kinds):
        return True
    entries = this.made.entries(CONTAINERS)
    return this.request.stage == "running" and any(
        one["was_running"] and not entries[one["inspect"]["Id"]]["started"] for one in this.had["containers"]
    )


def _make_containers(this: Run) -> bool:
    images = {one["id"]: one for one in this.had["images"]}
    networks = {one["Id"]: one["Name"] for one in this.had["networks"]}
    unmade = [one for one in this.had["containers"] if not this.made.ids(CONTAINERS).get(one["inspect"]["Id"])]
    missing = sorted(
        {
            one["inspect"]["Image"]
            for one in unmade
            if this.engine.get("images", one["inspect"]["Image"], "json") is None
        }
    )
    if missing:
        raise RemakeFailure(f"the engine has no image {missing[0]}; load the images first with migration_images")
    used = {mount.get("Name") for one in unmade for mount in one["inspect"]["Mounts"]}
    empty = places.not_copied(this.made, [one for one in this.had["volumes"] if is_copied(one) and one["Name"] in used])
    if empty:
        raise RemakeFailure(
            f"the data of the volume {empty[0]} was not copied yet"
            + (f" (and of {len(empty) - 1} more)" if empty[1:] else "")
            + "; copy it first with migration_copy, or the container would begin with an empty one"
        )
    changed = False
    for entry in this.had["containers"]:
        image = images[entry["inspect"]["Image"]]
        changed = (
            _named(recorded_name(entry), containers.make, this.engine, this.made, entry, image, networks) or changed
        )
    return changed


def _named(name: str, work: t.Callable[..., bool], *arguments: t.Any) -> bool:
    try:
        return work(*arguments)
    except EngineError as error:
        raise RemakeFailure(f"{name}: {error.reason}") from None


def _take_back(this: Run) -> Document:
    made, request = this.made, this.request
    kinds = (CONTAINERS, NETWORKS, *((VOLUMES,) if request.remove_volumes else ()))
    changed = any(made.entries(kind) for kind in kinds)
    if not request.check_mode:
        for entry in reversed(this.had["containers"]):
            if made.entry(CONTAINERS, entry["inspect"]["Id"]) is not None:
                containers.take_back(this.engine, made, entry["inspect"]["Id"])
        networks = {one["Id"]: one for one in this.had["networks"]}
        for key, known in made.entries(NETWORKS).items():
            places.remove_network(this.engine, made, key, known, network_body(networks[key]))
        for name in made.entries(VOLUMES) if request.remove_volumes else ():
            places.remove(this.engine, "volumes", name)
            made.drop(VOLUMES, name)
    return {**_result(this, changed, {}), "state": "absent"}


def _result(this: Run, changed: bool, seen: t.Dict[str, Seen]) -> Document:
    made = this.made
    waiting = any(one.state == COMING for one in seen.values())
    state = (
        "waiting"
        if waiting
        else "running"
        if this.request.stage == "running" and not this.request.check_mode
        else "made"
    )
    paths = {name: entry.get("path") for name, entry in made.entries(VOLUMES).items()}
    return {
        "changed": changed,
        "state": state,
        "journal": this.request.journal,
        "root_uid": this.engine.ids[0] if this.engine.ids else None,
        "networks": [one["Name"] for one in this.had["networks"]],
        "volumes": [
            {"name": one["Name"], "source": one["Mountpoint"], "destination": paths.get(one["Name"])}
            for one in this.had["volumes"]
            if is_copied(one)
        ],
        "containers": [_shown(this, entry, seen.get(entry["inspect"]["Id"])) for entry in this.had["containers"]],
    }


def _shown(this: Run, entry: Document, seen: t.Optional[Seen]) -> Document:
    known = this.made.entry(CONTAINERS, entry["inspect"]["Id"]) or {}
    there = this.engine.get("containers", known["id"], "json") if known.get("id") else None
    return {
        "name": recorded_name(entry),
        "old_id": entry["inspect"]["Id"],
        "id": known.get("id"),
        "outside": entry["outside"],
        "was_running": entry["was_running"],
        "running": bool(there and there["State"].get("Running")),
        "state": seen.state if seen else None,
        "why": struck(seen.why, values_of(this.had)) if seen else "",
        "health": seen.health if seen else None,
        "uid_map": seen.uid_map if seen else None,
        "differences": containers.differences(entry, there) if there else [],
        "warnings": known.get("warnings") or [],
    }
