# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect user namespaces: the configuration, the ids that it uses, and the id maps that containers really have."""

from __future__ import annotations

import datetime
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import first_process
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import find_process
from ansible_collections.seawall.docker.plugins.module_utils._daemon.start_times import (
    changed_at,
    reading_of,
    unchanged_since_start,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.process import process_status
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.collect import (
    identity,
    undescribed_facts,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.engine_settings import (
    configured_option,
    security_option_names,
)
from ansible_collections.seawall.docker.plugins.module_utils._userns.container_user import hindrance
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import (
    MAX_LISTED,
    Extent,
    inside_of,
    is_identity,
    outside_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._userns.own_namespace import (
    MAPS,
    maps_of_host,
    max_user_namespaces,
    own_maps,
    read_map,
)
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_space import host_ids_in, ids_in
from ansible_collections.seawall.docker.plugins.module_utils._userns.subids import ids_of_host, resolve, subid_file

_RESOLVED = ("user", "group", "uid", "gid", "fault")
_FROM_MAPS = ("root_is_host_root", "root_group_is_host_root_group", "host_root_inside", "host_ids", "maps_host_ids")


def collect(context: Context) -> Document:
    """Gather the section ``userns``. If one part cannot be read, the others are still gathered."""
    facts = Facts()
    try:
        option = configured_option(context, "userns-remap")
        facts.values.update(configured=option["value"], origin=option["origin"])
        context.require_local()
        facts.values.update(resolve(context.host, str(option["value"] or "")))
    except Unread as gap:
        for key in ("configured", "origin", *_RESOLVED):
            if key not in facts.values:
                facts.miss(key, gap.reason)
    facts.take("accounts", lambda: _accounts(context))
    _take_effective(context, facts)
    _take_kernel_limits(context, facts)
    remapped = facts.values if "user" in facts.values else None
    facts.take("containers", lambda: _containers(context, facts.values.get("effective") or {}))
    for name in ("subuid", "subgid"):
        try:
            part = subid_file(context, name, remapped, facts.unread.get("user", "")).document()
        except Unread as gap:
            facts.miss(name, gap.reason)
            continue
        for key, reason in part.pop("unread").items():
            facts.miss(f"{name}.{key}", reason)
        facts.values[name] = part
        if part.get("ranges") and part.get("host_ids") == []:
            doubt = _doubt_of_ranges(context, str(part["path"]), facts.values.get("containers") or [])
            if doubt is not None:
                del part["host_ids"]
                facts.miss(f"{name}.host_ids", doubt)
    return facts.document()


def _accounts(context: Context) -> list[Document]:
    """Return the accounts of the host, each with what is against mapping containers to it. Raises Unread."""
    context.require_local()
    accounts = context.host.accounts()
    if len(accounts) > MAX_LISTED:
        raise Unread(f"the host has more than {MAX_LISTED} accounts")
    return [{"name": one.name, "hindrance": hindrance(one, accounts)} for one in accounts]


def _doubt_of_ranges(context: Context, path: str, containers: list[Document]) -> str | None:
    """Return why the ranges in the file may differ from those that the daemon uses, or None.

    The daemon reads the file only at its start. A container that was started later shows what the daemon read.
    """
    try:
        process = find_process(context)
        started = process.started
        if started is not None and unchanged_since_start(context, process.pid, changed_at(context.host, path)):
            return None
        since = reading_of(context, process.pid).earliest if started is not None else 0.0
    except Unread as gap:
        return f"it is not known whether {path} is as the daemon read it at its start: {gap.reason}"
    if started is None:
        return f"it is not known when the daemon started, so not whether it read {path} as it is now"
    shown = {one["id"] for one in containers if one.get("uid_map") and not one["host_namespace_requested"]}
    for inspected in context.containers():
        if inspected.get("Id") in shown and _seconds((inspected.get("State") or {}).get("StartedAt")) > since:
            return None
    return f"{path} was changed after the daemon read it, and no container that was started since shows what it read"


def _seconds(text: t.Any) -> float:
    """Return a time of the engine in seconds since 1970; 0 for anything else."""
    match = re.match(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d+)?Z$", str(text))
    if match is None:
        return 0.0
    try:
        whole = datetime.datetime.strptime(f"{match.group(1)}+0000", "%Y-%m-%dT%H:%M:%S%z").timestamp()
    except ValueError:
        return 0.0
    return whole + float(match.group(2) or 0)


def _containers(context: Context, effective: Document) -> list[Document]:
    missing = ("running", "host_namespace_requested", *MAPS, *_FROM_MAPS)
    return [_container(context, inspected, effective) for inspected in context.containers()] + [
        undescribed_facts(one, missing) for one in context.undescribed()
    ]


def _take_kernel_limits(context: Context, facts: Facts) -> None:
    try:
        context.require_local()
        facts.values["max_user_namespaces"] = max_user_namespaces(context.host)
    except Unread as gap:
        facts.miss("max_user_namespaces", gap.reason)
    try:
        context.require_local()
        maps = context.once("maps_of_host", lambda: maps_of_host(context.host))
        facts.values["own_ids"] = maps and {
            name: [{"start": start, "end": end} for start, end in ids_in(maps[key])]
            for name, key in (("uids", "uid_map"), ("gids", "gid_map"))
        }
    except Unread as gap:
        facts.miss("own_ids", gap.reason)


def _take_effective(context: Context, facts: Facts) -> None:
    try:
        effective = effective_state(context)
    except Unread as gap:
        facts.miss("effective", gap.reason)
        return
    for key, reason in effective.unread.items():
        facts.miss(f"effective.{key}", reason)
    facts.values["effective"] = effective.values


def effective_state(context: Context) -> Facts:
    """Return the state of the running engine. ``enabled`` says whether root in containers is another user on the host
    because of remapping.

    An engine can report user namespaces and still map root to the host's root, so its report alone is not sufficient.
    """
    info = context.info()
    for key in ("SecurityOptions", "DockerRootDir"):
        if key not in info:
            raise Unread(f"the engine's /info lacks {key}")
    names = security_option_names(info)
    data_root = str(info["DockerRootDir"])
    facts = Facts(rootless="rootless" in names, data_root=data_root)
    if "userns" in names:
        suffix = re.search(r"/(\d{1,10})\.(\d{1,10})/?$", data_root)
        if suffix is None:
            for key in ("enabled", "root_uid", "root_gid"):
                facts.miss(
                    key, f"the engine says that it remaps, but its data root {data_root} does not say to which ids"
                )
            return facts
        facts.values.update(root_uid=int(suffix.group(1)), root_gid=int(suffix.group(2)))
        facts.values["enabled"] = facts.values["root_uid"] != 0
        return facts
    facts.values["enabled"] = False
    if not facts.values["rootless"]:
        facts.values.update(root_uid=0, root_gid=0)
        return facts
    try:
        status = process_status(context.host, context.daemon_pid())
        facts.values.update(root_uid=int(status["Uid"].split()[0]), root_gid=int(status["Gid"].split()[0]))
    except Unread as gap:
        facts.miss("root_uid", gap.reason)
        facts.miss("root_gid", gap.reason)
    return facts


def _container(context: Context, inspected: Document, effective: Document) -> Document:
    container = identity(inspected)
    facts = Facts(
        id=container["id"],
        name=container["name"],
        running=container["running"],
        host_namespace_requested=(inspected.get("HostConfig") or {}).get("UsernsMode") == "host",
    )
    try:
        maps = _maps(context, first_process(context, container).pid)
    except Unread as gap:
        for key in MAPS + _FROM_MAPS:
            facts.miss(key, gap.reason)
        return facts.document()
    for key in MAPS:
        facts.values[key] = [dict(extent._asdict()) for extent in maps[key]]
    facts.values.update(
        root_is_host_root=outside_of(maps["uid_map"], 0) == 0,
        root_group_is_host_root_group=outside_of(maps["gid_map"], 0) == 0,
        host_root_inside=inside_of(maps["uid_map"], 0),
    )
    facts.take("host_ids", lambda: _host_ids(context, maps, effective))
    if "host_ids" in facts.values:
        facts.values["maps_host_ids"] = bool(facts.values["host_ids"])
    else:
        facts.miss("maps_host_ids", facts.unread["host_ids"])
    return facts.document()


def _host_ids(context: Context, maps: dict[str, list[Extent]], effective: Document) -> list[Document]:
    """Return the ids of this host's accounts, groups and system that a container has."""
    found: list[Document] = []
    for key, name, root in (("uid_map", "subuid", "root_uid"), ("gid_map", "subgid", "root_gid")):
        own = effective.get(root) if effective.get("rootless") else None
        for extent in maps[key]:
            spans = host_ids_in(extent.outside, extent.count, ids_of_host(context, name), own)
            found += [{"map": key, **span._asdict()} for span in spans]
    return found[:MAX_LISTED]


def _maps(context: Context, pid: int) -> dict[str, list[Extent]]:
    """Return both maps of a process, in ids of this host.

    The kernel shows ids as the namespace of the reader sees them. A reader in the same namespace sees the ids of the
    parent namespace. On a host that is itself in a user namespace (a system container), the second form would show the
    real root as another user.
    """
    host = context.host
    own = context.once("own_id_maps", lambda: own_maps(host))
    try:
        maps = {key: read_map(host, str(pid), key) for key in MAPS}
        if all(is_identity(extents) for extents in own.values()):
            return _require_some(maps)
        init = context.once("init_user_namespace", lambda: host.read_link("/proc/1/ns/user"))
        if context.once("own_user_namespace", lambda: host.read_link("/proc/self/ns/user")) != init:
            raise Unread("the audit runs in a user namespace of its own and does not see the host's ids")
        if host.read_link(f"/proc/{pid}/ns/user") == init:
            return {key: [Extent(e.inside, e.inside, e.count) for e in extents] for key, extents in own.items()}
    except Unread as gap:
        if gap.kind == "absent":
            raise Unread("the container ended meanwhile", "absent") from None
        raise
    return _require_some(maps)


def _require_some(maps: dict[str, list[Extent]]) -> dict[str, list[Extent]]:
    if not all(maps.values()):
        # The container is just being started, and its id map is not written yet.
        raise Unread("the container's user namespace has no map yet")
    return maps
