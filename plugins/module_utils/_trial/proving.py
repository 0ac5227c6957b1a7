# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What proofs have in common: the engine that they are made with, their image, and what killed runs left."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.access import open_own_engine
from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_records import daemon_identity
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, UnixEngine, object_path
from ansible_collections.seawall.docker.plugins.module_utils._engine.writing import WritableEngine
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._trial.image import Shell, find_shell
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway import sweep
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway_record import Record

Document = t.Dict[str, t.Any]

# For people who look at their containers meanwhile; nothing is known or removed by it.
LABEL = "seawall.docker.proof"
INCONCLUSIVE = "inconclusive"


class Inconclusive(Exception):
    """Why nothing is proved, in one sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Bench(t.NamedTuple):
    """The running engine of this host, and what it says of itself."""

    engine: UnixEngine
    info: Document

    @contextlib.contextmanager
    def trying(self, result: Document) -> t.Iterator[tuple[WritableEngine, Record]]:
        """Remove first what a killed run left. The result says so, and what this run could not remove."""
        writable = WritableEngine(self.engine)
        result["swept"], result["not_swept"] = sweep(writable, self.engine.address)
        record = Record(self.engine.address)
        try:
            yield writable, record
        finally:
            result["not_removed"] = [f"{made.kind} {made.name}" for made in record.made]


def require_root(host: Host, seconds: float, purpose: str) -> None:
    if seconds <= 0:
        raise Inconclusive("timeout must be a positive number of seconds")
    if host.effective_uid() != 0:
        raise Inconclusive(f"only root can {purpose} (become)")


@contextlib.contextmanager
def opened(host: Host, docker_host: str | None, seconds: float, result: Document) -> t.Iterator[Bench]:
    """Open the host's engine, and write into the result which one it is. Raises Inconclusive, EngineError or Unread."""
    context = open_own_engine(host, docker_host, seconds)
    try:
        if context.location.state != "running" or context.engine_fault is not None:
            raise Inconclusive(
                context.engine_fault or context.location.reason or f"the engine is {context.location.state}"
            )
        engine = t.cast(UnixEngine, context.engine)
        info = engine.get("/info")
        result["engine_process"] = daemon_identity(context.location.pid)
        result["engine_version"] = str(info.get("ServerVersion") or "")
        yield Bench(engine, info)
    finally:
        context.close()


def shell_of(host: Host, engine: UnixEngine, image: str | None, *tools: str) -> Shell:
    """The image that was named, or a shell of the host with those tools. Raises Inconclusive or EngineError."""
    if image is not None:
        try:
            engine.get(object_path("images", image, "json"))
        except EngineError as error:
            if error.kind != "absent":
                raise
            raise Inconclusive(f"the engine has no image {image}, and none is pulled for this") from None
        return Shell(f"the image {image} of the engine", None, ["sh"], "")
    found = find_shell(host, *tools)
    if found is None:
        words = " and ".join(tools)
        raise Inconclusive(
            f"the host has no shell with {words} that an image could be made of; name an image that has them"
        )
    return found


def leftover_lines(result: Document) -> list[str]:
    """What was not removed, and what was removed or left of killed runs, in words."""
    lines = []
    if result.get("not_removed"):
        lines.append(f"Not removed, which the next run tries again: {', '.join(result['not_removed'])}.")
    if result.get("swept"):
        lines.append(f"Removed what an earlier run that was killed had left: {', '.join(result['swept'])}.")
    return lines + [
        f"Left by an earlier run that was killed, and not removed: {one}." for one in result.get("not_swept") or []
    ]
