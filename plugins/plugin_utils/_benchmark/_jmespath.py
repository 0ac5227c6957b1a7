# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import JMESPath, the language of conditions in rules.

Without it the collection can still be imported, so that it can be documented and can report what is missing.
"""

from __future__ import annotations

import traceback
import typing as t

IMPORT_ERROR: str | None = None
try:
    import jmespath
    from jmespath import exceptions, functions, visitor
except ImportError:
    IMPORT_ERROR = traceback.format_exc()

    class _Absent:
        """Stands in for JMESPath so that classes can be derived from it. It cannot be used."""

        class Functions:
            pass

        class JMESPathError(Exception):
            pass

        class TreeInterpreter:
            def __init__(self, _options: t.Any) -> None:
                pass

        @staticmethod
        def signature(*_types: t.Any) -> t.Callable[[t.Any], t.Any]:
            return lambda function: function

        @staticmethod
        def Options(**_options: t.Any) -> None:  # noqa: N802 - JMESPath's name
            return None

    jmespath = exceptions = functions = visitor = _Absent  # type: ignore[assignment, misc, unused-ignore]

__all__ = ["IMPORT_ERROR", "exceptions", "functions", "jmespath", "visitor"]
