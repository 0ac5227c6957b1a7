# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Masking of credentials in values of options, before they enter a posture."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_value

MASK = "***"


def masked(key: str, value: t.Any) -> t.Any:
    """An option's value without secrets."""
    if key == "runtimes":
        return {name: {"path": str((entry or {}).get("path") or "")} for name, entry in value.items()}
    if key == "labels":
        # As with containers, only the names of labels are kept.
        return [f"{str(label).split('=', 1)[0]}={MASK}" for label in value]
    return mask_value(value, key, mask=MASK)
