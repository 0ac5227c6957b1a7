# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect control groups: their setup, and for each container its limits, declared and enforced, what it uses and what held it back."""

from __future__ import annotations

import re

from ansible_collections.seawall.docker.plugins.module_utils._cgroup import limits
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.containers import (
    enforced,
    groups_of,
    network_marks,
    tree_of,
    v1_groups_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.counts import Counts
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import UNIFIED, parse_process_cgroups
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.reading import V1_CONTROLLERS, V2_CONTROLLERS
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.throttles import (
    compared,
    declared_throttles,
    enforced_throttles,
)
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.tree import CGROUP_ROOT, CgroupTree
from ansible_collections.seawall.docker.plugins.module_utils._daemon import slice_file
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._daemon.service_units import systemd_properties
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.collect import (
    identity,
    undescribed_facts,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.engine_settings import (
    configured_option,
    security_option_names,
)


def collect(context: Context) -> Document:
    """Gather the section ``cgroup``. If one part cannot be read, the others are still gathered."""
    facts = Facts()
    try:
        tree = tree_of(context)
        facts.values.update(version=tree.version, mode=tree.mode, mount=CGROUP_ROOT)
    except Unread as gap:
        for key in ("version", "mode", "mount"):
            facts.miss(key, gap.reason)
        if not context.local:
            facts.unread.pop("version")
            facts.take("version", lambda: _version_of_engine(context.info()))
    facts.take("driver", lambda: _driver(context))
    facts.take("daemon_parent", lambda: str(configured_option(context, "cgroup-parent")["value"] or ""))
    facts.take("daemon_slice", lambda: _daemon_slice(context, facts.values.get("daemon_parent")))
    facts.take("controllers", lambda: controllers(context, facts.values.get("daemon_parent")))
    facts.take("containers", lambda: _containers(context))
    return facts.document()


# What only the kernel knows of a container that runs.
_OF_THE_KERNEL = ("device_limits", "network_marks", "use", "held_back")


def _containers(context: Context) -> list[Document]:
    return [_container(context, inspected) for inspected in context.containers()] + [
        undescribed_facts(one, ("running", "path", "limits", *_OF_THE_KERNEL)) for one in context.undescribed()
    ]


def _version_of_engine(info: Document) -> int:
    # Engines before 20.10 know only version 1 and do not report it.
    return 2 if str(info.get("CgroupVersion") or "1") == "2" else 1


def _driver(context: Context) -> str:
    driver = context.info().get("CgroupDriver")
    if not isinstance(driver, str) or not driver:
        raise Unread("the engine's /info lacks CgroupDriver")
    return driver


def _daemon_slice(context: Context, daemon_parent: str | None) -> Document | None:
    """What this collection wrote for the slice of all containers, and whether systemd has read it."""
    if daemon_parent is None:
        raise Unread("the daemon's parent group is not known")
    path = slice_file.path_of(daemon_parent)
    if not context.local or path is None or _driver(context) != "systemd":
        return None
    found: Document = {"name": daemon_parent, "settings": None, "loaded": None}
    try:
        text = context.host.read_text(path)
    except Unread as gap:
        if gap.kind != "absent":
            raise
        return found
    found["settings"] = slice_file.settings_in(text)
    shown = systemd_properties(context.host, daemon_parent, *slice_file.SHOWN)
    found["loaded"] = slice_file.is_loaded(found["settings"], shown)
    return found


def controllers(context: Context, daemon_parent: str | None) -> dict[str, dict[str, bool]]:
    """Return for each controller whether the kernel uses it, and whether groups of containers get it."""
    tree = tree_of(context)
    rootless = "rootless" in security_option_names(context.info())
    if tree.version == 1:
        names = set(V1_CONTROLLERS) | tree.mounted
        # Version 1 cannot be delegated, so a rootless engine has none.
        return {
            name: {"mounted": name in tree.mounted, "delegated": name in tree.mounted and not rootless}
            for name in sorted(names)
        }
    tree.require_host_namespace()
    mounted = set((tree.read(UNIFIED, "/", "cgroup.controllers") or "").split())
    if rootless:
        delegated = _delegated_to_user(context, tree)
    else:
        if daemon_parent is None:
            raise Unread("the daemon's parent group is not known")
        group = parent_group(daemon_parent, _driver(context))
        text = tree.read(UNIFIED, group, "cgroup.controllers")
        # The group is created with the first container. Until then it can get what the root group delegates.
        delegated = set((text if text is not None else " ".join(mounted)).split())
    names = set(V2_CONTROLLERS) | mounted
    return {name: {"mounted": name in mounted, "delegated": name in mounted & delegated} for name in sorted(names)}


def parent_group(daemon_parent: str, driver: str) -> str:
    """Return the group in which the engine creates the groups of containers."""
    if driver != "systemd":
        return "/" + (daemon_parent or "docker").strip("/")
    name = (daemon_parent or "system.slice").strip("/")
    stem = name[: -len(".slice")] if name.endswith(".slice") else name
    parts = stem.split("-")
    # a-b.slice is a slice in a.slice; "-.slice" is the root itself.
    return "/" + "/".join("-".join(parts[:depth]) + ".slice" for depth in range(1, len(parts) + 1) if stem != "-")


def _delegated_to_user(context: Context, tree: CgroupTree) -> set[str]:
    own = parse_process_cgroups(context.host.read_text(f"/proc/{context.daemon_pid()}/cgroup")).get(UNIFIED, "/")
    match = re.match(r".*/user@\d+\.service", own)
    return set((tree.read(UNIFIED, match.group(0) if match else own, "cgroup.controllers") or "").split())


def _container(context: Context, inspected: Document) -> Document:
    container = identity(inspected)
    declared = limits.declared_limits(inspected.get("HostConfig") or {})
    entries: dict[str, Document] = {name: {"declared": declared[name]} for name in limits.LIMITS}
    facts = Facts(id=container["id"], name=container["name"], running=container["running"], limits=entries)
    try:
        tree = tree_of(context)
        paths = groups_of(context, container)
    except Unread as gap:
        for name in ("path", "limits", *_OF_THE_KERNEL):
            facts.miss(name, gap.reason)
        return facts.document()
    facts.values["path"] = paths
    page_size = context.host.page_size()
    for name in limits.LIMITS:
        try:
            held = enforced(tree, paths, container["id"], name, declared[name])
        except Unread as gap:
            facts.miss(f"limits.{name}", gap.reason)
            continue
        entries[name].update(
            enforced=held.value,
            limited_by=held.path,
            verdict=limits.verdict(name, declared[name], held, page_size),
        )
        expected = limits.expected_values(declared[name], held.path)
        if expected is not None:
            entries[name]["expected"] = expected
    configured = declared_throttles(inspected.get("HostConfig") or {})
    facts.take(
        "device_limits", lambda: compared(configured, enforced_throttles(tree, paths), context.host.block_device_number)
    )
    facts.take("network_marks", lambda: network_marks(context, container))
    counts = Counts(tree, {**paths, **v1_groups_of(context, container, ("cpuacct",))}, container["id"])
    facts.take("use", counts.use)
    facts.take("held_back", counts.held_back)
    return facts.document()
