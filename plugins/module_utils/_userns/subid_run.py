# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing /etc/subuid and /etc/subgid on their host: create the user, lock, look, plan, back up, and write both or neither."""

from __future__ import annotations

import contextlib
import os
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.write_lock import LockFault, write_lock
from ansible_collections.seawall.docker.plugins.module_utils._host import files, looks
from ansible_collections.seawall.docker.plugins.module_utils._host.failure import Failure
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._host.write_forecast import require_writable
from ansible_collections.seawall.docker.plugins.module_utils._userns import account
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import MAX_ID, Malformed, parse
from ansible_collections.seawall.docker.plugins.module_utils._userns.own_namespace import own_maps
from ansible_collections.seawall.docker.plugins.module_utils._userns.shadow_lock import locked
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_plan import (
    FILES,
    Known,
    Plan,
    Refused,
    Wanted,
    plan,
)
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_space import LOWEST, Span, missing_ids

Document = t.Dict[str, t.Any]

_KEYS = ("subuid", "subgid")
_NUMBERS = {account.USER: "uid", account.GROUP: "gid"}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,255}\$?")


class Request(t.NamedTuple):
    user: str
    size: int
    start: t.Optional[int]
    present: bool
    lenient: bool
    backup: bool
    check_mode: bool
    create_user: bool = False


class SubidFailure(Failure):
    """Why the files are as they were, in one sentence a reason."""

    def __init__(self, reasons: list[str], details: Document) -> None:
        super().__init__(". ".join(reason.rstrip(".") for reason in reasons), {**details, "reasons": reasons})


def run(host: Host, request: Request) -> Document:
    """The module's result. Raises SubidFailure, after accounts that were created here are removed again."""
    try:
        with write_lock("subid", request.check_mode):
            return _run_locked(host, request)
    except LockFault as fault:
        raise SubidFailure([fault.reason], {"user": request.user, "malformed": []}) from None


def _run_locked(host: Host, request: Request) -> Document:
    created: list[account.Created] = []
    try:
        return _run(host, request, created)
    except SubidFailure as failure:
        left = account.remove(host, created)
        if not left:
            raise
        reasons = failure.details["reasons"]
        reasons = [*reasons, f"What could not be taken back: {'; '.join(left)}"]
        raise SubidFailure(reasons, failure.details) from None


def _run(host: Host, request: Request, created: list[account.Created]) -> Document:
    """``created`` takes up the accounts that are created, also where this fails."""
    details: Document = {"user": request.user, "malformed": []}
    try:
        _check(request)
        makes_user = request.create_user and request.present
        unfit = account.reason_against(host, request.user) if makes_user else ""
        if unfit:
            raise Refused([unfit])
        missing = account.missing(host, request.user) if makes_user else []
        if missing and not request.check_mode:
            try:
                created += account.create(host, request.user)
            except account.AccountFault as fault:
                created += fault.created
                raise Refused([fault.reason]) from None
        wanted, notes = _wanted(host, request)
        known = Known(
            [(entry.uid, entry.name) for entry in host.accounts()],
            [(group.gid, group.name) for group in host.groups()],
            _lowest(host),
            _missing(host),
        )
        # Looking needs no lock, and a host that is only looked at is left without one.
        with contextlib.nullcontext() if request.check_mode else locked(FILES):
            targets = [files.real_target(path) for path in FILES]
            before = [looks.look(target) for target in targets]
            planned = plan(before[0].content, before[1].content, wanted, known)
            backups: list[str | None] = [None, None]
            if planned.changed:
                for target in targets:
                    files.require_trusted(target)
                if request.check_mode:
                    for index in _changing(planned):
                        require_writable(targets[index], planned.after[index] or b"", before[index], request.backup)
            if planned.changed and not request.check_mode:
                backups = _write(planned, targets, before, request.backup)
    except Unread as gap:
        raise SubidFailure([gap.reason], details) from None
    except looks.FileFault as fault:
        raise SubidFailure([fault.reason], details) from None
    except Refused as refused:
        details["malformed"] = _malformed(refused.malformed)
        raise SubidFailure(refused.reasons, details) from None
    result = _result(request, planned, targets, backups, notes)
    result["created"] = missing
    if makes_user and account.USER not in missing:
        result["notes"].append(f"the user {request.user} exists and is used as it is")
    result["changed"] = planned.changed or bool(missing)
    result["restore"] += [{one.kind: one.name, _NUMBERS[one.kind]: one.number} for one in created]
    return result


def _check(request: Request) -> None:
    """Raise Refused for options that make no sense."""
    if not _NAME.fullmatch(request.user):
        raise Refused([f"{request.user!r} is no name of a user"])
    if request.size < 1:
        raise Refused(["count must be at least 1"])
    if request.start is not None and not 0 <= request.start <= MAX_ID:
        raise Refused([f"start must be an id, 0 to {MAX_ID}"])


def _wanted(host: Host, request: Request) -> tuple[Wanted, list[str]]:
    """The plan's input and its notes. Raises Refused where the user cannot get ids, and Unread."""
    entry = host.account(request.user)
    notes = []
    if entry is None and request.present:
        reason = f"there is no user {request.user}"
        if not request.check_mode:
            raise Refused([f"{reason}; create it first, as a system user without a login"])
        notes.append(f"{reason} yet")
    if entry is not None and entry.uid == 0 and request.present:
        raise Refused(["root needs no subordinate ids, and an engine that remaps to root leaves user namespaces off"])
    uid = None if entry is None else entry.uid
    return Wanted(request.user, uid, request.size, request.start, request.present, request.lenient), notes


def _lowest(host: Host) -> int:
    """The lowest id that this host gives out by itself."""
    try:
        text = host.read_text("/etc/login.defs")
    except Unread:
        return LOWEST
    found = re.findall(r"^[ \t]*SUB_[UG]ID_MIN[ \t]+(\d{1,10})[ \t]*(?:#.*)?$", text, re.MULTILINE)
    return max([LOWEST, *(int(number) for number in found if int(number) < MAX_ID)])


def _missing(host: Host) -> tuple[Span, ...]:
    """Return the ids that this host does not have, as users or as groups. Raises Unread."""
    try:
        maps = own_maps(host)
    except Unread as gap:
        if gap.kind == "absent":
            return ()  # a kernel without user namespaces
        raise
    return tuple(dict.fromkeys(span for extents in maps.values() for span in missing_ids(extents)))


def _write(planned: Plan, targets: list[str], before: list[looks.Look], backup: bool) -> list[str | None]:
    """Write the files that change. Where the second cannot be written, the first is put back."""
    changing = _changing(planned)
    backups: list[str | None] = [None, None]
    done: list[int] = []
    try:
        if backup:
            for index in changing:
                backups[index] = files.back_up(targets[index], before[index])
        for index in changing:
            files.replace(targets[index], planned.after[index] or b"", before[index])
            done.append(index)
    except looks.FileFault as fault:
        reason = _undone(fault, targets, before, planned, done)
        if not done:
            # Both files are as they were, and the disk may be full.
            for name in filter(None, backups):
                with contextlib.suppress(OSError):
                    os.unlink(name)
        raise looks.FileFault(reason) from None
    return backups


def _changing(planned: Plan) -> list[int]:
    return [index for index in (0, 1) if planned.before[index] != planned.after[index]]


def _undone(
    fault: looks.FileFault, targets: list[str], before: list[looks.Look], planned: Plan, done: list[int]
) -> str:
    """Put back the one file that was written, if there is one, take it off the list, and say how things are."""
    if not done:
        return fault.reason
    (index,) = done
    target, old = targets[index], before[index]
    try:
        if old.content is None:
            files.put_back(files.Restore(target, None))
        else:
            files.replace(target, old.content, old._replace(content=planned.after[index]))
    except looks.FileFault as second:
        return f"{fault.reason}. {target} was written already and could not be put back: {second.reason}"
    done.clear()
    return f"{fault.reason}. {target} is as it was before, too"


def _malformed(lines: dict[str, list[Malformed]]) -> list[Document]:
    return [{"path": path, **entry._asdict()} for path, entries in lines.items() for entry in entries[:100]]


def _result(
    request: Request, planned: Plan, targets: list[str], backups: list[str | None], notes: list[str]
) -> Document:
    result: Document = {
        "changed": planned.changed,
        "user": request.user,
        "start": planned.start,
        "count": planned.size,
        "notes": notes + planned.notes,
        "malformed": _malformed(planned.malformed),
        "restore": [],
        "diff": [],
    }
    for index, key in enumerate(_KEYS):
        before, after = planned.before[index], planned.after[index]
        mine = [
            entry for entry in parse((after or b"").decode("utf-8", "replace")).ranges if entry.owner == request.user
        ]
        result[key] = {
            "path": targets[index],
            "changed": before != after,
            "backup_file": backups[index],
            "ranges": [{"line": entry.line, "start": entry.start, "count": entry.count} for entry in mine],
        }
        if before == after:
            continue
        if not request.check_mode and (backups[index] is not None or before is None):
            result["restore"].append({"path": targets[index], "backup_file": backups[index]})
        result["diff"].append(
            {
                "before": (before or b"").decode("utf-8", "replace"),
                "after": (after or b"").decode("utf-8", "replace"),
                "before_header": targets[index],
                "after_header": targets[index],
            }
        )
    return result
