# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of upstream's versions. Programs of distributions add their own suffixes to them, which are left out here."""

from __future__ import annotations

import re

from ansible_collections.seawall.docker.plugins.plugin_utils._advisories._packaging import InvalidVersion, Version

# A Debian version writes 1.4.0~rc1 for upstream's 1.4.0-rc1. What follows +, ~ or a revision belongs to the distribution.
_SHAPE = re.compile(
    r"v?(?P<number>[0-9]{1,9}(?:\.[0-9]{1,9}){0,4})(?:[-~]?(?P<early>rc|beta|alpha)[.-]?(?P<count>[0-9]{0,9}))?"
    r"(?:[+~].*|-ce|-[0-9].*)?"
)


def parsed(text: object) -> Version | None:
    """Return the version of upstream in a text, or None for a text that is no such version."""
    if not isinstance(text, str) or len(text) > 200:
        return None
    found = _SHAPE.fullmatch(re.sub(r"^[0-9]{1,4}:", "", text))
    if found is None:
        return None
    early = f"{found['early']}{found['count'] or 0}" if found["early"] else ""
    try:
        return Version(found["number"] + early)
    except InvalidVersion:
        return None
