# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interpret a container's user, ulimits and capabilities in the same way as the engine."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._posture.seccomp import DEFAULT_CAPABILITIES
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.values import MAX_DIGITS


def user_is_root(user: str) -> bool | None:
    """Return whether ``Config.User`` is root. An empty text, any spelling of 0, and ``root`` are root. Another number
    is not. For another name the result is None, since it is not known.

    A number above 31 bits is root, too, since some engines turn it into 0.
    """
    name = user.partition(":")[0].strip()
    if name in ("", "root"):
        return True
    if re.fullmatch(r"[+-]?[0-9]+", name):
        digits = name.lstrip("+-").lstrip("0")
        number = int(digits or "0") if len(digits) <= MAX_DIGITS else 2**63
        return None if number and name.startswith("-") else number == 0 or number > 2**31 - 1
    return None


def limited_ulimits(ulimits: dict[str, t.Any]) -> list[str]:
    """Return the names of ulimits with a hard limit. -1 means no limit."""
    return sorted(name for name, (_soft, hard) in default_ulimits(ulimits).items() if hard is not None and hard >= 0)


def own_ulimits(ulimits: list[t.Any], defaults: dict[str, t.Any]) -> list[str]:
    """Return the names of a container's ulimits that differ from the defaults of the daemon, which the engine copies
    into containers."""
    known = default_ulimits(defaults)
    return [one["name"] for one in ulimits if known.get(one["name"]) != (one.get("soft"), one.get("hard"))]


def default_ulimits(ulimits: dict[str, t.Any]) -> dict[str, tuple[int | None, int | None]]:
    """Return the soft and the hard limit by name. The value of a flag has the form ``soft:hard``, that of daemon.json
    ``{"Name", "Soft", "Hard"}``.

    The engine uses the inner name, so the inner name counts.
    """
    found = {}
    for name, limit in ulimits.items():
        if isinstance(limit, dict):
            fields = {str(key).lower(): value for key, value in limit.items()}
            name, values = str(fields.get("name") or ""), [fields.get("soft"), fields.get("hard")]
        else:
            texts = str(limit).split(":")
            values = [int(text) if re.fullmatch(r"-?\d{1,19}", text) else None for text in (texts[0], texts[-1])]
        if name:
            soft, hard = (value if isinstance(value, int) else None for value in values)
            found[name] = (soft, hard)
    return found


def granted_capabilities(added: list[str], dropped: list[str]) -> list[str]:
    """Return the capabilities that the engine grants. One that is both dropped and added is granted."""
    if "ALL" in added:
        return ["ALL"]
    kept = set() if "ALL" in dropped else set(DEFAULT_CAPABILITIES) - set(dropped)
    return sorted(kept | set(added))
