# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The image that every host can run without a registry."""

from __future__ import annotations

import io
import tarfile

from seawall_lab.busybox import image_tar, import_command


def test_image_holds_the_binary_and_its_names() -> None:
    with tarfile.open(fileobj=io.BytesIO(image_tar(b"\x7fELF", ["sh", "ls", "busybox", "sh"]))) as archive:
        members = {member.name: member for member in archive}
        binary = archive.extractfile("bin/busybox")
        assert binary is not None
        assert binary.read() == b"\x7fELF"
    assert members["bin/busybox"].mode == 0o755
    assert members["bin/sh"].linkname == "busybox"
    assert members["tmp"].mode == 0o1777
    assert sorted(name for name in members if name.startswith("bin/")) == ["bin/busybox", "bin/ls", "bin/sh"]


def test_same_input_same_bytes() -> None:
    assert image_tar(b"x", ["ls", "sh"]) == image_tar(b"x", ["sh", "ls"])


def test_it_is_imported_with_something_to_run() -> None:
    assert import_command()[-2:] == ["-", "busybox:local"]
    assert 'CMD ["sh"]' in import_command()
