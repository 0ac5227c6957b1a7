# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control group file systems of a host: what is mounted where, and their files, each read once."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import UNIFIED
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

CGROUP_ROOT = "/sys/fs/cgroup"
# The kernel's fixed number of the first cgroup namespace.
_INITIAL_NAMESPACE = "cgroup:[4026531835]"


class Mount(t.NamedTuple):
    """``root`` is the group that is seen at ``point``; ``controllers`` is ``unified`` alone for version 2."""

    point: str
    root: str
    controllers: t.FrozenSet[str]


def parse_mounts(mountinfo: str) -> list[Mount]:
    """The control group mounts in ``/proc/self/mountinfo``, in its order, but those without a controller."""
    mounts = []
    for line in mountinfo.split("\n"):
        fields = line.split(" ")
        if "-" not in fields[6:]:
            continue
        kind = fields[fields.index("-", 6) + 1 :]
        if len(kind) < 3 or kind[0] not in ("cgroup", "cgroup2"):
            continue
        point, root = _unescaped(fields[4]), _unescaped(fields[3])
        if kind[0] == "cgroup2":
            mounts.append(Mount(point, root, frozenset((UNIFIED,))))
            continue
        options = kind[2].split(",")
        controllers = frozenset(o for o in options if "=" not in o and o not in _MOUNT_FLAGS)
        if controllers and not any(o.startswith("name=") for o in options):
            mounts.append(Mount(point, root, controllers))
    return mounts


# Options of a version 1 mount that are not controllers.
_MOUNT_FLAGS = frozenset(("rw", "ro", "xattr", "noprefix", "clone_children", "cpuset_v2_mode", "none"))


def _unescaped(path: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), path)


def ancestors(path: str) -> list[str]:
    """Return the group itself and every group above it, up to ``/``."""
    parts = [part for part in path.split("/") if part]
    return ["/" + "/".join(parts[:depth]) for depth in range(len(parts), -1, -1)]


class CgroupTree:
    """All hierarchies of a host. ``read`` asks for a file of a group once, however many containers share it."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._mounts = parse_mounts(host.read_text("/proc/self/mountinfo"))
        if not self._mounts:
            raise Unread("no control groups are mounted here")
        at_root = [mount for mount in self._mounts if mount.point == CGROUP_ROOT]
        # As the engine decides: by what is mounted at the usual place.
        self.version = 2 if at_root and UNIFIED in at_root[-1].controllers else 1
        self._directories: dict[tuple[str, str], str] = {}
        self._files: dict[tuple[str, str, str], str | None] = {}
        self._mounted = {name for mount in self._mounts for name in mount.controllers} - {UNIFIED}
        # Whole hierarchies first, those at the usual place before others.
        self._in_order = sorted(self._mounts, key=lambda m: (m.root != "/", not m.point.startswith(CGROUP_ROOT)))

    @property
    def mode(self) -> str:
        if self.version == 2:
            return "unified"
        return "hybrid" if any(UNIFIED in mount.controllers for mount in self._mounts) else "legacy"

    @property
    def mounted(self) -> set[str]:
        """Return the controllers of the version 1 hierarchies."""
        return self._mounted

    def require_host_namespace(self) -> None:
        """Raise where paths of groups are not those that the host sees."""
        own = self._host.read_link("/proc/self/ns/cgroup")
        if own != _INITIAL_NAMESPACE and own != self._host.read_link("/proc/1/ns/cgroup"):
            raise Unread("the audit runs in a cgroup namespace of its own and does not see the host's control groups")

    def read(self, controller: str, group: str, file: str) -> str | None:
        """The text of a file of a group, or None where the group has no such file. Raises Unread."""
        key = (controller, group, file)
        if key not in self._files:
            directory = self.directory(controller, group)
            try:
                self._files[key] = self._host.read_text(f"{directory}/{file}", 65536)
            except Unread as gap:
                if gap.kind != "absent":
                    raise
                self._files[key] = None
        return self._files[key]

    def require_group(self, controller: str, group: str) -> None:
        """Raise where the group is not there, so that a missing file means that the kernel holds no such limit."""
        directory = self.directory(controller, group)
        if not self._host.exists(f"{directory}/cgroup.procs"):
            raise Unread(f"the control group {group} is not there: the container ended meanwhile", "absent")

    def directory(self, controller: str, group: str) -> str:
        """Where a group is mounted. Raises Unread where no mount shows it."""
        key = (controller, group)
        if key not in self._directories:
            self._directories[key] = self._find(controller, group)
        return self._directories[key]

    def _find(self, controller: str, group: str) -> str:
        if "/.." in group:
            raise Unread("the control group lies outside of what this host's control group mounts show")
        for mount in self._in_order:
            if controller not in mount.controllers:
                continue
            root = mount.root.rstrip("/")
            if group == mount.root or group.startswith(root + "/"):
                return mount.point + group[len(root) :].rstrip("/")
        raise Unread(f"no mount shows the control group {group} of {controller}")
