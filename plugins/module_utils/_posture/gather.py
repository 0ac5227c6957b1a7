# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gather one posture from many collectors. If one of them fails, the facts of the others are still gathered."""

from __future__ import annotations

import contextlib
import functools
import sys
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.identity import ROOT
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import user_engines
from ansible_collections.seawall.docker.plugins.module_utils._daemon.other_daemons import other_daemons
from ansible_collections.seawall.docker.plugins.module_utils._host.encodable import encodable
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture import (
    cgroup,
    host_facts,
    networks,
    registry_tags,
    userns,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.auditing import collect as auditing
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers import collect as containers
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon import collect as daemon
from ansible_collections.seawall.docker.plugins.module_utils._posture.files import collect as files
from ansible_collections.seawall.docker.plugins.module_utils._posture.images import collect as images
from ansible_collections.seawall.docker.plugins.module_utils._posture.swarm import collect as swarm
from ansible_collections.seawall.docker.plugins.module_utils._posture.versions import collect as versions

POSTURE_VERSION = 1

# For each of ``SUBSETS``, in the order of the document. A collector returns an object, or a list of subjects with their own ``unread``.
COLLECTORS: dict[str, t.Callable[[Context], t.Any]] = {
    "daemon": daemon.collect,
    "userns": userns.collect,
    "cgroup": cgroup.collect,
    "host": host_facts.collect,
    "auditing": auditing.collect,
    "files": files.collect,
    "containers": containers.collect,
    "images": images.collect,
    "networks": networks.collect,
    "swarm": swarm.collect,
    "versions": versions.collect,
}


# Gathered only on request; without it, the posture does not name them.
REGISTRY_TAGS = "registry_tags"


def gather(context: Context, subsets: list[str], registry_check: bool = False) -> dict[str, t.Any]:
    """Gather the posture: one key for each subset, and ``unread``, which maps dotted names of missing facts to the reasons.
    With ``registry_check``, registries are asked about the tags of containers."""
    location = context.location
    posture: dict[str, t.Any] = {
        "posture_version": POSTURE_VERSION,
        "engine": {
            "state": _engine_state(context),
            "reason": context.engine_fault,
            "address": location.address,
            "address_origin": location.address_origin,
            "local": location.local,
            "owner": _owner(context),
        },
        "auditor": {"effective_uid": context.host.effective_uid(), "subsets": subsets},
    }
    unread: dict[str, str] = {}
    try:
        posture["engine"]["user_engines"] = user_engines(context.host)
    except Unread as gap:
        unread["engine.user_engines"] = gap.reason
    try:
        posture["engine"]["other_daemons"] = other_daemons(context)
    except Unread as gap:
        unread["engine.other_daemons"] = gap.reason
    collectors = {name: COLLECTORS[name] for name in subsets}
    if registry_check:
        collectors[REGISTRY_TAGS] = registry_tags.collect
    _begin(context, collectors)
    try:
        for name, collector in sorted(collectors.items(), key=_order):
            try:
                # Stored in the context, since a collector can use the section of another one.
                with context.host.budget.part(f"the collector {name}"):
                    section = context.once(f"section:{name}", functools.partial(collector, context))
            except Unread as gap:
                unread[name] = gap.reason
                continue
            except Exception as error:  # noqa: BLE001 - a hostile or novel answer must cost one section, not the audit
                unread[name] = f"the collector {name} failed: {type(error).__name__} at {_place()}: {str(error)[:200]}"
                continue
            if isinstance(section, dict):
                section = dict(section)
                for key, reason in section.pop("unread", {}).items():
                    unread[f"{name}.{key}"] = reason
            posture[name] = section
    finally:
        context.host.end_begun()
    gathered = {name: posture.pop(name) for name in collectors if name in posture}
    posture.update(gathered)
    for name in COLLECTORS:
        if name not in subsets:
            unread[name] = f"the subset {name} was not gathered"
    posture["unread"] = dict(sorted(unread.items()))
    return encodable(posture)


# These read much and start no program. The programs that were begun run meanwhile.
_FIRST = ("cgroup", "userns", "images", "networks")


def _begin(context: Context, collectors: t.Container[str]) -> None:
    """Start programs that collectors will ask. What goes wrong is said by these collectors."""
    if "versions" in collectors:
        with contextlib.suppress(Exception), context.host.budget.part("what programs run"):
            versions.begin(context)


def _order(collector: tuple[str, t.Any]) -> int:
    """The versions before the daemon: a package manager is asked about all programs at once."""
    return 0 if collector[0] in _FIRST else 1 if collector[0] == "versions" else 2


def _owner(context: Context) -> dict[str, t.Any] | None:
    """Return the user who runs the engine, as the kernel shows it: ``uid``, ``name`` and ``relation``, which is ``root``,
    ``auditor`` (the user who audits) or ``other``. None if no daemon of this host is shown to serve: a proxy that root runs
    has uid 0, too."""
    uid = context.owner
    if uid is None or (context.engine_fault is None and not context.local):
        return None
    account = context.host.account(uid)
    own = uid == context.host.effective_uid() and not context.host.acts_for_another_user
    relation = "root" if uid == ROOT else "auditor" if own else "other"
    return {"uid": uid, "name": account.name if account else None, "relation": relation}


def _engine_state(context: Context) -> str:
    """Return ``running``, ``stopped``, ``absent``, or ``unreachable`` if an engine should answer but does not."""
    if context.location.state != "running":
        return context.location.state
    return "running" if context.engine_fault is None else "unreachable"


def _place() -> str:
    """Return where the current exception was raised, as file:line without the temporary path on the host."""
    trace = sys.exc_info()[2]
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
