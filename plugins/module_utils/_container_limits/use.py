# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read how much a container uses now, and refuse limits below that."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import UNIFIED
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.limits import parse_amount
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.tree import CgroupTree
from ansible_collections.seawall.docker.plugins.module_utils._container_limits.wanted import UNLIMITED, Wanted
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread


class Files(t.NamedTuple):
    """Where the kernel says what is used. ``cache`` is the key of the file cache that was not used lately."""

    memory: str
    swap: str
    cache: str


_FILES = {
    1: Files("memory.usage_in_bytes", "memory.memsw.usage_in_bytes", "total_inactive_file"),
    2: Files("memory.current", "memory.swap.current", "inactive_file"),
}


class Use(t.NamedTuple):
    """What is used now, in bytes and processes. ``memory`` is without the file cache that the kernel can drop."""

    memory: int
    memory_and_swap: t.Optional[int]
    pids: int


def use_of(tree: CgroupTree, paths: dict[str, str]) -> Use:
    """Return what the container uses. Raises Unread where the kernel does not say it."""
    files = _FILES[2 if tree.version == 2 else 1]
    used = _amount(tree, paths, "memory", files.memory)
    cache = _cache(tree, paths, files.cache)
    swap: int | None
    try:
        swap = _amount(tree, paths, "memory", files.swap)
    except Unread as gap:
        if gap.kind != "absent":
            raise
        swap = None  # the kernel does not count swap
    both = None if swap is None else (used + swap if tree.version == 2 else swap) - cache
    return Use(max(used - cache, 0), both, _amount(tree, paths, "pids", "pids.current"))


def _text(tree: CgroupTree, paths: dict[str, str], controller: str, file: str) -> str:
    hierarchy = UNIFIED if tree.version == 2 else controller
    if hierarchy not in paths:
        raise Unread(f"the kernel has no controller {controller} for it")
    text = tree.read(hierarchy, paths[hierarchy], file)
    if text is None:
        raise Unread(f"its control group has no {file}", "absent")
    return text


def _amount(tree: CgroupTree, paths: dict[str, str], controller: str, file: str) -> int:
    try:
        value = parse_amount(_text(tree, paths, controller, file))
    except ValueError as error:
        raise Unread(f"{file} is not understood: {error}") from None
    if value is None:
        raise Unread(f"{file} has no number")
    return value


def _cache(tree: CgroupTree, paths: dict[str, str], key: str) -> int:
    for line in _text(tree, paths, "memory", "memory.stat").split("\n"):
        name, _space, number = line.partition(" ")
        if name == key and number.isdigit():
            return int(number)
    raise Unread(f"memory.stat has no {key}")


def refusals(wanted: Wanted, used: Use) -> list[str]:
    """Return why a limit would end processes of the container, or keep it from starting any, with the figures."""
    limits = wanted.limits
    found = []
    for option, name, use, unit in (
        ("memory", "memory_bytes", used.memory, "bytes"),
        ("memory_swap", "memory_swap_bytes", used.memory_and_swap, "bytes"),
        ("pids", "pids", used.pids, "processes"),
    ):
        limit = limits.get(name)
        if isinstance(limit, (int, float)) and limit != UNLIMITED and use is not None and limit < use:
            size = bounds.size_text(int(limit)) if unit == "bytes" else limit
            using = f"{use / bounds.MIB:.1f} MiB ({use} bytes)" if unit == "bytes" else f"{use} {unit}"
            found.append(f"{option} of {size} is below the {using} that it uses now")
    return found
