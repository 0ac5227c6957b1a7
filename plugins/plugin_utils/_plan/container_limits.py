# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of a container: what it asked for, where that helps, else examples that this host can hold."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_hint import Case, Hint
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import fact
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.quoting import quoted

# How much a container gets where nothing says how much it needs.
_MIB = 1024 * 1024
_MEMORY, _CPUS, _PIDS = 512 * _MIB, 1.5, 200


def _declared(case: Case, name: str, below: float | None) -> t.Any:
    """What the container asked for, where it is a limit: what is not below the machine's own size limits nothing."""
    value = fact(case.limits, name, "declared")
    return value if value and (below is None or value < below) else None


def size_text(size: int) -> str:
    """Return a size as Docker's options and compose files take it: 536870912 bytes are ``512m``."""
    whole, rest = divmod(size, _MIB)
    return f"{whole}m" if whole and not rest else f"{size}b"


def memory_hint(case: Case) -> Hint:
    whole = fact(case.posture, "daemon", "info", "memory_bytes") or 0
    size = _declared(case, "memory_bytes", whole or None)
    if size is None:
        # A reservation is a floor, and half of a small machine is more than enough.
        size = max(_MEMORY, 2 * int(_declared(case, "memory_reservation_bytes", None) or 0))
        size = min(size, whole // 2) if whole else size
        size -= size % _MIB if size > _MIB else 0
    text = size_text(int(size))
    words = [f"--memory={text}", f"--memory-swap={text}"]
    to_do = ["See what it uses (docker stats) before you choose its memory: it is an example here."]
    known = fact(case.limits, "memory_bytes", "declared") == size
    return Hint(words, [], words, {"mem_limit": text, "memswap_limit": text}, [], [] if known else to_do)


def cpu_hint(case: Case) -> Hint:
    whole = fact(case.posture, "daemon", "info", "cpus") or 0
    cpus = _declared(case, "cpus", whole or None)
    if cpus is None:
        cpus = _CPUS if not whole or whole > _CPUS else round(0.75 * whole, 2)
    word = f"--cpus={cpus:g}"
    return Hint([word], [], [word], {"cpus": cpus})


def pid_hint(case: Case) -> Hint:
    running = len(fact(case.container, "processes", "running") or [])
    limit = int(_declared(case, "pids", None) or max(_PIDS, 4 * running))
    return Hint([f"--pids-limit={limit}"], [], [f"--pids-limit={limit}"], {"pids_limit": limit})


def restart_hint(case: Case) -> Hint:
    return Hint(["--restart=on-failure:5"], [], ["--restart=on-failure:5"], {"restart": "on-failure:5"})


def ulimit_hint(case: Case) -> Hint:
    limits = [
        one
        for one in case.container.get("ulimits") or []
        if one.get("name") not in (case.policy.get("allowed_ulimits") or [])
    ]
    leave = [quoted(f"--ulimit={one['name']}={one['soft']}:{one['hard']}") for one in limits]
    return Hint(leave=leave, compose_leave=["ulimits"] if limits else [])


def cgroup_parent_hint(case: Case) -> Hint:
    return Hint(
        leave=[quoted(f"--cgroup-parent={case.container.get('cgroup_parent')}")], compose_leave=["cgroup_parent"]
    )
