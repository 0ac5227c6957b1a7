# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restart or reload an engine, see that it and its containers came back, and go back to the old files where not.

Every wait has an end. What is asked of the service manager stands behind ``Service``, so that this can be tried with
any way to start an engine.
"""

from __future__ import annotations

import contextlib
import os
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.keys import version_of
from ansible_collections.seawall.docker.plugins.module_utils._daemon.taken_over import daemon_identity, read_record
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config import pending
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.reload_back import spelled_out
from ansible_collections.seawall.docker.plugins.module_utils._engine import facts as engine_facts
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, UnixEngine, object_path
from ansible_collections.seawall.docker.plugins.module_utils._engine.writing import WritableEngine
from ansible_collections.seawall.docker.plugins.module_utils._host import files
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_lines
from ansible_collections.seawall.docker.plugins.module_utils._restart.forecast import (
    Change,
    Container,
    Forecast,
    compare,
    missing,
    of_inspect,
    predict,
)
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import Service, ServiceFault, reason_in
from ansible_collections.seawall.docker.plugins.module_utils._trial.canary import Canary, fly

Document = t.Dict[str, t.Any]

# An engine gives its containers ten seconds and more to end, and is given time for that before it is killed.
STOP_SECONDS = 120.0
# How long a container that comes back may take to do so.
SETTLE_SECONDS = 30.0
CANARY_SECONDS = 60.0
_CANARY_LOOKS = 3
# A reload ends an engine that misses an authorization plugin after some 16 seconds.
RELOAD_SECONDS = 30.0
_TRY_SECONDS = 5.0
_COMMAND_SECONDS = 30.0


class Settings(t.NamedTuple):
    """``hides`` says that the change makes the engine show other containers than before."""

    mode: str
    seconds: float
    restore: t.List[files.Restore] = []
    expect: Document = {}
    canary: str = "auto"
    live_restore_holds: bool = True
    live_restore_after: t.Optional[bool] = None
    hides: bool = False


class Process(t.NamedTuple):
    """A process for as long as it lives."""

    pid: int
    identity: str


class World(t.NamedTuple):
    """The host, its service, and the path of the engine's socket."""

    host: Host
    service: Service
    socket: str


class Snapshot(t.NamedTuple):
    """``processes`` are the first processes of containers that run, by the containers' names."""

    facts: Document
    containers: t.List[Container]
    processes: t.Dict[str, Process] = {}


class Failed(Exception):
    """The engine is not as it should be; ``reason`` is one sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RestartFailure(Exception):
    """All that went wrong, with ``details`` for the result."""

    def __init__(self, message: str, details: Document) -> None:
        super().__init__(message)
        self.details = details


def snapshot(engine: UnixEngine) -> Snapshot:
    """The engine's facts and its containers. Raises EngineError."""
    try:
        facts = engine_facts.facts_of(engine.get("/info"))
    except (AttributeError, TypeError):
        raise EngineError("the engine's answer to /info makes no sense", "protocol") from None
    listed = engine.get("/containers/json", all=1)
    if not isinstance(listed, list):
        raise EngineError("the engine's list of containers is none", "protocol")
    containers = []
    processes = {}
    for entry in listed:
        try:
            inspected = engine.get(object_path("containers", str(entry["Id"]), "json"))
            containers.append(of_inspect(inspected))
            pid = int(inspected["State"].get("Pid") or 0)
            identity = daemon_identity(pid) if pid > 0 else None
            if identity is not None:
                processes[containers[-1].name] = Process(pid, identity)
        except EngineError as error:
            if error.kind != "absent":
                raise
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
            raise EngineError("the engine's description of a container makes no sense", "protocol") from None
    return Snapshot(facts, sorted(containers, key=lambda one: (one.name, one.id)), processes)


def forecast(before: Snapshot | None, settings: Settings) -> list[Forecast]:
    """What will become of the containers; empty where the engine did not run or is only reloaded."""
    if before is None or settings.mode != "restart":
        return []
    return predict(
        before.containers,
        bool(before.facts["live_restore"]),
        str(before.facts["version"]),
        settings.live_restore_after,
        settings.live_restore_holds,
        settings.hides,
    )


def carry_out(world: World, settings: Settings, before: Snapshot | None, config_path: str) -> Document:
    """Do it, and return the result. Raises RestartFailure, with the old files back and the engine started with them.

    ``config_path`` leads over no symbolic link.
    """
    started = time.monotonic()
    mark = world.service.log_mark()
    expected = forecast(before, settings)
    result: Document = {
        "action": {"reload": "reloaded"}.get(settings.mode, "restarted" if before is not None else "started"),
        "forecast": [one.document() for one in expected],
        "containers": [],
        "differences": {},
        "canary": Canary("skipped", "not reached")._asdict(),
    }
    try:
        if settings.mode == "reload":
            _reload(world, mark)
            engine = wait_for_engine(world, settings.seconds, None)
        else:
            engine = _restart(world, settings.seconds)
        try:
            _verify(world, engine, settings, before, expected, result)
            if settings.mode == "reload":
                _remember(world, config_path)
        finally:
            engine.close()
    except (Failed, ServiceFault) as fault:
        log = mask_lines(world.service.log_tail(mark))
        cause = reason_in(log, _identity(world.service) is None)
        error = f"{fault.reason}: {cause}" if cause and cause not in fault.reason else fault.reason
        result.update(log=log, error=error, seconds=round(time.monotonic() - started, 1))
        raise gone_back(world, settings, before, result, config_path) from None
    pending.forget(config_path)
    result.update(log=[], seconds=round(time.monotonic() - started, 1))
    return result


def _identity(service: Service) -> str | None:
    return daemon_identity(service.pid())


def _restart(world: World, seconds: float) -> UnixEngine:
    old = _identity(world.service)
    if old is None:
        world.service.start(_COMMAND_SECONDS)
    else:
        world.service.restart(STOP_SECONDS)
        deadline = time.monotonic() + STOP_SECONDS
        while _identity(world.service) == old:
            if time.monotonic() > deadline:
                raise Failed(f"the engine did not end within {STOP_SECONDS:g} seconds")
            time.sleep(0.2)
    return wait_for_engine(world, seconds, old)


def wait_for_engine(world: World, seconds: float, old: str | None) -> UnixEngine:
    """The engine, once it answers: another process than ``old``. Raises Failed when time or hope is lost."""
    deadline = time.monotonic() + seconds
    reason = "its process did not appear"
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise Failed(f"the engine did not answer within {seconds:g} seconds ({reason})")
        lost = world.service.failure()
        if lost is not None:
            raise Failed(lost)
        identity = _identity(world.service)
        if identity is not None and identity != old:
            try:
                # Behind a socket of systemd the request waits in the socket until the engine is ready.
                with contextlib.closing(
                    UnixEngine(world.socket, round(max(min(_TRY_SECONDS, left), 0.1), 1))
                ) as engine:
                    engine.get("/info")
                return UnixEngine(world.socket, max(min(seconds, 60.0), _TRY_SECONDS))
            except EngineError as error:
                reason = error.reason
        time.sleep(0.3)


def _reload(world: World, mark: str) -> None:
    """Have the daemon read its file again, and see that it took it: a signal by itself always succeeds."""
    old = _identity(world.service)
    if old is None:
        raise Failed("the engine does not run, so it cannot be reloaded")
    try:
        writable = WritableEngine(UnixEngine(world.socket, _TRY_SECONDS))
    except EngineError as error:
        raise Failed(error.reason) from None
    since = time.time()
    world.service.reload()
    deadline = time.monotonic() + RELOAD_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.5)
        if _identity(world.service) != old:
            raise Failed("the engine ended instead of taking over its configuration")
        try:
            events = writable.events(since, time.time(), "daemon", _TRY_SECONDS)
        except EngineError:
            continue
        if any(event.get("Action") == "reload" for event in events):
            return
        if reason_in(world.service.log_tail(mark)):
            raise Failed("the engine refused its new configuration")
    raise Failed(f"the engine did not take over its configuration within {RELOAD_SECONDS:g} seconds")


def _remember(world: World, config_path: str) -> None:
    """Where all that was changed could be taken over by this reload, keep that the engine works with the file now."""
    pid = world.service.pid()
    identity = daemon_identity(pid)
    if pid is None or identity is None:
        return
    try:
        content = files.look(config_path).content
    except files.FileFault:
        return
    note = pending.read(world.host, config_path, content, identity)
    record = read_record(world.host, config_path, pid)
    if note is not None and note.needs == "reload" and record is not None and record.content_hash == note.running_hash:
        pending.remember(config_path, identity, content)


def _verify(
    world: World,
    engine: UnixEngine,
    settings: Settings,
    before: Snapshot | None,
    expected: list[Forecast],
    result: Document,
) -> None:
    after = _settled(world, engine, settings, before, expected)
    changes = _changes(before, after)
    result["containers"] = [change.document() for change in changes]
    if before is not None:
        result["differences"] = engine_facts.differences(before.facts, after.facts)
    unmet = engine_facts.unmet(settings.expect, after.facts)
    if unmet:
        raise Failed("the engine answers, but not as expected: " + ", ".join(unmet))
    if settings.hides:
        alive = _without_engine(before)
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
        lost = missing(expected, changes)
        if lost:
            raise Failed("containers that should run do not: " + ", ".join(lost))
    if settings.canary == "never":
        result["canary"] = Canary("skipped", "not wanted")._asdict()
        return
    mapped = engine_facts.unmet({"userns": True}, settings.expect) == []
    for _attempt in range(_CANARY_LOOKS):
        flown = fly(world.host, engine, CANARY_SECONDS)
        result["canary"] = flown._asdict()
        # On a busy host the container can end before it is looked at.
        if not mapped or flown.state != "passed" or flown.uid_map is not None:
            break
    if flown.state == "failed":
        raise Failed(f"the engine answers, but cannot run a container: {flown.note}")
    if flown.state == "skipped" and settings.canary == "required":
        raise Failed(f"no container could be tried: {flown.note}")
    if mapped and flown.uid_map is None and settings.canary == "required":
        raise Failed("user namespaces are expected, and the kernel did not show whom root of the tried container is")
    if mapped and flown.uid_map is not None and flown.uid_map[0]["outside"] == 0:
        raise Failed("user namespaces are expected, and root of a container is root of the host")


def _settled(
    world: World, engine: UnixEngine, settings: Settings, before: Snapshot | None, expected: list[Forecast]
) -> Snapshot:
    """The engine with its containers, once those that should run do, or the time for that is over."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        over = time.monotonic() > deadline
        try:
            after = snapshot(engine)
        except EngineError as error:
            # One that has just started may answer, and then for a moment not or nothing that makes sense.
            lost = world.service.failure()
            if over or lost is not None:
                raise Failed(f"the engine answered once, and then no more: {lost or error.reason}") from None
        else:
            if over or before is None or settings.hides or not missing(expected, _changes(before, after)):
                return after
        time.sleep(1)


def _without_engine(before: Snapshot | None) -> list[str]:
    """Containers whose first process outlives the engine that showed them, after time to end: one that was slow to stop
    them may have ended before they did."""
    deadline = time.monotonic() + SETTLE_SECONDS
    processes = before.processes if before is not None else {}
    while True:
        alive = [name for name, one in processes.items() if daemon_identity(one.pid) == one.identity]
        if not alive or time.monotonic() > deadline:
            return sorted(alive)
        time.sleep(0.5)


def _changes(before: Snapshot | None, after: Snapshot) -> list[Change]:
    return compare(before.containers, after.containers) if before is not None else []


def put_files_back(restore: list[files.Restore]) -> tuple[list[str], list[str]]:
    """Put every file back; the paths that changed, and what could not be done, which the next run can still do."""
    done, faults = [], []
    for item in restore:
        try:
            if files.put_back(item):
                done.append(item.path)
            pending.forget(item.path)
        except files.FileFault as fault:
            faults.append(fault.reason)
    return done, faults


def gone_back(
    world: World, settings: Settings, before: Snapshot | None, result: Document, config_path: str
) -> RestartFailure:
    """Go back, and say in one sentence what was wrong and how things are now."""
    mark = world.service.log_mark()
    details: Document = {**result, "rolled_back": False, "rollback_error": None, "restored": []}
    error = result["error"]
    unstopped: str | None = None
    unstarted: str | None = None
    faults: list[str] = []
    try:
        alive = settings.mode == "reload" and _identity(world.service) is not None
        if alive:
            _spell_out(world, settings, before, config_path)
        else:
            # With files changed under its feet, a service that tries again and again may catch half of them.
            unstopped = _trouble(world.service.stop, STOP_SECONDS)
        details["restored"], faults = put_files_back(settings.restore)
        if faults:
            details["rollback_error"] = "; ".join(faults)
        else:
            pending.forget(config_path)
        if alive:
            with contextlib.suppress(ServiceFault):
                world.service.reload()
            time.sleep(1)
        old = None
        if _identity(world.service) is None:
            # Also the one that ended over its reload after it had been seen alive. A manager that complains, or is
            # slow, may have started the engine all the same: it is the engine that is asked.
            unstarted = _trouble(world.service.start, _COMMAND_SECONDS)
        elif unstopped is not None:
            # It runs with the files that it must not run with.
            old = _identity(world.service)
            world.service.restart(STOP_SECONDS)
        engine = _back(world, max(settings.seconds, 60.0), old, unstarted)
        try:
            if before is not None:
                after = _settled(world, engine, settings._replace(hides=False), before, _calm(before))
                details["containers"] = [change.document() for change in _changes(before, after)]
                details["differences"] = engine_facts.differences(before.facts, after.facts)
        finally:
            engine.close()
    except (Failed, ServiceFault) as second:
        details["rollback_error"] = "; ".join(filter(None, [details["rollback_error"], second.reason]))
        details["log"] = details["log"] + mask_lines(world.service.log_tail(mark))
        said = f"{_files_said(settings, details)}, and the engine does not come up with them either"
        if faults:
            said = "Not all files are back, and the engine does not come up"
        return RestartFailure(f"{error}. {said}: {details['rollback_error']}", details)
    if details["rollback_error"]:
        return RestartFailure(
            f"{error}. The engine runs, but not all files are back: {details['rollback_error']}", details
        )
    other = sorted(set(details["differences"]) - engine_facts.CHANGE_BY_THEMSELVES)
    # An engine that was started anew has nothing but its files to go by.
    if alive and other:
        return RestartFailure(
            f"{error}. {_files_said(settings, details)}, and the engine runs, but not as before: {', '.join(other)} "
            "changed. Restart it, to have it work with its files again",
            details,
        )
    details["rolled_back"] = True
    stopped = [change["name"] for change in details["containers"] if change["change"] == "stopped"]
    cost = f". Containers that ran before and do not now: {', '.join(stopped)}" if stopped else ""
    return RestartFailure(f"{error}. {_files_said(settings, details)}, and the engine runs with them{cost}", details)


def _trouble(action: t.Callable[[float], None], seconds: float) -> str | None:
    """Have the service manager do something, and return its complaint, if any."""
    try:
        action(seconds)
    except ServiceFault as fault:
        return fault.reason
    return None


def _back(world: World, seconds: float, old: str | None, unstarted: str | None) -> UnixEngine:
    """The engine with its old files. Raises Failed, with what the service manager said where it said something."""
    try:
        return wait_for_engine(world, seconds, old)
    except Failed as fault:
        if unstarted is None:
            raise
        raise Failed(f"{unstarted}; {fault.reason}") from None


def _spell_out(world: World, settings: Settings, before: Snapshot | None, config_path: str) -> None:
    """Have a running engine forget what it took over of a file that is about to go. What is left shows afterwards."""
    ours = next((item for item in settings.restore if os.path.realpath(item.path) == config_path), None)
    if ours is None or before is None:
        return
    mark = world.service.log_mark()
    with contextlib.suppress(files.FileFault, Failed, ServiceFault):
        current = files.look(config_path)
        old = None if ours.backup_file is None else files.look(ours.backup_file).content
        unified = world.host.exists("/sys/fs/cgroup/cgroup.controllers")
        between = spelled_out(old, current.content, version_of(str(before.facts["version"])), unified)
        if between is not None:
            files.replace(config_path, between, current)
            _reload(world, mark)


def _files_said(settings: Settings, details: Document) -> str:
    if not settings.restore:
        return "There were no files to put back"
    if not details["restored"]:
        return "The previous files are in place"
    return f"The previous files were put back ({', '.join(details['restored'])})"


def _calm(before: Snapshot) -> list[Forecast]:
    """Those that a policy brings back after any number of restarts, to be waited for after going back."""
    return [
        one for one in predict(before.containers, False, "") if one.outcome == "restarted" and one.state == "running"
    ]
