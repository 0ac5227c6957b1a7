# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating the system user that containers are remapped to, and removing it again.

What is created is recorded at once, and only what the record names is ever removed. An account that was there before is
used as it is where it can serve.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._userns import created_accounts
from ansible_collections.seawall.docker.plugins.module_utils._userns.container_user import hindrance

USER = "user"
GROUP = "group"


class Created(t.NamedTuple):
    """An entry of /etc/passwd or /etc/group that a module created. ``kind`` is USER or GROUP, ``number`` the uid or gid."""

    kind: str
    name: str
    number: int


class AccountFault(Exception):
    """An account that could not be created; ``created`` is what was created before that."""

    def __init__(self, reason: str, created: list[Created]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.created = created


def missing(host: Host, name: str) -> list[str]:
    """What must be created before the engine can remap to the name."""
    kinds = [] if host.group(name) is not None else [GROUP]
    return kinds if host.account(name) is not None else [*kinds, USER]


def reason_against(host: Host, name: str) -> str:
    """Return why the account of that name, if there is one, is not used, as a sentence. Empty if nothing is against it."""
    found = host.account(name)
    reason = hindrance(found, host.accounts()) if found is not None else None
    if reason is None:
        return ""
    return (
        f"the user {name} exists and cannot be used for containers: {reason}. It is not changed. Name another user, which is"
        " created, or a system account without a login"
    )


def create(host: Host, name: str) -> list[Created]:
    """Create the user and a group of that name where they are missing; the user cannot log in and has no home.

    Entries that exist are not changed. Raises AccountFault.
    """
    created: list[Created] = []
    kinds = missing(host, name)
    for kind in kinds:
        reason = _run(host, *(_group_commands(name) if kind == GROUP else _user_commands(name, GROUP in kinds)))
        number = _number(host, kind, name)
        if number is not None and not reason:
            created.append(Created(kind, name, number))
            created_accounts.note(kind, name, number)
            continue
        raise AccountFault(
            f"cannot create the {kind} {name}: {reason or 'the host does not know it afterwards'}", created
        )
    return created


def remove(host: Host, created: list[Created], check_mode: bool = False) -> list[str]:
    """Remove what was created, users before groups, and return what could not be removed, each with the reason.

    A name that has another number now belongs to somebody else, and stays.
    """
    faults = []
    groups = {one.name for one in created if one.kind == GROUP}
    kept = set()
    for one in sorted(created, key=lambda one: one.kind, reverse=True):
        if one.kind == GROUP and one.name in kept:
            continue  # reported with its user
        reason = _removal_fault(host, one, check_mode)
        if reason:
            both = one.kind == USER and one.name in groups
            faults.append(f"{described(one, both)}: {reason}")
            kept.add(one.name)
    return faults


def is_name_taken(host: Host, one: Created) -> bool:
    """Whether there is an account of that name, whatever its number is."""
    return _number(host, one.kind, one.name) is not None


def exists(host: Host, one: Created) -> bool:
    """Whether the account is there and still the one that was created."""
    return _number(host, one.kind, one.name) == one.number


def described(one: Created, with_group: bool) -> str:
    return f"the {one.kind} {one.name}{' and its group' if with_group else ''}"


def _removal_fault(host: Host, one: Created, check_mode: bool) -> str:
    number = _number(host, one.kind, one.name)
    if number is None:
        return ""
    if number != one.number:
        return f"the name is that of another {one.kind} now"
    if not created_accounts.is_noted(host, *one):
        return "there is no record on this host that this collection created it since the last boot"
    if check_mode:
        return ""
    if one.kind == USER:
        reason = _run(host, ["userdel", one.name], ["deluser", one.name])
    else:
        reason = _run(host, ["groupdel", one.name], ["delgroup", one.name])
    if not reason:
        created_accounts.forget(*one)
    return reason


def _number(host: Host, kind: str, name: str) -> int | None:
    if kind == USER:
        account = host.account(name)
        return None if account is None else account.uid
    group = host.group(name)
    return None if group is None else group.gid


def _group_commands(name: str) -> tuple[list[str], list[str]]:
    return ["groupadd", "--system", name], ["addgroup", "-S", name]


def _user_commands(name: str, own_group: bool) -> tuple[list[str], list[str]]:
    """Without a group that existed before as its own: userdel would remove that group together with the user."""
    shadow = ["useradd", "--system", "--shell", "/bin/false", "--no-create-home", "--home-dir", "/nonexistent"]
    busybox = ["adduser", "-S", "-D", "-H", "-h", "/nonexistent", "-s", "/bin/false"]
    shadow += ["--gid", name] if own_group else ["--no-user-group"]
    return [*shadow, name], [*busybox, *(["-G", name] if own_group else []), name]


def _run(host: Host, shadow: list[str], busybox: list[str]) -> str:
    """Run the command of shadow or, where that is not installed, of BusyBox. Return an empty text or why it failed."""
    command = shadow if host.has_program(shadow[0]) else busybox
    try:
        result = host.run(*command, seconds=bounds.WRITING_PROGRAM_SECONDS)
    except Unread as gap:
        return gap.reason
    if result.status == 0:
        return ""
    lines = [line.strip() for line in (result.error or result.output).splitlines() if line.strip()]
    return ", ".join(lines) or f"{command[0]} ended with status {result.status}"
