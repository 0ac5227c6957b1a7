# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a volume shows by its options: what the kernel makes of them decides, not what they look like."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.volume_options import (
    overlay_paths,
    volume_paths,
)


@pytest.mark.parametrize(
    ("kind", "device", "flags", "paths"),
    [
        ("", "", "", []),
        ("", "", "size=10m", []),
        ("tmpfs", "tmpfs", "size=10m", []),
        ("tmpfs", "/etc", "", []),
        ("none", "/etc", "ro,bind", ["/etc"]),
        ("NONE", "/etc", "rbind", ["/etc"]),
        # The kernel does not look at the type of what is bound.
        ("nfs", "/etc", "bind", ["/etc"]),
        ("proc", "/srv", "rbind", ["/srv"]),
        ("nfs", "/exports", "addr=192.0.2.1", []),
        ("nfs4", ":/exports", "addr=192.0.2.1", []),
        ("ext4", "/dev/sda1", "", ["/dev/sda1"]),
        ("proc", "proc", "", ["/proc"]),
        ("Proc", "x", "hidepid=2", ["/proc"]),
        ("sysfs", "none", "", ["/sys"]),
        ("devtmpfs", "udev", "", ["/dev"]),
        ("cgroup2", "cgroup2", "", ["/sys"]),
        ("overlay", "overlay", "lowerdir=/a:/b,upperdir=/c,workdir=/d", ["/a", "/b", "/c"]),
        ("overlay", "/e", "lowerdir=/a::/b", ["/a", "/b"]),
        ("overlay", "overlay", "lowerdir+=/a,lowerdir+=/b:c,datadir+=/d", ["/a", "/b:c", "/d"]),
        ("overlay", "overlay", "lowerdir=/e\\tc:/a\\:b:/c\\,d,ro", ["/a:b", "/c,d", "/etc"]),
    ],
)
def test_what_options_show(kind: str, device: str, flags: str, paths: list[str]) -> None:
    assert volume_paths({"type": kind, "device": device, "o": flags}) == paths


@pytest.mark.parametrize(
    ("kind", "device", "flags"),
    [
        ("none", "etc", "bind"),
        ("ext4", "dev/sda1", ""),
        ("odd", "thing", ""),
        ("none", "", "bind"),
        ("overlay", "overlay", "lowerdir=etc:/b"),
        ("overlay", "overlay", "lowerdir+=etc"),
        ("overlay", "overlay", "index=off"),
        ("overlay", "/etc", ""),
        ("", "none", ""),
    ],
)
def test_what_only_the_daemon_can_resolve_is_unread(kind: str, device: str, flags: str) -> None:
    with pytest.raises(Unread):
        volume_paths({"type": kind, "device": device, "o": flags})


def test_layers_of_images_are_left_out_of_the_table_of_mounts() -> None:
    assert overlay_paths("rw,relatime,lowerdir=l/A:l/B:/c,upperdir=u/diff,workdir=u/work") == ["/c"]
