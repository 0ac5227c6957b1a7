# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with holes on the real file system, with and without the help of the kernel."""

from __future__ import annotations

import errno
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._migration import file_content

MIB = 1 << 20


def write(path: Path, size: int, parts: dict[int, bytes]) -> None:
    with open(path, "wb") as stream:
        for start, content in parts.items():
            stream.seek(start)
            stream.write(content)
        stream.truncate(size)


def refuse(*_arguments: t.Any) -> int:
    raise OSError(errno.EXDEV, "no")


def stop_early(source: int, target: int, count: int, offset: int, to: int) -> int:
    """A kernel that says 0 for files of /proc and the like."""
    return 0


KERNELS = {"whole": None, "refuses": refuse, "says 0": stop_early, "has none": "absent"}
FILES: dict[str, tuple[int, dict[int, bytes]]] = {
    "empty": (0, {}),
    "one byte": (1, {0: b"x"}),
    "one part and a byte": (file_content.PART_BYTES + 1, {0: os.urandom(file_content.PART_BYTES + 1)}),
    "only a hole": (1 << 40, {}),
    "holes around": (1 << 40, {5 * MIB + 3: b"middle", 1 << 39: b"far"}),
    "ends in data": (9 * MIB + 1, {0: b"begin", 9 * MIB: b"z"}),
    "zeros that are written": (3 * MIB, {0: bytes(2 * MIB)}),
}


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("name", FILES)
def test_content_and_holes_are_copied(tmp_path: Path, name: str, kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if KERNELS[kernel] == "absent":
        monkeypatch.delattr(os, "copy_file_range", raising=False)
    elif KERNELS[kernel] is not None:
        monkeypatch.setattr(os, "copy_file_range", KERNELS[kernel], raising=False)
    size, parts = FILES[name]
    write(tmp_path / "source", size, parts)
    copied: list[int] = []
    with open(tmp_path / "source", "rb") as source, open(tmp_path / "target", "w+b") as target:
        assert file_content.copy(source.fileno(), target.fileno(), os.fstat(source.fileno()), copied.append)
        assert not file_content.differ(source.fileno(), target.fileno(), size, lambda count: None)
        assert os.fstat(target.fileno()).st_size == size
        assert os.fstat(target.fileno()).st_blocks == os.fstat(source.fileno()).st_blocks
        for start, content in parts.items():
            assert os.pread(target.fileno(), len(content), start) == content
    assert sum(copied) <= sum(len(content) for content in parts.values()) + 8192 * len(parts)


def test_a_source_that_ends_early_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "source", MIB, {0: os.urandom(MIB)})
    # What the file system said of a file that was cut afterwards.
    monkeypatch.setattr(file_content, "extents", lambda descriptor, size: iter([(0, 3 * MIB)]))
    with open(tmp_path / "source", "rb") as source, open(tmp_path / "target", "w+b") as target:
        assert not file_content.copy(source.fileno(), target.fileno(), os.fstat(source.fileno()), lambda count: None)


@pytest.mark.parametrize(
    ("parts", "others", "different"),
    [
        ({0: b"a"}, {0: b"a"}, False),
        ({0: b"a"}, {0: b"b"}, True),
        ({0: b"a", 5 * MIB: b"b"}, {0: b"a"}, True),
        ({0: b"a"}, {0: b"a", 7 * MIB + 9: b"c"}, True),
        # Zeros that are written, and a hole.
        ({0: bytes(2 * MIB)}, {}, False),
        ({}, {0: bytes(2 * MIB), 5 * MIB: b"\0"}, False),
        ({8 * MIB - 1: b"x"}, {8 * MIB - 1: b"y"}, True),
    ],
)
def test_a_byte_that_differs_is_found_wherever_holes_are(
    tmp_path: Path, parts: dict[int, bytes], others: dict[int, bytes], different: bool
) -> None:
    write(tmp_path / "one", 8 * MIB, parts)
    write(tmp_path / "two", 8 * MIB, others)
    with open(tmp_path / "one", "rb") as one, open(tmp_path / "two", "rb") as two:
        for first, second in ((one, two), (two, one)):
            assert file_content.differ(first.fileno(), second.fileno(), 8 * MIB, lambda count: None) is different
