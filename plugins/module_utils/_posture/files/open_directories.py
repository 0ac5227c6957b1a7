# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find directories on the path of a file in which a user other than root can replace the file.

A file that only root can write is not safer than the directories above it, and than those of the links on its path.
"""

from __future__ import annotations

import functools

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host.model import FileStatus
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.files import access_list, places
from ansible_collections.seawall.docker.plugins.module_utils._posture.files.members import all_listed, members_of

_STICKY = 0o1000
_WRITE = 2


def open_directories(context: Context, path: str) -> list[Document]:
    """Return ``path``, ``owner``, ``mode`` and ``changeable_by`` of each, in the order of the path. Raises Unread."""
    found: dict[str, Document] = {}
    for entry in context.host.entries_on_the_way(path):
        directory = entry.rpartition("/")[0] or "/"
        if directory in found:
            continue
        status, who = context.once(f"writers:{directory}", functools.partial(_writers, context, directory))
        if who and not (status.mode & _STICKY and status.uid in _trusted(context) and _is_safe(context, entry)):
            owner = context.host.account(status.uid)
            found[directory] = {
                "path": directory,
                "owner": owner.name if owner else str(status.uid),
                "mode": format(status.mode, "04o"),
                "changeable_by": who,
            }
    return list(found.values())


def _is_safe(context: Context, entry: str) -> bool:
    """Return whether the entry of a sticky directory exists and belongs to root. In such a directory users can replace
    only their own entries."""
    try:
        return context.host.stat(entry, False).uid in _trusted(context)
    except Unread as gap:
        if gap.kind == "absent":
            return False
        raise


def _trusted(context: Context) -> set[int]:
    """Return root, and the user of the daemon, who can control the engine anyway."""
    trusted: set[int] = context.once("trusted_owners", lambda: _ask_trusted(context))
    return trusted


def _ask_trusted(context: Context) -> set[int]:
    try:
        user = places.daemon_fact(context, "process", "user_id")
    except Unread:
        user = None
    return {0} if user is None else {0, user}


def _writers(context: Context, directory: str) -> tuple[FileStatus, list[str]]:
    host = context.host
    status = host.stat(directory)
    grants = access_list.grants(host, directory)
    trusted = _trusted(context)
    who = []
    if status.uid not in trusted:
        # The owner can give himself the right to write.
        who.append(f"user {_name(host.account(status.uid), status.uid)}")
    groups = [grant.number for grant in grants if grant.kind == "group" and grant.rights & _WRITE]
    own = [grant.rights for grant in grants if grant.kind == "owning_group"] or [status.mode >> 3]
    if own[0] & _WRITE:
        groups.append(status.gid)
    who += [f"group {_name(host.group(gid), gid)}" for gid in groups if _others_in(context, gid, trusted)]
    who += [
        f"user {_name(host.account(grant.number), grant.number)}"
        for grant in grants
        if grant.kind == "user" and grant.rights & _WRITE and grant.number not in trusted
    ]
    if status.mode & _WRITE:
        who.append("everybody")
    return status, who


def _others_in(context: Context, gid: int, trusted: set[int]) -> bool:
    """Return whether the group may have a member other than root. A group without members, such as Debian's staff,
    gives rights to nobody."""
    if gid != 0 and not all_listed(context):
        return True
    accounts = context.once("accounts", context.host.accounts)
    groups = context.once("groups", context.host.groups)
    return any(member["uid"] not in trusted for member in members_of(gid, accounts, groups))


def _name(known: object, number: int) -> str:
    return str(getattr(known, "name", number))
