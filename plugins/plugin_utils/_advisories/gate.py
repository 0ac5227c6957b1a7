# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which advisories make a host fail: those of the names in ``fail_on`` that begin with ``cve:``. Unknown is never a pass."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.model import OPEN, SEVERITIES
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError, nearest

Json = dict[str, t.Any]

PREFIX = "cve:"
ANY, EXPLOITED = "cve:any", "cve:known_exploited"
NAMES = (*(f"{PREFIX}{severity}" for severity in SEVERITIES), EXPLOITED, ANY)


def split(names: t.Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the names of rules and those of advisories. Raises BenchmarkError for a name of advisories that is none."""
    chosen = [name for name in names if name.lower().startswith(PREFIX)]
    for name in chosen:
        if name not in NAMES:
            raise BenchmarkError(f"fail_on has {name}; it must be one of {', '.join(NAMES)}{nearest(name, NAMES)}")
    return [name for name in names if name not in chosen], chosen


def offending(advisories: Json | None, chosen: t.Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the advisories that the names choose: those that are open, and those of which that is not known.

    An advisory without a severity may have any. One of which nobody said whether it is exploited may be.
    """
    fails: list[str] = []
    unknown: list[str] = []
    for result in advisories["results"] if advisories is not None and chosen else []:
        answers = [_chosen(result, name) for name in chosen]
        if result["state"] not in (*OPEN, "unknown") or not any(answer is not False for answer in answers):
            continue
        sure = result["state"] in OPEN and any(answer is True for answer in answers)
        (fails if sure else unknown).append(f"{result['id']} ({result['component']})")
    return fails, unknown


def _chosen(result: Json, name: str) -> bool | None:
    """Return whether a name chooses the advisory, or None where that is not known."""
    if name == ANY:
        return True
    if name == EXPLOITED:
        return t.cast("bool | None", result["exploited"])
    if result["severity"] is None:
        return None
    return SEVERITIES.index(result["severity"]) <= SEVERITIES.index(name[len(PREFIX) :])
