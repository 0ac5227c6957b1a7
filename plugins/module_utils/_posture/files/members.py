# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the members of a group, and find out whether this host can list all of them."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host.model import Account, Group
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# Name services that list all accounts that they know; others (sss, ldap, winbind) may keep theirs to themselves.
_LISTING_SERVICES = frozenset(("files", "compat", "db", "systemd", "altfiles", "extrausers", "usrfiles", "mymachines"))


def members_of(gid: int, accounts: list[Account], groups: list[Group]) -> list[Document]:
    """Return the accounts whose primary group it is, and those that the group lists. Each name has one entry; the order
    is that of names.

    Two groups can have the same number, and the kernel uses only the number. A listed name without an account has no
    uid.
    """
    by_name = {account.name: account for account in reversed(accounts)}
    primary = {account.name for account in accounts if account.gid == gid}
    listed = {name for group in groups if group.gid == gid for name in group.members if name}
    return [
        {
            "name": name,
            "uid": by_name[name].uid if name in by_name else None,
            "primary": name in primary,
            "supplementary": name in listed,
        }
        for name in sorted(primary | listed)
    ]


def all_listed(context: Context) -> bool:
    """Return whether the host can list all its accounts. A directory service may hide members."""
    try:
        text = context.host.read_text("/etc/nsswitch.conf")
    except Unread as gap:
        return gap.kind == "absent"
    return all(service in _LISTING_SERVICES for service in name_services(text))


def name_services(text: str) -> set[str]:
    """Return the services in nsswitch.conf for accounts and groups, without conditions such as ``[NOTFOUND=return]``."""
    services: set[str] = set()
    for line in text.split("\n"):
        database, colon, rest = line.partition("#")[0].partition(":")
        if colon and database.strip() in ("passwd", "group", "initgroups"):
            inside = False
            for word in rest.replace("[", " [ ").replace("]", " ] ").split():
                inside = word == "[" or (inside and word != "]")
                if not inside and word != "]":
                    services.add(word)
    return services
