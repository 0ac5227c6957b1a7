# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who built the engine: what dpkg and rpm say of its program."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.model import CommandResult
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.packages import distribution_package

NOT_OWNED = "file /usr/bin/dockerd is not owned by any package\n"


class _Packages(Host):
    """A host whose package managers hold these packages; ``rpm`` is its answer, or an error."""

    def __init__(self, dpkg: dict[str, str] | None = None, rpm: tuple[int, str, str] | None = None) -> None:
        self.dpkg = dpkg
        self.rpm = rpm

    def has_program(self, name: str) -> bool:
        return (self.dpkg if name == "dpkg-query" else self.rpm) is not None

    def run(self, program: str, *arguments: str) -> CommandResult:
        if program == "rpm":
            assert self.rpm is not None
            return CommandResult(*self.rpm)
        assert self.dpkg is not None
        held = [f"{self.dpkg[path]}: {path}\n" for path in arguments[1:] if path in self.dpkg]
        return CommandResult(0 if len(held) == len(arguments) - 1 else 1, "".join(held), "")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (_Packages({"/usr/bin/dockerd": "docker.io"}), "docker.io"),
        (_Packages({"/bin/dockerd": "docker.io:amd64"}), "docker.io"),
        (_Packages({"/usr/bin/dockerd": "moby-engine"}), "moby-engine"),
        # A name that no list of ours has.
        (_Packages({"/usr/bin/dockerd": "docker-engine-of-some-distribution"}), "docker-engine-of-some-distribution"),
        (_Packages({"/usr/bin/dockerd": "docker-ce"}), None),
        # The package is there, and another program runs.
        (_Packages({"/usr/sbin/dockerd": "docker.io"}), None),
        (_Packages(rpm=(0, "moby-engine\t0:24.0.5-1.fc39\n", "")), "moby-engine"),
        (_Packages(rpm=(0, "docker\t0:25.0.3-1.amzn2023\n", "")), "docker"),
        (_Packages(rpm=(0, "docker-ce\t3:27.0.1-1.el9\n", "")), None),
        (_Packages(rpm=(1, NOT_OWNED, "")), None),
        # The tools of the other family are installed as well.
        (_Packages({}, rpm=(0, "moby-engine\t0:24.0.5-1.fc39\n", "")), "moby-engine"),
        (_Packages({"/usr/bin/dockerd": "docker.io"}, rpm=(1, NOT_OWNED, "")), "docker.io"),
    ],
)
def test_the_package_is_the_one_that_holds_the_program(host: Host, expected: str | None) -> None:
    assert distribution_package(host, "/usr/bin/dockerd") == expected


@pytest.mark.parametrize("host", [_Packages(), _Packages(rpm=(1, "", "error: cannot open Packages database"))])
def test_package_managers_that_cannot_be_asked_decide_nothing(host: Host) -> None:
    with pytest.raises(Unread):
        distribution_package(host, "/usr/bin/dockerd")
