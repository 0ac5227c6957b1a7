# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the control groups of a container, and the limits that the kernel enforces in them."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._cgroup import limits
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import (
    UNIFIED,
    first_process,
    group_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.limits import Held
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.reading import (
    NOTHING,
    V1_CONTROLLERS,
    GroupReader,
)
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.tree import CgroupTree
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document

# Values that every group has by default. They do not count as limits.
_DEFAULTS = {
    "cpu.shares": limits.DEFAULT_SHARES,
    "cpu.weight": limits.DEFAULT_WEIGHT,
    "io.weight": limits.DEFAULT_WEIGHT,
    "io.bfq.weight": limits.DEFAULT_WEIGHT,
    "blkio.bfq.weight": limits.DEFAULT_WEIGHT,
    "blkio.weight": limits.DEFAULT_CFQ_WEIGHT,
}


def tree_of(context: Context) -> CgroupTree:
    """Return the control groups of the engine's host. Raises Unread."""

    def look() -> CgroupTree:
        context.require_local()
        return CgroupTree(context.host)

    tree: CgroupTree = context.once("cgroup_tree", look)
    return tree


def groups_of(context: Context, container: Document) -> dict[str, str]:
    """Return the group of each controller: the container's own, or the one that its process is really in.

    ``container`` has ``id`` and ``pid``. Raises Unread.
    """
    tree = tree_of(context)
    context.once("host_control_groups", tree.require_host_namespace)
    return _groups(context, container, (UNIFIED,) if tree.version == 2 else V1_CONTROLLERS)


def _groups(context: Context, container: Document, wanted: t.Iterable[str]) -> dict[str, str]:
    cgroups, identifier = first_process(context, container).cgroups, container["id"]
    return {name: group_of(cgroups[name], identifier) or cgroups[name] for name in wanted if name in cgroups}


def v1_groups_of(context: Context, container: Document, controllers: t.Iterable[str]) -> dict[str, str]:
    """Return the groups of further controllers that are mounted as version 1. Raises Unread."""
    mounted = tree_of(context).mounted
    return _groups(context, container, [name for name in controllers if name in mounted])


def network_marks(context: Context, container: Document) -> Document | None:
    """Return the class and the priorities that the kernel gives the container's packets; None with version 2 alone.

    ``class_id`` is 0 for none. ``priorities`` has the interfaces of the host whose priority is not 0. Docker sets neither.
    Raises Unread.
    """
    tree = tree_of(context)
    groups = v1_groups_of(context, container, ("net_cls", "net_prio"))
    if not groups:
        return None
    found: Document = {"class_id": None, "priorities": None}
    if "net_cls" in groups:
        text = tree.read("net_cls", groups["net_cls"], "net_cls.classid")
        found["class_id"] = int(text) if text is not None and text.strip().isdigit() else None
    if "net_prio" in groups:
        lines = [
            line.rpartition(" ")
            for line in (tree.read("net_prio", groups["net_prio"], "net_prio.ifpriomap") or "").split("\n")
        ]
        found["priorities"] = {name: int(number) for name, _space, number in lines if number.isdigit() and int(number)}
    return found


# Values that the kernel compares with those of other groups. If other processes are in the same group, they are not the container's.
_OF_ITS_OWN_GROUP = {"cpu_shares": "cpu", "blkio_weight": "blkio", "memory_reservation_bytes": "memory"}


def enforced(tree: CgroupTree, paths: dict[str, str], identifier: str, name: str, declared: limits.Value) -> Held:
    """Return the limit that the kernel enforces for the container with that id.

    None where what it holds is no limit of the container: a value that every group has, a set of all CPUs, or a weight of a
    group in which the container is only one of several. Raises Unread.
    """
    if name in _OF_ITS_OWN_GROUP:
        group = paths.get(UNIFIED if tree.version == 2 else _OF_ITS_OWN_GROUP[name])
        if group is not None and group_of(group, identifier) is None:
            return NOTHING
    held = GroupReader(tree, paths).held(name)
    if held.path is None:
        return held
    if name in ("cpu_shares", "blkio_weight"):
        everybodys = declared is None and held.value == _DEFAULTS[held.path.rsplit("/", 1)[-1]]
        return NOTHING if everybodys else held
    if name in ("cpuset_cpus", "cpuset_mems"):
        everything = GroupReader(tree, {UNIFIED: "/", "cpuset": "/"}).held(name)
        asked = declared is not None and limits.parse_cpuset(str(declared))
        return NOTHING if held.value == everything.value and asked != limits.parse_cpuset(str(held.value)) else held
    return held
