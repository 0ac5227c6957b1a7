# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of userns-remap with which the engine would not start are refused, also where the engine creates the user."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import parse_flags
from ansible_collections.seawall.docker.plugins.module_utils._daemon.local_engine import LocalDaemon
from ansible_collections.seawall.docker.plugins.module_utils._daemon.next_start import NextStart
from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import Units
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.check import remapping_fault
from ansible_collections.seawall.docker.plugins.module_utils._host.model import Account
from ansible_collections.seawall.docker.tests.support.dictionary_host import DictionaryHost


class HostWithoutUser(DictionaryHost):
    def accounts(self) -> list[Account]:
        return [account for account in super().accounts() if account.name != "dockremap"]


def daemon(version: tuple[int, int] | None) -> LocalDaemon:
    flags = parse_flags([], version)
    later, units = NextStart(None, False, None, [], None), Units(None, None, [], None, [])
    return LocalDaemon(None, version, "", [], flags, [], "/etc/docker/daemon.json", None, True, later, units)


def fault_of(
    subuid: str | None,
    subgid: str | None,
    version: tuple[int, int] | None = (26, 1),
    value: str = "default",
    host: t.Type[DictionaryHost] = HostWithoutUser,
) -> str | None:
    texts = {"/etc/subuid": subuid, "/etc/subgid": subgid}
    files = {path: text for path, text in texts.items() if text is not None}
    return remapping_fault(host(files), daemon(version), json.dumps({"userns-remap": value}).encode())


# What engines 20.10 and 26.1 were seen to do with each of these files.
@pytest.mark.parametrize(
    ("subuid", "subgid", "fault"),
    [
        (None, None, "/etc/subuid does not exist, and the engine does not start"),
        ("", None, "/etc/subgid does not exist, and the engine does not start"),
        ("", "", None),
        ("alice:100000:65536\n", "alice:100000:65536\n", None),
        ("alice:100000\n", "", "/etc/subuid: line 1 is not owner:start:count, and the engine does not start"),
        ("\n#\nalice:abc:65536\n", "", "/etc/subuid: line 3 has 'abc' for a number, and the engine does not start"),
        ("", "bob:1:2 # x\n", "/etc/subgid: line 1 has '2 # x' for a number, and the engine does not start"),
        ("dockremap:abc:1\n", "", "/etc/subuid: line 1 has 'abc' for a number, and the engine does not start"),
        ("dockremap:200000:65536\n", "dockremap:200000:65536\n", None),
        # With ranges of its own, no free range is searched, so that numbers of others are not read.
        ("alice:abc:65536\ndockremap:200000:65536\n", "dockremap:200000:65536\n", None),
        ("dockremap:0:65536\n", "", "/etc/subuid: line 1 makes root of every container root of the host"),
        ("dockremap:5:0\n", "", "/etc/subuid: the range on line 1 holds no id for root, and the engine does not start"),
    ],
)
@pytest.mark.parametrize("version", [(20, 10), (26, 1)])
def test_the_engine_that_creates_the_user_starts_only_with_files_that_it_can_read(
    subuid: str | None, subgid: str | None, fault: str | None, version: tuple[int, int]
) -> None:
    assert fault_of(subuid, subgid, version) == (fault and f"userns-remap: {fault}")


def test_an_engine_from_28_on_skips_lines_of_others_but_takes_its_own_malformed_number_for_root() -> None:
    assert fault_of("alice:abc:65536\nbob\n", "", (28, 5)) is None
    assert "is not owner:start:count" in str(fault_of("alice:abc:65536\nbob\n", "", None))
    assert "root of the host" in str(fault_of("dockremap:abc:65536\n", "", (28, 5)))
    assert "does not exist" in str(fault_of(None, "", (28, 5)))


def test_default_means_the_user_that_exists_and_the_engine_gives_it_no_ranges() -> None:
    fault = fault_of("alice:100000:65536\n", "", host=DictionaryHost)
    assert fault == "userns-remap: /etc/subuid: there is no range for dockremap, and the engine does not start"
    assert "does not exist" in str(fault_of(None, None, value="dockremap", host=DictionaryHost))
    # A group beside "default" changes nothing while the user is missing.
    assert fault_of("", "", value="default:nogroup") is None
    assert "does not exist" in str(fault_of(None, None, value="default:nogroup"))


@pytest.mark.parametrize(
    ("limit", "refused"),
    [("0\n", True), ("00\n", True), ("1\n", False), ("63000\n", False), ("x", False), (None, False)],
)
@pytest.mark.parametrize("value", ["default", "dockremap"])
def test_a_kernel_that_allows_no_user_namespaces_is_named_before_the_restart(
    limit: str | None, refused: bool, value: str
) -> None:
    files = {"/etc/subuid": "dockremap:200000:65536\n", "/etc/subgid": "dockremap:200000:65536\n"}
    if limit is not None:
        files["/proc/sys/user/max_user_namespaces"] = limit
    fault = remapping_fault(DictionaryHost(files), daemon((26, 1)), json.dumps({"userns-remap": value}).encode())
    assert (fault is not None and "user.max_user_namespaces is 0" in fault) is refused, fault
    assert remapping_fault(DictionaryHost(files), daemon((26, 1)), b"{}") is None


@pytest.mark.parametrize(
    ("uid_map", "gid_map", "named"),
    [
        ("0 0 4294967295\n", "0 0 4294967295\n", None),
        ("0 100000 65536\n", "0 100000 65536\n", "/etc/subuid"),
        ("0 100000 900000\n", "0 100000 265535\n", "/etc/subgid"),
        ("0 100000 265536\n", "0 100000 265536\n", None),
    ],
)
def test_ranges_that_a_host_in_a_user_namespace_does_not_have_are_refused(
    uid_map: str, gid_map: str, named: str | None
) -> None:
    files = {"/etc/subuid": "dockremap:200000:65536\n", "/etc/subgid": "dockremap:200000:65536\n"}
    files.update({"/proc/self/uid_map": uid_map, "/proc/self/gid_map": gid_map})
    host = DictionaryHost(files, {"/proc/self/ns/user": "user:[1]", "/proc/1/ns/user": "user:[1]"})
    fault = remapping_fault(host, daemon((26, 1)), b'{"userns-remap": "dockremap"}')
    if named is None:
        assert fault is None
    else:
        assert str(fault).startswith(
            f"userns-remap: {named}: line 1 has the ids 200000 to 265535, and this host does not"
        )
