# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine whose containers are made again: its data root, and whether it remaps."""

from __future__ import annotations

import contextlib
import os
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.access import open_own_engine
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.write_lock import LockFault, write_lock
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, UnixEngine, object_path
from ansible_collections.seawall.docker.plugins.module_utils._engine.facts import FACTS
from ansible_collections.seawall.docker.plugins.module_utils._engine.writing import WritableEngine
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import Document, RemakeFailure
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway import containers_left_behind

_LONG_SECONDS = 600.0
# What the engine gives a container that was given no time for its end.
_STOP_SECONDS = 10
_SUFFIX = re.compile(r"(/.*)/([0-9]{1,10})\.([0-9]{1,10})")


class OwnEngine:
    """The engine of root on this host. ``ids`` are those of the root user of its containers, None if it does not remap."""

    def __init__(self, context: Context, seconds: float) -> None:
        self.context = context
        self.seconds = seconds
        self.writable = WritableEngine(t.cast(UnixEngine, context.engine))
        info = context.info()
        self.data_root = str(FACTS["data_root"](info)).rstrip("/")
        self.base, self.ids = self.data_root, None
        self.id = str(info.get("ID") or "")
        if FACTS["userns"](info):
            found = _SUFFIX.fullmatch(self.data_root)
            if found is None:
                raise Unread(
                    f"the engine says that it remaps, but its data root {self.data_root} does not say to which ids"
                )
            self.base, self.ids = found.group(1), (int(found.group(2)), int(found.group(3)))

    @property
    def address(self) -> str:
        return self.context.engine.address

    def containers(self) -> t.List[Document]:
        """Return all containers but the test containers that a killed run left: they are nobody's. Raises Unread."""
        left_behind = containers_left_behind(self.writable, self.address)
        return [one for one in self.context.containers() if one["Id"] not in left_behind]

    def get(self, *parts: str) -> t.Optional[Document]:
        """Return an object of the engine, None if there is none. Raises EngineError."""
        try:
            answer = self.writable.call("GET", object_path(*parts), seconds=self.seconds)
        except EngineError as error:
            if error.kind == "absent":
                return None
            raise
        if not isinstance(answer, dict):
            raise EngineError(f"the engine's answer to {object_path(*parts)} is not an object", "protocol")
        return answer

    def changes(self, identifier: str) -> t.List[t.Any]:
        """Return what a container changed in its own files. Raises EngineError, also where that is too much to read."""
        answer = self.writable.call("GET", object_path("containers", identifier, "changes"), seconds=self.seconds)
        if not isinstance(answer, (list, type(None))):
            raise EngineError("the engine's answer about the changes of a container is not a list", "protocol")
        return answer or []

    def container_called(self, name: str) -> t.Optional[Document]:
        """Return the container of this name. The engine also finds one whose id begins with a word such as ``db``."""
        found = self.get("containers", name, "json")
        return found if found is not None and found.get("Name") == f"/{name}" else None

    def network_called(self, name: str) -> t.Optional[Document]:
        found = self.get("networks", name)
        return found if found is not None and found.get("Name") == name else None

    def call(self, method: str, path: str, body: t.Any = None, **query: t.Any) -> t.Any:
        return self.writable.call(method, path, query or None, body, self.seconds)

    def call_long(self, method: str, path: str, body: t.Any = None, **query: t.Any) -> t.Any:
        """Call for something that takes as long as there is data, or as a container needs for its end."""
        return self.writable.call(method, path, query or None, body, max(self.seconds, _LONG_SECONDS))

    def stop(self, inspected: Document) -> None:
        """Stop a container, which has the time for its end that it was given. Raises EngineError."""
        seconds = inspected["Config"].get("StopTimeout")
        seconds = _STOP_SECONDS if seconds is None else int(seconds)
        limit = max(_LONG_SECONDS, seconds + self.seconds) if seconds >= 0 else _LONG_SECONDS
        path = object_path("containers", inspected["Id"], "stop")
        self.writable.call("POST", path, {"t": seconds}, None, limit)

    def created(self, path: str, body: Document, **query: t.Any) -> str:
        """Make something and return its id. Raises EngineError."""
        answer = self.call("POST", path, body, **query)
        identifier = answer.get("Id") if isinstance(answer, dict) else None
        if not isinstance(identifier, str) or not re.fullmatch(r"[0-9a-f]{64}", identifier):
            raise EngineError(f"the engine's answer to {path} has no id", "protocol")
        return identifier


@contextlib.contextmanager
def own_engine(
    host: Host, what: str, docker_host: t.Optional[str], seconds: int, check_mode: bool
) -> t.Iterator[OwnEngine]:
    """Hold the lock of the host and open its engine. Every fault within becomes a RemakeFailure."""
    if os.geteuid() != 0:
        raise RemakeFailure(f"only root can do what {what} does (become)")
    if seconds <= 0:
        raise RemakeFailure("timeout must be a positive number of seconds")
    try:
        with write_lock(what, check_mode):
            context = open_own_engine(host, docker_host, seconds)
            try:
                context.require_local()
                if context.owner != 0:
                    raise Unread(
                        "this is not the engine of root, and an engine without root has no user namespaces to move to"
                    )
                yield OwnEngine(context, seconds)
            finally:
                context.close()
    except LockFault as busy:
        raise RemakeFailure(busy.reason) from None
    except Unread as gap:
        raise RemakeFailure(gap.reason) from None
