# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one rule asks of a container, as words of docker run and docker update and keys of a compose file."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.values import matches_any
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json


class Hint(t.NamedTuple):
    """Words for docker run to add and to leave out, those of docker update, and keys of a compose file, likewise.

    ``to_do`` is what no option says.
    """

    add: list[str] = []
    leave: list[str] = []
    update: list[str] = []
    compose: Json = {}
    compose_leave: list[str] = []
    to_do: list[str] = []


class Case(t.NamedTuple):
    """A container with all that decides on its hints."""

    container: Json
    limits: Json
    posture: Json
    policy: Json
    rules: frozenset[str]

    def allows(self, key: str, value: t.Any) -> bool:
        return matches_any(str(value), self.policy.get(key) or [])
