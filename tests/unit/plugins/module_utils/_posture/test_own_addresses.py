# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""By which addresses and names a host reaches itself."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.own_addresses import own_addresses, own_names
from ansible_collections.seawall.docker.tests.support.made_up_daemon import PID, Case

ROUTES = """\
Main:
  +-- 0.0.0.0/0 3 0 4
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
           |-- 127.0.0.1
              /32 host LOCAL
     |-- 192.0.2.0
        /24 link UNICAST
     |-- 192.0.2.10
        /32 link UNICAST
        /32 host LOCAL
     |-- 192.0.2.99
        /32 universe UNICAST
     |-- 192.0.2.255
        /32 link BROADCAST
Local:
     |-- 192.0.2.10
        /32 host LOCAL
"""
INTERFACES = """\
00000000000000000000000000000001 01 80 10 80       lo
20010db8000000000000000000000010 02 40 00 80     eth0
"""
HOSTS = """\
127.0.0.1 localhost
127.0.1.1 Web1.example.org web1 # not-me
192.0.2.10 logs.example.org.
192.0.2.11 neighbour
2001:db8:0::10 six
::1 ip6-localhost
nonsense here
"""


@pytest.fixture
def case() -> Case:
    made = Case()
    made.host.files.update(
        {
            f"/proc/{PID}/net/fib_trie": ROUTES,
            f"/proc/{PID}/net/if_inet6": INTERFACES,
            "/proc/sys/kernel/hostname": "WEB1\n",
            "/etc/hosts": HOSTS,
        }
    )
    return made


def test_the_kernel_says_the_addresses(case: Case) -> None:
    assert own_addresses(case.context()) == ["192.0.2.10", "2001:db8::10"]
    del case.host.files[f"/proc/{PID}/net/if_inet6"]
    assert own_addresses(case.context()) == ["192.0.2.10"]


def test_names_are_the_hosts_own_and_those_of_its_addresses(case: Case) -> None:
    found = own_names(case.context(), own_addresses(case.context()))
    assert found == ["ip6-localhost", "localhost", "logs.example.org", "six", "web1", "web1.example.org"]
    del case.host.files["/etc/hosts"]
    assert own_names(case.context(), []) == ["web1"]
    case.host.files["/proc/sys/kernel/hostname"] = "db.example.org\n"
    assert own_names(case.context(), []) == ["db", "db.example.org"]


@pytest.mark.parametrize("path", [f"/proc/{PID}/net/fib_trie", f"/proc/{PID}/net/if_inet6"])
def test_a_table_that_cannot_be_read_is_no_empty_one(case: Case, path: str) -> None:
    case.host.files[path] = Unread("not permitted", "denied")
    with pytest.raises(Unread):
        own_addresses(case.context())


def test_more_names_than_anybody_reads_are_unread(case: Case) -> None:
    case.host.files["/etc/hosts"] = "127.0.0.1 " + " ".join(f"name{number}" for number in range(3000))
    with pytest.raises(TooMuch):
        own_names(case.context(), [])


def test_of_a_remote_engine_nothing_is_known(case: Case) -> None:
    case.location = case.location._replace(local=False, address="tcp://192.0.2.1:2376")
    for read in (own_addresses, lambda context: own_names(context, [])):
        with pytest.raises(Unread, match="remote"):
            t.cast(t.Any, read)(case.context())
