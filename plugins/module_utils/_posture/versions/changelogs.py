# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which advisories the changelog of an installed package names, and in the entry of which version."""

from __future__ import annotations

import re
import typing as t
import zlib

from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import MIB, TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# The changelogs of Debian's packages of the engine have less than 200 KB.
MAX_BYTES = 4 * MIB
MAX_NAMES = 2000
_ADVISORY = re.compile(r"CVE-[0-9]{4}-[0-9]{4,10}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}")
# A name that is broken over two lines: the break comes after a hyphen.
_BROKEN = re.compile(r"-[ \t]*\r?\n[ \t]+")
_DEBIAN_ENTRY = re.compile(r"^\S+ \(([^)\s]+)\) ")
_RPM_ENTRY = re.compile(r"^\* .* (\S+)\s*$")


def named_by_package(host: Host, manager: str, package: str) -> dict[str, t.Any]:
    """Return ``source`` and ``names``, a list of ``id`` and ``version``. Raises Unread where there is no changelog."""
    if manager == "dpkg":
        return _of_debian(host, package)
    result = host.run("rpm", "-q", "--changelog", package)
    if result.status != 0:
        raise Unread(f"rpm does not show the changelog of {package}")
    return {"source": f"rpm -q --changelog {package}", "names": named_in(result.output, _RPM_ENTRY)}


def _of_debian(host: Host, package: str) -> dict[str, t.Any]:
    for name in ("changelog.Debian.gz", "changelog.gz"):
        path = f"/usr/share/doc/{package}/{name}"
        try:
            packed = host.read_bytes(path, MAX_BYTES)
        except Unread as gap:
            if gap.kind == "absent":
                continue
            raise
        return {"source": path, "names": named_in(unpacked(packed, path), _DEBIAN_ENTRY)}
    raise Unread(f"the package {package} has no changelog in /usr/share/doc/{package}", "absent")


def unpacked(packed: bytes, path: str) -> str:
    """Return the text of a gzip file within the bound. Raises Unread."""
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = stream.decompress(packed, MAX_BYTES)
    except zlib.error as error:
        raise Unread(f"{path} is not a gzip file: {error}") from None
    if stream.unconsumed_tail:
        raise TooMuch(f"{path} holds more than {MAX_BYTES} bytes and was not read")
    if not stream.eof:
        raise Unread(f"{path} is cut off")
    return content.decode("utf-8", "replace")


def named_in(text: str, entry: t.Pattern[str]) -> list[dict[str, str | None]]:
    """Return the advisories that a changelog names, each with the version of the newest entry that names it."""
    found: dict[str, str | None] = {}
    version: str | None = None
    for line in _BROKEN.sub("-", text).splitlines():
        heading = entry.match(line)
        if heading is not None:
            version = heading.group(1)[:200]
        for name in _ADVISORY.findall(line):
            found.setdefault(name, version)
            if len(found) > MAX_NAMES:
                raise TooMuch(f"the changelog names more than {MAX_NAMES} advisories and was not used")
    return [{"id": name, "version": found[name]} for name in sorted(found)]
