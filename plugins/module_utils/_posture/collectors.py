# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All collectors. A module imports them while the engine prepares its first answers."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._posture import (
    cgroup,
    host_facts,
    networks,
    userns,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.auditing import collect as auditing
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers import collect as containers
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon import collect as daemon
from ansible_collections.seawall.docker.plugins.module_utils._posture.files import collect as files
from ansible_collections.seawall.docker.plugins.module_utils._posture.images import collect as images
from ansible_collections.seawall.docker.plugins.module_utils._posture.swarm import collect as swarm
from ansible_collections.seawall.docker.plugins.module_utils._posture.versions import collect as versions

Collector = t.Callable[[Context], t.Any]

# In the order of the document. A collector returns an object, or a list of subjects with their own ``unread``.
COLLECTORS: dict[str, Collector] = {
    "daemon": daemon.collect,
    "userns": userns.collect,
    "cgroup": cgroup.collect,
    "host": host_facts.collect,
    "auditing": auditing.collect,
    "files": files.collect,
    "containers": containers.collect,
    "images": images.collect,
    "networks": networks.collect,
    "swarm": swarm.collect,
    "versions": versions.collect,
}
