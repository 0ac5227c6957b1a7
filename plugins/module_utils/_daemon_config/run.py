# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing daemon.json on its host: look, plan, validate, back up, write, and say what the engine needs."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import keys
from ansible_collections.seawall.docker.plugins.module_utils._daemon.access import open_own_engine
from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_records import (
    LEVELS,
    Note,
    WayBack,
    daemon_identity,
    fingerprint,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.daemon_json import read_daemon_json
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import ParsedFlags
from ansible_collections.seawall.docker.plugins.module_utils._daemon.local_engine import LocalDaemon, local_daemon
from ansible_collections.seawall.docker.plugins.module_utils._daemon.value_types import plain
from ansible_collections.seawall.docker.plugins.module_utils._daemon.write_lock import LockFault, write_lock
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config import authorization, pending
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.check import (
    Verdict,
    limits_fault,
    remapping,
    remapping_fault,
    validate,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.missing import missing_faults
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.plan import EngineFacts, Plan, plan
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.wanted import Refused, Wanted
from ansible_collections.seawall.docker.plugins.module_utils._host import files, looks
from ansible_collections.seawall.docker.plugins.module_utils._host.failure import Failure
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_json, secret_values, struck
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._host.write_forecast import require_writable

Document = t.Dict[str, t.Any]


class Request(t.NamedTuple):
    wanted: Wanted
    backup: bool
    docker_host: t.Optional[str]
    seconds: float
    check_mode: bool
    max_needs: str = "restart"


class ConfigFailure(Failure):
    """Why nothing was changed, in one sentence a reason. ``secrets`` are struck out of it."""

    def __init__(self, reasons: list[str], details: Document, secrets: set[str]) -> None:
        shown = [struck(reason, secrets) for reason in reasons]
        super().__init__(". ".join(reason.rstrip(".") for reason in shown), {**details, "reasons": shown})


def run(host: Host, request: Request) -> Document:
    """The module's result, without credentials. Raises ConfigFailure."""
    try:
        with write_lock("daemon_config", request.check_mode):
            return _run(host, request)
    except LockFault as fault:
        raise ConfigFailure([fault.reason], {}, set()) from None


def _run(host: Host, request: Request) -> Document:
    context = None
    details: Document = {}
    wanted = request.wanted
    secrets = secret_values(wanted.options) | secret_values(wanted.list_add) | secret_values(wanted.list_remove)
    try:
        context = open_own_engine(host, request.docker_host, request.seconds)
        daemon = local_daemon(context)
        details["path"] = daemon.config_path
        target = files.real_target(daemon.config_path)
        before = looks.look(target)
        secrets |= secrets_of(before.content) | secrets_of_flags(daemon.flags)
        engine = EngineFacts(daemon.version, daemon.flags, daemon.set_by, target, daemon.next)
        planned = plan(before.content, request.wanted, engine)
        secrets |= secrets_of(planned.after)
        identity = daemon_identity(daemon.process.pid if daemon.process else None)
        earlier = pending.read(host, target, before.content, identity)
        way = pending.way_back(host, target, before.content, identity) if earlier is None else None
        if daemon.works_with_file and identity is not None and not request.check_mode:
            # From here on the times of the file and of its directory no longer tell.
            pending.remember(target, identity, before.content)
        _require_needs(request, target, _note(planned, target, None, request, before, identity, earlier, way))
        verdict = Verdict("schema", "nothing changed", None)
        backup: str | None = None
        if planned.changed:
            files.require_trusted(target)
            if request.check_mode:
                require_writable(target, planned.after or b"", before, request.backup)
            fault = remapping_fault(host, daemon, planned.after or b"")
            if fault is not None and not request.check_mode:
                raise Refused([fault])
            fault = limits_fault(host, daemon, planned.after or b"") or _missing_fault(context, daemon, planned)
            if fault is not None:
                raise Refused([fault])
            verdict = _validated(host, daemon, planned, target, before, request.check_mode)
            if verdict.fault is not None:
                raise Refused([f"the engine would not start with the result: {verdict.fault}"])
            if not request.check_mode:
                files.make_directory(os.path.dirname(target))
                backup = files.back_up(target, before) if request.backup else None
        note = _note(planned, target, backup, request, before, identity, earlier, way)
        if planned.changed and not request.check_mode:
            _write(target, planned, before, backup, note, earlier)
    except Unread as gap:
        raise ConfigFailure([gap.reason], details, secrets) from None
    except looks.FileFault as fault:
        raise ConfigFailure([fault.reason], details, secrets) from None
    except Refused as refused:
        raise ConfigFailure(refused.reasons, details, secrets) from None
    finally:
        if context is not None:
            context.close()
    result = _result(daemon, planned, note, verdict, target, request)
    if note is None:
        result["backup_file"] = backup
    if way is not None and not planned.changed and way.restorable:
        result["restore"] = [{"path": target, "backup_file": way.backup_file}]
    result["validation_note"] = struck(result["validation_note"], secrets)
    return result


def _missing_fault(context: Context, daemon: LocalDaemon, planned: Plan) -> str | None:
    """Why the engine would not start for what the host lacks. Another reason than before: what a host has lacked all along is
    no reason to keep another option from being set."""
    driver = None
    with contextlib.suppress(Unread):
        driver = context.info().get("Driver")
    flags = daemon.next.flags or daemon.flags
    plugins = authorization.plugins_of(context, daemon) if authorization.KEY in planned.changed_keys else None
    before, after = (
        missing_faults(context.host, content or b"", flags, daemon.version, driver, plugins)
        for content in (planned.before, planned.after)
    )
    return next((fault for fault in after if fault not in before), None)


def _validated(
    host: Host, daemon: LocalDaemon, planned: Plan, target: str, before: looks.Look, check_mode: bool
) -> Verdict:
    """Show the engine the candidate in a file beside the real one; in check mode in the temporary directory."""
    directory = os.path.dirname(target)
    beside = not check_mode and os.path.isdir(directory)
    candidate = files.temporary_path(target if beside else "/tmp/daemon.json")
    try:
        files.write_new(
            candidate, planned.after or b"", before._replace(mode=0o600, uid=os.geteuid(), gid=os.getegid())
        )
    except looks.FileFault as fault:
        # What lies there, if anything does, is not ours.
        if check_mode:
            return Verdict("schema", fault.reason, None)
        raise looks.FileFault(looks.unchanged(target, fault.reason)) from None
    try:
        return validate(host, daemon, planned.after or b"", candidate)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(candidate)


def _require_needs(request: Request, target: str, note: Note | None) -> None:
    """Raise Refused where the engine would need more than is allowed, also for what was changed before."""
    if note is None or LEVELS.index(note.needs) <= LEVELS.index(request.max_needs):
        return
    reason = (
        f"{target} is unchanged: with it the engine needs a {note.needs}, and max_needs is {request.max_needs}. Options "
        f"that are then not in force yet: {', '.join(note.keys)}. {note.needs.capitalize()} the engine first, and run this "
        "again"
    )
    raise Refused([reason])


def _write(
    target: str,
    planned: Plan,
    before: looks.Look,
    backup: str | None,
    note: Note | None,
    earlier: Note | None,
) -> None:
    """Write note and file. Where that fails, neither a backup nor a note of what was not done stays behind."""
    if note is not None:
        pending.write(note)
    try:
        files.replace(target, planned.after or b"", before)
    except looks.FileFault:
        _set_note(target, earlier)
        if backup is not None:
            with contextlib.suppress(OSError):
                os.unlink(backup)
        raise
    _set_note(target, note)


def _set_note(target: str, note: Note | None) -> None:
    if note is None:
        pending.forget(target)
    else:
        pending.write(note)


def _note(
    planned: Plan,
    target: str,
    backup: str | None,
    request: Request,
    before: looks.Look,
    identity: str | None,
    earlier: Note | None,
    way: WayBack | None,
) -> Note | None:
    """What the running engine has not taken over, once the plan is carried out."""
    if not planned.changed:
        return earlier
    later = Note(
        target,
        backup,
        request.backup or before.content is None,
        fingerprint(before.content),
        fingerprint(planned.after),
        planned.needs if identity is not None else "restart",
        planned.changed_keys,
        identity,
    )
    if way is not None:
        keys_changed = sorted({*way.keys, *later.keys})
        return later._replace(backup_file=way.backup_file, restorable=way.restorable, keys=keys_changed)
    return pending.merged(earlier, later)


def secrets_of(content: bytes | None) -> set[str]:
    """The credentials in a daemon.json, to be struck out of messages."""
    members = read_daemon_json(content or b"", None).members
    found: set[str] = set()
    for member in members:  # a key that is there twice has two values
        found |= secret_values(plain(member.value), member.key)
    return found


def secrets_of_flags(flags: ParsedFlags) -> set[str]:
    """The same of the daemon's arguments."""
    found: set[str] = set()
    for flag in flags.flags:
        name, equals, text = flag.text.partition("=")
        found |= secret_values([flag.text], flag.option.key or flag.name)
        if equals and flag.option.kind in (keys.STRING_MAP, keys.MAP_MAP, keys.RUNTIMES):
            found |= secret_values({name: text}, flag.option.key or flag.name)
    return found


def _result(
    daemon: LocalDaemon, planned: Plan, note: Note | None, verdict: Verdict, target: str, request: Request
) -> Document:
    restore = []
    if note is not None and note.restorable and not (request.check_mode and planned.changed):
        restore = [{"path": target, "backup_file": note.backup_file}]
    changed_keys = note.keys if note is not None else planned.changed_keys
    remapped = "userns-remap" in changed_keys
    return {
        "changed": planned.changed,
        "path": target,
        "backup_file": note.backup_file if note is not None else None,
        "needs": note.needs if note is not None else "none",
        "changed_keys": changed_keys,
        "containers_hidden": remapped,
        "expect": {"userns": bool(remapping(daemon, planned.after or b"{}"))} if remapped else {},
        "pending": note is not None and not planned.changed,
        "restore": restore,
        "validated_by": verdict.by,
        "validation_note": verdict.note,
        "engine_version": daemon.version_text,
        "diff": {
            "before": _masked(planned.before),
            "after": _masked(planned.after),
            "before_header": target,
            "after_header": target,
        },
    }


def _masked(content: bytes | None) -> str:
    return mask_json((content or b"").decode("utf-8", "replace"))
