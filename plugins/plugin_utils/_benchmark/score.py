# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute counts and scores of findings."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import number_key
from ansible_collections.seawall.docker.plugins.plugin_utils._score import score_of

Json = dict[str, t.Any]


def counts_of(findings: t.Sequence[Json]) -> dict[str, int]:
    """Return the number of findings with each status. Every status has an entry."""
    order = ("pass", "fail", "waived", "unknown", "manual", "not_applicable")
    return {verdict: sum(1 for one in findings if one["status"] == verdict) for verdict in order}


def scores_of(findings: t.Sequence[Json], engine_state: str | None) -> Json:
    """Return the score of all findings, and of each level and section."""

    def score(chosen: t.Sequence[Json]) -> Json:
        return score_of(counts_of(chosen), engine_state)

    levels = sorted({one["level"] for one in findings})
    sections = sorted({one["section"] for one in findings}, key=number_key)
    return {
        **score(findings),
        "levels": {str(level): score([one for one in findings if one["level"] == level]) for level in levels},
        "sections": {key: score([one for one in findings if one["section"] == key]) for key in sections},
    }
