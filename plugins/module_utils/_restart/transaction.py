# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restart or reload an engine, see that it and its containers came back, and go back to the old files where not.

What is asked of the service manager stands behind ``Service``, so that this can be tried with any way to start an engine.
"""

from __future__ import annotations

import contextlib
import time

from ansible_collections.seawall.docker.plugins.module_utils._daemon_config import pending
from ansible_collections.seawall.docker.plugins.module_utils._engine import facts as engine_facts
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_lines
from ansible_collections.seawall.docker.plugins.module_utils._restart.engine_log import reason_in
from ansible_collections.seawall.docker.plugins.module_utils._restart.forecast import Forecast, predict
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import (
    Document,
    Failed,
    Settings,
    Snapshot,
    World,
)
from ansible_collections.seawall.docker.plugins.module_utils._restart.network_check import NetworkBefore, network_before
from ansible_collections.seawall.docker.plugins.module_utils._restart.rollback import roll_back, units_now
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import ServiceFault
from ansible_collections.seawall.docker.plugins.module_utils._restart.starting import (
    DEPENDENT_SECONDS,
    content_of,
    identity_of,
    record_reload,
    record_restart,
    reload_engine,
    restart_engine,
    wait_for_engine,
)
from ansible_collections.seawall.docker.plugins.module_utils._restart.verify import verify
from ansible_collections.seawall.docker.plugins.module_utils._trial.canary import Canary


def forecast(before: Snapshot | None, settings: Settings) -> list[Forecast]:
    """Predict what happens to each container. Empty where the engine did not run or is only reloaded."""
    if before is None or settings.mode != "restart":
        return []
    return predict(
        before.containers,
        bool(before.facts["live_restore"]),
        str(before.facts["version"]),
        settings.live_restore_after,
        settings.live_restore_holds,
        settings.hides,
        settings.stop_kills_shims,
    )


def carry_out(world: World, settings: Settings, before: Snapshot | None, config_path: str) -> Document:
    """Restart or reload the engine, and return the result. Raises RestartFailure after the rollback.

    ``config_path`` leads over no symbolic link.
    """
    with contextlib.closing(network_before(world, settings, before is not None)) as network:
        return _carry_out(world, settings, before, config_path, network)


def _carry_out(
    world: World, settings: Settings, before: Snapshot | None, config_path: str, network: NetworkBefore
) -> Document:
    started = time.monotonic()
    mark = world.service.log_mark()
    expected = forecast(before, settings)
    written = content_of(config_path)
    prepared = None
    if settings.prepares and settings.mode == "reload":
        prepared = pending.read(world.host, config_path, written[0], identity_of(world.service))
    result: Document = {
        "action": {"reload": "reloaded"}.get(settings.mode, "restarted" if before is not None else "started"),
        "forecast": [one.document() for one in expected],
        "containers": [],
        "differences": {},
        "canary": Canary("skipped", "not reached")._asdict(),
        "network": None,
        "restore": [],
    }
    try:
        if settings.mode == "reload":
            reload_engine(world, mark)
            engine = wait_for_engine(world, settings.seconds, None)
        else:
            engine = restart_engine(world, settings.seconds)
        try:
            verify(world, engine, settings, before, expected, result, network)
            if settings.mode == "reload":
                record_reload(world, config_path)
                result["restore"] = [{"reload": _facts_before(result["differences"])}]
            else:
                record_restart(world, config_path, written)
        finally:
            engine.close()
        world.service.start_dependents(DEPENDENT_SECONDS)
    except (Failed, ServiceFault) as fault:
        log = mask_lines(world.service.log_tail(mark))
        cause = reason_in(log, identity_of(world.service) is None)
        error = f"{fault.reason}: {cause}" if cause and cause not in fault.reason else fault.reason
        result.update(log=log, error=error, seconds=round(time.monotonic() - started, 1))
        raise roll_back(world, settings, before, result, config_path, network) from None
    pending.forget(config_path)
    if prepared is not None:
        pending.keep_way_back(prepared)
    result.update(log=[], seconds=round(time.monotonic() - started, 1), units=units_now(world.service))
    return result


def _facts_before(differences: Document) -> Document:
    """The facts that the engine has again once its previous configuration is in force."""
    return {
        name: values["before"] for name, values in differences.items() if name not in engine_facts.CHANGE_BY_THEMSELVES
    }
