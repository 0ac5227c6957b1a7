# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who built the engine."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import Process
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.options import Setup
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.package import distribution_package
from ansible_collections.seawall.docker.tests.support.dictionary_host import DictionaryHost, container, context_of

LISTS = "/var/lib/dpkg/info"


def package(files: dict[str, t.Any], program: str) -> str | None:
    context = context_of(DictionaryHost(files, {"/proc/7/exe": program}), container())
    setup = Setup.__new__(Setup)
    setup.process = Process(7, "pid_file", 0, 1.0, [], "")
    return distribution_package(context, setup)


@pytest.mark.parametrize(
    ("files", "program", "expected"),
    [
        ({f"{LISTS}/docker.io.list": "/.\n/usr/sbin/dockerd\n"}, "/usr/sbin/dockerd", "docker.io"),
        ({f"{LISTS}/docker.io.list": "/sbin/dockerd\n"}, "/usr/sbin/dockerd (deleted)", "docker.io"),
        ({f"{LISTS}/moby-engine.list": "/usr/bin/dockerd\n"}, "/usr/bin/dockerd", "moby-engine"),
        # The package is there, and another program runs.
        ({f"{LISTS}/docker.io.list": "/usr/sbin/dockerd\n"}, "/usr/bin/dockerd", None),
        ({f"{LISTS}/docker-ce.list": "/usr/bin/dockerd\n"}, "/usr/bin/dockerd", None),
        ({}, "/opt/docker/dockerd", None),
    ],
)
def test_the_package_is_the_one_that_holds_the_program(
    files: dict[str, t.Any], program: str, expected: str | None
) -> None:
    assert package(files, program) == expected


def test_a_list_that_cannot_be_read_decides_nothing() -> None:
    with pytest.raises(Unread, match="not permitted"):
        package({f"{LISTS}/docker.io.list": Unread("not permitted to read it", "denied")}, "/usr/bin/dockerd")
