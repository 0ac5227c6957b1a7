# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an option names and the host lacks. Engine 20.10 was seen to do the same with each of these files."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import parse_flags
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.authorization import Plugins
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.missing import missing_faults
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

CERTIFICATE = {"tlscert": "/etc/passwd", "tlskey": "/etc/passwd"}


class SomeHost(Host):
    """A real host whose groups are only root and ops, or cannot be read."""

    def __init__(self, groups: bool = True) -> None:
        super().__init__(lambda *_words, **_options: (1, "", ""))
        self.readable = groups

    def group(self, name_or_gid: t.Any) -> t.Any:
        if not self.readable:
            raise Unread("the directory service does not answer", "timeout")
        return name_or_gid if name_or_gid in ("root", "ops") else None


def fault(config: t.Any, *arguments: str, driver: str | None = None, groups: bool = True) -> str:
    flags = parse_flags(list(arguments), (20, 10))
    return " | ".join(missing_faults(SomeHost(groups), json.dumps(config).encode(), flags, (20, 10), driver))


@pytest.mark.parametrize(
    ("config", "arguments", "said"),
    [
        ({"group": "nope"}, (), "group: there is no group 'nope' on this host"),
        ({"group": "nope", "hosts": ["unix:///x"]}, (), "group: "),
        ({"group": "nope"}, ("-H", "fd://", "-H", "unix:///x"), "group: "),
        ({"group": "ops"}, (), ""),
        ({"group": "docker"}, (), ""),  # the engine starts without it
        ({"group": ""}, (), ""),
        ({"group": "4711"}, (), ""),
        ({"group": "nope"}, ("-H", "fd://"), ""),
        ({"group": "nope", "hosts": ["tcp://127.0.0.1:2375"]}, (), ""),
        ({"seccomp-profile": "/nope.json"}, (), "seccomp-profile: there is no file /nope.json"),
        ({"seccomp-profile": "/etc"}, (), "seccomp-profile: /etc is a directory"),
        ({}, ("--seccomp-profile=/nope.json",), "seccomp-profile: there is no file"),
        ({"seccomp-profile": "/etc/passwd"}, (), ""),
        ({"seccomp-profile": ""}, (), ""),
        ({"seccomp-profile": "builtin"}, (), ""),
        ({"seccomp-profile": "nope"}, (), ""),  # below the directory in which the daemon was started
        ({"tls": True, "tlscert": "/nope", "tlskey": "/etc/passwd"}, (), "tlscert: there is no file /nope"),
        ({"tlsverify": True, "tlscert": "/etc/passwd", "tlskey": "/nope"}, (), "tlskey: there is no file /nope"),
        ({"tlscacert": "/nope"}, ("--tlsverify",), "tlscacert: there is no file /nope"),
        ({"tls": True, **CERTIFICATE, "tlscacert": "/nope"}, (), "tlscacert: there is no file /nope"),  # it verifies
        ({"tlsverify": False, **CERTIFICATE, "tlscacert": "/nope"}, (), ""),  # nobody is verified
        ({"tls": True, **CERTIFICATE}, (), ""),
        ({"tlsverify": True, **CERTIFICATE}, (), ""),
        ({"tlscert": "/nope", "tlskey": "/nope"}, (), ""),  # nothing turns TLS on
        ({"tls": False, "tlscert": "/nope"}, (), ""),
        ({"tls": True}, (), "tlscert: TLS is on and the file names no tlscert"),
        ({"tlsverify": True}, (), "tlscert: TLS is on"),
        ({"tlsverify": False}, (), "tlscert: TLS is on"),
        ({"tls": False, "tlsverify": True}, (), "tlscert: TLS is on"),
        ({"tls": True, "tlscert": "/etc/passwd"}, (), "tlskey: TLS is on"),
        # Without a flag that turns TLS on, the engine does not use files that flags name.
        ({"tls": True}, ("--tlscert=/etc/passwd", "--tlskey=/etc/passwd"), "tlscert: TLS is on"),
        ({}, ("--tlsverify",), ""),  # the default files, wherever they are
        ({}, ("--tlsverify", "--tlscert=/nope"), "tlscert: there is no file /nope"),
        ({"group": 5}, (), ""),
    ],
)
def test_what_the_host_lacks(config: t.Any, arguments: tuple[str, ...], said: str) -> None:
    reason = fault(config, *arguments)
    assert reason.startswith(said) and bool(reason) is bool(said)


def test_a_group_that_cannot_be_looked_up_is_left_to_the_engine() -> None:
    assert fault({"group": "nope"}, groups=False) == ""


@pytest.mark.parametrize(
    ("config", "driver", "refused"),
    [
        ({"storage-opts": ["dm.basesize=10G"]}, "overlay2", True),
        ({"storage-opts": ["overlay2.size=1G"]}, "vfs", True),
        ({"storage-opts": ["overlay2.override_kernel_check=true"]}, "overlay2", False),
        ({"storage-opts": ["dm.basesize=10G"]}, None, False),  # which driver it will be is not known
        ({"storage-opts": ["dm.basesize=10G"]}, "overlayfs", False),  # of a driver that is not in the tables
        # A driver that is named is judged where the file is parsed.
        ({"storage-driver": "overlay2", "storage-opts": ["dm.basesize=10G"]}, "vfs", False),
    ],
)
def test_storage_options_are_judged_by_the_driver_that_the_engine_chose(
    config: t.Any, driver: str | None, refused: bool
) -> None:
    reason = fault(config, driver=driver)
    assert bool(reason) is refused
    assert not refused or f"The engine chooses {driver} by itself" in reason


def test_a_file_that_no_engine_can_parse_is_not_judged_twice(tmp_path: Path) -> None:
    assert missing_faults(SomeHost(), b"{", parse_flags([], None), None) == []
    gone = tmp_path / "profile.json"
    gone.symlink_to(tmp_path / "nothing")
    assert "there is no file" in fault({"seccomp-profile": str(gone)})


def test_each_fault_is_told_so_that_an_old_one_hides_no_new_one() -> None:
    flags = parse_flags([], (26, 1))
    both = {"group": "nope", "seccomp-profile": "/nope.json", "authorization-plugins": ["guard"]}
    known = Plugins("/proc/self/root", {})
    said = missing_faults(SomeHost(), json.dumps(both).encode(), flags, (26, 1), None, known)
    assert [one.partition(":")[0] for one in said] == list(both)
