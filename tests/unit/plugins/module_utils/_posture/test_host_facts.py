# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members of the group that owns the API socket, and the host's own description."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.model import Account, Group
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.files.members import members_of, name_services
from ansible_collections.seawall.docker.plugins.module_utils._posture.host_facts import _parents, parse_os_release


def account(name: str, uid: int, gid: int) -> Account:
    return Account(name, uid, gid, "/", "/bin/sh")


def test_members_are_those_listed_and_those_whose_own_group_it_is() -> None:
    accounts = [
        account("root", 0, 0),
        account("alice", 1000, 1000),
        account("ci", 1001, 998),
        account("bob", 1002, 1002),
    ]
    groups = [Group("docker", 998, ["alice", "gone"]), Group("dock", 998, ["bob"]), Group("other", 5, ["root"])]

    members = members_of(998, accounts, groups)

    assert [(entry["name"], entry["uid"], entry["primary"], entry["supplementary"]) for entry in members] == [
        ("alice", 1000, False, True),
        ("bob", 1002, False, True),
        ("ci", 1001, True, False),
        ("gone", None, False, True),
    ]


def test_a_group_without_members_has_none() -> None:
    assert members_of(998, [account("alice", 1000, 1000)], [Group("docker", 998, [])]) == []


def test_name_services_are_read_without_their_conditions() -> None:
    text = "passwd: files [NOTFOUND=return] sss # ldap\ngroup:files systemd\nhosts: dns\n"

    assert name_services(text) == {"files", "sss", "systemd"}


def test_os_release_is_read_as_a_shell_reads_it() -> None:
    text = '# c\nID=debian\nVERSION_ID=\'12\'\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nBAD="x\n'

    assert parse_os_release(text) == {
        "ID": "debian",
        "VERSION_ID": "12",
        "PRETTY_NAME": "Debian GNU/Linux 12 (bookworm)",
    }


def test_the_directories_above_the_data_root_have_their_modes(tmp_path: Path) -> None:
    place = tmp_path / "closed" / "docker"
    place.mkdir(parents=True)
    place.parent.chmod(0o750)
    found = _parents(Host(t.cast(t.Any, None)), str(place))
    assert found[0] == {"path": str(place.parent), "mode": "0750"}
    assert [one["path"] for one in found] == [str(one) for one in place.parents]
    assert found[-1] == {"path": "/", "mode": format(os.stat("/").st_mode & 0o7777, "04o")}


def test_a_data_root_without_end_is_not_followed() -> None:
    with pytest.raises(Unread, match="more than 40"):
        _parents(Host(t.cast(t.Any, None)), "/a" * 100_000)
