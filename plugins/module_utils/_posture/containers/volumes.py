# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the paths of the host of which a mount consists according to the engine. For a volume, its options decide."""

from __future__ import annotations

import posixpath

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.host_places import (
    own_directories,
    within,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.volume_options import volume_paths


def recorded_sources(context: Context, mount: Document) -> list[str]:
    """Return the paths of the host of which a mount consists according to the engine. Empty if it shows nothing of the
    host."""
    if mount["type"] == "bind":
        return [mount["source"]]
    if mount["type"] != "volume":
        return []
    options = _volume_options(context, str(mount["name"])) if _is_local_volume(mount) else {}
    own = [mount["source"]] if mount["source"].startswith("/") else []
    # What is not the volume's own directory, but was put in its place, is found by that as well.
    return [*volume_paths(options), *own]


def own_names(context: Context, mount: Document) -> list[str]:
    """Return every path of a volume's directory below the engine's directories. None for a volume that a plugin keeps
    elsewhere."""
    source = mount["source"]
    directories = own_directories(context)
    above = max((one for one in directories if within(source, one)), key=len, default=None)
    if above is None:
        return []
    inner = posixpath.relpath(source, above)
    return [source, *(posixpath.normpath(posixpath.join(one, inner)) for one in directories)]


def _is_local_volume(mount: Document) -> bool:
    return mount["type"] == "volume" and mount["driver"] == "local" and bool(mount["name"])


def _volume_options(context: Context, name: str) -> dict[str, str]:
    """Return the options with which a volume was created. The engine is asked once for all volumes."""
    volumes: dict[str, dict[str, str]] = context.once("volume_options", lambda: _all_volume_options(context))
    if name not in volumes:
        raise Unread(f"the engine does not describe the volume {name[:64]}, which a container has mounted")
    return volumes[name]


def _all_volume_options(context: Context) -> dict[str, dict[str, str]]:
    answer = context.engine.get("/volumes")
    listed = answer.get("Volumes") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or "Volumes" not in answer or not isinstance(listed or [], list):
        raise EngineError("the engine's answer to /volumes lists no volumes", "protocol")
    found = {}
    for entry in listed or []:
        options = entry.get("Options") if isinstance(entry, dict) else None
        if isinstance(entry, dict) and isinstance(options or {}, dict):
            found[str(entry.get("Name"))] = {str(key): str(value) for key, value in (options or {}).items()}
    return found
