# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often Python looks for unused objects that refer to each other in a circle.

Documents hold no circles; to look at all objects of Ansible again and again while they are made takes up to half of the time.
"""

from __future__ import annotations

import contextlib
import gc
import typing as t

# The syntax trees of a module and of all that it imports, which Ansible makes and which hold circles, are half as many: 60 MB.
_OBJECTS_UNTIL_COLLECTED = 1_000_000


@contextlib.contextmanager
def seldom_collected() -> t.Iterator[None]:
    """Look for them seldom meanwhile, in a process that goes on afterwards."""
    before = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)


def collect_seldom() -> None:
    """Look for them seldom from now on, in a process that ends with its task."""
    gc.set_threshold(_OBJECTS_UNTIL_COLLECTED, *gc.get_threshold()[1:])


def collect_no_more() -> None:
    """Look at no object again, in a process that has nothing more to do than to say what it found. Python looks at all of them when
    it ends."""
    gc.disable()
    gc.freeze()
