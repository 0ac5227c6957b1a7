# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moments as text, in the one form that results, records and postures have: ISO 8601 in UTC, to the second."""

from __future__ import annotations

from datetime import datetime, timezone


def utc_text(moment: datetime) -> str:
    """Return an aware moment of any zone as text. Raises OverflowError or ValueError if UTC has no such moment."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def text_of_seconds(seconds: float) -> str:
    """Return seconds since 1970 as text."""
    return utc_text(datetime.fromtimestamp(int(seconds), timezone.utc))


def now_text() -> str:
    return utc_text(datetime.now(timezone.utc))
