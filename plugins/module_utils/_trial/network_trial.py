# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers with a network that are run for a moment: whether they reach each other, are reached at a published port,
and reach what the host reaches.

The containers only sleep. The connections are made from here, with sockets of the containers' network namespaces, so that
no image needs a program for it.
"""

from __future__ import annotations

import contextlib
import os
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, UnixEngine, object_path
from ansible_collections.seawall.docker.plugins.module_utils._engine.writing import WritableEngine
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._trial.container_process import open_network_of
from ansible_collections.seawall.docker.plugins.module_utils._trial.image import Program, find_sleeper
from ansible_collections.seawall.docker.plugins.module_utils._trial.network_namespace import (
    Peer,
    answering,
    listening_socket,
    open_namespace,
    reaches,
)
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway import (
    make_container,
    make_image,
    make_network,
    remove_own,
)
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway_record import Record, new_name

# A container of a killed run ends by itself after this time.
_CONTAINER_SECONDS = 60
_REACH_SECONDS = 3.0
# The port in the container; the engine chooses that of the host.
_PORT = 8000
# Servers for names answer there, and others at least refuse.
_PROBED_PORT = 53
_BRIDGE = "bridge"
# Kinds of errors of the engine that say nothing of the network: an authorization plugin, and a host that is too slow.
_NOT_THE_NETWORK = ("denied", "timeout")


class Reach(t.NamedTuple):
    """``state`` is ``reached``, ``not_reached`` or ``not_tried``, with the reason in ``note``."""

    state: str
    note: str = ""


NOT_TRIED = Reach("not_tried", "not asked for")


class NetworkTrial(t.NamedTuple):
    """``bridge``: a container reaches another one on the engine's default bridge. ``port``: the host reaches a published
    port. ``outside``: containers of a new network and of the bridge reach what the host reaches. ``host``: the host reaches
    that itself.
    """

    bridge: Reach = NOT_TRIED
    port: Reach = NOT_TRIED
    outside: Reach = NOT_TRIED
    host: Reach = NOT_TRIED


class _Trial:
    """What is made for one trial. All of it is removed by ``close``."""

    def __init__(self, host: Host, engine: UnixEngine, program: Program, seconds: float) -> None:
        self._host = host
        self._engine = WritableEngine(engine)
        self._record = Record(engine.address)
        self._deadline = time.monotonic() + seconds
        self._program = program
        self._image = new_name("canary", ":")
        self._made: list[str] = []
        self._open = contextlib.ExitStack()

    def left(self) -> float:
        return max(self._deadline - time.monotonic(), 0.1)

    def close(self) -> None:
        self._open.close()
        for name in reversed(self._made):
            remove_own(self._engine, self._record, name)

    def make_image(self) -> None:
        self._made.append(self._image)
        make_image(self._engine, self._record, self._program.archive(), self._image, self.left())

    def make_network(self) -> str:
        name = new_name("canary")
        self._made.append(name)
        make_network(self._engine, self._record, name, self.left())
        return name

    def start(self, network: str, published: bool = False) -> dict[str, t.Any]:
        """Start a container and return what the engine says of it. Raises EngineError, KeyError or TypeError."""
        name = new_name("canary")
        body: dict[str, t.Any] = {
            "Image": self._image,
            "Cmd": self._program.command,
            "HostConfig": {
                "NetworkMode": network,
                "ReadonlyRootfs": True,
                "CapDrop": ["ALL"],
                "SecurityOpt": ["no-new-privileges"],
                "RestartPolicy": {"Name": "no"},
            },
        }
        if published:
            body["ExposedPorts"] = {f"{_PORT}/tcp": {}}
            # Address and port are the engine's own choice, which is what is tried.
            body["HostConfig"]["PortBindings"] = {f"{_PORT}/tcp": [{"HostPort": ""}]}
        self._made.append(name)
        identifier = make_container(self._engine, self._record, name, body, self.left())
        path = object_path("containers", identifier)
        self._engine.call("POST", f"{path}/start", None, None, self.left())
        found: dict[str, t.Any] = self._engine.call("GET", f"{path}/json", None, None, self.left())
        return found

    def namespace(self, container: dict[str, t.Any]) -> int:
        """Open the network of a container until the trial ends. Raises Unread."""
        namespace = open_network_of(self._host, container["State"].get("Pid"), str(container["Id"]))
        self._open.callback(os.close, namespace)
        return namespace

    def engine_namespace(self, pid: int | None) -> int:
        """Open the network that the engine is in, which is the host's. Raises OSError."""
        namespace = open_namespace(pid)
        self._open.callback(os.close, namespace)
        return namespace


def run_network_trial(
    host: Host,
    engine: UnixEngine,
    pid: int | None,
    targets: t.Sequence[str],
    on_bridge: bool,
    seconds: float,
    inside: bool = True,
) -> NetworkTrial:
    """Try the network of containers. ``pid`` is the engine's process; ``targets`` are addresses outside of the host, none
    where nothing outside is to be tried. Without ``inside`` nothing else is. Never raises for what the engine does: that is
    the result.
    """
    program = find_sleeper(host, _CONTAINER_SECONDS)
    if program is None:
        return _untried("this host has no program that waits in a container; install a static busybox")
    trial = _Trial(host, engine, program, seconds)
    found = NetworkTrial()
    try:
        own = trial.engine_namespace(pid)
        trial.make_image()
        if targets:
            found = found._replace(**_outside(trial, own, targets, on_bridge))
        if on_bridge and inside:
            found = found._replace(**_bridge(trial, own))
    except (EngineError, Unread) as fault:
        denied = fault.kind == "denied"
        return _untried(f"an authorization plugin refused it: {fault.reason}" if denied else fault.reason)
    except OSError as error:
        return _untried(f"the network of the host cannot be entered: {error.strerror}")
    except (KeyError, TypeError, AttributeError, ValueError):
        return _untried("the engine's answers about the containers make no sense")
    finally:
        trial.close()
    return found


def _untried(reason: str) -> NetworkTrial:
    reach = Reach("not_tried", reason)
    return NetworkTrial(reach, reach, reach, reach)


def _bridge(trial: _Trial, own: int) -> dict[str, Reach]:
    try:
        first = trial.start(_BRIDGE, True)
        second = trial.start(_BRIDGE)
    except EngineError as error:
        if error.kind in _NOT_THE_NETWORK:
            raise
        failed = Reach("not_reached", error.reason)
        return {"bridge": failed, "port": failed}
    address = str(first["NetworkSettings"]["Networks"][_BRIDGE]["IPAddress"])
    published = _published(first)
    with contextlib.closing(listening_socket(trial.namespace(first), _PORT)) as listener:
        bridge = Reach("not_reached", f"a container does not reach {address}, another one on the bridge")
        if reaches(listener, Peer(trial.namespace(second), address, _PORT), _REACH_SECONDS):
            bridge = Reach("reached")
        if published is None:
            return {"bridge": bridge, "port": Reach("not_reached", "the engine published no port of a container")}
        port = Reach("not_reached", f"the host does not reach {published[0]}:{published[1]}, a published port")
        if reaches(listener, Peer(own, *published), _REACH_SECONDS):
            port = Reach("reached")
    return {"bridge": bridge, "port": port}


def _published(container: dict[str, t.Any]) -> tuple[str, int] | None:
    for binding in container["NetworkSettings"]["Ports"].get(f"{_PORT}/tcp") or []:
        address = str(binding["HostIp"])
        if ":" not in address:
            return ("127.0.0.1" if address in ("", "0.0.0.0") else address), int(binding["HostPort"])
    return None


def _outside(trial: _Trial, own: int, targets: t.Sequence[str], on_bridge: bool) -> dict[str, Reach]:
    """Try a new network, since rules of the packet filter for old ones stay in the kernel after an engine that made them;
    and the bridge, which has options of its own.
    """
    by_host = answering([Peer(own, target, _PROBED_PORT) for target in targets], _REACH_SECONDS)
    reached = [target for target, answered in zip(targets, by_host) if answered]
    if not reached:
        reason = f"the host itself gets no answer from {', '.join(targets)}"
        return {"host": Reach("not_reached", reason), "outside": Reach("not_tried", reason)}
    try:
        networks = [("a new network", trial.make_network()), *([("the bridge", _BRIDGE)] if on_bridge else [])]
        for words, network in networks:
            inside = trial.namespace(trial.start(network))
            if not any(answering([Peer(inside, target, _PROBED_PORT) for target in reached], _REACH_SECONDS)):
                reason = f"a container of {words} gets no answer from {', '.join(reached)}, which answers to the host"
                return {"host": Reach("reached"), "outside": Reach("not_reached", reason)}
    except EngineError as error:
        if error.kind in _NOT_THE_NETWORK:
            raise
        return {"host": Reach("reached"), "outside": Reach("not_reached", error.reason)}
    return {"host": Reach("reached"), "outside": Reach("reached")}
