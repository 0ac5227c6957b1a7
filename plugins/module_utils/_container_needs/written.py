# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a container writes on its own file system: by the engine's list of changes, and by the files that are open.

What lies on volumes, binds and memory file systems is left out: a read-only root file system leaves them as they are.
"""

from __future__ import annotations

import posixpath
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, object_path
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# Of what the engine lists.
_MODIFIED, _ADDED = 0, 1
# As many are shown; all are counted, and all count for the directories.
MAX_PATHS = 200
# The engine or the kernel makes these, and a read-only root file system leaves them as they are.
_NOT_ITS_OWN = (
    *("/dev", "/proc", "/sys", "/.dockerenv", "/sbin/docker-init", "/run/secrets"),
    *("/etc/hosts", "/etc/hostname", "/etc/resolv.conf"),
)

Look = t.Callable[[str], t.List[str]]


def changes_of(context: Context, inspected: Document) -> dict[str, int]:
    """Return the kind of each change by its path, without mount points and what was made to hold them. Raises Unread."""
    listed = context.engine.get(object_path("containers", str(inspected["Id"]), "changes"))
    if listed is None:
        return {}
    if not isinstance(listed, list):
        raise EngineError("the engine's list of what a container changed is not a list", "protocol")
    found = {}
    for entry in listed:
        path, kind = (entry.get("Path"), entry.get("Kind")) if isinstance(entry, dict) else (None, None)
        if not isinstance(path, str) or not path.startswith("/") or not isinstance(kind, int):
            raise EngineError("the engine's list of what a container changed holds no paths", "protocol")
        found[posixpath.normpath(path)] = kind
    elsewhere = mounted_at(inspected)
    own = {path: kind for path, kind in found.items() if not is_below(path, elsewhere)}
    # A directory that was made for a mount point alone: the engine makes it again.
    holders = {parent for place in elsewhere for parent in _parents(place) if own.get(parent) == _ADDED}
    above = {parent for path in own if path not in holders for parent in _parents(path)}
    return {path: kind for path, kind in own.items() if path not in holders or path in above}


def mounted_at(inspected: Document) -> list[str]:
    """Return the paths of the container that are not its own file system."""
    mounts = [str(one.get("Destination") or "") for one in inspected.get("Mounts") or [] if isinstance(one, dict)]
    memory = list((inspected.get("HostConfig") or {}).get("Tmpfs") or {})
    return [*_NOT_ITS_OWN, *(posixpath.normpath(str(one)) for one in [*mounts, *memory] if one)]


def is_below(path: str, places: t.Iterable[str]) -> bool:
    return any(path == place or path.startswith(f"{place.rstrip('/')}/") for place in places)


def document(changes: dict[str, int], open_files: t.Collection[str], look: Look) -> Document:
    """Return ``paths``, ``more`` (how many of them are not shown) and ``directories``. Pure but for ``look``.

    ``look`` lists the names in a directory of the container, and raises Unread. A directory with ``image_content`` holds
    what the image brought along, which a memory file system in its place would hide; null if that is not known.
    """
    above = {parent for path in [*changes, *open_files] for parent in _parents(path)}
    paths = sorted({*(path for path in changes if path not in above), *open_files})
    directories = _without_inner({_existing(path, changes) for path in paths})
    return {
        "paths": paths[:MAX_PATHS],
        "more": max(0, len(paths) - MAX_PATHS),
        "directories": [{"path": path, "image_content": _has_other(path, changes, look)} for path in directories],
    }


def _parents(path: str) -> t.Iterator[str]:
    while path not in ("/", ""):
        path = posixpath.dirname(path)
        yield path


def _existing(path: str, changes: dict[str, int]) -> str:
    """The nearest directory above that the container did not make itself: only there can something be mounted."""
    return next(parent for parent in _parents(path) if changes.get(parent) != _ADDED)


def _without_inner(directories: set[str]) -> list[str]:
    return sorted(one for one in directories if not any(parent in directories for parent in _parents(one)))


def _has_other(directory: str, changes: dict[str, int], look: Look) -> bool | None:
    if directory == "/":
        return True
    try:
        names = look(directory)
    except Unread:
        return None
    return any(changes.get(posixpath.join(directory, name)) != _ADDED for name in names)
