# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not enter a posture: credentials in addresses, in log options and in labels."""

from __future__ import annotations

import re
import typing as t

MASK = "***"

_SECRET_NAME = re.compile(
    r"token|passw|secret|credential|api[-_]?key|access[-_]?key|private[-_]?key|auth", re.IGNORECASE
)
_USER_IN_URL = re.compile(r"(://)[^\s/]*@")
_PROXIES = ("http-proxy", "https-proxy")
_LISTS_OF_PAIRS = ("storage-opts", "exec-opts")


def masked(key: str, value: t.Any) -> t.Any:
    """An option's value without secrets."""
    if key in _PROXIES:
        # A password may hold a slash; everything before the last @ goes.
        return re.sub(r"^([a-zA-Z0-9+.-]+://)?.*@", rf"\g<1>{MASK}@", str(value)) if value else value
    if key == "labels":
        # As with containers, only the names of labels are kept.
        return [f"{str(label).split('=', 1)[0]}={MASK}" for label in value]
    if key == "runtimes":
        return {name: {"path": str((entry or {}).get("path") or "")} for name, entry in value.items()}
    if key in _LISTS_OF_PAIRS:
        return [_masked_pair(str(item)) for item in value]
    return _masked_deep(value)


def _masked_pair(text: str) -> str:
    name, equals, _value = text.partition("=")
    return f"{name}={MASK}" if equals and _SECRET_NAME.search(name) else _masked_text(text)


def _masked_deep(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {
            name: MASK if _SECRET_NAME.search(str(name)) and isinstance(entry, str) else _masked_deep(entry)
            for name, entry in value.items()
        }
    if isinstance(value, list):
        return [_masked_deep(entry) for entry in value]
    return _masked_text(value) if isinstance(value, str) else value


def _masked_text(text: str) -> str:
    return _USER_IN_URL.sub(rf"\1{MASK}@", text)
