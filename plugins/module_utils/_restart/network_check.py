# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the network is as it should be after a restart that changed it: the host's own, and that of containers."""

from __future__ import annotations

import contextlib
import os
import time

from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, UnixEngine
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._restart.host_network import (
    HostNetwork,
    bridge_address,
    lost,
    read_host_network,
)
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import Document, Failed, Settings, World
from ansible_collections.seawall.docker.plugins.module_utils._trial.network_namespace import open_namespace
from ansible_collections.seawall.docker.plugins.module_utils._trial.network_trial import (
    NetworkTrial,
    Reach,
    run_network_trial,
)

_TRIAL_SECONDS = 60.0
_LIST_SECONDS = 20.0
_MAX_TARGETS = 3
_TRIED = ("bridge", "port", "outside")


class NetworkBefore:
    """The network before the restart, to be closed at the end. ``host`` is None where it was not read, with the reason in
    ``unread``.
    """

    def __init__(self) -> None:
        self.host: HostNetwork | None = None
        self.unread = ""
        self.trial = NetworkTrial()
        self.targets: list[str] = []
        self._bridge: str | None = None
        self._namespace: int | None = None

    def look(self, host: Host, pid: int | None) -> None:
        """Look at the network that the process is in, this one's where there is none."""
        try:
            self.host = read_host_network(host, pid)
        except Unread as gap:
            self.unread = gap.reason
        with contextlib.suppress(OSError):
            self._namespace = open_namespace(pid)
            self._bridge = bridge_address(self._namespace)

    def moved_bridge(self) -> str | None:
        """The previous address of the engine's bridge where the bridge has another one now."""
        if self._bridge is None or self._namespace is None:
            return None
        now = bridge_address(self._namespace)
        return self._bridge if now not in (None, self._bridge) else None

    def close(self) -> None:
        if self._namespace is not None:
            os.close(self._namespace)
            self._namespace = None


def network_before(world: World, settings: Settings, runs: bool) -> NetworkBefore:
    """Look at the network before anything stops, where the restart changes it. ``runs``: the engine answers."""
    before = NetworkBefore()
    change = settings.network
    if change is None:
        return before
    pid = world.service.pid()
    before.look(world.host, pid)
    if change.outside and before.host is not None:
        before.targets = [str(one) for one in before.host.gateways if one.version == 4][:_MAX_TARGETS]
    if before.targets and runs and settings.canary != "never":
        # What containers did not reach before is not lost by the restart.
        with contextlib.suppress(EngineError), contextlib.closing(UnixEngine(world.socket, _TRIAL_SECONDS)) as engine:
            on_bridge = _has_bridge(engine)
            before.trial = run_network_trial(
                world.host, engine, pid, before.targets, on_bridge, _TRIAL_SECONDS, inside=False
            )
    return before


def verify_host(world: World, settings: Settings, before: NetworkBefore | None, result: Document) -> None:
    """Begin ``result["network"]``, and compare the host's own network with that of before. Raises Failed."""
    if settings.network is None or before is None:
        return
    result["network"] = {"options": settings.network.options, "host": "as before", **dict.fromkeys(_TRIED)}
    if before.host is None:
        result["network"]["host"] = f"not compared: {before.unread}"
        return
    try:
        gone = lost(before.host, read_host_network(world.host, world.service.pid()))
    except Unread as gap:
        result["network"]["host"] = f"not compared: {gap.reason}"
        return
    if gone:
        result["network"]["host"] = "; ".join(gone)
        raise Failed(f"the engine answers, but takes the host's network away: {'; '.join(gone)}")


def verify_network(
    world: World, engine: UnixEngine, settings: Settings, before: NetworkBefore | None, result: Document
) -> None:
    """Try the network of containers. Raises Failed where the restart broke something."""
    change = settings.network
    if change is None or before is None:
        return
    shown: Document = result["network"]
    on_bridge = _has_bridge_at_last(engine)
    if not on_bridge:
        if change.bridge != "none":
            raise Failed("the engine answers, but has no network bridge")
        shown["bridge"] = shown["port"] = "not tried: the engine has no bridge, as asked for with bridge: none"
    if settings.canary == "never":
        return
    pid = world.service.pid()
    trial = run_network_trial(world.host, engine, pid, before.targets, on_bridge, _TRIAL_SECONDS)
    shown["outside"] = _text(trial.outside) if before.targets else None
    faults = []
    if on_bridge:
        shown["bridge"], shown["port"] = _text(trial.bridge), _text(trial.port)
        faults += _bridge_faults(trial, change.icc, _goes_on(result), shown)
    for name in ("host", "outside"):
        reach: Reach = getattr(trial, name)
        if reach.state == "not_reached" and getattr(before.trial, name).state == "reached":
            faults.append(f"{reach.note}, and did before")
    if faults:
        raise Failed(f"the engine answers, but the network is not as it should be: {'; '.join(faults)}")
    if settings.canary == "required" and on_bridge and trial.bridge.state == "not_tried":
        raise Failed(f"the network of containers could not be tried: {trial.bridge.note}")


def _has_bridge_at_last(engine: UnixEngine) -> bool:
    """Ask again for a moment: an engine that somebody else restarts does not answer. Raises Failed."""
    deadline = time.monotonic() + _LIST_SECONDS
    while True:
        try:
            return _has_bridge(engine)
        except EngineError as error:
            if time.monotonic() > deadline:
                raise Failed(f"the engine answers, but does not list its networks: {error.reason}") from None
        time.sleep(1)


def _has_bridge(engine: UnixEngine) -> bool:
    """Whether the engine has its default network. Raises EngineError."""
    listed = engine.get("/networks")
    return isinstance(listed, list) and any(
        isinstance(one, dict) and one.get("Name") == "bridge" and one.get("Driver") == "bridge" for one in listed
    )


def _goes_on(result: Document) -> bool:
    """Whether containers ran on over the restart: then the engine keeps the bridge as it was."""
    return any(one["change"] == "kept" for one in result["containers"])


def _bridge_faults(trial: NetworkTrial, icc: bool, goes_on: bool, shown: Document) -> list[str]:
    faults = [trial.port.note] if trial.port.state == "not_reached" else []
    if icc or goes_on:
        if trial.bridge.state == "not_reached" and icc:
            faults.append(trial.bridge.note)
        return faults
    if trial.bridge.state == "not_reached":
        shown["bridge"] = "not reached, as asked for with icc: false"
    elif trial.bridge.state == "reached":
        faults.append("icc is false, and a container reaches another one on the bridge")
    return faults


def _text(reach: Reach) -> str:
    return {"reached": "reached", "not_reached": "not reached", "not_tried": "not tried"}[reach.state] + (
        f": {reach.note}" if reach.note else ""
    )
