# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of a journal that may be secrets, to be struck out of what an engine says of them. Pure."""

from __future__ import annotations

import typing as t

Document = t.Dict[str, t.Any]
# Shorter words are struck out of every sentence, and no secret.
_SHORTEST = 6


def values_of(had: Document) -> t.Set[str]:
    """Return the values of variables, labels and options, and the parts of options that are lists such as ``o=a=b,c=d``."""
    found: t.Set[str] = set()
    for entry in had["containers"]:
        config = entry["inspect"]["Config"]
        found |= {str(one).partition("=")[2] for one in config.get("Env") or []}
        found |= _values(config.get("Labels"))
        found |= _values((entry["inspect"]["HostConfig"].get("LogConfig") or {}).get("Config"))
    for thing in [*had["volumes"], *had["networks"]]:
        found |= _values(thing.get("Options")) | _values(thing.get("Labels"))
    return {one for one in found if len(one) >= _SHORTEST}


def _values(options: t.Optional[Document]) -> t.Set[str]:
    whole = {str(one) for one in (options or {}).values()}
    parts = {part.partition("=")[2] for one in whole for part in one.split(",")}
    return whole | parts
