# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._migration.attributes import Unshiftable, shifted
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import MapFault, Shift, extents_of
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import Extent
from ansible_collections.seawall.docker.tests.support.rich_tree import access_list, capability

MAPS = [Extent(0, 100000, 1000), Extent(1000, 500000, 10)]
GID_MAPS = [Extent(0, 200000, 65536)]
OUT, BACK = Shift(MAPS, GID_MAPS), Shift(MAPS, GID_MAPS, outward=False)


@pytest.mark.parametrize(
    ("inside", "outside"), [(0, 100000), (999, 100999), (1000, 500000), (1009, 500009), (1010, None), (65534, None)]
)
def test_each_id_goes_out_and_comes_back(inside: int, outside: int | None) -> None:
    assert OUT.uid(inside) == outside
    if outside is not None:
        assert BACK.uid(outside) == inside
    assert OUT.gid(inside) == 200000 + inside and BACK.gid(inside) is None


def entry(inside: int, outside: int, count: int) -> dict[str, int]:
    return {"inside": inside, "outside": outside, "count": count}


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([], "uid_map has 0 entries"),
        ([entry(0, 100000, 0)], r"uid_map\[0\]: count must be at least 1"),
        ([entry(0, -1, 1)], "must not be negative"),
        ([entry(0, 2**32 - 2, 2)], "ends after the last id"),
        ([entry(0, 100000, 10), entry(9, 300000, 10)], "two entries hold the inside id 9"),
        ([entry(0, 100000, 10), entry(10, 100009, 10)], "two entries hold the outside id 100009"),
        ([entry(number, 100000 + number, 1) for number in range(341)], "uid_map has 341 entries"),
    ],
)
def test_a_map_that_no_kernel_takes_is_refused(entries: list[dict[str, int]], reason: str) -> None:
    with pytest.raises(MapFault, match=reason):
        extents_of(entries, "uid_map")


def test_a_map_is_read() -> None:
    assert extents_of([entry(0, 100000, 1000), entry(1000, 500000, 10)], "uid_map") == MAPS


CHMOD = 1 << 3
_REVISION_1 = (0x01000001).to_bytes(4, "little") + CHMOD.to_bytes(4, "little") + bytes(4)


@pytest.mark.parametrize(
    ("before", "outward", "after"),
    [
        (capability(CHMOD), True, capability(CHMOD, 100000)),
        (_REVISION_1, True, capability(CHMOD, 100000)),
        (capability(CHMOD, 1000), True, capability(CHMOD, 500000)),
        (capability(CHMOD, 100000), False, capability(CHMOD)),
        (capability(CHMOD, 500000), False, capability(CHMOD, 1000)),
        # Valid in every namespace below the host's: an image that the engine unpacked.
        (capability(CHMOD), False, capability(CHMOD)),
    ],
)
def test_file_capabilities_follow_the_root_user(before: bytes, outward: bool, after: bytes) -> None:
    shift = OUT if outward else BACK
    assert shifted({"security.capability": before}, shift) == {"security.capability": after}


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("security.capability", capability(CHMOD, 70000), "for the root user 70000, who is in no range"),
        ("security.capability", b"\0\0", "have a form that is not known here"),
        ("security.capability", capability(CHMOD)[:-1], "have a form that is not known here"),
        ("system.posix_acl_access", access_list((2, 7, 5000)), "names the user 5000, which is in no range"),
        ("system.posix_acl_default", access_list((8, 7, 70000)), "names the group 70000, which is in no range"),
        ("system.posix_acl_access", b"\3\0\0\0", "a form that is not known here"),
        ("system.posix_acl_access", b"", "a form that is not known here"),
        ("system.nfs4_acl", b"x", "its attribute system.nfs4_acl holds rights"),
    ],
)
def test_what_cannot_be_carried_over_is_refused(name: str, value: bytes, reason: str) -> None:
    with pytest.raises(Unshiftable, match=reason):
        shifted({name: value}, OUT)


def test_access_lists_are_shifted_by_both_maps_and_the_rest_is_kept() -> None:
    before: dict[str, t.Any] = {
        "system.posix_acl_access": access_list((1, 7, -1), (2, 4, 1001), (8, 4, 1001), (32, 0, -1)),
        "user.x": b"\0",
        "security.selinux": b"system_u:object_r:container_file_t:s0\0",
        "security.evm": b"\5sum",
        "trusted.seawall.copy": b"{}",
    }
    assert shifted(before, OUT) == {
        "system.posix_acl_access": access_list((1, 7, -1), (2, 4, 500001), (8, 4, 201001), (32, 0, -1)),
        "user.x": b"\0",
        "security.selinux": b"system_u:object_r:container_file_t:s0\0",
    }
