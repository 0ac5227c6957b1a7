# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read POSIX access lists: rights of single users and groups that the mode of a file does not show.

If a file has an access list, the group bits of its mode are the mask of the list. So anybody can have the rights that
mode 0660 shows for the group.
"""

from __future__ import annotations

import struct
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# include/uapi/linux/posix_acl.h and posix_acl_xattr.h
_VERSION = 2
_OWNING_GROUP, _USER, _GROUP, _MASK = 0x04, 0x02, 0x08, 0x10
_ENTRY = struct.Struct("<HHI")
_RIGHTS = ((4, "r"), (2, "w"), (1, "x"))


class Grant(t.NamedTuple):
    """``kind`` is ``user``, ``group``, or ``owning_group`` for the group of the file. ``rights`` are the bits that the
    mask leaves."""

    kind: str
    number: int
    rights: int


def parse(raw: bytes) -> list[Grant]:
    """Parse an access list. The entries of the owner and of others are left out, since the mode shows them. Raises
    ValueError."""
    if not raw:
        return []
    if len(raw) < 4 or (len(raw) - 4) % _ENTRY.size or struct.unpack_from("<I", raw)[0] != _VERSION:
        raise ValueError("not an access list of version 2")
    entries = list(_ENTRY.iter_unpack(raw[4:]))
    mask = next((rights for tag, rights, _number in entries if tag == _MASK), 7)
    kinds = {_USER: "user", _GROUP: "group", _OWNING_GROUP: "owning_group"}
    return [
        Grant(kinds[tag], number if tag != _OWNING_GROUP else -1, rights & mask & 7)
        for tag, rights, number in entries
        if tag in kinds
    ]


def grants(host: Host, path: str) -> list[Grant]:
    """Return the entries of the access list of a path, which are none for a path without one. Raises Unread."""
    try:
        return parse(host.access_list(path))
    except ValueError as error:
        raise Unread(f"the access list of {path} cannot be read: {error}") from None


def document(host: Host, found: list[Grant]) -> list[dict[str, t.Any]]:
    """Return the users and groups to which an access list gives a right, for a posture."""
    result = []
    for grant in found:
        if grant.kind == "owning_group" or not grant.rights:
            continue
        named: t.Any = host.account(grant.number) if grant.kind == "user" else host.group(grant.number)
        rights = "".join(letter for bit, letter in _RIGHTS if grant.rights & bit)
        name = named.name if named else None
        result.append({"kind": grant.kind, "id": grant.number, "name": name, "permissions": rights})
    return sorted(result, key=lambda entry: (entry["kind"], entry["id"]))
