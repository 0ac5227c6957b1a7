# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images and containers that are made for a moment: to make them, to look at them, and to be rid of them."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine import EngineError
from ansible_collections.seawall.docker.plugins.module_utils._engine_write import WritableEngine
from ansible_collections.seawall.docker.plugins.module_utils._host import Host
from ansible_collections.seawall.docker.plugins.module_utils._idmap import Extent, parse_id_map
from ansible_collections.seawall.docker.plugins.module_utils._unread import Unread


def import_image(
    engine: WritableEngine, content: bytes, reference: str, seconds: float, changes: t.Sequence[str] = ()
) -> None:
    """Make an image of a tar archive; ``changes`` are instructions such as LABEL. Raises EngineError."""
    repository, _colon, tag = reference.partition(":")
    query: t.Dict[str, t.Any] = {"fromSrc": "-", "repo": repository, "tag": tag}
    if changes:
        query["changes"] = list(changes)
    engine.call("POST", "/images/create", query, content, seconds)


def remove(engine: WritableEngine, path: str, query: dict[str, t.Any]) -> bool:
    """Remove an image or a container; what is left has our label, and the engine may just be the one that is broken."""
    try:
        engine.call("DELETE", path, query, None, 20)
    except EngineError as error:
        return error.kind == "absent"
    return True


def uid_map_of(host: Host, pid: t.Any) -> list[dict[str, int]] | None:
    """The uid map of a container's first process by the kernel's word; None where it has ended already."""
    if not isinstance(pid, int) or pid <= 0:
        return None
    try:
        extents: list[Extent] = parse_id_map(host.read_text(f"/proc/{pid}/uid_map"))
    except (Unread, ValueError):
        return None
    return [dict(extent._asdict()) for extent in extents] or None
