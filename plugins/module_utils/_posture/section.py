# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A single section of the posture, as the modules that gather only one section return it."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._posture.gather import gather


def gather_section(context: Context, name: str) -> dict[str, t.Any]:
    """``engine``, ``unread`` (names begin with the section's, as in the posture) and the section under its name.

    Where the whole section could not be read, its name is missing and ``unread`` has the reason.
    """
    posture = gather(context, [name])
    unread = {key: reason for key, reason in posture["unread"].items() if key.split(".")[0] == name}
    result = {"engine": posture["engine"], "unread": unread}
    if name in posture:
        result[name] = posture[name]
    return result
