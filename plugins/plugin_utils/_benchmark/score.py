# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts and scores. A score is the share of passed among decided, and always stands beside what was not decided."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import number_key

Json = dict[str, t.Any]


def counts_of(findings: t.Sequence[Json]) -> dict[str, int]:
    """How many findings have each status, every status named."""
    order = ("pass", "fail", "waived", "unknown", "manual", "not_applicable")
    return {verdict: sum(1 for one in findings if one["status"] == verdict) for verdict in order}


def scores_of(findings: t.Sequence[Json]) -> Json:
    """The score of all findings, and of each level and section.

    A waived finding is a known fault: it counts as decided and not as passed. ``not_applicable`` counts nowhere.
    """
    levels = sorted({one["level"] for one in findings})
    sections = sorted({one["section"] for one in findings}, key=number_key)
    return {
        **_score(findings),
        "levels": {str(level): _score([one for one in findings if one["level"] == level]) for level in levels},
        "sections": {key: _score([one for one in findings if one["section"] == key]) for key in sections},
    }


def _score(findings: t.Sequence[Json]) -> Json:
    counts = counts_of(findings)
    passed = counts["pass"]
    decided = passed + counts["fail"] + counts["waived"]
    return {
        "passed": passed,
        "decided": decided,
        "undecided": counts["unknown"] + counts["manual"],
        "percent": round(100 * passed / decided, 1) if decided else None,
    }
