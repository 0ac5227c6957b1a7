# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel allows this host: how many user namespaces, and which ids if the host is in a user namespace itself."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import (
    Extent,
    Range,
    is_identity,
    parse_id_map,
)
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_space import Span, conflicts_of, missing_ids

MAPS = ("uid_map", "gid_map")
LIMIT = "/proc/sys/user/max_user_namespaces"


def max_user_namespaces(host: Host) -> int:
    """Return how many user namespaces a user of this host may have. Raises Unread where the kernel does not say."""
    text = host.read_text(LIMIT).strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise Unread(f"{LIMIT} is not a number: {text[:40]!r}")
    return int(text)


def namespaces_fault(host: Host) -> str | None:
    """Return why no container could have a user namespace, or None, also where the kernel does not say."""
    try:
        allowed = max_user_namespaces(host)
    except Unread:
        return None  # the test container shows it
    if allowed > 0:
        return None
    return "the kernel allows no user namespaces (user.max_user_namespaces is 0), and no container starts"


def read_map(host: Host, process: str, key: str) -> list[Extent]:
    """Return an id map of a process. Raises Unread."""
    path = f"/proc/{process}/{key}"
    try:
        return parse_id_map(host.read_text(path))
    except ValueError as error:
        raise Unread(f"{path} is not what a kernel writes: {error}") from None


def own_maps(host: Host) -> dict[str, list[Extent]]:
    """Return the maps of this host's user namespace. Raises Unread."""
    return {key: read_map(host, "self", key) for key in MAPS}


def maps_of_host(host: Host) -> dict[str, list[Extent]] | None:
    """Return the maps of the host's user namespace, or None if it has all ids. Raises Unread where it is not known."""
    try:
        maps = own_maps(host)
    except Unread as gap:
        if gap.kind == "absent":
            return None  # a kernel without user namespaces
        raise
    if all(is_identity(extents) for extents in maps.values()):
        return None
    if host.read_link("/proc/self/ns/user") != host.read_link("/proc/1/ns/user"):
        raise Unread("this process runs in a user namespace of its own and does not see the host's ids")
    return maps


def missing_fault(extents: list[Extent], ranges: list[Range]) -> str | None:
    """Return why the kernel would refuse these ranges to containers of a host with this map, or None."""
    missing = missing_ids(extents)
    for entry in ranges:
        gaps = conflicts_of(Span(entry.start, entry.end, ""), missing)
        if gaps:
            return (
                f"line {entry.line} has the ids {entry.start} to {entry.end}, and {gaps[0].what}; no container starts"
            )
    return None
