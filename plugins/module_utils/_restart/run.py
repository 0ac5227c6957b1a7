# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options of the module to a restart: find the engine and its service, and look before anything stops."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.access import open_own_engine
from ansible_collections.seawall.docker.plugins.module_utils._daemon.combinations import read_for_start
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import BadValue, value_of
from ansible_collections.seawall.docker.plugins.module_utils._daemon.local_engine import (
    LocalDaemon,
    local_daemon,
    require_reached,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.next_start import HIDING
from ansible_collections.seawall.docker.plugins.module_utils._daemon.stopping import stop_kills_shims
from ansible_collections.seawall.docker.plugins.module_utils._daemon.write_lock import LockFault, write_lock
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.authorization import (
    Plugins,
    plugin_fault,
    plugins_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.check import remapping_fault
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.missing import missing_faults
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.run import secrets_of, secrets_of_flags
from ansible_collections.seawall.docker.plugins.module_utils._engine import facts
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, UnixEngine
from ansible_collections.seawall.docker.plugins.module_utils._host.files import Restore
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import struck
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._restart.engine_state import snapshot
from ansible_collections.seawall.docker.plugins.module_utils._restart.managers import service_of
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import (
    Document,
    Failed,
    RestartFailure,
    Settings,
    Snapshot,
    World,
)
from ansible_collections.seawall.docker.plugins.module_utils._restart.network_change import network_change
from ansible_collections.seawall.docker.plugins.module_utils._restart.put_back import (
    put_files_back,
    require_known_files,
)
from ansible_collections.seawall.docker.plugins.module_utils._restart.rollback import roll_back
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import ServiceFault
from ansible_collections.seawall.docker.plugins.module_utils._restart.transaction import carry_out, forecast
from ansible_collections.seawall.docker.plugins.module_utils._trial.canary import NO_PROGRAM, Canary
from ansible_collections.seawall.docker.plugins.module_utils._trial.image import find_program

READ_SECONDS = 30.0


class Request(t.NamedTuple):
    mode: str
    seconds: float
    restore: t.List[Restore]
    expect: Document
    canary: str
    live_restore_holds: bool
    containers_hidden: bool
    prepares: bool
    docker_host: t.Optional[str]
    check_mode: bool


def run(host: Host, request: Request) -> Document:
    """The module's result. Raises RestartFailure; where nothing was stopped yet, the files are put back, too."""
    result: Document = {
        "changed": request.mode != "none",
        "action": "none",
        "forecast": [],
        "containers": [],
        "canary": Canary("skipped", "not reached")._asdict(),
        "network": None,
        "engine": None,
        "differences": {},
        "manager": None,
        "seconds": 0.0,
        "log": [],
        "restore": [],
        "new_arguments": [],
        "units": [],
    }
    try:
        with write_lock("engine_restart", request.check_mode or request.mode == "none"):
            return _locked(host, request, result)
    except LockFault as busy:
        # Files that the other run may just use are not put back. The change stays unfinished, and a later run completes it.
        details = {"error": busy.reason, "rolled_back": False, "rollback_error": None, "restored": []}
        raise RestartFailure(busy.reason, {**result, "changed": False, **details}) from None


def _locked(host: Host, request: Request, result: Document) -> Document:
    secrets: set[str] = set()
    config_paths: list[str] = []
    try:
        return _shown(_run(host, request, result, secrets, config_paths), secrets)
    except (Unread, ServiceFault, Failed) as fault:
        failure = _refused(request, result, fault.reason, next(iter(config_paths), None))
    except RestartFailure as failed:
        failure = failed
    raise RestartFailure(struck(str(failure), secrets), _shown(failure.details, secrets))


def _shown(result: Document, secrets: set[str]) -> Document:
    """The result without what the engine may have repeated of its own configuration."""
    shown = {**result, "log": [struck(line, secrets) for line in result["log"]]}
    for key in ("error", "rollback_error"):
        if shown.get(key) is not None:
            shown[key] = struck(shown[key], secrets)
    shown["canary"] = {key: struck(one, secrets) if key == "note" else one for key, one in shown["canary"].items()}
    return shown


def _refused(request: Request, result: Document, reason: str, config_path: str | None) -> RestartFailure:
    """Nothing was stopped: the engine runs as it did, and must find its old files when it is started one day."""
    details = {
        **result,
        "changed": False,
        "error": reason,
        "rolled_back": False,
        "rollback_error": None,
        "restored": [],
    }
    if request.check_mode or not request.restore:
        return RestartFailure(reason, details)
    details["restored"], faults = put_files_back(request.restore, config_path)
    details["rollback_error"] = "; ".join(fault for _path, fault in faults) or None
    details["rolled_back"] = not faults
    outcome = "and the previous files are back"
    if faults:
        outcome = f"and these files could not be put back: {details['rollback_error']}"
    return RestartFailure(f"{reason}. The engine was left as it is, {outcome}", details)


def _run(host: Host, request: Request, result: Document, secrets: set[str], config_paths: list[str]) -> Document:
    """``secrets`` takes up the credentials of the engine's configuration, and ``config_paths`` its file, also where this
    fails."""
    odd = facts.unknown(request.expect)
    if odd:
        raise Failed(f"expect knows no {', '.join(odd)}; there is {', '.join(facts.FACTS)}")
    if request.seconds <= 0:
        raise Failed("timeout must be a positive number of seconds")
    context = open_own_engine(host, request.docker_host, min(request.seconds, READ_SECONDS))
    try:
        daemon = local_daemon(context)
        config_paths.append(daemon.config_path)
        secrets |= secrets_of_daemon(host, daemon, request.restore)
        before = snapshot_before(context)
        if request.mode != "none":
            require_reached(context)
        plugins = plugins_of(context, daemon) if request.mode != "none" and before is not None else None
    finally:
        context.close()
    # The engine is not asked for this: it is what the service manager says that counts.
    service = service_of(host, context.location) if request.mode != "none" or context.location.manager else None
    result["manager"] = service.manager if service is not None else None
    result["engine"] = before.facts if before is not None else None
    if request.mode == "none" or service is None:
        return {**result, "changed": False}
    if request.canary == "required" and find_program(host) is None:
        raise Failed(f"canary is required, and no container could be tried: {NO_PROGRAM}")
    require_known_files(request.restore, daemon.config_path)
    world = World(host, service, (context.location.address or "")[len("unix://") :])
    config_path = os.path.realpath(daemon.config_path)
    settings = Settings(
        request.mode,
        request.seconds,
        request.restore,
        request.expect,
        request.canary,
        request.live_restore_holds,
        hides=request.containers_hidden,
        prepares=request.prepares,
        stop_kills_shims=_stop_kills_shims(host, daemon, before),
        network=network_change(host, daemon, request.restore) if request.mode == "restart" else None,
    )
    try:
        if request.mode == "restart":
            result["new_arguments"] = daemon.next.names()
            result["units"] = [{"unit": name, "active": True} for name in service.dependents]
            _check_next_start(daemon, request.containers_hidden)
        settings = settings._replace(live_restore_after=_check_file(host, daemon, before, request.mode, plugins))
    except Failed as fault:
        if request.check_mode or not request.restore or service.process() is not None:
            raise
        # Nothing runs that could be left as it is: with the previous files it can.
        raise roll_back(world, settings, before, {**result, "error": fault.reason}, config_path) from None
    if request.check_mode:
        action = {"reload": "reloaded"}.get(request.mode, "restarted" if before is not None else "started")
        return {**result, "action": action, "forecast": [one.document() for one in forecast(before, settings)]}
    try:
        done = carry_out(world, settings, before, config_path)
    except RestartFailure as failure:
        details = {"new_arguments": result["new_arguments"], **failure.details}
        raise RestartFailure(str(failure), details) from None
    return {**result, **done}


def secrets_of_daemon(host: Host, daemon: LocalDaemon, restore: list[Restore]) -> set[str]:
    """The credentials in the daemon's flags, its configuration file and the copies of that file."""
    found = secrets_of_flags(daemon.flags)
    for path in (daemon.config_path, *(one.backup_file for one in restore if one.backup_file)):
        with contextlib.suppress(Unread):
            found |= secrets_of(host.read_bytes(path))
    return found


def snapshot_before(context: Context) -> Snapshot | None:
    """The engine as it is. None where it does not run or does not answer, which a restart may put right."""
    if context.location.state != "running" or context.engine_fault is not None:
        return None
    try:
        engine = context.engine
        if not isinstance(engine, UnixEngine):
            return None
        return snapshot(engine)
    except EngineError:
        return None


def _stop_kills_shims(host: Host, daemon: LocalDaemon, before: Snapshot | None) -> bool | None:
    """Whether a restart ends containers that live restore would keep, or None if that is not known."""
    if before is None or daemon.process is None:
        return False  # no container has an engine that keeps it
    try:
        return stop_kills_shims(
            host, daemon.units, daemon.process, lambda: [one.pid for one in before.processes.values()]
        )
    except Unread:
        return None


def _check_next_start(daemon: LocalDaemon, containers_hidden: bool) -> None:
    """Raise Failed where a restart would bring arguments into force with which going back would not bring back what is."""
    unread = daemon.next.unread_unit()
    if unread is not None:
        raise Failed(unread)
    unknown = daemon.next.names(("",))
    if unknown:
        raise Failed(f"the engine would not start with its new arguments: {', '.join(unknown)}")
    hiding = daemon.next.names(HIDING)
    if hiding and not containers_hidden:
        raise Failed(
            f"a restart would also bring new arguments into force, with which the engine shows other containers: "
            f"{', '.join(hiding)}. Take them back, or restart the engine with them first (containers_hidden)"
        )


def _check_file(
    host: Host, daemon: LocalDaemon, before: Snapshot | None, mode: str, plugins: Plugins | None
) -> bool | None:
    """Whether live restore will be on. Raises Failed where the engine cannot start with its file as it is."""
    flags = daemon.flags
    if mode == "restart" and daemon.next.flags is not None:
        flags = daemon.next.flags
    try:
        content = host.read_bytes(daemon.config_path)
    except Unread as gap:
        if gap.kind != "absent":
            raise
        content = b"{}"
    parsed = read_for_start(content, daemon.version, daemon.flags)
    if parsed.state == "invalid":
        raise Failed(f"the engine would not start with {daemon.config_path}: {parsed.error}")
    conflicts = parsed.conflicts(flags)
    if conflicts:
        listed = ", ".join(f"{key} ({flag})" for key, flag in conflicts)
        raise Failed(f"the engine would not start with {daemon.config_path}: keys that are also flags: {listed}")
    fault = remapping_fault(host, daemon._replace(flags=flags), content)
    if fault is None and mode == "restart":
        fault = next(iter(missing_faults(host, content, flags, daemon.version, None, plugins)), None)
    if fault is None and mode == "reload":
        # Of all that may be missing, a reload looks for plugins alone.
        fault = plugin_fault(host, parsed.settings, flags, plugins)
    if fault is not None:
        raise Failed(f"the engine would not start with {daemon.config_path} as it should: {fault}")
    given = flags.of_key("live-restore")
    try:
        after = bool(value_of(given)) if given else bool(parsed.settings.get("live-restore", False))
    except BadValue:
        return None
    if after and before is not None and before.facts["swarm"] not in ("", "inactive"):
        raise Failed("the engine is a node of a swarm, and would not start with live-restore")
    return after
