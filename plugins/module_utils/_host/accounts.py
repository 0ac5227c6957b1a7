# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts and groups as the host's name service knows them."""

from __future__ import annotations

import grp
import pwd

from ansible_collections.seawall.docker.plugins.module_utils._host.model import Account, Group


def account(name_or_uid: str | int) -> Account | None:
    """Return an account, or None. A number that no account can have is no error."""
    try:
        entry = pwd.getpwuid(name_or_uid) if isinstance(name_or_uid, int) else pwd.getpwnam(name_or_uid)
    except (KeyError, OverflowError, ValueError):
        return None
    return _account_of(entry)


def all_accounts() -> list[Account]:
    """Return every account that the name service lists."""
    return [_account_of(entry) for entry in pwd.getpwall()]


def group(name_or_gid: str | int) -> Group | None:
    """Return a group, or None. A number that no group can have is no error."""
    try:
        entry = grp.getgrgid(name_or_gid) if isinstance(name_or_gid, int) else grp.getgrnam(name_or_gid)
    except (KeyError, OverflowError, ValueError):
        return None
    return _group_of(entry)


def all_groups() -> list[Group]:
    """Return every group that the name service lists."""
    return [_group_of(entry) for entry in grp.getgrall()]


def _account_of(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir, entry.pw_shell)


def _group_of(entry: grp.struct_group) -> Group:
    return Group(entry.gr_name, entry.gr_gid, list(entry.gr_mem))
