# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An action looks for unused objects seldom until its process ends, which goes on here."""

from __future__ import annotations

import gc
import typing as t

import pytest


@pytest.fixture(autouse=True)
def _collected_as_before() -> t.Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
