# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A store of results that most hosts of a fleet have in common. It saves time alone, and does not grow with the fleet."""

from __future__ import annotations

import typing as t

# A host can make each of its values as long as it likes, so a number of values alone is no bound.
MOST_VALUES = 4_000
MOST_BYTES = 16 * 1024 * 1024

Value = t.TypeVar("Value")


class Recent(t.Generic[Value]):
    """Values by the digests of what they were made from. All are forgotten at once when they are too many or too long."""

    def __init__(self, forgotten: t.Callable[[], object] | None = None) -> None:
        self._values: dict[bytes, Value] = {}
        self._bytes = 0
        self._forgotten = forgotten

    def __len__(self) -> int:
        return len(self._values)

    def get(self, digest: bytes) -> Value | None:
        return self._values.get(digest)

    def keep(self, digest: bytes, value: Value, size: int) -> Value:
        """Keep a value of about so many bytes, and return it."""
        if len(self._values) >= MOST_VALUES or self._bytes + size > MOST_BYTES:
            self._values.clear()
            self._bytes = 0
            if self._forgotten is not None:
                self._forgotten()
        self._values[digest] = value
        self._bytes += size
        return value
