# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which accounts can be the one that containers are mapped to."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.model import Account

# From this id on, distributions give ids to people.
_FIRST_OF_PEOPLE = 1000
_NO_LOGIN = ("nologin", "false")


def hindrance(found: Account, accounts: t.Sequence[Account]) -> str | None:
    """Return why this account cannot be the one that containers are mapped to, or None.

    Whoever runs as this user may use its subordinate ids, and so is root of the containers.
    """
    others = sorted(one.name for one in accounts if one.uid == found.uid and one.name != found.name)
    if found.uid == 0:
        return "it is root"
    if found.uid >= _FIRST_OF_PEOPLE:
        return f"its id {found.uid} is not one of a system account (below {_FIRST_OF_PEOPLE})"
    if found.shell.rpartition("/")[2] not in _NO_LOGIN:
        return f"it can log in (shell {found.shell or 'not set'})"
    return f"it has the same id as {', '.join(others[:10])}" if others else None
