# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an archive that an engine saved holds whole images: each layer and configuration has the content of its id."""

from __future__ import annotations

import hashlib
import posixpath
import tarfile
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import Bound, TooMuch

_PART_BYTES = bounds.MIB
_MAX_ENTRIES = 200_000
_DOCUMENT = Bound(4 * bounds.MIB, 200_000)


class ArchiveFault(Exception):
    """Why the archive is not what was asked for."""


def verify(path: str, wanted: t.Iterable[str], read: t.Callable[[int], None]) -> None:
    """Raise ArchiveFault if one of the images is not in the archive, or not whole. ``read`` is told the bytes of each part.

    The digests of all files are computed in one pass, and the few documents are read afterwards.
    """
    digests: t.Dict[str, str] = {}
    links: t.Dict[str, str] = {}
    try:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                if len(digests) + len(links) >= _MAX_ENTRIES:
                    raise ArchiveFault(f"it has more than {_MAX_ENTRIES} files")
                if member.isreg():
                    digests[member.name] = _digest(t.cast(t.BinaryIO, archive.extractfile(member)), member.size, read)
                elif member.issym():
                    links[member.name] = posixpath.normpath(
                        posixpath.join(posixpath.dirname(member.name), member.linkname)
                    )
            _require_whole(archive, digests, links, set(wanted))
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ArchiveFault(f"it cannot be read: {error}") from None
    except (TooMuch, ValueError, KeyError, TypeError) as error:
        raise ArchiveFault(f"it says of its images what makes no sense ({type(error).__name__})") from None


def _digest(stream: t.BinaryIO, size: int, read: t.Callable[[int], None]) -> str:
    digest, left = hashlib.sha256(), size
    while left:
        part = stream.read(min(_PART_BYTES, left))
        if not part:
            raise ArchiveFault("it ends in the middle of a file")
        digest.update(part)
        left -= len(part)
        read(len(part))
    return digest.hexdigest()


def _require_whole(
    archive: tarfile.TarFile, digests: t.Dict[str, str], links: t.Dict[str, str], wanted: t.Set[str]
) -> None:
    found = set()
    for entry in _document(archive, "manifest.json"):
        config = str(entry["Config"])
        identifier = f"sha256:{digests[config]}"
        if identifier not in wanted:
            continue
        layers = [digests[links.get(name, name)] for name in entry["Layers"] or []]
        expected = [str(one).partition(":")[2] for one in _document(archive, config)["rootfs"]["diff_ids"] or []]
        if layers != expected:
            raise ArchiveFault(f"a layer of the image {identifier} is not the one of the image")
        found.add(identifier)
    missing = sorted(wanted - found)
    if missing:
        raise ArchiveFault(
            f"the image {missing[0]} is not in it" + (f" (and {len(missing) - 1} more)" if missing[1:] else "")
        )


def _document(archive: tarfile.TarFile, name: str) -> t.Any:
    member = archive.getmember(name)
    stream = archive.extractfile(member) if member.isreg() and member.size <= _DOCUMENT.bytes else None
    if stream is None:
        raise ArchiveFault(f"{name} is no document in it")
    return bounds.parse_json(stream.read(), _DOCUMENT, name)
