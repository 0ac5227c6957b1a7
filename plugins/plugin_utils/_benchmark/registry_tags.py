# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare what a registry has for a tag with the image that a container runs."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine.references import full_reference, repository_of


def entry_of(tags: list[t.Any], reference: str) -> dict[str, t.Any] | None:
    """Return what is known of a tag in its registry, or None if nobody asked about it."""
    wanted = full_reference(reference)
    return next((entry for entry in tags if entry["reference"] == wanted), None)


def digests_of(images: list[t.Any], store: str, reference: str, image_id: str) -> set[str]:
    """Return the digests under which the registry of the reference can know the image.

    In the store of containerd the id of an image is its digest, and the listed ones are lost when the tag moves. Elsewhere
    the id is another digest, and those that the engine lists for the repository count.
    """
    if store == "containerd":
        return {image_id}
    wanted = repository_of(reference)
    listed = [digest for image in images if image["id"] == image_id for digest in image["digests"]]
    return {digest.partition("@")[2] for digest in listed if repository_of(digest) == wanted}
