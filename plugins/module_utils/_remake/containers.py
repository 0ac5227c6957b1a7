# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers made again from a journal, and taken back. They are not started here."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine.client import object_path
from ansible_collections.seawall.docker.plugins.module_utils._remake.bodies import (
    Renamed,
    attachments,
    container_body,
    main_network,
    recorded_name,
)
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import Document, RemakeFailure
from ansible_collections.seawall.docker.plugins.module_utils._remake.made import CONTAINERS, Made, new_name
from ansible_collections.seawall.docker.plugins.module_utils._remake.own_engine import OwnEngine
from ansible_collections.seawall.docker.plugins.module_utils._remake.places import remove

# What is otherwise in a new container without anybody having asked for it.
_GENERATED = {
    "Config": {"Hostname", "Image", "OnBuild"},
    "HostConfig": {
        "Binds",
        "Mounts",
        "NetworkMode",
        "PidMode",
        "IpcMode",
        "VolumesFrom",
        "UsernsMode",
        "ContainerIDFile",
    },
}


def make(engine: OwnEngine, made: Made, entry: Document, image: Document, networks: t.Dict[str, str]) -> bool:
    """Make a container unless it is made already. Return whether something changed. Raises EngineError and RemakeFailure.

    It has a name that nobody can guess until its id is written down. ``networks`` are the names of networks by their old ids.
    """
    old, name = entry["inspect"]["Id"], recorded_name(entry)
    known = made.entry(CONTAINERS, old)
    there = _found(engine, known)
    if there is not None and known is not None and known["named"]:
        return False
    of_that_name = engine.container_called(name)
    if of_that_name is not None and there is not None and of_that_name["Id"] == there["Id"]:
        made.set(CONTAINERS, old, id=there["Id"], named=True)
        return True
    if of_that_name is not None:
        raise RemakeFailure(f"there is a container {name} that was not made from this journal; remove or rename it")
    renamed = Renamed(made.ids(CONTAINERS), networks)
    if there is None:
        now = engine.get("images", image["id"], "json") or {}
        image = {**image, "tags": [*(now.get("RepoTags") or []), *(now.get("RepoDigests") or [])]}
        temporary = new_name()
        made.set(CONTAINERS, old, temporary=temporary, id=None, named=False, started=False, warnings=[])
        body = container_body(entry, image, renamed, os.uname().nodename)
        answer = engine.call_long("POST", "/containers/create", body, name=temporary)
        there = engine.container_called(temporary)
        if there is None:
            raise RemakeFailure(f"{name}: the engine made it, and does not have it any more")
        made.set(CONTAINERS, old, warnings=[str(one)[:300] for one in (answer or {}).get("Warnings") or []][:10])
    made.set(CONTAINERS, old, id=there["Id"])
    _attach(engine, entry, there, renamed)
    engine.call("POST", object_path("containers", there["Id"], "rename"), name=name)
    made.set(CONTAINERS, old, named=True)
    return True


def _found(engine: OwnEngine, known: t.Optional[Document]) -> t.Optional[Document]:
    """Return the container that a record is about, also of a run that was killed before it wrote the id down."""
    if known is None:
        return None
    if known["id"]:
        return engine.get("containers", known["id"], "json")
    return engine.container_called(known["temporary"])


def _attach(engine: OwnEngine, entry: Document, there: Document, renamed: Renamed) -> None:
    main = main_network(entry["inspect"], renamed)
    has = there["NetworkSettings"].get("Networks") or {}
    for network, settings in attachments(entry["inspect"], renamed).items():
        if network not in (main, *has):
            body = {"Container": there["Id"], "EndpointConfig": settings}
            engine.call("POST", object_path("networks", network, "connect"), body)


def differences(entry: Document, there: Document) -> t.List[str]:
    """Return the names of options that the new container has otherwise than the one before. Their values stay on the host."""
    before = entry["inspect"]
    found = []
    for section, generated in _GENERATED.items():
        new, old = there.get(section) or {}, before[section]
        shared = str(before["HostConfig"].get("NetworkMode")).startswith("container:")
        skipped = generated | ({"ExposedPorts", "Domainname", "MacAddress"} if shared else set())
        found += [
            f"{section}.{key}"
            for key in sorted({*new, *old} - skipped)
            if (new.get(key) or None) != (old.get(key) or None)
        ]
    names = [set(one["NetworkSettings"].get("Networks") or {}) for one in (before, there)]
    return found + (["NetworkSettings.Networks"] if names[0] != names[1] else [])


def take_back(engine: OwnEngine, made: Made, old: str) -> None:
    """Stop and remove a container that was made from the journal, and no volume. Raises EngineError."""
    there = _found(engine, made.entry(CONTAINERS, old))
    if there is not None:
        if there["State"].get("Running"):
            engine.stop(there)
        remove(engine, "containers", there["Id"], force=1)
    made.drop(CONTAINERS, old)
