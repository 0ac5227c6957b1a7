# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container wrote into itself and not into a volume: it is not in the container that is made again."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import Document
from ansible_collections.seawall.docker.plugins.module_utils._remake.own_engine import OwnEngine

_LISTED = 20
# Directories of the kernel and of the engine, which are mounted in every container.
_MOUNTED = ("/proc", "/sys", "/dev")


def written(engine: OwnEngine, inspected: Document) -> Document:
    """Return how many paths a container changed, and the first of them. ``count`` is None where that is not known."""
    try:
        changes = engine.changes(inspected["Id"])
    except EngineError:
        return {"count": None, "paths": []}
    mounted = [str(one.get("Destination")).rstrip("/") for one in inspected.get("Mounts") or []]
    mounted += [str(one) for one in inspected["HostConfig"].get("Tmpfs") or {}]
    found = leaves([str(one.get("Path")) for one in changes if isinstance(one, dict)], [*_MOUNTED, *mounted])
    return {"count": len(found), "paths": found[:_LISTED]}


def leaves(paths: t.Iterable[str], mounted: t.Sequence[str]) -> t.List[str]:
    """Return the paths without those that only lead to another one, to a mount, or lie in one."""
    ordered = sorted(set(paths))
    above: t.Set[str] = set()
    for path in [*ordered, *mounted]:
        while path not in ("", "/"):
            path = path.rpartition("/")[0]
            if path in above:
                break
            above.add(path)
    inside = tuple(f"{one}/" for one in mounted)
    return [one for one in ordered if one not in above and one not in mounted and not one.startswith(inside)]
