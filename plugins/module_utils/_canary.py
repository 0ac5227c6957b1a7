# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container that is run once to see that the engine can run containers at all, and is then gone with its image.

An engine that answers may still be unable to start anything: an unknown log driver, a missing runtime, or a wrong
containerd socket show only here.
"""

from __future__ import annotations

import secrets
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._canary_image import find_program
from ansible_collections.seawall.docker.plugins.module_utils._engine import EngineError, UnixEngine, object_path
from ansible_collections.seawall.docker.plugins.module_utils._engine_write import WritableEngine
from ansible_collections.seawall.docker.plugins.module_utils._host import Host
from ansible_collections.seawall.docker.plugins.module_utils._throwaway import import_image, remove, uid_map_of

REPOSITORY = "seawall-canary"
_LABEL = "seawall.docker.canary"
_LOCAL_IMAGES_TRIED = 3


class Canary(t.NamedTuple):
    """``state`` is ``passed``, ``failed`` or ``skipped``, with the reason in ``note``. ``uid_map`` is what the kernel
    showed of the container's first process, None where it was too quick to be seen.
    """

    state: str
    note: str
    image: t.Optional[str] = None
    uid_map: t.Optional[t.List[t.Dict[str, int]]] = None


def fly(host: Host, engine: UnixEngine, seconds: float) -> Canary:
    """Run a canary. Never raises for what the engine does: that is the result."""
    writable = WritableEngine(engine)
    deadline = time.monotonic() + seconds
    program = find_program(host)
    if program is not None:
        reference = f"{REPOSITORY}:{secrets.token_hex(6)}"
        try:
            try:
                import_image(writable, program.archive(), reference, deadline - time.monotonic())
            except EngineError as error:
                return Canary(
                    "skipped" if error.kind == "denied" else "failed", f"no image could be made: {error.reason}"
                )
            return _run(host, writable, reference, {"Cmd": program.command}, f"made from {program.origin}", deadline)
        finally:
            remove(writable, object_path("images", reference), {"force": 1})
    return _local_image(host, engine, writable, deadline)


def _run(
    host: Host, writable: WritableEngine, image: str, config: dict[str, t.Any], note: str, deadline: float
) -> Canary:
    body = {
        "Image": image,
        "Labels": {_LABEL: "1"},
        "NetworkDisabled": True,
        **config,
        # Log driver, runtime, cgroup parent and the rest are the engine's own: they are what is tried.
        "HostConfig": {
            "NetworkMode": "none",
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "RestartPolicy": {"Name": "no"},
        },
    }
    name = f"{REPOSITORY}-{secrets.token_hex(6)}"
    identifier = ""
    try:
        created = writable.call("POST", "/containers/create", {"name": name}, body, deadline - time.monotonic())
        identifier = str(created["Id"])
        path = object_path("containers", identifier)
        writable.call("POST", f"{path}/start", None, None, deadline - time.monotonic())
        uid_map = _uid_map(host, writable, path, deadline)
        ended = writable.call("POST", f"{path}/wait", None, None, deadline - time.monotonic())
        status = int(ended.get("StatusCode", -1))
    except EngineError as error:
        if error.kind == "denied":
            return Canary("skipped", f"an authorization plugin refused it: {error.reason}", image)
        return Canary("failed", error.reason, image)
    except (KeyError, TypeError, AttributeError, ValueError):
        return Canary("failed", "the engine's answers about the container make no sense", image)
    finally:
        # By its name, where the answer to its creation was lost.
        remove(writable, object_path("containers", identifier or name), {"force": 1, "v": 1})
    if status != 0:
        return Canary("failed", f"the container ended with status {status}", image, uid_map)
    return Canary("passed", note, image, uid_map)


def _uid_map(host: Host, writable: WritableEngine, path: str, deadline: float) -> list[dict[str, int]] | None:
    state = writable.call("GET", f"{path}/json", None, None, deadline - time.monotonic())["State"]
    return uid_map_of(host, state.get("Pid"))


def _local_image(host: Host, engine: UnixEngine, writable: WritableEngine, deadline: float) -> Canary:
    """Without a static program: ``true`` in an image that is there. One that has no such program proves nothing."""
    try:
        images = engine.get("/images/json")
    except EngineError as error:
        return Canary("failed", error.reason)
    known = [image for image in images if isinstance(image, dict) and isinstance(image.get("Id"), str)]
    known.sort(key=lambda image: int(image.get("Size") or 0))
    for image in known[:_LOCAL_IMAGES_TRIED]:
        config = {"Entrypoint": ["true"], "Cmd": [], "User": "0", "Healthcheck": {"Test": ["NONE"]}}
        shown = str((image.get("RepoTags") or [image["Id"]])[0])
        flown = _run(host, writable, image["Id"], config, f"the image {shown} of the engine", deadline)
        if flown.state == "passed":
            return flown
        if "executable file not found" not in flown.note and "no such file" not in flown.note:
            return flown
    return Canary(
        "skipped", "neither the host has a program to make an image from, nor the engine an image to run one from"
    )
