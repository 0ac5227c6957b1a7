# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of files are bytes. Those that are no UTF-8 become surrogates in Python, which Ansible refuses to take from a module: one file
of a container could keep its whole host from being audited."""

from __future__ import annotations

import json
import re
import typing as t

_T = t.TypeVar("_T")
_SURROGATE = re.compile("[\ud800-\udfff]")


def encodable(document: _T) -> _T:
    """Return a document of JSON with U+FFFD in place of each surrogate, also in keys; one without any is returned as it is."""
    # To look for their escapes is faster than to look at each value.
    if "\\ud" not in json.dumps(document, default=str):
        return document
    return t.cast(_T, _replaced(document))


def _replaced(value: t.Any) -> t.Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_replaced(key): _replaced(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replaced(inner) for inner in value]
    return value
