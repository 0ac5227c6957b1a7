# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors in files and variables of users, with their place."""

from __future__ import annotations

import difflib
import typing as t

# Somebody who writes a file mends a few faults at a time.
_MOST_FAULTS = 20


class BenchmarkError(Exception):
    """A sentence that names the file, the line and the key, and says what to do."""


class Faults:
    """Collects the errors of all entries of a file, so that all are reported at once."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def __len__(self) -> int:
        return len(self._found)

    def __enter__(self) -> Faults:
        return self

    def __exit__(self, kind: t.Any, error: BaseException | None, trace: t.Any) -> bool:
        """Keep a BenchmarkError and go on."""
        if isinstance(error, BenchmarkError):
            self._found.append(str(error))
            return True
        return False

    def check(self) -> None:
        """Raise a BenchmarkError with everything that was collected, if there is something."""
        if len(self._found) == 1:
            raise BenchmarkError(self._found[0])
        if self._found:
            shown, more = self._found[:_MOST_FAULTS], len(self._found) - _MOST_FAULTS
            ended = [fault if fault.endswith(("?", ".")) else f"{fault}." for fault in shown]
            listed = "".join(f" ({number}) {fault}" for number, fault in enumerate(ended, 1))
            raise BenchmarkError(f"{len(self._found)} faults:{listed}{f' And {more} more.' if more > 0 else ''}")


def nearest(name: str, known: t.Iterable[str]) -> str:
    """Return ``; did you mean X?`` for an unknown name, or an empty text if no known name is similar."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""
