# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packages hold files of interest, and who built them: by the package managers of the host."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# Packages that Docker Inc. builds. Their version is the version of upstream.
_OF_DOCKER = frozenset(
    ("containerd.io", "docker-ce", "docker-ce-cli", "docker-ce-rootless-extras", "docker-buildx-plugin")
    + ("docker-compose-plugin",)
)

# Package managers that are not asked. On a host that has one of them, a program that dpkg and rpm do not know may be its.
_OTHERS = ("apk", "pacman", "emerge", "xbps-query", "nix-store")
_DIVERSION = re.compile(r"(?:local diversion|diversion by (\S+)) from: (.+)")


class Package(t.NamedTuple):
    manager: str
    name: str
    version: str

    @property
    def origin(self) -> str:
        return "docker" if self.name in _OF_DOCKER else "distribution"

    def document(self) -> dict[str, str]:
        return {**self._asdict(), "origin": self.origin}


def begin(host: Host, paths: list[str]) -> None:
    """Start what ``packages_of`` asks first. dpkg reads the lists of all packages."""
    if paths and host.has_program("dpkg-query"):
        host.begin("dpkg-query", "--search", *_names_for_dpkg(paths))


def packages_of(host: Host, paths: list[str]) -> dict[str, Package]:
    """Return the package of each file that a package holds. Raises Unread where no package manager can be asked."""
    found = _owners(host, paths)
    names = sorted({package.name for package in found.values() if package.manager == "dpkg"})
    if not names:
        return found
    result = host.run("dpkg-query", "--show", "--showformat=${Package}\\t${Version}\\n", *names)
    if result.status != 0:
        raise Unread(f"dpkg-query failed with status {result.status}")
    versions = dict(line.split("\t", 1) for line in result.output.splitlines() if "\t" in line)
    full = {
        path: package._replace(version=versions.get(package.name, "")) if package.manager == "dpkg" else package
        for path, package in found.items()
    }
    return {path: package for path, package in full.items() if package.version}


def known_packages(context: Context) -> dict[str, Package | None]:
    """Return the files whose package was asked for already. A package manager reads the lists of all packages for an answer."""
    known: dict[str, Package | None] = context.once("packages", dict)
    return known


def distribution_package(
    host: Host, path: str, version: str, known: t.Mapping[str, Package | None] | None = None
) -> str | None:
    """Return the name of the package that holds a program; None if it is the vendor's, or if no package holds it.

    ``version`` is what the program says of itself. If the package has another version, somebody replaced its file by another
    program. Raises Unread if so, or if a package manager that is not asked may own the program.
    """
    package = known[path] if known is not None and path in known else packages_of(host, [path]).get(path)
    if package is None:
        other = next((name for name in _OTHERS if host.has_program(name)), None)
        if other is not None:
            raise Unread(f"neither dpkg nor rpm knows {path}, and {other}, which this host also has, is not asked")
        return None
    if package.origin != "distribution":
        return None
    said, held = _numbers(version), _numbers(package.version.rpartition(":")[2])
    if said and held and said != held:
        raise Unread(f"{path} belongs to {package.name} {package.version[:64]}, but what runs is {version[:64]}")
    return package.name


def _numbers(version: str) -> str | None:
    found = re.match(r"v?([0-9]+\.[0-9]+\.[0-9]+)", version)
    return found.group(1) if found else None


def _owners(host: Host, paths: list[str]) -> dict[str, Package]:
    """Return the packages without the versions of those of dpkg, which it tells by another question."""
    found: dict[str, Package] = {}
    asked = False
    # A host of one family can have the tools of the other.
    for program, read in (("dpkg-query", _of_dpkg), ("rpm", _of_rpm)):
        left = [path for path in paths if path not in found]
        if left and host.has_program(program):
            found.update(read(host, left))
            asked = True
    if paths and not asked:
        raise Unread("this host has neither dpkg nor rpm, so the packages of its programs are not known")
    return found


def _of_dpkg(host: Host, paths: list[str]) -> dict[str, Package]:
    asked = _names_for_dpkg(paths)
    # The status is 1 if one of the files belongs to no package.
    result = host.run("dpkg-query", "--search", *asked)
    if result.status not in (0, 1):
        raise Unread(f"dpkg-query failed with status {result.status}")
    owners = {}
    diverted: dict[str, str | None] = {}
    for line in result.output.splitlines():
        diversion = _DIVERSION.fullmatch(line)
        if diversion is not None:
            diverted[diversion.group(2)] = diversion.group(1)
            continue
        written, separator, path = line.partition(": ")
        if not separator or path not in asked or line.startswith(("diversion ", "local diversion ")):
            continue
        names = [name.split(":")[0] for name in written.split(", ")]
        # What was diverted lies elsewhere; here is the file of the package that diverted it, or of nobody.
        names = [name for name in names if path not in diverted or name == diverted[path]]
        if names:
            owners[asked[path]] = Package("dpkg", names[0], "")
    return owners


def _names_for_dpkg(paths: list[str]) -> dict[str, str]:
    """Return the paths by each name under which dpkg may know them, in order."""
    names = {path: path for path in paths}
    # Lists of before the merge of /usr name the old directories.
    names.update({path[len("/usr") :]: path for path in paths if path.startswith(("/usr/bin/", "/usr/sbin/"))})
    return dict(sorted(names.items()))


def _of_rpm(host: Host, paths: list[str]) -> dict[str, Package]:
    found = {}
    for path in paths:
        result = host.run("rpm", "-qf", "--queryformat", "%{NAME}\\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n", path)
        name, separator, version = result.output.splitlines()[0].partition("\t") if result.output else ("", "", "")
        if result.status == 0 and separator:
            found[path] = Package("rpm", name, version)
        elif "not owned by any package" not in result.output + result.error:
            raise Unread(f"rpm failed with status {result.status}")
    return found
