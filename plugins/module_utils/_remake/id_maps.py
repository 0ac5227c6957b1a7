# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""By which id maps an engine remaps, from the ids that its data root names. Its configuration may already be another one."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import Document
from ansible_collections.seawall.docker.plugins.module_utils._userns import idmap

NONE: Document = {"uid_map": None, "gid_map": None}


def id_maps_of(host: Host, ids: t.Optional[t.Tuple[int, int]]) -> Document:
    """Return both maps. One is None where the file does not give these ids to one owner with a single range."""
    if ids is None:
        return NONE
    return {"uid_map": _map(host, "/etc/subuid", ids[0]), "gid_map": _map(host, "/etc/subgid", ids[1])}


def _map(host: Host, path: str, start: int) -> t.Optional[t.List[t.Dict[str, int]]]:
    try:
        ranges = idmap.parse(host.read_text(path)).ranges
    except Unread:
        return None
    found = [one for one in ranges if one.start == start]
    if len(found) != 1 or len([one for one in ranges if one.owner == found[0].owner]) != 1:
        return None
    return [{"inside": 0, "outside": start, "count": found[0].count}]
