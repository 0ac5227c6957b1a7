# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which mounts of a container show the host, and which of them a socket of the engine."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.paths import is_under
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json, fact

_USUAL = ("/run/docker.sock", "/var/run/docker.sock")


def shows_host(mount: Json) -> bool:
    """A bind mount, or a volume that is one."""
    return mount.get("type") == "bind" or bool(mount.get("bound"))


def was_asked(mount: Json) -> bool:
    """Whether the engine was asked for the mount. Others come back, whatever the container is made with. Postures of earlier
    versions do not say it."""
    return mount.get("asked") is not False


def engine_sockets(posture: Json, more: t.Iterable[t.Any] = ()) -> list[str]:
    """Every name of a socket through which the engine, or containerd below it, is commanded."""
    files = [one for one in posture.get("files") or [] if one.get("role") in ("api_socket", "containerd_socket")]
    named = [*_USUAL, *more, *(one.get(key) for one in files for key in ("path", "real_path"))]
    named += [one.get("path") for one in fact(posture, "daemon", "listeners") or []]
    return list(dict.fromkeys(str(path) for path in named if path))


def shows_one_of(mount: Json, paths: t.Sequence[str]) -> bool:
    """Whether the mount is one of the paths, or a directory above one, by its name or by where its links lead."""
    places = [str(mount[key]) for key in ("source", "real_source") if mount.get(key)]
    return any(is_under(path, place) for path in paths for place in places)
