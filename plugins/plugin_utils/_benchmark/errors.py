# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong in something that a user wrote, and where."""

from __future__ import annotations

import difflib
import typing as t


class BenchmarkError(Exception):
    """One sentence that names the file, the line and the key, and says what to do."""


def nearest(name: str, known: t.Iterable[str]) -> str:
    """``; did you mean X?`` for a name that does not exist, or nothing where none is close."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""
