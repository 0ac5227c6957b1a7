# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a container writes, how much it may use, and how it is seen to be well."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.model import CLEAR, Case, Outcome
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_limits import (
    cpu_hint,
    memory_hint,
    pid_hint,
    restart_hint,
    size_text,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import fact
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.right_sizing import MEMORY, PIDS, size_of

# What asks a server that is known by the name of its process. The programs are those of its own project.
_HEALTH = {
    "postgres": "pg_isready",
    "redis-server": "redis-cli ping",
    "valkey-server": "valkey-cli ping",
    "mysqld": "mysqladmin ping",
    "mariadbd": "mariadb-admin ping",
}
_FEW_SHOWN = 8


def read_only(case: Case, out: Outcome) -> None:
    rules = case.rules("container-rootfs-read-only")
    if not rules:
        return
    written = case.needs.get("written")
    if written is None:
        out.leave(f"Find out where it writes, for a read-only root file system: {case.gap('written')}.", rules)
        return
    places = written.get("directories") or []
    if any(one["path"] == "/" for one in places):
        shown = ", ".join(written["paths"][:_FEW_SHOWN])
        out.leave(
            f"It writes into / itself or into new directories there{f' ({shown})' if shown else ''}: have it write below"
            " a directory of its own, for a read-only root file system.",
            rules,
        )
        return
    breaks = "Where it writes later than now was not seen."
    if written.get("open_files_unread"):
        breaks += f" Which files it has open is not known: {written['open_files_unread']}."
    out.add("read_only", True, rules, breaks=breaks)
    empty = [str(one["path"]) for one in places if one.get("image_content") is False]
    if empty:
        lost = "What it writes there is lost when it ends, and counts as its memory. Programs do not start from there."
        owner = _owner(case)
        out.add("tmpfs", [f"{path}{owner}" for path in empty], rules, breaks=lost)
    filled = [{"type": "volume", "target": str(one["path"])} for one in places if one.get("image_content") is not False]
    if filled:
        kept = "A new volume gets the files that the image has there, and keeps them when the image has newer ones:"
        out.add("volumes", filled, rules, breaks=f"{kept} {', '.join(one['target'] for one in filled[:_FEW_SHOWN])}.")


def _owner(case: Case) -> str:
    """Options of a memory file system with which those write who wrote there: by itself, it belongs to root."""
    users = {(one.get("uid"), one.get("gid")) for one in case.needs.get("users") or []}
    if not any(uid for uid, _gid in users):
        return ""
    if len(users) == 1:
        ((uid, gid),) = users
        return f":uid={uid},gid={gid}" if gid is not None else f":uid={uid}"
    return ":mode=1777"


def limits(case: Case, out: Outcome) -> None:
    _memory(case, out)
    _pids(case, out)
    for slug, hint, breaks in (
        ("container-cpu-limited", cpu_hint, "The limit is an example: when it has more to do, it takes longer."),
        (
            "container-restart-limited",
            restart_hint,
            "After five failures it stays down, and it is not started with the host.",
        ),
    ):
        rules = case.rules(slug)
        for key, value in hint(case.hint_case).compose.items() if rules else ():
            out.add(key, value, rules, breaks=breaks)
    rules = case.rules("container-ulimits-default")
    if rules:
        out.add("ulimits", None, rules, how=CLEAR, breaks="It gets the engine's default limits.")


def _memory(case: Case, out: Outcome) -> None:
    rules = case.rules("container-memory-limited")
    if not rules:
        return
    breaks = "If it needs more, the kernel ends one of its processes."
    whole = fact(case.posture, "daemon", "info", "memory_bytes")
    declared = fact(case.limits, "memory_bytes", "declared")
    seen = size_of(MEMORY, [case.use])
    if declared and (not whole or declared < whole):
        seen = None  # it asked for a limit that holds nowhere: that one is meant
    elif seen is None:
        breaks += " The limit is an example, since it is not known how much it uses."
    elif whole and seen.limit >= whole:
        out.leave(f"Find a limit of memory by hand. {seen.reason} The host has {size_text(int(whole))}.", rules)
        return
    keys = memory_hint(case.hint_case).compose if seen is None else {}
    if seen is not None:
        breaks = f"{seen.reason} {breaks}"
        keys = dict.fromkeys(("mem_limit", "memswap_limit"), size_text(seen.limit))
    for key, value in keys.items():
        out.add(key, value, rules, breaks=breaks)


def _pids(case: Case, out: Outcome) -> None:
    rules = case.rules("container-pids-limited")
    if not rules:
        return
    breaks = "If it needs more, it cannot start another process or thread."
    seen = None if fact(case.limits, "pids", "declared") else size_of(PIDS, [case.use])
    if seen is not None:
        out.add("pids_limit", seen.limit, rules, breaks=f"{seen.reason} {breaks}")
        return
    for key, value in pid_hint(case.hint_case).compose.items():
        out.add(key, value, rules, breaks=breaks)


def health(case: Case, out: Outcome) -> None:
    rules = case.rules("container-health-checked")
    if not rules:
        return
    names = {str(one.get("name")) for one in fact(case.container, "processes", "running") or []}
    command = next((_HEALTH[name] for name in sorted(names) if name in _HEALTH), None)
    if command is None:
        out.leave("Write a healthcheck with a command in the container that exits with 0 if the service works.", rules)
        return
    value = {"test": ["CMD-SHELL", command], "interval": "30s", "timeout": "5s", "retries": 3}
    out.add("healthcheck", value, rules, breaks=f"The image must have {command.split()[0]}.")
