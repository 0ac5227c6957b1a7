# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gather a single section of the posture, for the modules that return only one."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._posture.gather import gather


def gather_section(context: Context, name: str) -> dict[str, t.Any]:
    """Return ``engine``, ``unread`` (with names that begin with the section's, as in the posture), and the section
    under its name.

    If the whole section could not be read, it is missing, and ``unread`` contains the reason.
    """
    posture = gather(context, [name])
    unread = {key: reason for key, reason in posture["unread"].items() if key.split(".")[0] == name}
    result = {"engine": posture["engine"], "unread": unread}
    if name in posture:
        result[name] = posture[name]
    return result
