# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's lines about a process, of which the process chooses its name."""

from __future__ import annotations

import os
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.process import (
    capabilities_of,
    process_status,
    process_status_value,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.tests.support.record_here import run_command


class Named(Host):
    def __init__(self, name: str, *lines: str) -> None:
        super().__init__(run_command)
        self._text = "\n".join((f"Name:\t{name}", "Umask:\t0022", "PPid:\t7", "Uid:\t0\t0\t0\t0", *lines, ""))

    def read_bytes(self, path: str, max_bytes: int = 0) -> bytes:
        return self._text.encode()


@pytest.mark.parametrize(
    "name", ["x", "a:b", "\rSeccomp:\t2", "\x0bSeccomp:\t2", "\x85Seccomp:\t2", "\u2028Seccomp:\t2", "x\\nUid:\t9"]
)
def test_a_name_adds_no_line(name: str) -> None:
    host = Named(name)
    assert set(process_status(host, 1)) == {"Name", "Umask", "PPid", "Uid"}
    assert process_status_value(host, 1, "Seccomp") == ""
    assert process_status_value(host, 1, "Uid") == "0\t0\t0\t0" and process_status_value(host, 1, "PPid") == "7"


def test_one_value_is_that_of_the_map() -> None:
    host = Host(run_command)
    before, pid = process_status(host, os.getpid()), os.getpid()
    same: t.Dict[str, str] = {key: process_status_value(host, pid, key) for key in before}
    changing = {key for key in before if key.startswith(("Vm", "Rss", "SigQ", "voluntary", "nonvoluntary"))}
    assert {key: before[key] for key in before.keys() - changing} == {
        key: same[key] for key in before.keys() - changing
    }
    assert process_status_value(host, pid, "id") == process_status_value(host, pid, "Absent") == ""


def test_a_list_of_capabilities_is_the_callers_own() -> None:
    first = capabilities_of("3")
    first.append("changed")
    assert capabilities_of("3") == ["CHOWN", "DAC_OVERRIDE"]
