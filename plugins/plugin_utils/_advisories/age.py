# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How old the data about advisories is, and when that is too old."""

from __future__ import annotations

import datetime
import typing as t

OLD_DAYS = 90


def newest(dates: t.Iterable[str], today: datetime.date) -> str | None:
    """Return the newest date that is not in the future. A wrong year must not hide that the data is old."""
    # Somebody east of here may have tomorrow's date.
    latest = today + datetime.timedelta(days=1)
    return max((date for date in dates if datetime.date.fromisoformat(date) <= latest), default=None)


def days(date: str, today: datetime.date) -> int:
    return max((today - datetime.date.fromisoformat(date)).days, 0)


def warning(updated: str | None, age: int | None) -> str | None:
    """Return what to say of data that is old or of which that is not known, or None."""
    if updated is None or age is None:
        return "It is not known how old the data about advisories is; later advisories are not in the report."
    if age > OLD_DAYS:
        return f"The data about advisories is {age} days old; later advisories are not in the report."
    return None
