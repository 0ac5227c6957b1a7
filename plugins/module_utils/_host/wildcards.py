# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the files that a path with wildcards means, as glob(3) finds them, within the limits of reading."""

from __future__ import annotations

import fnmatch
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# Far more than any service reads.
MAX_MATCHES = 1000


class Matches(t.NamedTuple):
    """``paths`` in order. Whoever can write into one of the ``directories`` can add another path."""

    paths: t.List[str]
    directories: t.List[str]


def matches(host: Host, pattern: str) -> Matches:
    """Return what an absolute path with wildcards means. A path without wildcards means itself, also if it is absent.

    Raises Unread where a directory may not be listed, or where there are too many files.
    """
    parts = pattern.strip("/").split("/")
    first = next((index for index, part in enumerate(parts) if _is_wildcard(part)), None)
    if first is None:
        return Matches([pattern], [])
    paths, directories = ["".join(f"/{part}" for part in parts[:first])], []
    for part in parts[first:]:
        found: list[str] = []
        for path in paths:
            if _is_other_than_directory(host, path or "/"):
                continue
            directories.append(path or "/")
            found += [f"{path}/{name}" for name in _names(host, path, part)]
            if len(found) > MAX_MATCHES:
                raise TooMuch(f"{pattern} means more than {MAX_MATCHES} files")
        paths = found
    return Matches(sorted(paths), directories)


def _is_wildcard(text: str) -> bool:
    return any(character in text for character in "*?[\\")


def _is_other_than_directory(host: Host, path: str) -> bool:
    try:
        return host.stat(path).type != "directory"
    except Unread as gap:
        if gap.kind == "absent":
            return False
        raise


def _names(host: Host, directory: str, part: str) -> list[str]:
    """Return the entries of a directory that match one part of a pattern."""
    if not _is_wildcard(part):
        return [part] if host.exists(f"{directory}/{part}") else []
    try:
        names = host.list_directory(directory or "/")
    except Unread as gap:
        if gap.kind == "absent":
            return []
        raise
    # For Python a backslash means itself, and a caret negates nothing.
    translated = re.sub(r"\\(.)", lambda one: f"[{one.group(1)}]" if one.group(1) in "*?[" else one.group(1), part)
    translated = translated.replace("[^", "[!")
    return [
        name
        for name in names
        if (part.startswith(".") or not name.startswith(".")) and fnmatch.fnmatchcase(name, translated)
    ]
