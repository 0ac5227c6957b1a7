# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container image of two megabytes, made of what Debian ships: no registry is asked."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from pathlib import Path

from .errors import LabError
from .process import require_tools, run

TAG = "busybox:local"


def image_tar(binary: bytes, applets: list[str]) -> bytes:
    """The same bytes for the same busybox, so that an import twice is the same image."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:

        def add(name: str, kind: bytes, mode: int, content: bytes = b"", target: str = "") -> None:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.size, entry.linkname = kind, mode, len(content), target
            archive.addfile(entry, io.BytesIO(content))

        for directory, mode in (("bin", 0o755), ("etc", 0o755), ("root", 0o700), ("tmp", 0o1777)):
            add(directory, tarfile.DIRTYPE, mode)
        add("etc/passwd", tarfile.REGTYPE, 0o644, b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
        add("etc/group", tarfile.REGTYPE, 0o644, b"root:x:0:\nnogroup:x:65534:\n")
        add("bin/busybox", tarfile.REGTYPE, 0o755, binary)
        for applet in sorted(set(applets) - {"busybox"}):
            add(f"bin/{applet}", tarfile.SYMTYPE, 0o777, target="busybox")
    return buffer.getvalue()


def local_image() -> bytes:
    """The image from this machine's own busybox."""
    require_tools("busybox")
    path = Path(os.path.realpath(shutil.which("busybox") or "/bin/busybox"))
    binary = path.read_bytes()
    # A dynamically linked one names its loader, and would find none in an image of one file.
    if b"/ld-linux" in binary or b"/ld-musl" in binary:
        raise LabError(f"{path} is not statically linked; install with: apt-get install busybox-static")
    return image_tar(binary, run([str(path), "--list"]).split())


def import_command() -> list[str]:
    """What to run on a host, with the tar on standard input."""
    return ["docker", "import", "--change", 'CMD ["sh"]', "-", TAG]
