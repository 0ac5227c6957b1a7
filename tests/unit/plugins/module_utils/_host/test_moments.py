# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moments have one form, whatever their zone is."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.moments import now_text, text_of_seconds, utc_text


def test_a_moment_of_any_zone_is_shown_in_utc_to_the_second() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    assert utc_text(datetime(2026, 1, 1, 2, 0, 0, 999999, tzinfo=east)) == "2025-12-31T20:30:00Z"
    assert text_of_seconds(0) == "1970-01-01T00:00:00Z" and text_of_seconds(1.999) == "1970-01-01T00:00:01Z"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", now_text())


def test_a_moment_that_utc_does_not_have_is_an_error() -> None:
    with pytest.raises(OverflowError):
        utc_text(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))))
