# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a posture that can be gathered for themselves."""

from __future__ import annotations

# In the order of the document.
SUBSETS = (
    "daemon",
    "userns",
    "cgroup",
    "host",
    "auditing",
    "files",
    "containers",
    "images",
    "networks",
    "swarm",
    "versions",
)


def chosen_subsets(wanted: list[str]) -> list[str]:
    """Return the subsets that ``gather_subset`` selects, in the order of the document. Raise ValueError for unknown names."""
    names = [name.lstrip("!") for name in wanted]
    unknown = sorted(set(names) - set(SUBSETS) - {"all"})
    if unknown:
        raise ValueError(
            f"gather_subset knows no {', '.join(unknown)}; there is: all, {', '.join(SUBSETS)}, "
            "and each with a leading ! to leave it out"
        )
    included = {name for name in wanted if not name.startswith("!")}
    if not included or "all" in included:
        included = set(SUBSETS)
    excluded = {name[1:] for name in wanted if name.startswith("!")}
    if "all" in excluded:
        excluded = set()
        included -= set(SUBSETS) - {name for name in wanted if name in SUBSETS}
    return [name for name in SUBSETS if name in included - excluded]
