# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse references of images in the same way as the engine."""

from __future__ import annotations


def registry_of(reference: str) -> str:
    """Return the registry in an image reference, in the normal form of the engine."""
    first, slash, _rest = reference.partition("/")
    if slash and _names_registry(first):
        return "docker.io" if first == "index.docker.io" else first
    return "docker.io"


def _names_registry(part: str) -> bool:
    # Namespaces are written in lower case, so that anything else is the name of a host.
    return "." in part or ":" in part or part == "localhost" or part != part.lower()


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
