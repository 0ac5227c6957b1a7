# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring running containers to wanted limits by the engine's update call, and see in the kernel's files that they hold.

All containers are looked at first. If one of them cannot get the limits, none is changed.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.containers import enforced, groups_of, tree_of
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.limits import Held
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.tree import CgroupTree
from ansible_collections.seawall.docker.plugins.module_utils._container_limits import kept_by, request_body, use
from ansible_collections.seawall.docker.plugins.module_utils._container_limits.request_body import Change
from ansible_collections.seawall.docker.plugins.module_utils._container_limits.wanted import (
    Selection,
    Wanted,
    WantedFault,
    as_limit,
    wanted_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.access import open_own_engine
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document, container_name
from ansible_collections.seawall.docker.plugins.module_utils._daemon.write_lock import LockFault, write_lock
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, UnixEngine, object_path
from ansible_collections.seawall.docker.plugins.module_utils._engine.writing import WritableEngine
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.failure import Failure
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread


class Request(t.NamedTuple):
    """What the module was asked for. ``limits`` are its options, ``None`` where not given."""

    selection: Selection
    limits: t.Dict[str, t.Any]
    allow_below_use: bool
    docker_host: t.Optional[str]
    seconds: int
    check_mode: bool


class LimitsFailure(Failure):
    """The limits were not brought about; ``details`` are further results."""

    def __init__(self, reason: str, **details: t.Any) -> None:
        super().__init__(reason, details)


@dataclass
class Target:
    """A running container that is meant, and what is known of it."""

    inspected: Document
    paths: dict[str, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    bound_above: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    used: use.Use | None = None

    @property
    def id(self) -> str:
        return str(self.inspected["Id"])

    @property
    def name(self) -> str:
        return container_name(self.inspected)

    @property
    def pid(self) -> int:
        return int(self.inspected["State"].get("Pid") or 0)

    @property
    def host_config(self) -> Document:
        return self.inspected["HostConfig"]  # type: ignore[no-any-return]


def run(host: Host, request: Request) -> Document:
    """Return the module's result. Raises LimitsFailure."""
    if request.seconds <= 0:
        raise LimitsFailure("timeout must be a positive number of seconds")
    if not (request.selection.names or request.selection.labels or request.selection.compose_project):
        raise LimitsFailure("name the containers: containers, labels or compose_project ('*' in containers means all)")
    try:
        wanted = wanted_of(request.limits)
    except WantedFault as fault:
        raise LimitsFailure(str(fault)) from None
    try:
        with write_lock("container_limits", request.check_mode):
            return _locked(host, request, wanted)
    except LockFault as busy:
        raise LimitsFailure(busy.reason) from None


def _locked(host: Host, request: Request, wanted: Wanted) -> Document:
    try:
        context = open_own_engine(host, request.docker_host, request.seconds)
    except Unread as gap:
        raise LimitsFailure(gap.reason) from None
    try:
        context.require_local()
        wanted = request_body.completed(wanted, context.info())
        targets, stopped = _select(context, request.selection)
        idle = request.selection.matching_nothing([container_name(one) for one in context.containers()])
        for target in targets:
            _look(context, target, wanted, request.allow_below_use)
    except Unread as gap:
        raise LimitsFailure(gap.reason) from None
    finally:
        context.close()
    refused = [f"{target.name}: {'; '.join(target.refusals)}" for target in targets if target.refusals]
    if refused:
        raise LimitsFailure(f"No container was changed. {'. '.join(refused)}", containers=[])
    changed = [target for target in targets if target.changes]
    result: Document = {
        "changed": bool(changed),
        "containers": [_document(target, wanted) for target in targets],
        "not_running": stopped,
        "matching_nothing": idle,
        "warnings": [f"no container of this host matches {one}" for one in idle],
        "diff": _difference(changed),
    }
    if not request.check_mode:
        _carry_out(host, t.cast(UnixEngine, context.engine), changed, wanted, request.seconds, result)
    return result


def _select(context: Context, selection: Selection) -> tuple[list[Target], list[str]]:
    """Return the running containers that are meant, and the names of those that do not run."""
    context.require_all_described()
    meant = [one for one in context.containers() if selection.holds(one)]
    names = {container_name(one) for one in context.containers()}
    missing = [name for name in selection.exact_names() if name not in names]
    if missing:
        raise Unread(f"no container is called {', '.join(missing)}")
    running = [one for one in meant if one["State"].get("Running") and one["State"].get("Pid")]
    return [Target(one) for one in running], [container_name(one) for one in meant if one not in running]


def _look(context: Context, target: Target, wanted: Wanted, allow_below_use: bool) -> None:
    """Find out what is to be changed, and why it cannot be."""
    target.refusals += request_body.cannot_hold(wanted, context.info())
    if wanted.restart is not None and wanted.restart.name != "no" and target.host_config.get("AutoRemove"):
        target.refusals.append("restart_policy: it is removed as soon as it ends (--rm), so it has no restart policy")
    try:
        tree = tree_of(context)
        target.paths = groups_of(context, {"id": target.id, "pid": target.pid})
        held = _held(tree, target, wanted)
    except Unread as gap:
        target.refusals.append(f"what the kernel enforces is not known: {gap.reason}")
        return
    own = _own_limits(held, target.paths)
    target.bound_above = [
        f"{name}: {one.path} holds {one.value}"
        for name, one in held.items()
        if one.value is not None and name not in own
    ]
    page = context.host.page_size()
    target.changes = request_body.changes_of(wanted, target.host_config, held, own, page)
    try:
        target.used = use.use_of(tree, target.paths)
    except Unread as gap:
        if target.changes and not allow_below_use:
            target.refusals.append(f"how much it uses now is not known: {gap.reason}")
        return
    if target.changes and not allow_below_use:
        target.refusals += use.refusals(wanted, target.used)


def _held(tree: CgroupTree, target: Target, wanted: Wanted) -> dict[str, Held]:
    return {
        name: enforced(tree, target.paths, target.id, name, as_limit(value)) for name, value in wanted.limits.items()
    }


def _own_limits(held: dict[str, Held], paths: dict[str, str]) -> set[str]:
    """The limits that no group above the container's own makes tighter."""
    groups = set(paths.values())
    return {name for name, one in held.items() if one.path is None or one.path.rsplit("/", 1)[0] in groups}


def _carry_out(
    host: Host, engine: UnixEngine, targets: list[Target], wanted: Wanted, seconds: int, result: Document
) -> None:
    """Update each container and look again. Raises LimitsFailure, after all were tried, for those that failed."""
    writable = WritableEngine(engine)
    failed = []
    by_id = {one["id"]: one for one in result["containers"]}
    for target in targets:
        body = request_body.body_of(wanted, target.changes, target.host_config)
        try:
            answer = writable.call("POST", object_path("containers", target.id, "update"), body=body, seconds=seconds)
            warnings = [str(one) for one in (answer or {}).get("Warnings") or []]
            by_id[target.id]["warnings"] = warnings
            fault = _otherwise(host, writable, target, wanted, seconds)
        except (EngineError, Unread) as gap:
            fault, warnings = gap.reason, []
        if fault:
            said = f" (the engine warns: {'; '.join(warnings)})" if warnings else ""
            failed.append(f"{target.name}: {fault}{said}")
    if failed:
        raise LimitsFailure(". ".join(failed), **{key: value for key, value in result.items() if key != "diff"})


def _otherwise(host: Host, writable: WritableEngine, target: Target, wanted: Wanted, seconds: int) -> str:
    """Return what is otherwise than wanted after the update, or an empty text."""
    inspected = writable.call("GET", object_path("containers", target.id, "json"), seconds=seconds)
    if int(inspected["State"].get("Pid") or 0) != target.pid:
        return "its first process is another one now: it ended during the change"
    held = _held(CgroupTree(host), target, wanted)
    left = request_body.changes_of(
        wanted, inspected["HostConfig"], held, _own_limits(held, target.paths), host.page_size()
    )
    return "; ".join(
        f"{one.name} is {_sized(one.name, one.before)} and not {_sized(one.name, one.after)}"
        + (f", {one.why}" if one.why else "")
        for one in left
    )


def _document(target: Target, wanted: Wanted) -> Document:
    used = target.used
    return {
        "id": target.id,
        "name": target.name,
        "pid": target.pid,
        "changes": [
            {"name": one.name, "before": one.before, "after": one.after, "why": one.why} for one in target.changes
        ],
        "use": None
        if used is None
        else {"memory_bytes": used.memory, "memory_swap_bytes": used.memory_and_swap, "pids": used.pids},
        "bound_above": target.bound_above,
        "compose_lines": kept_by.compose_lines(wanted, target.inspected),
        "run_options": kept_by.run_options(wanted),
        "warnings": [],
    }


def _difference(targets: list[Target]) -> Document:
    """Return one line for each value that changes."""

    def text(side: str) -> str:
        return "".join(
            f"{target.name} {change.name}: {_shown(change.name, getattr(change, side), change.why if side == 'before' else '')}\n"
            for target in targets
            for change in target.changes
        )

    return {"before_header": "limits", "after_header": "limits", "before": text("before"), "after": text("after")}


def _shown(name: str, value: t.Any, why: str) -> str:
    return f"{'no limit' if value is None else _sized(name, value)}{f' ({why})' if why else ''}"


def _sized(name: str, value: t.Any) -> t.Any:
    return bounds.size_text(value) if name.endswith("_bytes") and isinstance(value, int) and value >= 0 else value
