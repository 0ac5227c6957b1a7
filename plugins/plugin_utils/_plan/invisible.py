# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine no longer shows once it has another mapping of users. Pure."""

from __future__ import annotations

import re

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json


def invisible(posture: Json) -> Json:
    """What the engine does not show after the change. All of it stays on the disk.

    What --rm deletes is not in it, nor are its anonymous volumes, which engines do not always delete.
    """
    running = ("running", "paused", "restarting")
    everything = posture.get("containers") or []
    containers = [one for one in everything if not (one.get("auto_remove") and one.get("state") in running)]
    volumes = {mount.get("name") for one in containers for mount in _volumes(one)}
    # Nobody is promised a volume that may go with its container.
    volumes |= {
        mount.get("name")
        for one in everything
        for mount in _volumes(one)
        if not re.fullmatch(r"[0-9a-f]{64}", str(mount.get("name")))
    }
    own = ("bridge", "host", "none", "docker_gwbridge", "ingress")
    return {
        "containers": sorted(str(one["name"]) for one in containers),
        "images": sorted(str(one["name"]) for one in posture.get("images") or []),
        "volumes": sorted(str(name) for name in volumes if name),
        "networks": sorted(str(one["name"]) for one in posture.get("networks") or [] if one["name"] not in own),
    }


def _volumes(container: Json) -> list[Json]:
    return [mount for mount in container.get("mounts") or [] if mount.get("type") == "volume"]
