# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits that a container is seen to fit into, from what the kernel counted. The rule is in docs/playbooks.md.

A figure is of the time since the container was started, and a limit is a suggestion: nothing here sets one.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.model import Case
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_limits import size_text
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import fact

_MIB = 1024 * 1024
_LEAST_MEMORY, _MEMORY_STEP = 64 * _MIB, 16 * _MIB
_LEAST_PIDS, _PIDS_STEP = 50, 10
# Of the most that was used, and of what is used now where the kernel keeps no peak.
_OF_PEAK, _OF_NOW = 1.5, 2.0
_UNITS = {"b": 1, "m": _MIB}


class Size(t.NamedTuple):
    """A suggested limit, and a sentence about the figure that it is from."""

    limit: int
    reason: str


def memory_of(case: Case) -> Size | None:
    """Return how much memory the container is seen to fit into, or None if it is not known how much it uses."""
    found = _seen(case, "memory_peak_bytes", "memory_bytes")
    if found is None:
        return None
    figure, factor, when = found
    limit = max(_LEAST_MEMORY, _up(figure * factor, _MEMORY_STEP))
    return Size(limit, f"It used {size_text(_up(figure, _MIB))} {when}, and {factor:g} times as much is room for it.")


def pids_of(case: Case) -> Size | None:
    """Return how many processes and threads the container is seen to fit into, or None."""
    found = _seen(case, "pids_peak", "pids")
    if found is None:
        return None
    figure, factor, when = found
    return Size(max(_LEAST_PIDS, _up(figure * factor, _PIDS_STEP)), f"It had {figure} {when}.")


def _seen(case: Case, peak: str, now: str) -> tuple[int, float, str] | None:
    for name, factor, when in ((peak, _OF_PEAK, "at most since its start"), (now, _OF_NOW, "when it was looked at")):
        figure = fact(case.use, name)
        if isinstance(figure, int) and not isinstance(figure, bool) and figure > 0:
            return figure, factor, when
    return None


def _up(number: float, step: int) -> int:
    return -int(-number // step) * step


def larger(left: t.Any, right: t.Any) -> t.Any:
    """Return the larger of two limits, as numbers or as sizes."""
    return max(left, right, key=_number)


def _number(value: t.Any) -> float:
    if isinstance(value, str):
        return float(value[:-1]) * _UNITS[value[-1]]
    return float(value)
