# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An advisory, and the states in which a host can be with it."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.seawall.docker.plugins.plugin_utils._advisories._packaging import Version

# From "nothing to do" to "act now"; unknown is never one of the first.
STATES = (
    "fixed_upstream",
    "fixed_by_vendor",
    "not_applicable",
    "mitigated",
    "potentially_vulnerable",
    "vulnerable",
    "unknown",
)
# States in which the version has the fault, and nothing shows that the host does not have it.
OPEN = ("potentially_vulnerable", "vulnerable")
COMPONENTS = ("engine", "cli", "containerd", "runc", "buildx", "compose")
CONDITIONS = ("authorization_plugins", "cri", "firewalld", "rootless", "swarm", "user_namespaces", "windows")
SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True)
class Range:
    """Versions from ``introduced`` up to, and without, ``fixed``. None: it was not found out which version has the fix."""

    introduced: Version
    fixed: Version | None
    # As the file says it.
    fixed_text: str | None

    def holds(self, version: Version) -> bool:
        # Published ranges often begin with a release and leave out its release candidates, which have the fault, too.
        begun = self.introduced <= version or (
            version.is_prerelease and Version(version.base_version) == self.introduced
        )
        return begun and (self.fixed is None or version < self.fixed)


@dataclass(frozen=True)
class Advisory:
    id: str
    component: str
    title: str
    affected: tuple[Range, ...]
    source: str
    aliases: tuple[str, ...] = ()
    undetermined: tuple[Range, ...] = ()
    applies_when: tuple[str, ...] = ()
    mitigated_by: tuple[str, ...] = ()
    severity: str | None = None
    exploited: bool | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return (self.id, *self.aliases)


@dataclass(frozen=True)
class Data:
    """All advisories, and how old each of their files is."""

    advisories: tuple[Advisory, ...]
    # File and its date, YYYY-MM-DD.
    files: tuple[tuple[str, str], ...]
