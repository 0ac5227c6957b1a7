# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packages hold files of interest: by the package managers of the host, in one question for all files."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# Packages that Docker Inc. builds. Their version is the version of upstream.
_OF_DOCKER = frozenset(
    ("containerd.io", "docker-ce", "docker-ce-cli", "docker-ce-rootless-extras", "docker-buildx-plugin")
    + ("docker-compose-plugin",)
)


class Package(t.NamedTuple):
    manager: str
    name: str
    version: str

    def document(self) -> dict[str, str]:
        origin = "docker" if self.name in _OF_DOCKER else "distribution"
        return {**self._asdict(), "origin": origin}


def packages_of(host: Host, paths: list[str]) -> dict[str, Package]:
    """Return the package of each file that a package holds. Raises Unread where no package manager can be asked."""
    if not paths:
        return {}
    if host.has_program("dpkg-query"):
        return _of_dpkg(host, paths)
    if host.has_program("rpm"):
        return _of_rpm(host, paths)
    raise Unread("this host has neither dpkg nor rpm, so the packages of its programs are not known")


def _of_dpkg(host: Host, paths: list[str]) -> dict[str, Package]:
    # Lists of before the merge of /usr name the old directories.
    asked = {path: path for path in paths}
    asked.update({path[len("/usr") :]: path for path in paths if path.startswith(("/usr/bin/", "/usr/sbin/"))})
    # The status is 1 if one of the files belongs to no package.
    result = host.run("dpkg-query", "--search", *sorted(asked))
    if result.status not in (0, 1):
        raise Unread(f"dpkg-query failed with status {result.status}")
    owners = {}
    for line in result.output.splitlines():
        names, separator, path = line.partition(": ")
        if separator and path in asked and not line.startswith("diversion "):
            owners[asked[path]] = names.split(", ")[0].split(":")[0]
    if not owners:
        return {}
    result = host.run("dpkg-query", "--show", "--showformat=${Package}\\t${Version}\\n", *sorted(set(owners.values())))
    if result.status != 0:
        raise Unread(f"dpkg-query failed with status {result.status}")
    versions = dict(line.split("\t", 1) for line in result.output.splitlines() if "\t" in line)
    return {path: Package("dpkg", name, versions[name]) for path, name in owners.items() if name in versions}


def _of_rpm(host: Host, paths: list[str]) -> dict[str, Package]:
    found = {}
    for path in paths:
        result = host.run("rpm", "-qf", "--queryformat", "%{NAME}\\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n", path)
        name, separator, version = result.output.splitlines()[0].partition("\t") if result.output else ("", "", "")
        if result.status == 0 and separator:
            found[path] = Package("rpm", name, version)
    return found
