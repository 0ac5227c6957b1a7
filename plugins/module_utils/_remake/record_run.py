# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module ``migration_record`` does: write down what an engine has before its containers are moved."""

from __future__ import annotations

import os
import secrets
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.moments import now_text
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_checks import RESERVE_BYTES
from ansible_collections.seawall.docker.plugins.module_utils._remake import compose, id_maps, taking
from ansible_collections.seawall.docker.plugins.module_utils._remake.bodies import (
    recorded_name,
    volume_body,
)
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import (
    HAD,
    MADE,
    REMOVED,
    Document,
    Journal,
    RemakeFailure,
)
from ansible_collections.seawall.docker.plugins.module_utils._remake.own_engine import OwnEngine, own_engine
from ansible_collections.seawall.docker.plugins.module_utils._remake.taking import Wanted
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway import sweep


class Request(t.NamedTuple):
    journal: str
    state: str
    wanted: Wanted
    replace: bool
    docker_host: t.Optional[str]
    seconds: int
    check_mode: bool


def run(host: Host, request: Request) -> Document:
    """Return the module's result. Raises RemakeFailure."""
    with own_engine(host, "migration_record", request.docker_host, request.seconds, request.check_mode) as engine:
        journal = Journal(request.journal)
        if request.state == "absent":
            return _remove(journal, request.check_mode)
        had = journal.read(HAD)
        switched = engine.ids is not None
        if had is not None and (switched or request.state == "read"):
            require_same_engine(journal, had, engine)
            gone = removal_of(journal, had)
            known = {**id_maps.id_maps_of(host, engine.ids), "removed": gone["state"] if gone is not None else None}
            return {**result_of(journal, had, False, switched), **known}
        if switched:
            gone = journal.read(REMOVED)
            if gone is None or gone["data_root"] != engine.base:
                if request.state == "read":
                    return {"journal": journal.directory, "id": None, **_NOTHING, "switched": True}
                raise RemakeFailure("the engine remaps already, and there is no journal of what it had before")
            known = {"journal": journal.directory, "id": gone["of"]}
            return {**known, **_NOTHING, "switched": True, "removed": gone["state"]}
        if request.state == "read":
            return {"journal": journal.directory, "id": None, **_NOTHING}
        if not request.check_mode:
            sweep(engine.writable, engine.address)
        now = _taken(engine, request.wanted)
        if had is not None:
            different = _difference(had, now, engine)
            if different is None:
                return result_of(journal, had, False, False)
            if not request.replace or journal.read(MADE) is not None:
                raise RemakeFailure(_refusal(journal, had, different, request.replace))
        document = {**now, "id": secrets.token_hex(16), "at": now_text()}
        if not request.check_mode:
            journal.write(HAD, document)
            journal.forget(REMOVED)
        return result_of(journal, document, True, False)


def removal_of(journal: Journal, had: Document) -> t.Optional[Document]:
    """Return how far the removal of what this journal is about is. One of an earlier journal may still stand there."""
    gone = journal.read(REMOVED)
    return gone if gone is not None and gone["of"] == had["id"] else None


def had_by(journal: Journal, engine: OwnEngine) -> Document:
    """Return what the journal says that this engine had. Raises RemakeFailure."""
    had = journal.read(HAD)
    if had is None:
        raise RemakeFailure(f"there is no journal in {journal.directory}; write it first with migration_record")
    require_same_engine(journal, had, engine)
    return had


def require_same_engine(journal: Journal, had: Document, engine: OwnEngine) -> None:
    if had["engine"]["data_root"] != engine.base:
        raise RemakeFailure(
            f"{journal.path(HAD)} is about the engine with the data root {had['engine']['data_root']},"
            f" and this one has {engine.base}; name another journal"
        )


def _remove(journal: Journal, check_mode: bool) -> Document:
    had = journal.check() and journal.read(HAD)
    changed = bool(had) if check_mode else journal.remove()
    return {"journal": journal.directory, "id": None, **_NOTHING, "changed": changed}


_NOTHING: Document = {
    "changed": False,
    "switched": False,
    "containers": [],
    "compose_projects": [],
    "networks": [],
    "volumes": [],
    "volumes_elsewhere": [],
    "images": [],
    "image_bytes": 0,
    "data_root": None,
    "free_bytes": None,
    "reserve_bytes": RESERVE_BYTES,
    "removed": None,
    **id_maps.NONE,
}


def _taken(engine: OwnEngine, wanted: Wanted) -> Document:
    entries = taking.containers(engine, wanted)
    return {
        "engine": {"id": engine.id, "data_root": engine.base},
        "containers": entries,
        "networks": taking.networks(engine, entries),
        "volumes": taking.volumes(engine, entries),
        "images": taking.images(engine, entries, wanted.images),
    }


def _difference(had: Document, now: Document, engine: OwnEngine) -> t.Optional[str]:
    """Return what the engine has otherwise than it was recorded, None if nothing. What runs is no difference."""
    if had["engine"] != now["engine"]:
        require = (
            "of another engine"
            if had["engine"]["data_root"] != engine.base
            else "of this engine before it was set up anew"
        )
        return f"it is {require}"
    for kind, key in (("containers", _definition), ("networks", _network), ("volumes", _volume), ("images", _whole)):
        before, after = [key(one) for one in had[kind]], [key(one) for one in now[kind]]
        if before != after:
            names = {str(name) for name, _rest in before} ^ {str(name) for name, _rest in after}
            names = names or {
                f"{one[0]} ({', '.join(_changed_keys(one[1], other[1]))})"
                for one, other in zip(before, after)
                if one != other
            }
            return f"otherwise are the {kind} {', '.join(sorted(names)[:5])}"
    return None


def _definition(entry: Document) -> t.Tuple[str, t.Any]:
    inspected = entry["inspect"]
    mounts = sorted(str((one.get("Name"), one.get("Source"), one.get("Destination"))) for one in inspected["Mounts"])
    networks = sorted(inspected["NetworkSettings"].get("Networks") or {})
    same = (
        inspected["Id"],
        inspected["Config"],
        inspected["HostConfig"],
        mounts,
        networks,
        entry["outside"],
        entry.get("left"),
    )
    return recorded_name(entry), same


def _whole(document: Document) -> t.Tuple[str, t.Any]:
    return str(document.get("Name") or document.get("id")), document


def _volume(document: Document) -> t.Tuple[str, t.Any]:
    """Return what a volume is. The engine takes the time of its directory for that of its creation, and a copy changes it."""
    return str(document["Name"]), {"Mountpoint": document.get("Mountpoint"), **volume_body(document)}


def _network(document: Document) -> t.Tuple[str, t.Any]:
    """Return what a network is. Nobody can change one, and an engine that starts again adds the gateway that it chose."""
    return str(document["Name"]), {"Id": document["Id"]}


def _changed_keys(one: t.Any, other: t.Any) -> t.List[str]:
    """Return the names of what differs; values may be secrets."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return ["its options"]
    return sorted(key for key in {**one, **other} if one.get(key) != other.get(key))


def _refusal(journal: Journal, had: Document, different: str, replace: bool) -> str:
    what = f"{journal.path(HAD)} was written at {had['at']}, and is not what the engine has now: {different}."
    if replace:
        return (
            f"{what} Things were made from it already, so it is not replaced. Name another journal, or remap again and take"
            " them back first with migration_recreate (state absent)"
        )
    return f"{what} Nothing was written; use replace to write it anew, or name another journal"


def result_of(journal: Journal, had: Document, changed: bool, switched: bool) -> Document:
    """Return names, ids and paths: values that may be secrets stay in the journal."""
    return {
        "changed": changed,
        "journal": journal.directory,
        "id": had["id"],
        "switched": switched,
        "containers": [
            {
                "name": recorded_name(entry),
                "id": entry["inspect"]["Id"],
                "image_id": entry["inspect"]["Image"],
                "was_running": entry["was_running"],
                "outside": entry["outside"],
                "written": entry["written"]["count"],
                "written_paths": entry["written"]["paths"],
            }
            for entry in had["containers"]
        ],
        "compose_projects": compose.projects(had["containers"]),
        "networks": [one["Name"] for one in had["networks"]],
        "volumes": [{"name": one["Name"], "path": one["Mountpoint"]} for one in had["volumes"] if is_copied(one)],
        "volumes_elsewhere": [one["Name"] for one in had["volumes"] if not is_copied(one)],
        "images": [{"id": one["id"], "tags": one["tags"]} for one in had["images"]],
        "image_bytes": sum(one["bytes"] for one in had["images"]),
        "data_root": had["engine"]["data_root"],
        "free_bytes": _free(had["engine"]["data_root"]),
        "reserve_bytes": RESERVE_BYTES,
        "removed": None,
        **id_maps.NONE,
    }


def _free(directory: str) -> t.Optional[int]:
    try:
        found = os.statvfs(directory)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize


def is_copied(volume: Document) -> bool:
    """Return whether the data of a volume lies in its directory. With options, it is mounted there from elsewhere."""
    return not volume.get("Options")
