# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extended attributes of files, and the ids that some of them hold.

Access lists hold ids of users and groups. A file capability holds the id of the root user for whose namespaces it is valid.
"""

from __future__ import annotations

import errno
import os
import struct
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import Shift

CAPABILITY = "security.capability"
ACCESS_LISTS = ("system.posix_acl_access", "system.posix_acl_default")
# On the root of a tree that was copied as a whole. Only root of the host can set or see attributes of this kind.
MARK = "trusted.seawall.copy"
# A checksum of attributes together with the inode itself, by a key of the kernel. It cannot be valid for a copy.
LEFT_OUT = ("security.evm",)

_ROOM = 4 << 20
_ACL_VERSION = 2
_ACL_USER, _ACL_GROUP = 0x02, 0x08
_CAP_REVISION_1, _CAP_REVISION_2, _CAP_REVISION_3 = 0x01000000, 0x02000000, 0x03000000
_CAP_REVISION_MASK = 0xFF000000
_CAP_SIZES = {_CAP_REVISION_1: 12, _CAP_REVISION_2: 20, _CAP_REVISION_3: 24}


class Unshiftable(Exception):
    """An attribute that cannot be carried over; ``reason`` says why, without the path."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def place(directory: int, name: str) -> str:
    """Return a path of the entry. System calls for attributes take no descriptor of a directory.

    The kernel goes to the open directory, whatever its path is by now.
    """
    return f"/proc/self/fd/{directory}/{name}"


def read(directory: int, name: str) -> t.Dict[str, bytes]:
    """Return all attributes of an entry, links not followed. Raises OSError, also for more than 4 MiB of them."""
    return read_at(place(directory, name), False)


def read_at(where: str, follow: bool) -> t.Dict[str, bytes]:
    try:
        names = os.listxattr(where, follow_symlinks=follow)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.ENODATA):
            return {}
        raise
    found = {}
    # The kernel bounds each to 64 KiB, but on some file systems not their number.
    room = _ROOM
    for attribute in names:
        try:
            value = os.getxattr(where, attribute, follow_symlinks=follow)
            room -= len(value)
            if room < 0:
                raise OSError(errno.EFBIG, "it has more than 4 MiB of extended attributes")
            found[attribute] = value
        except OSError as error:
            # Listed by a security module that is not in use.
            if error.errno not in (errno.EOPNOTSUPP, errno.ENODATA):
                raise
    return found


def shifted(attributes: t.Dict[str, bytes], shift: Shift) -> t.Dict[str, bytes]:
    """Return the attributes as the copy has them. Raises Unshiftable."""
    result = {}
    for name, value in attributes.items():
        if name == MARK or name in LEFT_OUT:
            continue
        if name in ACCESS_LISTS:
            result[name] = _access_list(value, shift)
        elif name == CAPABILITY:
            result[name] = _capability(value, shift)
        elif name.startswith("system."):
            raise Unshiftable(f"its attribute {name} holds rights in a form that is not known here")
        else:
            result[name] = value
    return result


def _access_list(value: bytes, shift: Shift) -> bytes:
    if len(value) % 8 != 4 or struct.unpack_from("<I", value)[0] != _ACL_VERSION:
        raise Unshiftable("its access list has a form that is not known here")
    parts = [value[:4]]
    for tag, rights, number in struct.iter_unpack("<HHI", value[4:]):
        if tag in (_ACL_USER, _ACL_GROUP):
            other = shift.uid(number) if tag == _ACL_USER else shift.gid(number)
            if other is None:
                raise Unshiftable(
                    f"its access list names the {'user' if tag == _ACL_USER else 'group'} {number}, which is in no range"
                )
            number = other
        parts.append(struct.pack("<HHI", tag, rights, number))
    return b"".join(parts)


def _capability(value: bytes, shift: Shift) -> bytes:
    """A capability without a root user is valid for root of the host and, by the kernel's rules, in each namespace below.

    The copy gets the root of the containers, as if setcap had run in one. Then it gives nothing to users of the host.
    """
    revision = struct.unpack_from("<I", value)[0] & _CAP_REVISION_MASK if len(value) >= 4 else 0
    if _CAP_SIZES.get(revision) != len(value):
        raise Unshiftable("its file capabilities have a form that is not known here")
    magic = struct.unpack_from("<I", value)[0] & ~_CAP_REVISION_MASK
    sets = value[4:12] + (value[12:20] if revision != _CAP_REVISION_1 else bytes(8))
    root = struct.unpack_from("<I", value, 20)[0] if revision == _CAP_REVISION_3 else 0
    if revision != _CAP_REVISION_3 and not shift.outward:
        other: t.Optional[int] = 0
    else:
        other = shift.uid(root)
    if other is None:
        raise Unshiftable(f"its file capabilities are for the root user {root}, who is in no range")
    if other == 0:
        return struct.pack("<I", magic | _CAP_REVISION_2) + sets
    return struct.pack("<I", magic | _CAP_REVISION_3) + sets + struct.pack("<I", other)


def write(directory: int, name: str, attributes: t.Dict[str, bytes]) -> None:
    """Set attributes of an entry, links not followed. Raises OSError with the name of the attribute."""
    where = place(directory, name)
    for attribute, value in attributes.items():
        try:
            os.setxattr(where, attribute, value, follow_symlinks=False)
        except OSError as error:
            raise OSError(error.errno, f"the attribute {attribute}: {error.strerror}") from None
