# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take back what modules changed: files, the configuration that the running engine took over, and accounts.

In this order, since an engine does not start with a file that names a user who is gone.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.access import open_own_engine
from ansible_collections.seawall.docker.plugins.module_utils._daemon.local_engine import LocalDaemon, local_daemon
from ansible_collections.seawall.docker.plugins.module_utils._daemon.write_lock import LockFault, write_lock
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.check import remapping
from ansible_collections.seawall.docker.plugins.module_utils._engine import facts as engine_facts
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError
from ansible_collections.seawall.docker.plugins.module_utils._host.failure import Failure
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_lines, struck
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._restart.engine_log import reason_in
from ansible_collections.seawall.docker.plugins.module_utils._restart.engine_state import snapshot
from ansible_collections.seawall.docker.plugins.module_utils._restart.managers import service_of
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import (
    Document,
    Failed,
    Settings,
    Snapshot,
    World,
)
from ansible_collections.seawall.docker.plugins.module_utils._restart.put_back import put_files_back, reset_by_reload
from ansible_collections.seawall.docker.plugins.module_utils._restart.restore_entries import Entries
from ansible_collections.seawall.docker.plugins.module_utils._restart.run import (
    READ_SECONDS,
    secrets_of_daemon,
    snapshot_before,
)
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import ServiceFault
from ansible_collections.seawall.docker.plugins.module_utils._restart.starting import reload_engine, wait_for_engine
from ansible_collections.seawall.docker.plugins.module_utils._userns import account
from ansible_collections.seawall.docker.plugins.module_utils._userns.subids import resolve

_RUNNING_ENGINE = "the configuration in force of the running engine"


class Request(t.NamedTuple):
    entries: Entries
    seconds: float
    docker_host: t.Optional[str]
    check_mode: bool


class UndoFailure(Failure):
    """What could not be taken back, with ``details`` for the result."""


class _Engine(t.NamedTuple):
    """``world`` is None where no service manager runs the engine, ``before`` where it does not answer."""

    daemon: LocalDaemon
    world: t.Optional[World]
    before: t.Optional[Snapshot]
    secrets: t.Set[str]


def run(host: Host, request: Request) -> Document:
    """The module's result. Raises UndoFailure once everything else is taken back."""
    try:
        with write_lock("undo", request.check_mode):
            return _run(host, request)
    except LockFault as fault:
        nothing: Document = {"changed": False, "restored": [], "reloaded": False, "removed": [], "left": [fault.reason]}
        raise UndoFailure(f"Nothing was taken back: {fault.reason}", nothing) from None


def _run(host: Host, request: Request) -> Document:
    entries = request.entries
    engine, reason = _engine_of(host, request)
    config_path = os.path.realpath(engine.daemon.config_path) if engine is not None else None
    was_reloaded = entries.reload is not None
    if engine is not None and engine.world is not None and was_reloaded and not request.check_mode:
        reset_by_reload(
            engine.world, Settings("reload", request.seconds, entries.files), engine.before, config_path or ""
        )
    restored, refused = put_files_back(entries.files, config_path, request.check_mode)
    left = [f"{path}: {_without_path(path, fault)}" for path, fault in refused]
    reloaded = False
    if was_reloaded and not refused:
        config_restored = config_path in [os.path.realpath(path) for path in restored]
        fault, reloaded = _reload(request, engine, reason, config_restored)
        if fault:
            left.append(f"{_RUNNING_ENGINE}: {struck(fault, engine.secrets) if engine is not None else fault}")
    removed, kept = _remove_accounts(host, request, engine, bool(left))
    left += kept
    result: Document = {
        "changed": bool(restored or reloaded or removed),
        "restored": restored,
        "reloaded": reloaded,
        "removed": removed,
        "left": left,
    }
    if left:
        raise UndoFailure(f"What could not be taken back: {'; '.join(left)}", result)
    return result


def _engine_of(host: Host, request: Request) -> tuple[_Engine | None, str]:
    """The host's own engine, or None and why it is not known."""
    try:
        context = open_own_engine(host, request.docker_host, min(request.seconds, READ_SECONDS))
    except Unread as gap:
        return None, gap.reason
    try:
        daemon = local_daemon(context)
        secrets = secrets_of_daemon(host, daemon, request.entries.files)
        before = snapshot_before(context)
        try:
            world = World(host, service_of(host, context.location), (context.location.address or "")[len("unix://") :])
        except ServiceFault:
            world = None
        return _Engine(daemon, world, before, secrets), ""
    except Unread as gap:
        return None, gap.reason
    finally:
        context.close()


def _without_path(path: str, fault: str) -> str:
    start = f"{path} is unchanged: "
    return fault[len(start) :] if fault.startswith(start) else fault


def _reload(request: Request, engine: _Engine | None, reason: str, config_restored: bool) -> tuple[str, bool]:
    """Have the running engine take over its previous configuration. Return why it did not, and whether it was reloaded."""
    if engine is None:
        return reason, False
    expected = request.entries.reload or {}
    if engine.before is None:
        if engine.world is not None and engine.world.service.process() is None:
            return "", False  # it reads its file when it starts
        return "the engine does not answer", False
    if not config_restored and not engine_facts.unmet(expected, engine.before.facts):
        return "", False
    if request.check_mode:
        return "", True
    if engine.world is None:
        return "no service manager runs the engine", False
    mark = engine.world.service.log_mark()
    try:
        reload_engine(engine.world, mark)
        answering = wait_for_engine(engine.world, request.seconds, None)
        try:
            unmet = engine_facts.unmet(expected, snapshot(answering).facts)
        finally:
            answering.close()
    except (Failed, ServiceFault, EngineError) as fault:
        cause = reason_in(mask_lines(engine.world.service.log_tail(mark)))
        return f"{fault.reason}: {cause}" if cause and cause not in fault.reason else fault.reason, False
    return ", ".join(unmet), True


def _remove_accounts(
    host: Host, request: Request, engine: _Engine | None, something_left: bool
) -> tuple[list[str], list[str]]:
    """Remove the accounts that were created. Return those that are removed, and those that stay, each with the reason."""
    created = [one for one in request.entries.created if account.is_name_taken(host, one)]
    if created and (something_left or (not request.check_mode and _needs(host, engine, {one.name for one in created}))):
        users = {one.name for one in created if one.kind == account.USER}
        groups = {one.name for one in created if one.kind == account.GROUP}
        return [], [
            f"{account.described(one, one.name in groups)}: the engine may need them"
            for one in created
            if one.kind == account.USER or one.name not in users
        ]
    ours = [one for one in created if account.exists(host, one)]
    faults = account.remove(host, created, request.check_mode)
    removed = [] if request.check_mode and faults else ours
    removed = [one for one in removed if request.check_mode or not account.exists(host, one)]
    return [f"{one.kind} {one.name}" for one in removed], faults


def _needs(host: Host, engine: _Engine | None, names: set[str]) -> bool:
    """Whether the engine runs with one of the accounts, or would start with it, or nobody can tell."""
    if engine is None or engine.before is None or engine.before.facts["userns"]:
        return True
    try:
        content = host.read_bytes(engine.daemon.config_path)
    except Unread as gap:
        if gap.kind != "absent":
            return True
        content = b"{}"
    resolved = resolve(host, remapping(engine.daemon, content))
    return resolved["user"] in names or resolved["group"] in names
