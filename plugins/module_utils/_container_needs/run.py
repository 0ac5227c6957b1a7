# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gather what running containers seem to need, as evidence: what they hold, use and write now, and nothing that is guessed."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._container_needs import processes, written
from ansible_collections.seawall.docker.plugins.module_utils._container_needs.definition import (
    compose_of,
    definition_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._container_needs.managed_by import unit_of
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import (
    Context,
    Document,
    Undescribed,
    container_name,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.processes import pids_by_container

# The time at which a container was started that was not.
_NEVER = "0001-"
_OF_PROCESSES = ("capabilities", "users", "ports", "devices")


def needs_of(context: Context, names: t.Collection[str]) -> Document:
    """Return ``containers``, of those names or of all, and ``missing``, the names that no container has. Raises Unread."""
    described = [one for one in context.containers() if not names or container_name(one) in names]
    undescribed = [one for one in context.undescribed() if not names or one.name in names]
    found = [_container(context, one) for one in described] + [_unknown(one) for one in undescribed]
    known = {one["name"] for one in found}
    return {
        "containers": sorted(found, key=lambda one: (str(one["name"]), str(one["id"]))),
        "missing": sorted(name for name in names if name not in known),
    }


def _unknown(container: Undescribed) -> Document:
    facts = Facts(id=container.id, name=container.name, running=None, compose=None)
    for key in (*_OF_PROCESSES, "written", "definition", "unit"):
        facts.miss(key, container.reason)
    return facts.document()


def _container(context: Context, inspected: Document) -> Document:
    state = inspected["State"]
    running = bool(state.get("Running")) and bool(state.get("Pid"))
    facts = Facts(
        id=str(inspected["Id"]), name=container_name(inspected), running=running, compose=compose_of(inspected)
    )
    open_files: set[str] = set()
    fault = ""
    try:
        pids = _pids(context, inspected, running)
    except Unread as gap:
        fault = gap.reason
        for key in _OF_PROCESSES:
            facts.miss(key, gap.reason)
    else:
        processes.take_from(context, pids, facts)
        try:
            processes.require_few(pids)
            seen = processes.opened(context, pids)
        except Unread as gap:
            fault = gap.reason
            facts.miss("devices", gap.reason)
        else:
            facts.values["devices"] = sorted(seen.devices)
            elsewhere = written.mounted_at(inspected)
            open_files = {path for path in seen.files if not written.is_below(path, elsewhere)}
    facts.take("written", lambda: _written(context, inspected, open_files, fault))
    facts.take("definition", lambda: definition_of(context, inspected))
    facts.take("unit", lambda: unit_of(context, container_name(inspected)))
    return facts.document()


def _pids(context: Context, inspected: Document, running: bool) -> list[int]:
    context.require_local()
    if not running:
        raise Unread("the container does not run")
    pids = pids_by_container(context).get(str(inspected["Id"]), [])
    if int(inspected["State"]["Pid"]) not in pids:
        raise Unread("the container's first process is hidden, or in no control group of the container")
    return pids


def _written(context: Context, inspected: Document, open_files: set[str], fault: str) -> Document:
    """``open_files_seen`` is why the files that are open are not among the paths, or null: a list of changes alone lacks
    what was deleted after it was opened."""

    if str(inspected["State"].get("StartedAt") or "").startswith(_NEVER):
        raise Unread("the container never ran")

    def look(directory: str) -> list[str]:
        if fault:
            raise Unread(fault)
        return context.host.list_below(f"/proc/{inspected['State']['Pid']}/root", directory)

    document = written.document(written.changes_of(context, inspected), open_files, look)
    return {**document, "open_files_unread": fault or None}
