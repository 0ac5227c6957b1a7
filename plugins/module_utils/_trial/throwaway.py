# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images, networks and containers that are made for a moment: to make them, and to be rid of them and of nothing else."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, object_path
from ansible_collections.seawall.docker.plugins.module_utils._engine.writing import WritableEngine
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway_record import (
    CONTAINER,
    DIRECTORY,
    IMAGE,
    NETWORK,
    Made,
    Record,
    left_behind,
)

_REMOVE_SECONDS = 20.0


class Kept(Exception):
    """Why something is not removed. ``ours`` says whether a later run should try again."""

    def __init__(self, reason: str, ours: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.ours = ours


def make_image(
    engine: WritableEngine,
    record: Record,
    content: bytes,
    reference: str,
    seconds: float,
    changes: t.Sequence[str] = (),
) -> None:
    """Make an image of a tar archive; ``changes`` are instructions such as LABEL. Raises EngineError."""
    repository, _colon, tag = reference.partition(":")
    query: t.Dict[str, t.Any] = {"fromSrc": "-", "repo": repository, "tag": tag}
    if changes:
        query["changes"] = list(changes)
    record.add(Made(IMAGE, reference))
    engine.call("POST", "/images/create", query, content, seconds)
    record.identify(reference, str(engine.call("GET", object_path("images", reference, "json"))["Id"]))


def make_container(engine: WritableEngine, record: Record, name: str, body: dict[str, t.Any], seconds: float) -> str:
    """Create a container and return its id. Raises EngineError, or KeyError or TypeError for an answer without an id."""
    record.add(Made(CONTAINER, name, None, str(body["Image"])))
    identifier = str(engine.call("POST", "/containers/create", {"name": name}, body, seconds)["Id"])
    record.identify(name, identifier)
    return identifier


def make_network(engine: WritableEngine, record: Record, name: str, seconds: float) -> str:
    """Create a bridge network and return its id. Raises EngineError, or KeyError or TypeError for an answer without one."""
    record.add(Made(NETWORK, name))
    body = {"Name": name, "Driver": "bridge", "CheckDuplicate": True}
    identifier = str(engine.call("POST", "/networks/create", None, body, seconds)["Id"])
    record.identify(name, identifier)
    return identifier


def remove_own(engine: WritableEngine, record: Record, name: str) -> None:
    """Remove what this run made under the name. What cannot be removed stays in the record, for the next run."""
    made = record.find(name)
    if made is None:
        return
    try:
        if made.kind == CONTAINER and made.identifier is not None:
            # The id is the engine's answer to this very run.
            _delete(engine, object_path("containers", made.identifier), {"force": 1, "v": 1})
        else:
            _dispose(engine, made)
    except Kept as kept:
        if kept.ours:
            return
    record.drop(name)


def sweep(engine: WritableEngine, address: str) -> tuple[list[str], list[str]]:
    """Remove what the records of killed runs name. Returns what was removed, and what was left with the reason.

    Removed is only what agrees with its record in id, name and image.
    """
    swept: list[str] = []
    left: list[str] = []
    for record in left_behind(address):
        # Containers first: they use the images, the networks and the directories.
        for made in sorted(record.made, key=lambda one: (CONTAINER, NETWORK, IMAGE, DIRECTORY).index(one.kind)):
            try:
                if _dispose(engine, made):
                    swept.append(f"{made.kind} {made.name}")
            except Kept as kept:
                left.append(f"{made.kind} {made.name}: {kept.reason}")
                if kept.ours:
                    continue
            record.drop(made.name)
        if not record.made:
            record.drop("")
    return swept, left


def containers_left_behind(engine: WritableEngine, address: str) -> set[str]:
    """Return the ids of containers of killed runs that are still there. Nobody wants them: the next test removes them."""
    found = set()
    for record in left_behind(address):
        for made in record.made:
            if made.kind == CONTAINER:
                with contextlib.suppress(Kept):
                    found.add(_own_container(engine, made))
    return found - {""}


def _dispose(engine: WritableEngine, made: Made) -> bool:
    """Remove one thing if it is what the record says; False where it is gone already. Raises Kept."""
    if made.kind == DIRECTORY:
        return _directory(made)
    if made.kind == NETWORK:
        return _network(engine, made)
    return _container(engine, made) if made.kind == CONTAINER else _image(engine, made)


def _container(engine: WritableEngine, made: Made) -> bool:
    identifier = _own_container(engine, made)
    return bool(identifier) and _delete(engine, object_path("containers", identifier), {"force": 1, "v": 1})


def _own_container(engine: WritableEngine, made: Made) -> str:
    """Return the id of a container that is what its record says; an empty text where it is gone. Raises Kept."""
    found = _inspect(engine, object_path("containers", made.identifier or made.name, "json"))
    if found is None:
        return ""
    identifier, config = str(found.get("Id") or ""), found.get("Config")
    if made.identifier not in (None, identifier):
        raise Kept(f"another container, {identifier[:12]}, has its name", False)
    if found.get("Name") != f"/{made.name}":
        raise Kept(f"the container {identifier[:12]} has another name than the one that was made", False)
    if not isinstance(config, dict) or config.get("Image") != made.image:
        raise Kept(f"the container {identifier[:12]} was made from another image", False)
    return identifier


def _network(engine: WritableEngine, made: Made) -> bool:
    found = _inspect(engine, object_path("networks", made.identifier or made.name))
    if found is None:
        return False
    identifier = str(found.get("Id") or "")
    if made.identifier not in (None, identifier) or found.get("Name") != made.name:
        raise Kept("another network has its name", False)
    # The engine refuses while a container uses it.
    return _delete(engine, object_path("networks", identifier), {})


def _image(engine: WritableEngine, made: Made) -> bool:
    found = _inspect(engine, object_path("images", made.name, "json"))
    if found is None:
        return False
    if made.identifier not in (None, found.get("Id")):
        raise Kept("another image has its name", False)
    # By its name and without force: an image that has other names as well, or containers, is left to whoever uses it.
    return _delete(engine, object_path("images", made.name), {})


def _directory(made: Made) -> bool:
    try:
        status = os.lstat(made.name)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise Kept(str(error.strerror), True) from None
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise Kept("it is no directory of this user", False)
    try:
        if made.identifier is None:
            # The run was killed before it put anything there.
            os.rmdir(made.name)
        elif made.identifier == identity_of(status):
            shutil.rmtree(made.name)
        else:
            raise Kept("another directory has its name", False)
    except OSError as error:
        raise Kept(f"it could not be removed: {error.strerror}", made.identifier is not None) from None
    except RecursionError:
        # A container that was let in as root of the host may have nested them as deep as it liked.
        raise Kept("directories are nested in it too deep to be removed", True) from None
    return True


def identity_of(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}"


def _inspect(engine: WritableEngine, path: str) -> dict[str, t.Any] | None:
    try:
        found = engine.call("GET", path, None, None, _REMOVE_SECONDS)
    except EngineError as error:
        if error.kind == "absent":
            return None
        raise Kept(error.reason, True) from None
    if not isinstance(found, dict):
        raise Kept("the engine's answer about it makes no sense", True)
    return found


def _delete(engine: WritableEngine, path: str, query: dict[str, t.Any]) -> bool:
    try:
        engine.call("DELETE", path, query or None, None, _REMOVE_SECONDS)
    except EngineError as error:
        if error.kind == "absent":
            return False
        raise Kept(error.reason, True) from None
    return True
