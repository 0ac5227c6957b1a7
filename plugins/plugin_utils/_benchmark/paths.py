# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of a host, compared by their components."""

from __future__ import annotations

import posixpath
import typing as t


def is_under(path: str, directory: str) -> bool:
    """Whether an absolute path is ``directory`` or below it; ``/`` covers everything absolute."""
    if not path.startswith("/") or not directory.startswith("/"):
        return False
    # normpath keeps a leading double slash, as POSIX allows.
    inner = posixpath.normpath("/" + path.lstrip("/"))
    outer = posixpath.normpath("/" + directory.lstrip("/"))
    return inner == outer or outer == "/" or inner.startswith(outer + "/")


def real_path(path: str, links: dict[str, t.Any]) -> str:
    """The path with one of the links on its way resolved; the targets have no links in them."""
    for link, target in links.items():
        if is_under(path, link) and path.startswith("/"):
            inner = posixpath.relpath(posixpath.normpath(path), link)
            return posixpath.normpath(posixpath.join(str(target), inner))
    return path
