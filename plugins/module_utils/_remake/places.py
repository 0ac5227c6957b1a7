# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks and volumes made again: before the containers, so that data can be copied into the volumes."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, object_path
from ansible_collections.seawall.docker.plugins.module_utils._migration import staging, tree
from ansible_collections.seawall.docker.plugins.module_utils._remake.bodies import network_body, volume_body
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import Document, RemakeFailure
from ansible_collections.seawall.docker.plugins.module_utils._remake.made import NETWORKS, VOLUMES, Made
from ansible_collections.seawall.docker.plugins.module_utils._remake.own_engine import OwnEngine

_SAME_NETWORK = ("Driver", "Internal", "Attachable", "EnableIPv6")


def make_network(engine: OwnEngine, made: Made, had: Document) -> bool:
    """Make a network unless it is made already. Return whether something changed. Raises EngineError and RemakeFailure."""
    entry = made.entry(NETWORKS, had["Id"])
    if entry is not None and entry["id"] and engine.get("networks", entry["id"]) is not None:
        return False
    body = network_body(had)
    there = engine.network_called(had["Name"])
    if there is not None:
        if entry is None or entry["id"] or not _is_ours(there, body):
            raise RemakeFailure(
                f"there is a network {had['Name']} that was not made from this journal; remove or rename it, and run this again"
            )
        made.set(NETWORKS, had["Id"], id=there["Id"])
        return True
    made.set(NETWORKS, had["Id"], name=had["Name"], id=None)
    made.set(NETWORKS, had["Id"], id=engine.created("/networks/create", body))
    return True


def _is_ours(there: Document, body: Document) -> bool:
    """Return whether a network is what a run was about to make that was killed: nobody uses it, and it is the same."""
    ipam = (there.get("IPAM") or {}).get("Config") or []
    wanted = body["IPAM"]["Config"]
    return (
        not there.get("Containers")
        and all((there.get(key) or False) == (body.get(key) or False) for key in _SAME_NETWORK)
        and {one.get("Subnet") for one in wanted} <= {one.get("Subnet") for one in ipam}
        and (there.get("Options") or {}) == body["Options"]
        and (there.get("Labels") or {}) == (body.get("Labels") or {})
    )


def make_volume(engine: OwnEngine, made: Made, had: Document) -> bool:
    """Make a volume unless it is made already. Return whether something changed. Raises EngineError and RemakeFailure."""
    name = str(had["Name"])
    entry = made.entry(VOLUMES, name)
    there = engine.get("volumes", name)
    if there is not None and entry is not None:
        if not _is_same_volume(there, had):
            raise RemakeFailure(
                f"the volume {name} was made from this journal, and somebody made another one of that name"
            )
        if entry.get("path"):
            return False
        made.set(VOLUMES, name, path=_path(engine, there))
        return True
    if there is not None:
        raise RemakeFailure(
            f"there is a volume {name} that was not made from this journal; remove it, or leave its containers out"
        )
    made.set(VOLUMES, name, path=None)
    answer = engine.call("POST", "/volumes/create", volume_body(had))
    made.set(VOLUMES, name, path=_path(engine, answer or {}))
    return True


def _is_same_volume(there: Document, had: Document) -> bool:
    return there.get("Driver") == had["Driver"] and all(
        (there.get(key) or {}) == (had.get(key) or {}) for key in ("Options", "Labels")
    )


def _path(engine: OwnEngine, volume: Document) -> str:
    path = str(volume.get("Mountpoint") or "")
    if os.path.normpath(path) != path or not path.startswith(f"{engine.data_root}/volumes/"):
        raise EngineError(
            f"the engine says that a volume lies at {path or 'no place'}, which is not below its data root"
        )
    return path


def not_copied(made: Made, volumes: t.Iterable[Document]) -> t.List[str]:
    """Return the volumes whose data was not copied yet: a container would fill them with what its image has there."""
    missing = []
    for had in volumes:
        path = str((made.entry(VOLUMES, had["Name"]) or {}).get("path"))
        try:
            parent = staging.open_trusted(os.path.dirname(path), "the directory of the volume")
            try:
                kind = staging.content_of(parent, os.path.basename(path))[0]
            finally:
                os.close(parent)
        except (tree.TreeFault, OSError) as fault:
            raise RemakeFailure(f"the volume {had['Name']} cannot be looked at: {fault}") from None
        if kind != "copy":
            missing.append(str(had["Name"]))
    return missing


def remove_network(engine: OwnEngine, made: Made, key: str, entry: Document, body: Document) -> None:
    identifier = entry["id"]
    if not identifier:
        there = engine.network_called(entry["name"])
        identifier = there["Id"] if there is not None and _is_ours(there, body) else None
    if identifier:
        remove(engine, "networks", identifier)
    made.drop(NETWORKS, key)


def remove(engine: OwnEngine, *parts: str, **query: t.Any) -> None:
    """Remove something; that it is gone already, or just now, is no fault. Raises EngineError."""
    if engine.get(*parts, *(["json"] if parts[0] == "containers" else [])) is None:
        return
    try:
        engine.call("DELETE", object_path(*parts), **query)
    except EngineError as error:
        if error.kind != "absent":
            raise
