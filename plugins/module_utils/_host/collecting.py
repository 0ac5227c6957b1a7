# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often Python looks for unused objects that refer to each other in a circle."""

from __future__ import annotations

import contextlib
import gc
import typing as t

_OBJECTS_UNTIL_COLLECTED = 100_000


@contextlib.contextmanager
def seldom_collected() -> t.Iterator[None]:
    """Look for them seldom. Documents and syntax trees are many objects and hold no circles; to look at all objects of Ansible again
    and again while they are made takes up to half of the time."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_UNTIL_COLLECTED, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
