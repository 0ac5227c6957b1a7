# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide which changes of itself the engine allows a container after its start."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Document


def may_mount(container: Document) -> bool:
    """Return whether the engine allows the container to change its mounts and to enter namespaces: by a capability, or
    because system calls are not restricted by the engine's own filter, so that it can create a namespace in which it
    has the capability. ``container`` is in normal form."""
    return bool(
        container["privileged"]
        or {"ALL", "SYS_ADMIN"} & set(container["capabilities"]["added"])
        # What a filter of the site's own lets through is not known.
        or container["security_options"]["seccomp"] in ("unconfined", "custom")
    )
