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
    not_put_back: list[str] = []
    try:
        alive = settings.mode == "reload" and identity_of(world.service) is not None
        stop_fault = None
        if alive:
            reset_by_reload(world, settings, before, config_path)
        else:
            stop_fault = _stop(world, settings, config_path, network)
        not_put_back += _put_back(settings, config_path, details)
        if alive:
            with contextlib.suppress(ServiceFault):
                world.service.reload()
            time.sleep(1)
        engine = _start(world, settings, stop_fault)
        try:
            _compare(world, settings, engine, before, network, details)
        finally:
            engine.close()
        _fault_of(world.service.start_dependents, DEPENDENT_SECONDS)
        details["units"] = units_now(world.service)
    except (Failed, ServiceFault) as second:
        details["units"] = units_now(world.service)
        _add_error(details, second.reason)
        details["log"] = details["log"] + mask_lines(world.service.log_tail(mark))
        summary = f"{_files_text(settings, details)}, and the engine does not come up with them either"
        if not_put_back:
            summary = "Not all files are back, and the engine does not come up"
        said = f"{summary}: {details['rollback_error']}{_cost(details)}"
    else:
        said = _outcome(settings, details, alive)
    return RestartFailure(f"{result['error']}. {said}", details)


def _stop(world: World, settings: Settings, config_path: str, network: NetworkBefore | None) -> str | None:
    """Stop the engine, and return why it could not be stopped, or None. A service manager that restarts the engine again and again
    could start it with some files put back and others not."""
    fault = _fault_of(world.service.stop, STOP_SECONDS)
    bip = network.moved_bridge() if network is not None and fault is None else None
    if bip is not None:
        reset_bridge(world, settings, config_path, bip)
    return fault


def _put_back(settings: Settings, config_path: str, details: Document) -> list[str]:
    """Put the previous files back, and return why some were not."""
    details["restored"], refused = put_files_back(settings.restore, config_path)
    reasons = [reason for _path, reason in refused]
    for reason in reasons:
        _add_error(details, reason)
    if not reasons:
        pending.forget(config_path)
    return reasons


def _start(world: World, settings: Settings, stop_fault: str | None) -> UnixEngine:
    """Have the engine run with its previous files. Raises Failed or ServiceFault."""
    old, start_fault = None, None
    if identity_of(world.service) is None:
        # The engine may also have ended because of the reload. A service manager that reports a failure, or is
        # slow, may have started the engine nevertheless, so the engine itself is asked.
        start_fault = _fault_of(world.service.start, COMMAND_SECONDS)
    elif stop_fault is not None:
        # It could not be stopped, and runs with the files that were taken back.
        old = identity_of(world.service)
        world.service.restart(STOP_SECONDS)
    try:
        return wait_for_engine(world, max(settings.seconds, 60.0), old)
    except Failed as fault:
        if start_fault is None:
            raise
        raise Failed(f"{start_fault}; {fault.reason}") from None


def _compare(
    world: World,
    settings: Settings,
    engine: UnixEngine,
    before: Snapshot | None,
    network: NetworkBefore | None,
    details: Document,
) -> None:
    """Compare the bridge, the containers and the facts of the engine with what they were."""
    if network is not None and network.moved_bridge():
        _add_error(details, f"the engine's bridge does not have its previous address {network.moved_bridge()} again")
    if before is not None:
        after = settled(world, engine, settings._replace(hides=False), before, _expected_after_rollback(before))
        details["containers"] = [change.document() for change in changes(before, after)]
        details["differences"] = engine_facts.differences(before.facts, after.facts)


def _outcome(settings: Settings, details: Document, alive: bool) -> str:
    """Return what became of files and of an engine that runs. ``alive`` means that its process was not started again."""
    cost = _cost(details)
    if details["rollback_error"]:
        return f"The engine runs, but not all is as before: {details['rollback_error']}{cost}"
    differences = details["differences"]
    other = [
        f"{name} was {differences[name]['before']!r} and is {differences[name]['after']!r}"
        for name in differences
        if name not in engine_facts.CHANGE_BY_THEMSELVES
    ]
    if other and (alive or set(differences) & _HIDES):
        # The new process of an engine that was started again has the arguments of its unit, which no file here decides.
        to_do = "Restart the engine, so that it works with its files again"
        if not alive:
            to_do = "Compare the arguments of its unit with those it had (systemctl cat), and take back what is new"
        seen = f"and the engine runs, but not as before: {', '.join(other)}{cost}"
        return f"{_files_text(settings, details)}, {seen}. {to_do}"
    details["rolled_back"] = True
    changed = f". Facts of the engine that changed: {', '.join(other)}" if other else ""
    return f"{_files_text(settings, details)}, and the engine runs with them{changed}{cost}"


def _add_error(details: Document, reason: str) -> None:
    details["rollback_error"] = "; ".join(filter(None, [details["rollback_error"], reason]))


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
