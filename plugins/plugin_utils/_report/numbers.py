# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole numbers in a document that somebody else could have written."""

from __future__ import annotations

import typing as t

_LARGEST_COUNT = 2**31


def is_whole(value: t.Any) -> t.TypeGuard[int]:
    """Whether it is a whole number. For Python, true and false are numbers, too."""
    return isinstance(value, int) and not isinstance(value, bool)


def count_of(value: t.Any, least: int = 0) -> int:
    """Return a count; ``least`` for what is none, for a smaller one, and for one that no host can have."""
    return value if is_whole(value) and least <= value < _LARGEST_COUNT else least
