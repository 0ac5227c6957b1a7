# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which paths of the host the options of a volume name. Pure: volumes of compose files are read by this, too.

The options are those of mount(8). The driver ``local`` passes them to mount(2).
"""

from __future__ import annotations

import re

from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# File systems that show the kernel itself, whatever their device, and where a host has them.
_KERNEL_PLACES = {"proc": "/proc", "devtmpfs": "/dev", "mqueue": "/dev/mqueue", "binfmt_misc": "/proc"}
_IN_SYS = (
    "sysfs cgroup cgroup2 bpf configfs debugfs efivarfs fusectl nfsd pstore resctrl rpc_pipefs securityfs selinuxfs"
    " smackfs tracefs"
)
KERNEL_PLACES = {**_KERNEL_PLACES, **dict.fromkeys(_IN_SYS.split(), "/sys")}
# File systems that begin empty.
_EMPTY = ("tmpfs", "ramfs", "hugetlbfs", "devpts")
# File systems whose "device" is a place on another machine, though it can look like a path.
_REMOTE = (
    "nfs", "nfs4", "cifs", "smb3", "ceph", "9p", "glusterfs", "lustre", "beegfs", "afs", "virtiofs", "vboxsf"
)  # fmt: skip
_BINDS = {"bind", "rbind"}


def volume_paths(options: dict[str, str]) -> list[str]:
    """Return the paths of the host that a volume of the driver ``local`` shows. Empty if it has its own directory.

    ``type=none,o=bind,device=/etc``, ``type=ext4,device=/dev/sda1``, ``type=proc,device=proc`` and
    ``type=overlay,o=lowerdir=/etc`` all show files of the host. Raises Unread for a path that only the daemon can resolve.
    """
    kind, device = options.get("type", "").lower(), options.get("device", "")
    if not kind and not device:
        return []
    flags = options.get("o", "")
    # The kernel does not look at the type of what is bound.
    if _BINDS & set(flags.split(",")):
        return [_absolute(device)]
    if kind in KERNEL_PLACES:
        return [KERNEL_PLACES[kind]]
    if kind in _EMPTY or kind in _REMOTE:
        return []
    if kind != "overlay":
        return [_absolute(device)]
    directories = _overlay_directories(flags)
    if not directories:
        raise Unread("the options of an overlay that is mounted as a volume name no directory")
    return sorted({_absolute(one) for one in directories})


def overlay_paths(options: str) -> list[str]:
    """Return the directories that an overlay combines, from its mount options. Without those that are relative to the working
    directory of who mounted it, as engines mount the layers of images."""
    return [path for path in _overlay_directories(options) if path.startswith("/")]


def _overlay_directories(options: str) -> list[str]:
    found: list[str] = []
    for option in _split(options, ","):
        key, _equals, value = option.partition("=")
        if key == "lowerdir":
            found += _split(value, ":")
        elif key in ("lowerdir+", "datadir+", "upperdir"):
            found.append(value)
    return [re.sub(r"\\(.)", r"\1", one, flags=re.DOTALL) for one in found]


def _split(text: str, separator: str) -> list[str]:
    """Split at a character, except where a backslash stands before it."""
    return re.findall(rf"(?:\\.|[^\\{separator}])+", text, re.DOTALL)


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise Unread(f"a volume shows {path[:64]!r}, which is no path from the root directory of the host")
    return path
