# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container that is run once to see that the engine can run containers at all, and is then gone with its image.

An engine that answers may still be unable to start anything: an unknown log driver, a missing runtime, or a wrong
containerd socket show only here.
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, UnixEngine, object_path
from ansible_collections.seawall.docker.plugins.module_utils._engine.writing import WritableEngine
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._trial.container_process import uid_map_seen
from ansible_collections.seawall.docker.plugins.module_utils._trial.image import Program, find_program
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway import (
    make_container,
    make_image,
    remove_own,
    sweep,
)
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway_record import Record, new_name

# For people who look at their containers meanwhile; nothing is known or removed by it.
_LABEL = "seawall.docker.canary"
NO_PROGRAM = (
    "this host has no program that an image could be made of, and images of others decide over nothing; install a "
    "static busybox"
)


class Canary(t.NamedTuple):
    """``state`` is ``passed``, ``failed`` or ``skipped``, with the reason in ``note``. ``uid_map`` is what the kernel
    showed of the container's first process, None where it could not be seen. ``swept`` is what a killed run had left.
    """

    state: str
    note: str
    image: t.Optional[str] = None
    uid_map: t.Optional[t.List[t.Dict[str, int]]] = None
    swept: t.Sequence[str] = ()


def run_canary(host: Host, engine: UnixEngine, seconds: float, asleep: int = 1) -> Canary:
    """Run a canary that sleeps for ``asleep`` seconds; all together may take ``seconds``. Never raises for what the engine does: that
    is the result."""
    program = find_program(host, asleep)
    if program is None:
        return Canary("skipped", NO_PROGRAM)
    writable = WritableEngine(engine)
    deadline = time.monotonic() + seconds
    swept, left = sweep(writable, engine.address)
    record = Record(engine.address)
    reference = new_name("canary", ":")
    try:
        make_image(writable, record, program.archive(), reference, deadline - time.monotonic())
        canary = _run(host, writable, record, reference, program, deadline)
    except EngineError as error:
        canary = Canary("skipped" if error.kind == "denied" else "failed", f"no image could be made: {error.reason}")
    except (KeyError, TypeError):
        canary = Canary("failed", "the engine's answers about the image make no sense")
    finally:
        remove_own(writable, record, reference)
    note = canary.note
    if swept:
        note += f"; removed what an earlier run that was killed had left: {', '.join(swept)}"
    if left:
        note += f"; left by an earlier run that was killed, and not removed: {', '.join(left)}"
    return canary._replace(note=note, swept=swept)


def _run(host: Host, writable: WritableEngine, record: Record, image: str, program: Program, deadline: float) -> Canary:
    body = {
        "Image": image,
        "Labels": {_LABEL: "1"},
        "NetworkDisabled": True,
        "Cmd": program.command,
        # Log driver, runtime, cgroup parent and the rest are the engine's own: they are what is tried.
        "HostConfig": {
            "NetworkMode": "none",
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "RestartPolicy": {"Name": "no"},
        },
    }
    name = new_name("canary")
    try:
        identifier = make_container(writable, record, name, body, deadline - time.monotonic())
        path = object_path("containers", identifier)
        writable.call("POST", f"{path}/start", None, None, deadline - time.monotonic())
        uid_map = _uid_map(host, writable, identifier, deadline)
        ended = writable.call("POST", f"{path}/wait", None, None, deadline - time.monotonic())
        status = int(ended.get("StatusCode", -1))
    except EngineError as error:
        if error.kind == "denied":
            return Canary("skipped", f"an authorization plugin refused it: {error.reason}", image)
        return Canary("failed", error.reason, image)
    except (KeyError, TypeError, AttributeError, ValueError):
        return Canary("failed", "the engine's answers about the container make no sense", image)
    finally:
        remove_own(writable, record, name)
    if status != 0:
        return Canary("failed", f"the container ended with status {status}", image, uid_map)
    return Canary("passed", f"made from {program.origin}", image, uid_map)


def _uid_map(host: Host, writable: WritableEngine, identifier: str, deadline: float) -> list[dict[str, int]] | None:
    path = object_path("containers", identifier, "json")
    state = writable.call("GET", path, None, None, deadline - time.monotonic())["State"]
    try:
        return uid_map_seen(host, state.get("Pid"), identifier)
    except Unread:
        return None
