# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What check mode sees before anything is written: the sentence is the one of the attempt."""

from __future__ import annotations

import errno
import os
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host import file_flags, files, looks, write_forecast
from ansible_collections.seawall.docker.plugins.module_utils._host.looks import FileFault

_PLENTY = {
    "f_flag": 0,
    "f_bfree": 1000,
    "f_bavail": 1000,
    "f_frsize": 4096,
    "f_blocks": 2000,
    "f_files": 9,
    "f_ffree": 9,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "daemon.json"
    file.write_bytes(b"o" * 5000)
    return file


def reason(path: Path, content: bytes = b"new", backup: bool = True) -> str:
    before = looks.look(str(path))
    names = os.listdir(path.parent) if path.parent.is_dir() else []
    try:
        write_forecast.require_writable(str(path), content, before, backup)
    except FileFault as fault:
        return fault.reason
    finally:
        assert (os.listdir(path.parent) if path.parent.is_dir() else []) == names
    return ""


def attempt(path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, only: str = "") -> str:
    """The reason of the real attempt where this call fails."""
    real: t.Callable[..., t.Any] = getattr(os, call)

    def fail(name: t.Any, *more: t.Any, **options: t.Any) -> t.Any:
        if call == "open" and not more[0] & os.O_CREAT:
            return real(name, *more, **options)
        raise OSError(code, os.strerror(code))

    before = looks.look(str(path))
    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(FileFault) as fault:
            files.back_up(str(path), before) if only == "backup" else files.replace(str(path), b"new", before)
    return fault.value.reason


def status(monkeypatch: pytest.MonkeyPatch, **facts: int) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(**{**_PLENTY, **facts}))


def flags(monkeypatch: pytest.MonkeyPatch, **by_name: str) -> None:
    monkeypatch.setattr(file_flags, "flag_of", lambda path: by_name.get(os.path.basename(path).partition(".")[0], ""))


def test_what_can_be_written_is_no_fault(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason(path) == "" and reason(path.parent / "new.json") == ""
    # Without a block size, a number of blocks or of inodes, nothing is concluded.
    status(monkeypatch, f_files=0, f_ffree=0, f_blocks=0, f_bfree=0)
    assert reason(path) == ""


def test_a_read_only_mount(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = attempt(path, monkeypatch, "open", errno.EROFS)
    status(monkeypatch, f_flag=os.ST_RDONLY)
    assert reason(path) == tried and f"the file system of {path.parent} is mounted read-only" in tried


@pytest.mark.parametrize(
    ("facts", "content", "only"),
    [
        ({"f_bfree": 0, "f_bavail": 0}, b"new", ""),
        ({"f_ffree": 0}, b"new", ""),
        ({"f_bfree": 1, "f_bavail": 1}, b"n" * 5000, ""),  # two blocks
        ({"f_bfree": 1, "f_bavail": 1}, b"new", "backup"),  # room for the candidate, not for the copy
        ({"f_bfree": 2, "f_bavail": 2}, b"new", ""),  # room for the copy, not for the new file beside it
        ({"f_ffree": 1}, b"new", ""),
    ],
)
def test_a_full_file_system(
    path: Path, monkeypatch: pytest.MonkeyPatch, facts: dict[str, int], content: bytes, only: str
) -> None:
    tried = attempt(path, monkeypatch, "open", errno.ENOSPC, only)
    status(monkeypatch, **facts)
    assert reason(path, content) == tried and "is full" in tried


def test_without_a_backup_less_room_is_needed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status(monkeypatch, f_bfree=1, f_bavail=1)
    assert reason(path, backup=False) == "" and reason(path) != ""


@pytest.mark.parametrize(("flag", "letter"), [("immutable", "i"), ("append-only", "a")])
def test_a_file_with_a_flag(path: Path, monkeypatch: pytest.MonkeyPatch, flag: str, letter: str) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", lambda *_unused: None)
    flags(monkeypatch, daemon=flag)
    tried = attempt(path, monkeypatch, "rename", errno.EPERM)
    assert reason(path) == tried
    assert tried == f"{path} is unchanged: cannot replace it: {path} is {flag}, which chattr -{letter} {path} ends"


def test_a_directory_with_a_flag(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    directory = path.parent
    flags(monkeypatch, **{directory.name: "immutable"})
    tried = attempt(path, monkeypatch, "open", errno.EPERM)
    assert reason(path) == tried and f"chattr -i {directory}" in tried
    flags(monkeypatch, **{directory.name: "append-only"})
    assert reason(path) == attempt(path, monkeypatch, "rename", errno.EPERM)


@pytest.mark.parametrize(
    ("facts", "words"), [({"f_flag": os.ST_RDONLY}, "mounted read-only"), ({"f_ffree": 0}, "full")]
)
def test_a_directory_that_must_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: dict[str, int], words: str
) -> None:
    file = tmp_path / "etc" / "docker" / "daemon.json"
    assert reason(file) == ""
    status(monkeypatch, **facts)
    said = reason(file)
    assert said.startswith(f"cannot make {tmp_path}/etc: ") and words in said


def test_flags_that_nothing_can_read_are_none(tmp_path: Path) -> None:
    assert file_flags.flag_of("/proc/self/status") == "" and file_flags.flag_of(str(tmp_path / "nothing")) == ""
    (tmp_path / "link").symlink_to(tmp_path)
    assert file_flags.flag_of(str(tmp_path / "link")) == "" and file_flags.hindrance(str(tmp_path)) == ""


@pytest.mark.parametrize(("flag", "letter"), [("immutable", "i"), ("append-only", "a")])
def test_flags_keep_owner_and_mode_and_those_of_the_directory_do_not(
    path: Path, monkeypatch: pytest.MonkeyPatch, flag: str, letter: str
) -> None:
    assert write_forecast.fault_of_attributes(str(path)) is None
    flags(monkeypatch, daemon=flag)
    said = f"{path} is {flag}, which chattr -{letter} {path} ends"
    assert write_forecast.fault_of_attributes(str(path)) == said
    assert write_forecast.fault_of_attributes(str(path.parent)) is None
    assert said in str(write_forecast.fault_of_writing(str(path), 100))
    assert write_forecast.fault_of_writing(str(path.parent / "other"), 100) is None


def test_a_read_only_file_system_keeps_owner_and_mode(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status(monkeypatch, f_flag=os.ST_RDONLY)
    assert write_forecast.fault_of_attributes(str(path)) == f"the file system of {path} is mounted read-only"
    assert "is mounted read-only" in str(write_forecast.fault_of_writing(str(path), 100))
    # A full one does not.
    status(monkeypatch, f_bfree=0, f_bavail=0)
    assert write_forecast.fault_of_attributes(str(path)) is None
    assert "is full" in str(write_forecast.fault_of_writing(str(path), 100))
