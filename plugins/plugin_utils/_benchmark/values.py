# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse values of a posture that several rule functions and the plan use: modes, patterns, versions, times, sets of
CPUs."""

from __future__ import annotations

import datetime
import fnmatch
import re
import typing as t

# As many as fit into 64 bits; Python itself refuses numbers of thousands.
MAX_DIGITS = 18
# The kernel's own sets of CPUs have a page at most.
_LONGEST_CPU_SET = 4096


def octal(text: str) -> int | None:
    return int(text, 8) if re.fullmatch(r"[0-7]{1,6}", text) else None


def rights_of(letters: str) -> int:
    """Return the bits of rights: ``rw`` is 6."""
    return sum(bit for letter, bit in (("r", 4), ("w", 2), ("x", 1)) if letter in letters)


def matches_any(value: str, patterns: t.Iterable[t.Any]) -> bool:
    return any(fnmatch.fnmatchcase(value, str(pattern)) for pattern in patterns)


def version_numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version, padded to three: ``20.10.24+dfsg1`` is (20, 10, 24). An epoch is
    dropped."""
    match = re.match(r"(?:\d+:)?v?(\d+(?:\.\d+)*)", version)
    parts = match.group(1).split(".") if match else []
    if not parts or any(len(part) > MAX_DIGITS for part in parts):
        return ()
    numbers = tuple(map(int, parts))
    return numbers + (0,) * (3 - len(numbers))


def moment(text: str) -> datetime.datetime | None:
    """Parse a time in ISO 8601 as the engine writes it, with or without a fraction of any length."""
    match = re.match(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?(Z|[+-]\d{2}:\d{2})$", text)
    if match is None:
        return None
    try:
        return datetime.datetime.fromisoformat(match.group(1) + match.group(2))
    except ValueError:
        return None


def cpus_in(text: str) -> int | None:
    """Return the number of CPUs in a set as the kernel writes it. A CPU that is named twice counts once."""
    numbers: set[int] = set()
    if len(text) > _LONGEST_CPU_SET:
        return None
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,5})(?:-(\d{1,5}))?\s*", part)
        if match is None or (match.group(2) and int(match.group(2)) < int(match.group(1))):
            return None
        numbers.update(range(int(match.group(1)), int(match.group(2) or match.group(1)) + 1))
    return len(numbers)
