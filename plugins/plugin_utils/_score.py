# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The score: the share of passed findings among the decided ones, and why a host has none.

An audit that could read little must not look good. So there is no score if the engine was not asked, or if more findings
are unknown than decided.
"""

from __future__ import annotations

import typing as t

Json = dict[str, t.Any]


def score_of(counts: t.Mapping[str, int], engine_state: str | None = "running") -> Json:
    """Compute the score. A waived finding counts as decided, but not as passed. ``not_applicable`` does not count."""
    passed = counts["pass"]
    decided = passed + counts["fail"] + counts["waived"]
    percent = None if why_none(counts, engine_state) else round(100 * passed / decided, 1)
    if percent == 100.0 and passed < decided:
        percent = 99.9  # 100 % would say that nothing failed
    return {
        "passed": passed,
        "decided": decided,
        "undecided": counts["unknown"] + counts["manual"],
        "percent": percent,
    }


def why_none(counts: t.Mapping[str, int], engine_state: str | None = "running") -> str | None:
    """Return why there is no score, as the end of a sentence. None if there is a score."""
    decided = counts["pass"] + counts["fail"] + counts["waived"]
    unknown, rules = counts["unknown"], sum(counts.values())
    undecided = f"{unknown:,} of {rules:,} rules could not be decided"
    if engine_state != "running" and rules:
        state = engine_state if engine_state in ("stopped", "absent", "unreachable") else "not known to run"
        return f"the engine is {state}, {undecided}"
    if not decided:
        return "nothing was decided"
    return undecided if unknown > decided else None
