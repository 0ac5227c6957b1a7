# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An image with PostgreSQL of Debian's packages, and with programs that have setuid bits and file capabilities."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.packages import unpacked
from ansible_collections.seawall.docker.tests.support.rich_tree import capability

TAG = "postgres:local"
USER = 999
PROGRAMS = ("postgres", "initdb", "psql", "pg_isready")
_APPLETS = ("sh", "cat", "chown", "chmod", "env", "id", "ls", "mkdir", "sha256sum", "sleep", "stat", "test", "touch")
_LEFT_OUT = re.compile(r"/bitcode/|/llvmjit|/locale/|/pgxs/")
_FOLDERS = ("dev", "proc", "sys")
_TIME_ZONES = ("UTC", "GMT", "Etc/UTC")
# Not of busybox, which gives up the rights of a setuid bit.
CAT = "/bin/cat"
# cap_dac_override
_CAPABILITY = 1 << 1


def _packages() -> list[str]:
    told = subprocess.run(["apt-cache", "depends", "postgresql"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"Depends: (postgresql-(\d+))", told)
    if found is None:
        raise RuntimeError(f"apt does not say which package postgresql means: {told}")
    return [found.group(1), f"postgresql-client-{found.group(2)}", "libpq5"]


def programs(tree: Path) -> Path:
    return next(tree.glob("usr/lib/postgresql/*/bin"))


def write_image(path: Path) -> None:
    """Write a tar archive for docker import. Libraries that the packages need are those of this machine."""
    tree = unpacked("postgres", *_packages())
    busybox = Path(shutil.which("busybox") or "/bin/busybox")
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for folder in ("usr/lib/postgresql", "usr/share/postgresql"):
            tar.add(tree / folder, folder, filter=_wanted)
        for library, name in _libraries(tree).items():
            tar.add(os.path.realpath(library), name)
        for zone in _TIME_ZONES:
            if os.path.exists(f"/usr/share/zoneinfo/{zone}"):
                tar.add(os.path.realpath(f"/usr/share/zoneinfo/{zone}"), f"usr/share/zoneinfo/{zone}")
        tar.add(busybox, "bin/busybox")
        for applet in _APPLETS:
            _link(tar, f"bin/{applet}", "busybox")
        for program in PROGRAMS:
            _link(tar, f"bin/{program}", f"/{programs(tree).relative_to(tree)}/{program}")
        _program(tar, Path(CAT), "bin/cat-setuid", mode=0o4755)
        _program(tar, Path(CAT), "bin/cat-capable", attribute=capability(_CAPABILITY))
        _file(tar, "secret", "of root\n", 0o600)
        _file(tar, "etc/passwd", f"root:x:0:0::/:/bin/sh\npostgres:x:{USER}:{USER}::/data:/bin/sh\n")
        _file(tar, "etc/group", f"root:x:0:\npostgres:x:{USER}:\n")
        for folder, mode, user in (("tmp", 0o1777, 0), ("data", 0o700, USER), *((name, 0o755, 0) for name in _FOLDERS)):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, mode, user, user
            tar.addfile(entry)


def _wanted(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if _LEFT_OUT.search(f"/{entry.name}/") else entry


def _libraries(tree: Path) -> dict[str, str]:
    """Return all libraries of the programs, and the paths at which the programs look for them in the image."""
    own = next(tree.glob("usr/lib/*/libpq.so.5")).parent
    found = {}
    for program in (*(str(programs(tree) / name) for name in PROGRAMS), CAT):
        said = subprocess.run(
            ["ldd", program],
            env={**os.environ, "LD_LIBRARY_PATH": str(own)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert "not found" not in said, said
        for path in re.findall(r"(/\S+) \(0x", said):
            found[path] = path.removeprefix(str(tree)).lstrip("/")
    return found


def _link(tar: tarfile.TarFile, name: str, target: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    tar.addfile(entry)


def _program(tar: tarfile.TarFile, source: Path, name: str, mode: int = 0o755, attribute: bytes | None = None) -> None:
    entry = tar.gettarinfo(str(source), name)
    entry.type, entry.mode, entry.uid, entry.gid = tarfile.REGTYPE, mode, 0, 0
    if attribute is not None:
        entry.pax_headers = {"SCHILY.xattr.security.capability": attribute.decode("utf-8", "surrogateescape")}
    with source.open("rb") as stream:
        entry.size = source.stat().st_size
        tar.addfile(entry, stream)


def _file(tar: tarfile.TarFile, name: str, text: str, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.mode = mode
    content = text.encode()
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))
