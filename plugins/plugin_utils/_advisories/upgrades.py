# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about the advisories of a host: which program to upgrade to which version, and what only has to be restarted."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._advisories._packaging import Version
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.model import OPEN, Advisory
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.versions import parsed

Json = dict[str, t.Any]


def upgrades(judged: t.Sequence[tuple[Advisory, Json]]) -> list[Json]:
    """Return the programs that an upgrade fixes, each with the version of upstream from which on it does."""
    found = []
    for component in sorted({advisory.component for advisory, _result in judged}):
        about = [(advisory, result) for advisory, result in judged if advisory.component == component]
        fixed = [result for _advisory, result in about if result["state"] in OPEN and not result["restart_fixes"]]
        if fixed:
            found.append(
                {
                    "component": component,
                    "version": fixed[0]["version"],
                    "package": fixed[0]["package"],
                    "to": _target(about, fixed[0]["version"]),
                    "fixes": [result["id"] for result in fixed],
                }
            )
    return found


def not_restarted(components: dict[str, Json], results: t.Sequence[Json]) -> list[Json]:
    """Return the programs of which a process runs another file than the installed one, and what a restart fixes.

    Without process ids, it is not known which file a process runs.
    """
    found = []
    # The runtime is listed by both of its names.
    for name in sorted(set(components) - {"runc"}):
        running = components[name].get("processes")
        old = [one for one in running if isinstance(one, dict)] if isinstance(running, list) else []
        pids = [one.get("pid") for one in old if one.get("is_installed_file") is False]
        fixes = [one["id"] for one in results if one["component"] == name and one["restart_fixes"]]
        if pids or fixes:
            found.append({"component": name, "pids": pids, "fixes": fixes})
    return found


def _target(about: list[tuple[Advisory, Json]], version: str) -> str | None:
    """Return the earliest version from the installed one on that no advisory about the program affects."""
    now = t.cast(Version, parsed(version))
    # No version is known to fix these, so none can be asked to.
    avoided = [
        advisory
        for advisory, result in about
        if not (result["state"] == "unknown" or any(one.fixed is None and one.holds(now) for one in advisory.affected))
    ]
    candidates = {
        one.fixed: one.fixed_text
        for advisory, _result in about
        for one in advisory.affected
        if one.fixed is not None and one.fixed > now
    }
    for candidate in sorted(candidates):
        if not any(
            one.holds(candidate) for advisory in avoided for one in (*advisory.affected, *advisory.undetermined)
        ):
            return candidates[candidate]
    return None
