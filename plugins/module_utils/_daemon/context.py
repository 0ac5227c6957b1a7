# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host, the engine, and answers that several collectors need. Each question is asked once."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.identity import ROOT
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._daemon.serving import serving
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import Engine, EngineError, object_path
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

Document = t.Dict[str, t.Any]

_T = t.TypeVar("_T")


class Undescribed(t.NamedTuple):
    """A container that the engine lists, but whose description is not known for ``reason``."""

    id: str
    name: str
    reason: str


class Context:
    """The view of one engine. Answers and failures are kept, so that nothing is asked twice.

    ``owner`` is the user whose engine it is, as the kernel shows it. None if it is not known, for example of an engine
    on another host.
    """

    def __init__(
        self, host: Host, location: Location, engine: Engine | None, engine_fault: str = "", owner: int | None = ROOT
    ) -> None:
        self.host = host
        self.owner = owner
        # Whether the service manager or pid file names the process that serves the engine; None where one is silent.
        self.agreement: bool | None = None
        self._elsewhere = "" if location.local else f"the engine at {location.address} is remote"
        peer = engine.peer_pid() if engine is not None and location.local else None
        if peer is not None and owner is not None:
            location, self.agreement, self._elsewhere = serving(host, location, peer, owner)
        self.location = location
        self._engine = engine
        self._engine_fault = engine_fault or location.reason or "the engine was not asked"
        self._answers: dict[str, t.Any] = {}
        self._faults: dict[str, Unread] = {}
        self._undescribed: list[Undescribed] = []
        self._asks_ahead = False

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            raise Unread(self._engine_fault)
        return self._engine

    @property
    def engine_fault(self) -> str | None:
        """Return why the engine cannot be asked, or None."""
        return None if self._engine is not None else self._engine_fault

    @property
    def api_calls(self) -> int:
        """Return the number of requests to the engine."""
        return 0 if self._engine is None else self._engine.calls

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
        self.host.take_own_rights_back()

    def once(self, key: str, read: t.Callable[[], _T]) -> _T:
        if key in self._faults:
            raise self._faults[key]
        if key not in self._answers:
            try:
                self._answers[key] = read()
            except Unread as gap:
                # What one collector had no time for, the next one may ask.
                if gap.kind not in ("bound", "timeout") or not self.host.budget.part_is_used_up():
                    self._faults[key] = gap
                raise
        answer: _T = self._answers[key]
        return answer

    def info(self) -> Document:
        """Return the engine's ``/info``."""
        return self.once("info", lambda: self._object("/info"))

    def version(self) -> Document:
        """Return the engine's ``/version``."""
        return self.once("version", lambda: self._object("/version"))

    def containers(self) -> list[Document]:
        """Return ``inspect`` of every container, running or not, in the order of names. Containers that were removed
        meanwhile and ``undescribed`` ones are left out."""

        def ask() -> list[Document]:
            # In a part of its own: whoever asks first may have used its time for something else.
            with self.host.budget.part("the description of the containers"):
                return self._inspect_containers()

        return self.once("containers", ask)

    def undescribed(self) -> list[Undescribed]:
        """Return the containers that the engine lists, but does not describe within the limits."""
        self.containers()
        return self._undescribed

    def require_all_described(self) -> None:
        """Raise where a container is undescribed, so that "none of them" would not be known."""
        missing = self.undescribed()
        if missing:
            more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
            raise Unread(f"the container {missing[0].name}{more} is not known: {missing[0].reason}")

    def daemon_pid(self) -> int:
        """Return the daemon's process on this host. Raises Unread if it is not known."""
        return self.once("daemon_pid", self._daemon_pid)

    @property
    def local(self) -> bool:
        """Return whether the engine is shown to be one of this host, so that the host's files and processes belong to
        it."""
        return not self._elsewhere

    def require_local(self) -> None:
        """Raise where the engine runs, or may run, elsewhere, so that this host's files say nothing about it."""
        if self._elsewhere:
            raise Unread(f"{self._elsewhere}; files and processes of this host are not known to be those of the engine")

    def _object(self, path: str) -> Document:
        answer = self.engine.get(path)
        if not isinstance(answer, dict):
            raise EngineError(f"the engine's answer to {path} is not an object", "protocol")
        return answer

    def _inspect_containers(self) -> list[Document]:
        listed = self.engine.get("/containers/json", all=1)
        if not isinstance(listed, list):
            raise EngineError("the engine's answer to /containers/json is not a list", "protocol")
        identifiers = [_listed_id(entry) for entry in listed]
        self._begin_description(identifiers, 0)
        found: list[Document] = []
        for place, (entry, identifier) in enumerate(zip(listed, identifiers)):
            if not identifier:
                raise EngineError("the engine lists a container without an id", "protocol")
            try:
                if len(found) >= bounds.CONTAINERS:
                    raise TooMuch(f"no more than {bounds.CONTAINERS} containers are asked about")
                self._begin_description(identifiers, place + 1)
                inspected = self._object(_path_of_container(identifier))
            except Unread as gap:
                if gap.kind == "absent":
                    continue  # removed since it was listed
                if gap.kind not in ("bound", "timeout"):
                    raise
                # What one container made too large, or too slow, says nothing about the others.
                self._undescribed.append(Undescribed(identifier, _listed_name(entry, identifier), gap.reason))
                continue
            _require_complete(inspected, identifier)
            found.append(inspected)
        return sorted(found, key=lambda container: (container_name(container), str(container.get("Id"))))

    def begin(self) -> None:
        """Send the requests that every posture needs, and from now on that for the next container before the answer about one is
        read. Modules that change something do not call this: they need what is true now.

        Does nothing unless the engine is a daemon of this host: a proxy may serve one connection alone.
        """
        if self._engine is None or not self.local:
            return
        self._asks_ahead = True
        self._engine.begin("/containers/json", all=1)
        self._engine.begin("/info")
        self._engine.begin("/version")

    def _begin_description(self, identifiers: list[str], place: int) -> None:
        if self._asks_ahead and place < min(len(identifiers), bounds.CONTAINERS) and identifiers[place]:
            self.engine.begin(_path_of_container(identifiers[place]))

    def _daemon_pid(self) -> int:
        self.require_local()
        if self.location.pid is not None:
            return self.location.pid
        if self.location.state != "running":
            raise Unread(self.location.reason)
        raise Unread("the daemon's process is not known: neither service manager, pid file nor API socket names one")


def _listed_id(entry: t.Any) -> str:
    """Return the id of a container in the engine's list; empty if there is none."""
    identifier = entry.get("Id") if isinstance(entry, dict) else None
    return identifier if isinstance(identifier, str) else ""


def _path_of_container(identifier: str) -> str:
    return object_path("containers", identifier, "json")


def container_name(inspected: Document) -> str:
    return str(inspected.get("Name") or "").lstrip("/")


def _listed_name(entry: Document, identifier: str) -> str:
    """Return the name of a container in the engine's list, which also contains links of other containers as names."""
    names = entry.get("Names")
    known = [str(name) for name in names if str(name).count("/") == 1] if isinstance(names, list) else []
    return known[0].lstrip("/") if known else identifier[:12]


def _require_complete(inspected: Document, identifier: str) -> None:
    """Refuse half an answer: a missing key would read as "not privileged" and "nothing mounted"."""
    for section, kind, keys in (
        ("State", dict, ("Running", "Pid", "Status")),
        ("Config", dict, ("User", "Image", "Env", "Labels")),
        ("HostConfig", dict, ("Privileged", "CapAdd", "SecurityOpt", "NetworkMode", "PidMode", "ReadonlyRootfs")),
        ("NetworkSettings", dict, ("Networks",)),
        ("Mounts", list, ()),
    ):
        part = inspected.get(section)
        missing = [key for key in keys if key not in part] if isinstance(part, dict) else []
        if not isinstance(part, kind) or missing:
            what = f"{section}.{missing[0]}" if missing else section
            raise EngineError(f"the engine's description of container {identifier[:12]} lacks {what}", "protocol")
