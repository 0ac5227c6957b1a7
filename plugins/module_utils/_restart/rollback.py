# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roll back: put the previous files back, start the engine with them, and report the result."""

from __future__ import annotations

import contextlib
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon_config import pending
from ansible_collections.seawall.docker.plugins.module_utils._engine import facts as engine_facts
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import UnixEngine
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_lines
from ansible_collections.seawall.docker.plugins.module_utils._restart.engine_state import changes, settled
from ansible_collections.seawall.docker.plugins.module_utils._restart.forecast import Forecast, predict
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import (
    Document,
    Failed,
    RestartFailure,
    Settings,
    Snapshot,
    World,
)
from ansible_collections.seawall.docker.plugins.module_utils._restart.network_check import NetworkBefore
from ansible_collections.seawall.docker.plugins.module_utils._restart.put_back import (
    put_files_back,
    reset_bridge,
    reset_by_reload,
)
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import Service, ServiceFault
from ansible_collections.seawall.docker.plugins.module_utils._restart.starting import (
    COMMAND_SECONDS,
    DEPENDENT_SECONDS,
    STOP_SECONDS,
    identity_of,
    wait_for_engine,
)

# Where one of these differs, the engine shows other images and containers than before.
_HIDES = {*engine_facts.LOAD_BEARING, "userns"} - engine_facts.CHANGE_BY_THEMSELVES


def roll_back(
    world: World,
    settings: Settings,
    before: Snapshot | None,
    result: Document,
    config_path: str,
    network: NetworkBefore | None = None,
) -> RestartFailure:
    """Roll back after the failure in ``result["error"]``, and return the failure with the state of files and engine.

    ``network`` is the host's network before the restart, None where nothing was restarted.
    """
    mark = world.service.log_mark()
    details: Document = {**result, "rolled_back": False, "rollback_error": None, "restored": [], "units": []}
    error = result["error"]
    stop_fault: str | None = None
    start_fault: str | None = None
    faults: list[str] = []
    try:
        alive = settings.mode == "reload" and identity_of(world.service) is not None
        if alive:
            reset_by_reload(world, settings, before, config_path)
        else:
            # A service manager that restarts the engine again and again could start it with some files put back and
            # others not.
            stop_fault = _fault_of(world.service.stop, STOP_SECONDS)
            bip = network.moved_bridge() if network is not None and stop_fault is None else None
            if bip is not None:
                reset_bridge(world, settings, config_path, bip)
        details["restored"], refused = put_files_back(settings.restore, config_path)
        faults = [reason for _path, reason in refused]
        if faults:
            details["rollback_error"] = "; ".join(faults)
        else:
            pending.forget(config_path)
        if alive:
            with contextlib.suppress(ServiceFault):
                world.service.reload()
            time.sleep(1)
        old = None
        if identity_of(world.service) is None:
            # The engine may also have ended because of the reload. A service manager that reports a failure, or is
            # slow, may have started the engine nevertheless, so the engine itself is asked.
            start_fault = _fault_of(world.service.start, COMMAND_SECONDS)
        elif stop_fault is not None:
            # It could not be stopped, and runs with the files that were taken back.
            old = identity_of(world.service)
            world.service.restart(STOP_SECONDS)
        engine = _engine_with_old_files(world, max(settings.seconds, 60.0), old, start_fault)
        try:
            if network is not None and network.moved_bridge():
                bridge_fault = f"the engine's bridge does not have its previous address {network.moved_bridge()} again"
                details["rollback_error"] = "; ".join(filter(None, [details["rollback_error"], bridge_fault]))
            if before is not None:
                after = settled(world, engine, settings._replace(hides=False), before, _expected_after_rollback(before))
                details["containers"] = [change.document() for change in changes(before, after)]
                details["differences"] = engine_facts.differences(before.facts, after.facts)
        finally:
            engine.close()
        _fault_of(world.service.start_dependents, DEPENDENT_SECONDS)
        details["units"] = units_now(world.service)
    except (Failed, ServiceFault) as second:
        details["units"] = units_now(world.service)
        details["rollback_error"] = "; ".join(filter(None, [details["rollback_error"], second.reason]))
        details["log"] = details["log"] + mask_lines(world.service.log_tail(mark))
        summary = f"{_files_text(settings, details)}, and the engine does not come up with them either"
        if faults:
            summary = "Not all files are back, and the engine does not come up"
        return RestartFailure(f"{error}. {summary}: {details['rollback_error']}{_cost(details)}", details)
    if details["rollback_error"]:
        return RestartFailure(
            f"{error}. The engine runs, but not all is as before: {details['rollback_error']}{_cost(details)}", details
        )
    differences = details["differences"]
    other = [
        f"{name} was {differences[name]['before']!r} and is {differences[name]['after']!r}"
        for name in differences
        if name not in engine_facts.CHANGE_BY_THEMSELVES
    ]
    cost = _cost(details)
    if other and (alive or set(differences) & _HIDES):
        # The new process of an engine that was started again has the arguments of its unit, which no file here decides.
        to_do = "Restart the engine, so that it works with its files again"
        if not alive:
            to_do = "Compare the arguments of its unit with those it had (systemctl cat), and take back what is new"
        return RestartFailure(
            f"{error}. {_files_text(settings, details)}, and the engine runs, but not as before: {', '.join(other)}"
            f"{cost}. {to_do}",
            details,
        )
    details["rolled_back"] = True
    changed = f". Facts of the engine that changed: {', '.join(other)}" if other else ""
    return RestartFailure(
        f"{error}. {_files_text(settings, details)}, and the engine runs with them{changed}{cost}", details
    )


def units_now(service: Service) -> list[Document]:
    """Return the units that a stop of the engine stops as well, and whether they are active. Unknown counts as not."""
    try:
        stopped = service.stopped_dependents()
    except ServiceFault:
        stopped = list(service.dependents)
    return [{"unit": name, "active": name not in stopped} for name in service.dependents]


def _became(details: Document, word: str) -> list[str]:
    return [change["name"] for change in details["containers"] if change["change"] == word]


def _cost(details: Document) -> str:
    """Return which containers and units do not run any more, and which containers are not shown any more."""
    stopped, vanished = _became(details, "stopped"), _became(details, "vanished")
    units = [one["unit"] for one in details["units"] if not one["active"]]
    return "".join(
        f". {what}: {', '.join(names)}"
        for what, names in (
            ("Containers that ran before and do not now", stopped),
            ("Containers that Docker does not show any more", vanished),
            ("Units that were active before and are not now", units),
        )
        if names
    )


def _fault_of(action: t.Callable[[float], None], seconds: float) -> str | None:
    """Have the service manager do something, and return why it failed, or None."""
    try:
        action(seconds)
    except ServiceFault as fault:
        return fault.reason
    return None


def _engine_with_old_files(world: World, seconds: float, old: str | None, start_fault: str | None) -> UnixEngine:
    """Wait for the engine with its previous files. Raises Failed, with the fault of the service manager if there was one."""
    try:
        return wait_for_engine(world, seconds, old)
    except Failed as fault:
        if start_fault is None:
            raise
        raise Failed(f"{start_fault}; {fault.reason}") from None


def _files_text(settings: Settings, details: Document) -> str:
    if not settings.restore:
        return "There were no files to put back"
    if not details["restored"]:
        return "The previous files are in place"
    return f"The previous files were put back ({', '.join(details['restored'])})"


def _expected_after_rollback(before: Snapshot) -> list[Forecast]:
    """Return the containers that their restart policy starts after any restart, also if live restore kept none. The
    rollback waits for them."""
    return [
        one
        for one in predict(before.containers, False, "", stop_kills_shims=None)
        if one.outcome == "restarted" and one.state == "running"
    ]
