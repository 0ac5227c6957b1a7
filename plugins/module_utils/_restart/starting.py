# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restart or reload the engine, and wait until it answers. Every wait has an end."""

from __future__ import annotations

import contextlib
import time

from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_records import daemon_identity, read_record
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config import pending
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, UnixEngine
from ansible_collections.seawall.docker.plugins.module_utils._engine.writing import WritableEngine
from ansible_collections.seawall.docker.plugins.module_utils._host import looks
from ansible_collections.seawall.docker.plugins.module_utils._restart.engine_log import reason_in
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import Failed, World
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import Service

# An engine gives its containers ten seconds and more to end, and is given time for that before it is killed.
STOP_SECONDS = 120.0
# A reload ends an engine that misses an authorization plugin after some 16 seconds.
RELOAD_SECONDS = 30.0
TRY_SECONDS = 5.0
COMMAND_SECONDS = 30.0
# How long units that depend on the engine may take to be active again.
DEPENDENT_SECONDS = 60.0


def identity_of(service: Service) -> str | None:
    """Return the identity of the daemon's process, or None where it does not run."""
    return daemon_identity(service.pid())


def restart_engine(world: World, seconds: float) -> UnixEngine:
    """Restart the engine, or start it where it does not run, and wait until it answers. Raises Failed and ServiceFault."""
    old = identity_of(world.service)
    if old is None:
        world.service.start(COMMAND_SECONDS)
    else:
        world.service.restart(STOP_SECONDS)
        deadline = time.monotonic() + STOP_SECONDS
        while identity_of(world.service) == old:
            if time.monotonic() > deadline:
                raise Failed(f"the engine did not end within {STOP_SECONDS:g} seconds")
            time.sleep(0.2)
    return wait_for_engine(world, seconds, old)


def wait_for_engine(world: World, seconds: float, old: str | None) -> UnixEngine:
    """Wait until an engine answers that is another process than ``old``.

    Raises Failed when the time is over, or the service manager has given up.
    """
    deadline = time.monotonic() + seconds
    reason = "its process did not appear"
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise Failed(f"the engine did not answer within {seconds:g} seconds ({reason})")
        lost = world.service.failure()
        if lost is not None:
            raise Failed(lost)
        identity = identity_of(world.service)
        if identity is not None and identity != old:
            try:
                # Behind a socket of systemd the request waits in the socket until the engine is ready.
                with contextlib.closing(UnixEngine(world.socket, round(max(min(TRY_SECONDS, left), 0.1), 1))) as engine:
                    engine.get("/info")
                return UnixEngine(world.socket, max(min(seconds, 60.0), TRY_SECONDS))
            except EngineError as error:
                reason = error.reason
        time.sleep(0.3)


def reload_engine(world: World, mark: str) -> None:
    """Reload the daemon, and wait for its event that confirms the reload. The signal by itself always succeeds."""
    old = identity_of(world.service)
    if old is None:
        raise Failed("the engine does not run, so it cannot be reloaded")
    try:
        writable = WritableEngine(UnixEngine(world.socket, TRY_SECONDS))
    except EngineError as error:
        raise Failed(error.reason) from None
    since = time.time()
    world.service.reload()
    deadline = time.monotonic() + RELOAD_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.5)
        if identity_of(world.service) != old:
            raise Failed("the engine ended instead of taking over its configuration")
        try:
            events = writable.events(since, time.time(), "daemon", TRY_SECONDS)
        except EngineError:
            continue
        if any(event.get("Action") == "reload" for event in events):
            return
        if reason_in(world.service.log_tail(mark)):
            raise Failed("the engine refused its new configuration")
    raise Failed(f"the engine did not take over its configuration within {RELOAD_SECONDS:g} seconds")


def content_of(config_path: str) -> tuple[bytes | None, bool]:
    """Return the content of the configuration file, None if there is none, and whether it could be read."""
    try:
        return looks.look(config_path).content, True
    except looks.FileFault:
        return None, False


def record_restart(world: World, config_path: str, before: tuple[bytes | None, bool]) -> None:
    """Record that the daemon uses the file if its content is the same as ``before``, when the daemon did not run yet."""
    identity = identity_of(world.service)
    content, is_read = content_of(config_path)
    if identity is not None and is_read and before == (content, is_read):
        pending.remember(config_path, identity, content)


def record_reload(world: World, config_path: str) -> None:
    """Record that the running daemon uses the file as it is now, where all changes of it were in force by this reload."""
    pid = world.service.pid()
    identity = daemon_identity(pid)
    if pid is None or identity is None:
        return
    try:
        content = looks.look(config_path).content
    except looks.FileFault:
        return
    note = pending.read(world.host, config_path, content, identity)
    record = read_record(world.host, config_path, pid)
    if note is not None and note.needs == "reload" and record is not None and record.content_hash == note.running_hash:
        pending.remember(config_path, identity, content)
