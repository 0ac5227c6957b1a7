# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare paths of a host by their components."""

from __future__ import annotations

import functools
import posixpath
import typing as t

# The same few paths of a policy and of a host are compared with those of every container. Each entry is bounded by what a
# posture may hold, and most are short.
_REMEMBERED = 4096


@functools.lru_cache(maxsize=_REMEMBERED)
def _normal(path: str) -> str:
    """Return an absolute path without doubled slashes and dots. normpath keeps a double slash at the start, as POSIX allows."""
    return posixpath.normpath("/" + path.lstrip("/"))


def is_under(path: str, directory: str) -> bool:
    """Return whether an absolute path is ``directory`` or below it. Every absolute path is below ``/``."""
    if not path.startswith("/") or not directory.startswith("/"):
        return False
    inner, outer = _normal(path), _normal(directory)
    return inner == outer or outer == "/" or inner.startswith(outer + "/")


def real_path(path: str, links: dict[str, t.Any]) -> str:
    """Return the path with the first matching link resolved. The targets of the links contain no links."""
    for link, target in links.items():
        if is_under(path, link) and path.startswith("/"):
            inner = posixpath.relpath(posixpath.normpath(path), link)
            return posixpath.normpath(posixpath.join(str(target), inner))
    return path


def has_other_half(path: str, paths: t.Container[t.Any]) -> bool | None:
    """Return whether the key of a client's certificate, or the certificate of a key, is among the paths. A file of another
    kind has no other half, so that nothing is missing. None if the path is not known."""
    if not path.startswith("/"):
        return None
    stem, dot, kind = path.rpartition(".")
    other = {"cert": "key", "key": "cert"}.get(kind) if dot else None
    return other is None or f"{stem}.{other}" in paths
