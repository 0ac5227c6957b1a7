# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting the containers that ran before, in their order, waiting for their health, and proving their user mapping."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_records import daemon_identity
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, object_path
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._remake import start_order
from ansible_collections.seawall.docker.plugins.module_utils._remake.bodies import recorded_name
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import Document, RemakeFailure
from ansible_collections.seawall.docker.plugins.module_utils._remake.made import CONTAINERS, Made
from ansible_collections.seawall.docker.plugins.module_utils._remake.own_engine import OwnEngine
from ansible_collections.seawall.docker.plugins.module_utils._trial.container_process import (
    OWN_NAMESPACES,
    uid_map_seen,
)
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import Extent, is_identity, outside_of

_PAUSE_SECONDS = 0.25
_NEVER = "0001-01-01"
UP, ENDED, COMING, FAILED = "up", "ended", "coming", "failed"


class Seen(t.NamedTuple):
    """How a container that ran before does now. ``why`` says what is missing, or what went wrong."""

    state: str
    why: str
    health: t.Optional[str]
    uid_map: t.Optional[t.List[t.Dict[str, int]]]


class Before:
    """The record of the containers that were there before: they have their own ids, and start again if they do not run."""

    started_anew = False

    def __init__(self) -> None:
        self._known: t.Dict[str, Document] = {}

    def entry(self, kind: str, key: str) -> t.Optional[Document]:
        return {"id": key, "started": False, **self._known.get(key, {})}

    def set(self, kind: str, key: str, **values: t.Any) -> Document:
        self._known[key] = {**self._known.get(key, {}), **values}
        return self._known[key]


class Starting:
    """One run. ``deadline`` is on the monotonic clock."""

    def __init__(
        self, host: Host, engine: OwnEngine, made: t.Union[Made, Before], had: Document, deadline: float
    ) -> None:
        self._host = host
        self._engine = engine
        self._made = made
        self._entries: t.List[Document] = [one for one in had["containers"] if one["was_running"]]
        self._deadline = deadline
        self._daemon = daemon_identity(engine.context.daemon_pid())
        self._faults: t.Dict[str, str] = {}
        self.changed = False

    def start_all(self) -> t.Dict[str, Seen]:
        """Start what is not started yet, and return what is seen of each, by the old id. Raises EngineError, RemakeFailure."""
        for position, entry in enumerate(self._entries):
            if not self._wait_for(self._needed_healthy(entry, self._entries[:position])):
                break
            self._start(entry)
        while True:
            seen = {entry["inspect"]["Id"]: self.look(entry) for entry in self._entries}
            if not any(one.state == COMING for one in seen.values()) or time.monotonic() >= self._deadline:
                break
            time.sleep(_PAUSE_SECONDS)
        for entry in self._entries:
            if entry["was_paused"] and seen[entry["inspect"]["Id"]].state == UP:
                self._pause(entry)
        return seen

    def _wait_for(self, needed: t.List[Document]) -> bool:
        while True:
            seen = [self.look(entry) for entry in needed]
            if all(one.state in (UP, ENDED) for one in seen):
                return True
            if any(one.state == FAILED for one in seen) or time.monotonic() >= self._deadline:
                return False
            time.sleep(_PAUSE_SECONDS)

    @staticmethod
    def _needed_healthy(entry: Document, earlier: t.List[Document]) -> t.List[Document]:
        """Return the containers whose health compose waits for before it starts this one."""
        services = start_order.services_needed(entry["inspect"], "service_healthy")
        return [one for one in earlier if start_order.service_of(one["inspect"]) in services]

    def _start(self, entry: Document) -> None:
        known = self._known(entry)
        there = self._inspect(entry)
        if known["started"] and not self._is_stopped_with_engine(known, there):
            return
        # Started by a run that was killed before it could write that down: a job is not done twice.
        is_started = not str(there["State"].get("StartedAt") or _NEVER).startswith(_NEVER)
        is_first = self._made.started_anew and not known["started"]
        if not (is_started if is_first else there["State"].get("Running")):
            try:
                self._engine.call_long("POST", object_path("containers", there["Id"], "start"))
            except EngineError as error:
                # The others do not wait for somebody who puts this one right.
                self._faults[there["Id"]] = error.reason
                return
            self.changed = True
        self._made.set(CONTAINERS, entry["inspect"]["Id"], started=True, paused=False, by=self._daemon)

    def _is_stopped_with_engine(self, known: Document, there: Document) -> bool:
        """Return whether a container stands still since the engine was switched back and forth.

        A job that came to its end does not begin again. A service that was stopped ends with status 0 as well, and has a policy.
        """
        state = there["State"]
        policy = (there["HostConfig"].get("RestartPolicy") or {}).get("Name") or "no"
        is_job = state.get("ExitCode") == 0 and policy in ("no", "on-failure")
        return known.get("by") != self._daemon and not state.get("Running") and not is_job

    def _pause(self, entry: Document) -> None:
        there = self._inspect(entry)
        if not there["State"].get("Paused") and not self._known(entry).get("paused"):
            self._engine.call("POST", object_path("containers", there["Id"], "pause"))
            self._made.set(CONTAINERS, entry["inspect"]["Id"], paused=True)
            self.changed = True

    def _known(self, entry: Document) -> Document:
        known = self._made.entry(CONTAINERS, entry["inspect"]["Id"])
        if known is None:
            raise RemakeFailure(f"{recorded_name(entry)} was not made")
        return known

    def _inspect(self, entry: Document) -> Document:
        there = self._engine.get("containers", self._known(entry)["id"], "json")
        if there is None:
            raise RemakeFailure(f"{recorded_name(entry)} is gone: somebody removed it")
        return there

    def look(self, entry: Document) -> Seen:
        """Return how a container does, by the engine and, for its user mapping, by the kernel."""
        there = self._inspect(entry)
        if there["Id"] in self._faults:
            return Seen(FAILED, self._faults[there["Id"]], None, None)
        if not self._known(entry)["started"]:
            return Seen(COMING, "it is not started yet", None, None)
        state = there["State"]
        health = (state.get("Health") or {}).get("Status")
        if state.get("Restarting"):
            return Seen(
                COMING, f"it ends and is started again and again (status {state.get('ExitCode')})", health, None
            )
        if not state.get("Running"):
            if state.get("ExitCode") == 0:
                return Seen(ENDED, "", None, None)
            return Seen(
                FAILED,
                f"it ended with status {state.get('ExitCode')}; see docker logs {recorded_name(entry)}",
                None,
                None,
            )
        try:
            uid_map = uid_map_seen(self._host, state.get("Pid"), there["Id"], own=_own_namespaces(there))
        except Unread as gap:
            return Seen(COMING, f"its user mapping is not known: {gap.reason}", health, None)
        fault = self._fault_of(uid_map, entry)
        if fault:
            return Seen(FAILED, fault, health, uid_map)
        if health == "starting" or (health == "unhealthy" and entry["was_healthy"]):
            return Seen(COMING, f"its health is {health}", health, uid_map)
        return Seen(UP, "", health, uid_map)

    def _fault_of(self, uid_map: t.List[t.Dict[str, int]], entry: Document) -> str:
        extents = [Extent(**one) for one in uid_map]
        if entry["outside"]:
            return "" if is_identity(extents) else "it was to stay outside, and its users are mapped"
        wanted = self._engine.ids[0] if self._engine.ids else 0
        if outside_of(extents, 0) == wanted:
            return ""
        return f"its root user is user {outside_of(extents, 0)} of the host, and not {wanted}"


def _own_namespaces(inspected: Document) -> t.Sequence[str]:
    """Return the namespaces that are the container's own, as it was asked for."""
    modes = {"pid": str(inspected["HostConfig"].get("PidMode") or "")}
    return [kind for kind in OWN_NAMESPACES if modes.get(kind) != "host"]
