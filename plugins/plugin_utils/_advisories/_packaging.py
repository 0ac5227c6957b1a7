# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library that knows the order of versions. ansible-core requires it, so it is there wherever a playbook runs.

Without it the collection can still be imported, and so be documented. Then no version is known.
"""

from __future__ import annotations

import typing as t

try:
    from packaging.version import InvalidVersion, Version
except ImportError:

    class InvalidVersion(ValueError):  # type: ignore[no-redef]
        """Raised for every text."""

    class Version:  # type: ignore[no-redef]
        """Knows no version."""

        def __init__(self, text: str) -> None:
            raise InvalidVersion(text)

        def __lt__(self, other: t.Any) -> bool:
            return NotImplemented


__all__ = ["InvalidVersion", "Version"]
