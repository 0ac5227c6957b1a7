# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose subordinate ids an engine uses for remapping, and what /etc/subuid and /etc/subgid hold for it."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host.model import Account, Group
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._userns import idmap
from ansible_collections.seawall.docker.plugins.module_utils._userns.own_namespace import maps_of_host, missing_fault
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_space import host_ids_in

DEFAULT_VALUE = "default"
DEFAULT_USER = "dockremap"
_MAX_NUMBER = 2**31 - 1


def resolve(host: Host, value: str) -> Document:
    """``user``, ``group``, ``uid`` and ``gid`` that the engine makes of a value of userns-remap, and ``fault``.

    ``fault`` is None, or says why the engine would not start with the value or would leave user namespaces off.
    The group is looked up and then unused: group ids, too, come from the lines of the user.
    """
    facts: Document = {"user": None, "group": None, "uid": None, "gid": None, "fault": None}
    if not value:
        return facts
    parts = value.split(":")
    if len(parts) > 2:
        facts["fault"] = f"{value!r} is not user or user:group, and the engine does not start"
        return facts
    wanted = DEFAULT_USER if parts[0] == DEFAULT_VALUE else parts[0]
    account = _account(host, wanted)
    facts["user"] = account.name if account else wanted
    if account is None:
        facts["fault"] = f"there is no user {wanted}, and the engine does not start"
        if created_by_engine(value, facts):
            facts["group"] = DEFAULT_USER
            facts["fault"] = f"there is no user {wanted} yet; the engine makes one when it starts"
        return facts
    facts["uid"] = account.uid
    # Without a group, the one of the same name or number is meant, not the user's primary group.
    group_wanted = parts[1] if len(parts) == 2 else wanted
    group = _group(host, group_wanted)
    if group is None:
        facts["group"] = group_wanted
        facts["fault"] = f"there is no group {group_wanted}, and the engine does not start"
    else:
        facts.update(group=group.name, gid=group.gid)
        if account.name == "root":
            facts["fault"] = "root cannot be remapped to itself, and the engine leaves user namespaces off"
    return facts


def created_by_engine(value: str, remapped: Document) -> bool:
    """Return whether an engine with this value of userns-remap creates the user when it starts."""
    return value.split(":", maxsplit=1)[0] == DEFAULT_VALUE and remapped["uid"] is None


def _small_number(text: str) -> int | None:
    """A number as the engine takes one for an id; anything else is a name to it."""
    number = idmap.parse_number(text)
    return number if number is not None and -_MAX_NUMBER - 1 <= number <= _MAX_NUMBER else None


def _account(host: Host, wanted: str) -> Account | None:
    number = _small_number(wanted)
    return host.account(wanted if number is None else number)


def _group(host: Host, wanted: str) -> Group | None:
    number = _small_number(wanted)
    return host.group(wanted if number is None else number)


def subid_file(context: Context, name: str, remapped: Document | None, reason: str) -> Facts:
    """The facts of ``subuid`` or ``subgid``. ``remapped`` is what ``resolve`` found; None where that is not known,
    for ``reason``. Raises Unread where the file cannot be read."""
    context.require_local()
    host = context.host
    path = f"/etc/{name}"
    facts = Facts(path=path, present=True)
    try:
        text = host.read_text(path)
    except Unread as gap:
        if gap.kind != "absent":
            raise
        text = ""
        facts.values["present"] = False
    table = idmap.parse(text)
    facts.values["malformed"] = [dict(entry._asdict()) for entry in table.malformed[: idmap.MAX_LISTED]]
    facts.values["complete"] = len(table.malformed) <= idmap.MAX_LISTED
    try:
        reading, ours = _reading(context, text, remapped, reason)
    except Unread as gap:
        for key in ("ranges", "size", "others", "overlaps", "fault", "host_ids"):
            facts.miss(key, gap.reason)
        return facts
    fault = reading.fault if facts.values["present"] or not ours else f"{path} does not exist"
    try:
        maps = context.once("maps_of_host", lambda: maps_of_host(host))
        if fault is None and maps is not None:
            fault = missing_fault(maps["uid_map" if name == "subuid" else "gid_map"], reading.ranges)
        facts.values["fault"] = fault
    except Unread as gap:
        facts.miss("fault", gap.reason)
    others = [entry for entry in table.ranges if entry.owner not in ours]
    facts.values.update(
        ranges=[_shown(entry) for entry in reading.ranges],
        size=idmap.total(reading.ranges),
        others=[_shown(entry) for entry in others[: idmap.MAX_LISTED]],
    )
    if len(others) > idmap.MAX_LISTED:
        facts.values["complete"] = False
    try:
        accounts = ids_of_host(context, name)
    except Unread as gap:
        facts.miss("overlaps", gap.reason)
        facts.miss("host_ids", gap.reason)
        return facts
    facts.values["host_ids"] = [
        {"line": entry.line, **span._asdict()}
        for entry in reading.ranges
        for span in host_ids_in(entry.start, entry.count, accounts)
    ][: idmap.MAX_LISTED]
    found = idmap.overlaps(reading.ranges, others, accounts)
    facts.values["overlaps"] = [
        {
            "line": entry.line,
            "with": entry.kind,
            "owner": entry.owner,
            "other_line": entry.other_line,
            "start": entry.start,
            "end": entry.end,
        }
        for entry in found
    ]
    for kind in ("range", "account"):
        if sum(entry.kind == kind for entry in found) >= idmap.MAX_LISTED:
            facts.values["complete"] = False
    return facts


def _shown(entry: idmap.Range) -> Document:
    return {"line": entry.line, "owner": entry.owner, "start": entry.start, "count": entry.count}


def ids_of_host(context: Context, name: str) -> list[tuple[int, str]]:
    """The ids that this host's users (for ``subuid``) or groups (for ``subgid``) have, with their names."""
    host = context.host
    if name == "subuid":
        return context.once("user_ids", lambda: [(account.uid, account.name) for account in host.accounts()])
    return context.once("group_ids", lambda: [(group.gid, group.name) for group in host.groups()])


def _reading(context: Context, text: str, remapped: Document | None, reason: str) -> tuple[idmap.Reading, set[str]]:
    """What the engine reads, and the owners that mean the remapped user."""
    if remapped is None:
        raise Unread(reason)
    user, uid = remapped["user"], remapped["uid"]
    if user is None or user == "root":
        return idmap.Reading([], None), set()
    owners = {user} if uid is None else {user, str(uid)}
    if uid is None and not created_by_engine(str(remapped.get("configured") or ""), remapped):
        raise Unread(f"the user {user} does not exist, so it is not known which lines are its own")
    try:
        major = engine_major(context)
    except Unread as gap:
        # Old and new engines often read the same.
        old = reading_of(text, user, uid, idmap.LENIENT_ENGINE - 1)
        new = reading_of(text, user, uid, idmap.LENIENT_ENGINE)
        if old != new:
            raise Unread(f"how the engine reads it depends on its version, which is not known: {gap.reason}") from None
        return new, owners
    return reading_of(text, user, uid, major), owners


def reading_of(text: str, user: str, uid: int | None, major: int) -> idmap.Reading:
    """Read a file as an engine of that major version; ``uid`` is None for a user that it creates when it starts."""
    if uid is None:
        return idmap.reading_for_new_user(text, user, major)
    return idmap.engine_reading(text, user, uid, major)


def engine_major(context: Context) -> int:
    """The major version of the engine, such as 28. Raises Unread where it does not say."""
    text = str(context.version().get("Version") or "")
    major = text.split(".", maxsplit=1)[0]
    if not (major.isascii() and major.isdigit() and len(major) <= 6):
        raise Unread(f"the engine's version {text[:40]!r} is not a number")
    return int(major)
