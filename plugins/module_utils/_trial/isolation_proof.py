# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The experiment that people do by hand: may root of a container change files of root of the host?

What was not seen to be tried, and seen to fail, is inconclusive: unknown is never a pass.
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.write_lock import (
    WAIT_SECONDS,
    LockFault,
    write_lock,
)
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, object_path
from ansible_collections.seawall.docker.plugins.module_utils._engine.writing import WritableEngine
from ansible_collections.seawall.docker.plugins.module_utils._host.moments import now_text
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._trial.container_process import Bind, uid_map_seen
from ansible_collections.seawall.docker.plugins.module_utils._trial.image import Shell
from ansible_collections.seawall.docker.plugins.module_utils._trial.isolation_trap import SCRIPT, Seen, Trap
from ansible_collections.seawall.docker.plugins.module_utils._trial.proving import (
    INCONCLUSIVE,
    LABEL,
    Inconclusive,
    leftover_lines,
    opened,
    require_root,
    shell_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway import (
    make_container,
    make_image,
    remove_own,
)
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway_record import Record, new_name

Document = t.Dict[str, t.Any]

_TARGET = "/trap"
EXPOSED, PROTECTED = "exposed", "protected"
# With these statuses a shell says that it did not find a program, or could not start it.
_NOT_STARTED = (126, 127)


class Request(t.NamedTuple):
    """``userns`` is ``default`` or ``host``, which asks the engine to leave user namespaces out for this container."""

    image: t.Optional[str]
    userns: str
    docker_host: t.Optional[str]
    seconds: float
    check_mode: bool


def run(host: Host, request: Request) -> Document:
    """The module's result. Never raises for what the engine does: that is the result."""
    result: Document = {
        "changed": False,
        "verdict": INCONCLUSIVE,
        "reason": "",
        "tried": False,
        "proved_at": now_text(),
        "userns": request.userns,
        "overwritten": None,
        "deleted": None,
        "control_written": None,
        "container_root_uid": None,
        "uid_map": None,
        "image": None,
        "engine_version": None,
        "engine_process": None,
        "remapping": None,
        "swept": [],
        "not_swept": [],
        "not_removed": [],
    }
    try:
        require_root(host, request.seconds, "make a file of root for a container to attack")
        # Before the engine is asked: a run that holds the lock may restart it.
        with write_lock("isolation_proof", request.check_mode, min(WAIT_SECONDS, request.seconds)):
            _prove(host, request, result)
    except (Inconclusive, Unread, EngineError, LockFault) as fault:
        result["reason"] = fault.reason
    result["lines"] = lines_of(result)
    return result


def _prove(host: Host, request: Request, result: Document) -> None:
    with opened(host, request.docker_host, request.seconds, result) as bench:
        result["remapping"] = any("name=userns" in str(one) for one in bench.info.get("SecurityOptions") or [])
        shell = shell_of(host, bench.engine, request.image, "rm", "sleep")
        result["image"] = shell.origin
        if request.check_mode:
            raise Inconclusive(
                "nothing was tried in check mode; a throw-away container would attack files in a directory made for it"
            )
        with bench.trying(result) as (writable, record):
            _experiment(host, writable, record, request, shell, result)


def _experiment(
    host: Host, writable: WritableEngine, record: Record, request: Request, shell: Shell, result: Document
) -> None:
    deadline = time.monotonic() + request.seconds
    reference = request.image or new_name("proof", ":")
    try:
        trap = Trap(record)
        with trap:
            try:
                if shell.program is not None:
                    label = [f"LABEL {LABEL}=1"]
                    make_image(writable, record, shell.program.archive(), reference, request.seconds, label)
                _attack(host, writable, record, request, shell, reference, trap, result, deadline)
            finally:
                remove_own(writable, record, reference)
    except OSError as error:
        raise Inconclusive(f"no directory to attack could be made: {error.strerror}") from None


def _attack(
    host: Host,
    writable: WritableEngine,
    record: Record,
    request: Request,
    shell: Shell,
    reference: str,
    trap: Trap,
    result: Document,
    deadline: float,
) -> None:
    name = new_name("proof")
    state: Document = {}
    unseen = "the engine names no process of the container"
    try:
        body = container_of(reference, shell, trap, request.userns)
        identifier = make_container(writable, record, name, body, deadline - time.monotonic())
        path = object_path("containers", identifier)
        writable.call("POST", f"{path}/start", None, None, deadline - time.monotonic())
        result["tried"] = True
        while True:
            # First what it says, then what the kernel shows: it sleeps after its last word.
            seen = trap.look()
            state = writable.call("GET", f"{path}/json", None, None, deadline - time.monotonic())["State"]
            try:
                bind = Bind(trap.directory, _TARGET)
                result["uid_map"] = uid_map_seen(host, state.get("Pid"), identifier, bind)
            except Unread as gap:
                unseen = gap.reason
            if seen.ended is not None or not state.get("Running"):
                break
            if time.monotonic() > deadline:
                raise Inconclusive(f"the container did not do its part within {request.seconds:g} seconds")
            time.sleep(0.1)
        # Once more: between asking and looking, it may have come to its end.
        seen = trap.look()
    except (KeyError, TypeError, AttributeError):
        raise Inconclusive("the engine's answers about the container make no sense") from None
    finally:
        remove_own(writable, record, name)
    result.update(judged(seen, result["uid_map"], state.get("ExitCode"), unseen))


def container_of(reference: str, shell: Shell, trap: Trap, userns: str) -> Document:
    """An ordinary container: rights, system call filter and runtime are those that every other gets."""
    settings: Document = {
        "NetworkMode": "none",
        "ReadonlyRootfs": True,
        "RestartPolicy": {"Name": "no"},
        "LogConfig": {"Type": "none"},
        # Not Binds, for which an engine makes what it does not find.
        "Mounts": [{"Type": "bind", "Source": trap.directory, "Target": _TARGET}],
    }
    if userns == "host":
        settings["UsernsMode"] = "host"
    return {
        "Image": reference,
        "User": "0:0",
        "Entrypoint": [*shell.words, "-c", SCRIPT, "proof", trap.word, shell.tools],
        "Cmd": [],
        "Labels": {LABEL: "1"},
        "NetworkDisabled": True,
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": settings,
    }


def judged(
    seen: Seen, uid_map: list[dict[str, int]] | None, exit_code: t.Any, unseen: str = "it was not looked for"
) -> Document:
    """What is proved. Only what was seen to be tried, and seen to fail for another user than root, is protected.

    ``uid_map`` is what the kernel showed of the container's process, None where it showed none, which ``unseen`` explains.
    """
    outside = _outside(uid_map)
    found: Document = {
        "overwritten": seen.overwritten,
        "deleted": seen.deleted,
        "control_written": seen.began is not None,
        "container_root_uid": outside,
    }
    if seen.overwritten or seen.deleted:
        done = " and ".join(
            word for word, happened in (("overwrote", seen.overwritten), ("deleted", seen.deleted)) if happened
        )
        return {**found, "verdict": EXPOSED, "reason": f"root of a container {done} a file of root of the host"}
    return {**found, **_unharmed(seen, uid_map is not None, outside, exit_code, unseen)}


def _unharmed(seen: Seen, witnessed: bool, outside: int | None, exit_code: t.Any, unseen: str) -> Document:
    reason = ""
    if seen.began is None:
        reason = (
            "the container could not write to a file that everybody may write"
            if exit_code == 41
            else f"the container left no trace of having run (exit status {exit_code})"
        )
    elif seen.ended is None:
        reason = f"the container began, and ended before it had tried everything (exit status {exit_code})"
    elif any(status in _NOT_STARTED for status in seen.ended):
        reason = "the image has no rm that could be started"
    elif 0 in seen.ended:
        reason = "the container says that it succeeded, and on the host nothing changed"
    elif not witnessed:
        reason = f"nothing was changed, and the kernel does not show that the container ran: {unseen}"
    elif outside is None:
        reason = "nothing was changed, and it is not known which user of the host the container's root is"
    elif outside == 0:
        reason = (
            "nothing was changed, although root of the container is root of the host: something else than user "
            "namespaces stood in the way, and may not do so elsewhere"
        )
    if reason:
        return {"verdict": INCONCLUSIVE, "reason": reason}
    return {
        "verdict": PROTECTED,
        "reason": "root of a container could neither overwrite nor delete a file of root of the host",
    }


def _outside(uid_map: list[dict[str, int]] | None) -> int | None:
    """Who root of the container is on the host, by the kernel's word alone: what a container says of itself may be made
    up, by its image or by an engine."""
    return next((entry["outside"] for entry in uid_map or [] if entry["inside"] == 0), None)


def lines_of(result: Document) -> list[str]:
    """The result in words, the verdict first."""
    lines = [f"{result['verdict'].upper()}: {result['reason']}."]
    uid = result["container_root_uid"]
    if uid is not None:
        who = "root of the host itself" if uid == 0 else "a user who owns nothing else there"
        lines.append(f"Root of the container is uid {uid} of the host, {who}.")
    if result["userns"] == "host":
        lines.append("The container asked to be left out of user namespaces (--userns=host), as any container may.")
    elif result["verdict"] == EXPOSED:
        lines.append(
            "A container can change every file of a directory of the host that it mounts. Remap users: run seawall.docker.userns_remap."
        )
    elif result["verdict"] == PROTECTED:
        lines.append("A container that asks to be left out of user namespaces (--userns=host) is not held by this.")
    if result["tried"]:
        gone = "" if result.get("not_removed") else " All of it is gone again."
        lines.append(f"Tried in a directory made for it, with {result['image']}.{gone}")
    return lines + leftover_lines(result)
