# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse references of images in the same way as the engine. Pure."""

from __future__ import annotations

import re

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}\Z|@sha512:[0-9a-f]{128}\Z")
_ID = re.compile(r"[0-9a-f]{12,64}")


def registry_of(reference: str) -> str:
    """Return the registry in an image reference, in the normal form of the engine."""
    first, slash, _rest = reference.partition("/")
    if slash and _names_registry(first):
        return "docker.io" if first == "index.docker.io" else first
    return "docker.io"


def _names_registry(part: str) -> bool:
    # Namespaces are written in lower case, so that anything else is the name of a host.
    return "." in part or ":" in part or part == "localhost" or part != part.lower()


def tag_of(reference: str) -> str | None:
    """Return the tag that a reference names, ``latest`` if it names neither tag nor digest, and None if it names a digest
    alone."""
    name, at, _digest = reference.partition("@")
    _path, colon, tag = name.rpartition("/")[2].partition(":")
    if colon:
        return tag
    return None if at else "latest"


def is_pinned(reference: str, image_id: str) -> bool:
    """Return whether a reference always names the same image: by a digest, or by the id of the image that it named."""
    return bool(_DIGEST.search(reference)) or names_id(reference, image_id)


def names_id(reference: str, image_id: str) -> bool:
    """Return whether a reference is the id of the image that it named.

    The engine takes the first digits of an id for the id. Fewer than twelve can be the name of a repository.
    """
    wanted = reference.partition(":")[2] if reference.startswith("sha256:") else reference
    return bool(_ID.fullmatch(wanted)) and image_id.partition(":")[2].startswith(wanted)


def full_reference(reference: str) -> str:
    """Return a reference with registry, namespace and tag: ``nginx`` becomes ``docker.io/library/nginx:latest``. A
    digest is kept."""
    registry = registry_of(reference)
    first, slash, rest = reference.partition("/")
    path = rest if slash and _names_registry(first) else reference
    if registry == "docker.io" and "/" not in path:
        path = f"library/{path}"
    if "@" not in path and ":" not in path:
        path = f"{path}:latest"
    return f"{registry}/{path}"


def repository_of(reference: str) -> str:
    """Return registry and path of a reference in full, without tag and digest."""
    name = full_reference(reference).partition("@")[0]
    path, slash, last = name.rpartition("/")
    return f"{path}{slash}{last.partition(':')[0]}"
