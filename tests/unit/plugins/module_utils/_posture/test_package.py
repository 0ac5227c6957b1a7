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

    def __init__(
        self,
        dpkg: dict[str, str] | None = None,
        rpm: tuple[int, str, str] | None = None,
        version: str = "1",
        said: str = "",
        other: str = "",
    ) -> None:
        self.dpkg = dpkg
        self.rpm = rpm
        self.version = version
        self.said = said
        self.other = other

    def has_program(self, name: str) -> bool:
        if name in ("dpkg-query", "rpm"):
            return (self.dpkg if name == "dpkg-query" else self.rpm) is not None
        return name == self.other

    def run(self, program: str, *arguments: str, seconds: float = 0) -> CommandResult:
        if program == "rpm":
            assert self.rpm is not None
            return CommandResult(*self.rpm)
        assert self.dpkg is not None
        if arguments[0] == "--show":
            return CommandResult(0, "".join(f"{name}\t{self.version}\n" for name in arguments[2:]), "")
        held = [f"{self.dpkg[path]}: {path}\n" for path in arguments[1:] if path in self.dpkg]
        return CommandResult(0 if len(held) == len(arguments) - 1 else 1, self.said or "".join(held), "")


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
    assert distribution_package(host, "/usr/bin/dockerd", "") == expected


# As dpkg of Debian 12 prints them.
LOCAL = "local diversion from: /usr/bin/dockerd\nlocal diversion to: /usr/bin/dockerd.distrib\n"
BY_OURS = "diversion by our-docker from: /usr/bin/dockerd\ndiversion by our-docker to: /usr/bin/dockerd.distrib\n"


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (LOCAL + "docker.io: /usr/bin/dockerd\n", None),
        (BY_OURS + "docker.io: /usr/bin/dockerd\n", None),
        (BY_OURS + "our-docker, docker.io: /usr/bin/dockerd\n", "our-docker"),
        (BY_OURS + "docker.io, our-docker:amd64: /usr/bin/dockerd\n", "our-docker"),
        (LOCAL.replace("/dockerd", "/docker") + "docker.io: /usr/bin/dockerd\n", "docker.io"),
    ],
)
def test_a_file_in_the_place_of_a_diverted_one_is_not_of_the_package(output: str, expected: str | None) -> None:
    assert distribution_package(_Packages({}, said=output), "/usr/bin/dockerd", "") == expected


@pytest.mark.parametrize(
    ("package", "says"),
    [
        ("20.10.24+dfsg1-1+deb12u1+b6", "20.10.24+dfsg1"),
        ("5:24.0.7-0ubuntu4.1", "24.0.7"),
        ("24.0.7_ce-150000.198.2", "24.0.7-ce"),
        # What has no number of three parts decides nothing.
        ("20240107-1", "24.0.7"),
        ("24.0.7-1", "dev"),
    ],
)
def test_the_program_says_the_version_of_its_package(package: str, says: str) -> None:
    host = _Packages({"/usr/bin/dockerd": "docker.io"}, version=package)
    assert distribution_package(host, "/usr/bin/dockerd", says) == "docker.io"


@pytest.mark.parametrize("says", ["19.03.5", "20.10.2", "20.10.240"])
def test_a_program_that_was_put_in_the_place_of_the_packages_is_not_of_the_distribution(says: str) -> None:
    for host in (
        _Packages({"/usr/bin/dockerd": "docker.io"}, version="20.10.24+dfsg1-1"),
        _Packages(rpm=(0, "moby-engine\t0:20.10.24-1.fc37\n", "")),
    ):
        with pytest.raises(Unread, match=f"but what runs is {says}$"):
            distribution_package(host, "/usr/bin/dockerd", says)


@pytest.mark.parametrize("other", ["apk", "pacman"])
def test_a_program_of_a_package_manager_that_is_not_asked_is_nobodys_for_certain(other: str) -> None:
    # The tools of Debian are installed there, and know nothing.
    with pytest.raises(Unread, match=f"and {other}, which this host also has"):
        distribution_package(_Packages({}, other=other), "/usr/bin/dockerd", "")
    held = _Packages({"/usr/bin/dockerd": "docker.io"}, other=other)
    assert distribution_package(held, "/usr/bin/dockerd", "") == "docker.io"


@pytest.mark.parametrize("host", [_Packages(), _Packages(rpm=(1, "", "error: cannot open Packages database"))])
def test_package_managers_that_cannot_be_asked_decide_nothing(host: Host) -> None:
    with pytest.raises(Unread):
        distribution_package(host, "/usr/bin/dockerd", "")
