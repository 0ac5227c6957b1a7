# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts that could not be read: the fact is absent, and the reason is recorded."""

from __future__ import annotations

import typing as t


class Unread(Exception):
    """A fact that could not be read.

    ``reason`` is one sentence for the operator. ``kind`` is ``absent`` for an answer ("there is no such file"), ``denied``,
    ``timeout``, ``bound`` or ``failed`` if the fact could not be read.
    """

    def __init__(self, reason: str, kind: str = "failed") -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind


class Facts:
    """Facts of one section or one subject, and the reasons for those that are missing.

    ``document()`` returns the values with an ``unread`` map (dotted key to reason) beside them.
    """

    def __init__(self, **known: t.Any) -> None:
        self.values: dict[str, t.Any] = dict(known)
        self.unread: dict[str, str] = {}

    def take(self, key: str, read: t.Callable[[], t.Any]) -> t.Any:
        """Store ``read()`` under ``key``. If it raises ``Unread``, store the reason and return None."""
        try:
            self.values[key] = read()
        except Unread as gap:
            self.unread[key] = gap.reason
            return None
        return self.values[key]

    def miss(self, key: str, reason: str) -> None:
        """Record that ``key`` (dotted for a part of a value) could not be read."""
        self.unread[key] = reason

    def document(self) -> dict[str, t.Any]:
        result = dict(self.values)
        result["unread"] = dict(self.unread)
        return result
