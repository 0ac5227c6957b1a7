# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect which digest a registry has now for the tag of each container.

Only on request, since it tells registries which images are used here. The engine asks, without credentials: it has none
of its own, and none are sent to it.
"""

from __future__ import annotations

import functools
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, object_path
from ansible_collections.seawall.docker.plugins.module_utils._engine.references import (
    full_reference,
    is_pinned,
    registry_of,
    repository_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_string
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.engine_info import image_store

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")


def collect(context: Context) -> list[Document]:
    """Return an entry for each tag that a container was made from, in the order of references. Raises Unread if the
    containers cannot be listed."""
    known = _known_repositories(context)
    asking = _Asking(context)
    found = []
    for reference in _tags(context):
        facts = Facts(reference=reference, registry=registry_of(reference))
        if known is not None and repository_of(reference) not in known:
            # The name of an image that was built here is nobody's business.
            facts.miss("digest", "not asked, since no image of this repository was pulled or pushed on this host")
        else:
            facts.take("digest", functools.partial(asking.digest_of, reference))
        found.append(facts.document())
    return found


def _tags(context: Context) -> list[str]:
    """Return the references in full, each once, without those that name a digest or an id."""
    found = set()
    for inspected in context.containers():
        image = str((inspected.get("Config") or {}).get("Image") or "")
        if image and not is_pinned(image, str(inspected.get("Image") or "")):
            found.add(full_reference(image))
    return sorted(found)


def _known_repositories(context: Context) -> set[str] | None:
    """Return the repositories of which an image was pulled or pushed here. None in the store of containerd, where every
    image has digests."""
    if image_store(context.info()) == "containerd":
        return None
    listed = context.engine.get("/images/json")
    if not isinstance(listed, list):
        raise EngineError("the engine's answer to /images/json is not a list", "protocol")
    digests = [digest for entry in listed if isinstance(entry, dict) for digest in entry.get("RepoDigests") or []]
    return {repository_of(str(digest)) for digest in digests}


class _Asking:
    """Questions to registries. One that did not answer in time is not asked about its other tags."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._begun = context.host.budget.seconds()
        self._asked = 0
        self._silent: set[str] = set()

    def digest_of(self, reference: str) -> str | None:
        """Return the digest, or None if the registry has no such tag. Raises Unread."""
        registry = registry_of(reference)
        budget = self._context.host.budget
        if registry in self._silent:
            raise Unread(f"not asked, since {registry} did not answer about another tag in time")
        if self._asked >= bounds.REGISTRY_TAGS:
            raise Unread(f"not asked, since registries are asked about no more than {bounds.REGISTRY_TAGS} tags")
        if budget.seconds() - self._begun >= bounds.REGISTRY_SECONDS:
            raise Unread(f"not asked, since other tags took {bounds.REGISTRY_SECONDS:g} seconds")
        self._asked += 1
        try:
            with budget.part("a question to a registry", max_seconds=bounds.REGISTRY_TAG_SECONDS):
                answer = self._context.engine.get(object_path("distribution", reference, "json"))
        except EngineError as gap:
            if gap.status == 404:
                return None
            if gap.kind in ("timeout", "bound"):
                self._silent.add(registry)
                raise Unread(f"{registry} did not answer within {bounds.REGISTRY_TAG_SECONDS:g} seconds") from None
            # The registry may say anything in its message.
            raise Unread(mask_string(gap.reason)) from None
        return _digest_in(answer)


def _digest_in(answer: t.Any) -> str:
    descriptor = answer.get("Descriptor") if isinstance(answer, dict) else None
    digest = descriptor.get("digest") if isinstance(descriptor, dict) else None
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise Unread("the engine's answer about the tag has no digest")
    return digest
