# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes as people write them. Pure."""

from __future__ import annotations

import re

_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SIZE = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,6})?) ?([bkmgt]?)(?:i?b)?", re.IGNORECASE)


def bytes_of(text: str) -> int | None:
    """Return ``512m`` in bytes, None for what is no size."""
    found = _SIZE.fullmatch(text.strip())
    return int(float(found.group(1)) * _UNITS[found.group(2).lower()]) if found is not None else None


def fault_of(text: str, option: str) -> str:
    """Return what is wrong with such a text, and what to write."""
    return f"{option} {text!r} is no size; write a number with b, k, m, g or t, such as 512m"
