# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare limits of several containers of one service."""

from __future__ import annotations

import typing as t

_UNITS = {"b": 1, "m": 1024 * 1024}


def larger(left: t.Any, right: t.Any) -> t.Any:
    """Return the larger of two limits, as numbers or as sizes."""
    return max(left, right, key=_number)


def _number(value: t.Any) -> float:
    if isinstance(value, str):
        return float(value[:-1]) * _UNITS[value[-1]]
    return float(value)
