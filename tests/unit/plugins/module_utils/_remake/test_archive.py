# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive of images counts if each part of it has the content of its id, in the form of old and of new engines."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._remake.archive import ArchiveFault, verify

LAYERS = [b"first" * 400_000, b"second"]
CONFIG = json.dumps({"rootfs": {"diff_ids": [f"sha256:{hashlib.sha256(one).hexdigest()}" for one in LAYERS]}}).encode()
NAME = hashlib.sha256(CONFIG).hexdigest()
IMAGE = f"sha256:{NAME}"


def files(layers: list[bytes], new: bool) -> dict[str, bytes | str]:
    """The files of an archive; text is the target of a link."""
    config = f"blobs/sha256/{NAME}" if new else f"{NAME}.json"
    names = [
        f"blobs/sha256/{hashlib.sha256(one).hexdigest()}" if new else f"{at}/layer.tar" for at, one in enumerate(layers)
    ]
    content: dict[str, bytes | str] = {config: CONFIG, **dict(zip(names, layers))}
    listed = list(names)
    if not new:
        content["linked/layer.tar"] = "../0/layer.tar"
        listed[0] = "linked/layer.tar"
    manifest = [{"Config": config, "RepoTags": ["shop:1"], "Layers": listed}]
    return {**content, "manifest.json": json.dumps(manifest).encode()}


def written(path: Path, content: dict[str, bytes | str]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, value in content.items():
            entry = tarfile.TarInfo(name)
            if isinstance(value, str):
                entry.type, entry.linkname = tarfile.SYMTYPE, value
                tar.addfile(entry)
            else:
                entry.size = len(value)
                tar.addfile(entry, io.BytesIO(value))
    return path


def fault(path: Path, *images: str) -> str:
    with pytest.raises(ArchiveFault) as raised:
        verify(str(path), images or [IMAGE], lambda count: None)
    return str(raised.value)


@pytest.mark.parametrize("new", [False, True])
def test_a_whole_archive_is_read_once(tmp_path: Path, new: bool) -> None:
    content = files(LAYERS, new)
    seen: list[int] = []
    verify(str(written(tmp_path / "a.tar", content)), [IMAGE], seen.append)
    assert sum(seen) == sum(len(one) for one in content.values() if isinstance(one, bytes)) and max(seen) <= 1 << 20


@pytest.mark.parametrize("new", [False, True])
def test_another_layer_and_a_missing_image_are_seen(tmp_path: Path, new: bool) -> None:
    good = written(tmp_path / "good.tar", files(LAYERS, new))
    other = "sha256:" + "0" * 64
    assert fault(good, IMAGE, other) == f"the image {other} is not in it"
    changed = files(LAYERS, new)
    changed[next(name for name, value in changed.items() if value == LAYERS[1])] = b"seconD"
    assert "a layer of the image" in fault(written(tmp_path / "changed.tar", changed))


@pytest.mark.parametrize("size", [0, 700, 2_000_000])
def test_half_an_archive_is_none(tmp_path: Path, size: int) -> None:
    path = written(tmp_path / "half.tar", files(LAYERS, False))
    path.write_bytes(path.read_bytes()[:size])
    assert fault(path)


@pytest.mark.parametrize("manifest", ["{", "[]", "[{}]", '{"a": 1}', '[{"Config": "none", "Layers": []}]', "[" * 99])
def test_a_manifest_without_sense_is_a_sentence(tmp_path: Path, manifest: str) -> None:
    content: dict[str, t.Any] = {**files(LAYERS, True), "manifest.json": manifest.encode()}
    assert fault(written(tmp_path / "a.tar", content))
    content["manifest.json"] = "/etc/passwd"
    assert "no document" in fault(written(tmp_path / "link.tar", content))
