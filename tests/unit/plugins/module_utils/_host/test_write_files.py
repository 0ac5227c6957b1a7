# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files are replaced whole or not at all; credentials stay out of what is shown; notes are of one file."""

from __future__ import annotations

import errno
import os
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_file import ConfigFile, unfinished_change
from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import Process
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config import pending, run
from ansible_collections.seawall.docker.plugins.module_utils._host import files, looks
from ansible_collections.seawall.docker.plugins.module_utils._host.files import Restore
from ansible_collections.seawall.docker.plugins.module_utils._host.looks import FileFault, Look
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import (
    MASK,
    mask_json,
    mask_text,
    secret_values,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread


def test_replaces_and_keeps_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "daemon.json"
    path.write_bytes(b"old")
    path.chmod(0o640)
    before = looks.look(str(path))
    files.replace(str(path), b"new", before)
    assert path.read_bytes() == b"new" and path.stat().st_mode & 0o7777 == 0o640
    assert os.listdir(tmp_path) == ["daemon.json"]


def test_a_new_file_is_readable_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "daemon.json"
    mask = os.umask(0o077)
    try:
        files.make_directory(str(path.parent))
        like = Look(None, uid=os.geteuid(), gid=os.getegid())
        files.replace(str(path), b"new", like)
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o7777 == 0o644 and path.parent.stat().st_mode & 0o7777 == 0o755


def test_somebody_else_who_writes_meanwhile_wins(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    before = looks.look(str(path))
    path.write_bytes(b"theirs")
    with pytest.raises(FileFault, match="somebody else changed it"):
        files.replace(str(path), b"ours", before)
    assert path.read_bytes() == b"theirs" and os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize(("code", "said"), [(errno.ENOSPC, "is full"), (errno.EDQUOT, "quota"), (errno.EIO, "Input")])
@pytest.mark.parametrize("call", ["fsync", "rename", "fchmod"])
def test_a_fault_at_any_step_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str, call: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    before = looks.look(str(path))

    def fail(*_unused: t.Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(FileFault, match=said) as fault:
        files.replace(str(path), b"new", before)
    assert "unchanged" in fault.value.reason
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["file"]


def test_backups_of_one_second_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    path.chmod(0o600)
    names = {files.back_up(str(path), looks.look(str(path))) for _unused in range(3)}
    assert len(names) == 3
    assert all(Path(t.cast(str, name)).stat().st_mode & 0o7777 == 0o600 for name in names)
    assert files.back_up(str(tmp_path / "none"), Look(None)) is None


@pytest.mark.parametrize("there", [True, False])
def test_putting_back_needs_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    path, backup, link = tmp_path / "file", tmp_path / "backup", tmp_path / "link"
    if there:
        path.write_bytes(b"new")
    backup.write_bytes(b"old")
    link.symlink_to(backup)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(FileFault, match="is full"):
        files.put_back(Restore(str(path), str(link)))
    assert backup.read_bytes() == b"old"
    assert files.put_back(Restore(str(path), str(backup)))
    assert path.read_bytes() == b"old" and sorted(os.listdir(tmp_path)) == ["file", "link"]


def test_putting_back(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old\r\n\xff")
    backup = files.back_up(str(path), looks.look(str(path)))
    path.write_bytes(b"new")
    assert files.put_back(Restore(str(path), backup)) is True
    assert path.read_bytes() == b"old\r\n\xff"
    assert files.put_back(Restore(str(path), backup)) is False
    path.unlink()
    assert files.put_back(Restore(str(path), backup)) is True
    assert files.put_back(Restore(str(path), None)) is True and not path.exists()
    assert files.put_back(Restore(str(path), None)) is False
    with pytest.raises(FileFault, match="is gone"):
        files.put_back(Restore(str(path), str(tmp_path / "nothing")))


def test_links_are_followed_where_nobody_else_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, shared = tmp_path / "real", tmp_path / "shared"
    real.mkdir()
    shared.mkdir()
    (tmp_path / "link").symlink_to(real / "file")
    assert files.real_target(str(tmp_path / "link")) == str(real / "file")
    assert files.real_target(str(real / "file")) == str(real / "file")
    shared.chmod(0o777)
    (tmp_path / "open").symlink_to(shared / "file")
    with pytest.raises(FileFault, match="everybody may change .*/shared, and so decides"):
        files.real_target(str(tmp_path / "open"))
    if os.geteuid() != 0:
        pytest.skip("a link of somebody else can only be made as root")
    os.lchown(tmp_path / "link", 65534, 65534)
    with pytest.raises(FileFault, match="/link belongs to user .*, and so decides"):
        files.real_target(str(tmp_path / "link"))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for name in ("fifo", "."):
        with pytest.raises(FileFault):
            looks.look(str(tmp_path / name))


def test_credentials_are_masked_and_nothing_else() -> None:
    text = """{
  "proxies": {"https-proxy": "http://me:p%40ss@w@proxy:3128", "no-proxy": "a@b"},
  "log-opts": {"splunk-token": "abcdef", "splunk-url": "https://splunk:8088", "tag": "{{.Name}}"},
  "labels": ["password=hunter22", "zone=a"],
  "registry-secrets": ["one", {"two": "three"}],
  "mtu": 1400
}"""
    masked = mask_json(text)
    for secret in ("p%40ss", "abcdef", "hunter22", '"one"', "three", "me:"):
        assert secret not in masked
    for kept in ("proxy:3128", '"a@b"', "https://splunk:8088", "{{.Name}}", '"zone=********"', "1400", '"two"'):
        assert kept in masked
    assert masked.count("\n") == text.count("\n")
    plain = '{"icc": false, "log-opts": {"max-size": "10m"}}'
    assert mask_json(plain) == plain
    assert mask_text("dial http://u:pw@h:1 failed") == f"dial http://{MASK}@h:1 failed"
    assert mask_text("a=MY_token.x=abc,b=c token c=token=d") == f"a=MY_token.x={MASK},b=c token c=token={MASK}"


def test_secret_values_are_found_to_be_struck_out() -> None:
    config = {
        "https-proxy": "http://me:hunter22@p:1",
        "log-opts": {"splunk-token": "abcdef", "tag": "x"},
        "token": "abc",
    }
    assert secret_values(config) == {"hunter22", "abcdef"}


HOST = Host(lambda *_a, **_k: (0, "", ""))


def _note(**more: t.Any) -> config_records.Note:
    note = config_records.Note(
        "/etc/docker/daemon.json", "/b", True, "h0", config_records.fingerprint(b"new"), "reload", ["a"], "1/2"
    )
    return note._replace(**more)


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(config_records, "DIRECTORY", str(tmp_path / "run"))
    return tmp_path


def test_a_note_holds_for_this_file_and_this_daemon(notes: Path) -> None:
    pending.write(_note())
    assert (notes / "run").stat().st_mode & 0o7777 == 0o700
    assert pending.read(HOST, "/etc/docker/daemon.json", b"new", "1/2") == _note()
    assert pending.read(HOST, "/etc/docker/daemon.json", b"other", "1/2") is None
    assert pending.read(HOST, "/etc/docker/daemon.json", b"new", "3/4") is None
    assert pending.read(HOST, "/etc/other.json", b"new", "1/2") is None
    pending.forget("/etc/docker/daemon.json")
    assert pending.read(HOST, "/etc/docker/daemon.json", b"new", "1/2") is None


def test_a_note_outlives_its_daemon_until_another_has_read_the_file(notes: Path) -> None:
    pending.write(_note())
    assert pending.read(HOST, "/etc/docker/daemon.json", b"new", None) == _note(needs="restart")
    assert pending.read(HOST, "/etc/docker/daemon.json", b"new", "3/4") is None


def test_an_audit_sees_what_a_run_left_unfinished(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = notes / "daemon.json"
    config.write_bytes(b"new")
    context = t.cast(t.Any, SimpleNamespace(host=HOST))
    process = Process(os.getpid(), "systemd", 0, None, [], "")
    identity = config_records.daemon_identity(os.getpid())

    def seen(of: Process | None) -> list[str]:
        file = ConfigFile(str(config), "ok", None, None, None, None, config_records.fingerprint(config.read_bytes()))
        note = unfinished_change(context, file, of)
        return note.keys if note is not None else []

    assert seen(process) == []
    pending.write(_note(path=str(config), daemon=identity, keys=["icc"]))
    assert seen(process) == ["icc"]
    # Of an engine that ended over it, too; not of one that has started since, nor of another host's files.
    assert seen(None) == ["icc"]
    assert seen(process._replace(pid=os.getppid())) == []
    assert seen(process._replace(root="/proc/4194305/root")) == []
    config.write_bytes(b"put back")
    assert seen(process) == []
    # A look that is not permitted is no "nothing".
    monkeypatch.setattr(Host, "stat", _denied)
    with pytest.raises(Unread, match="not permitted"):
        seen(process)


def _denied(_host: Host, path: str, _follow: bool = True) -> t.Any:
    raise Unread(f"not permitted to look at {path}, which needs root", "denied")


def test_what_a_daemon_works_with_is_remembered_for_that_daemon(notes: Path) -> None:
    path, host = "/etc/docker/daemon.json", HOST
    identity = config_records.daemon_identity(os.getpid())
    assert identity is not None and config_records.read_record(host, path, os.getpid()) is None
    pending.remember(path, identity, b"new")
    record = config_records.read_record(host, path, os.getpid())
    assert record is not None and record.content_hash == config_records.fingerprint(b"new")
    assert config_records.read_record(host, path, os.getppid()) is None
    assert config_records.read_record(host, "/etc/other.json", os.getpid()) is None
    # What others could have written proves nothing.
    pending.write(_note())
    (notes / "run").chmod(0o777)
    assert config_records.read_record(host, path, os.getpid()) is None
    assert pending.read(host, path, b"new", "1/2") is None


def test_a_damaged_note_is_none(notes: Path) -> None:
    pending.write(_note())
    name = next((notes / "run").iterdir())
    for content in ("", "[]", "{}", '{"path": 1}'):
        name.write_text(content)
        assert pending.read(HOST, "/etc/docker/daemon.json", b"new", "1/2") is None


def test_notes_add_up_to_what_the_engine_runs_with() -> None:
    second = _note(
        backup_file="/c", running_hash=config_records.fingerprint(b"new"), written_hash="h2", needs="none", keys=["b"]
    )
    merged = pending.merged(_note(), second)
    assert merged is not None
    assert (merged.backup_file, merged.running_hash, merged.written_hash) == ("/b", "h0", "h2")
    assert (merged.needs, merged.keys) == ("reload", ["a", "b"])
    assert pending.merged(_note(), second._replace(written_hash="h0")) is None
    assert pending.merged(None, second) is None
    assert pending.merged(None, _note()) == _note()


def test_a_process_is_known_by_its_start() -> None:
    assert config_records.daemon_identity(os.getpid()) == config_records.daemon_identity(os.getpid())
    assert config_records.daemon_identity(None) is None


def test_a_candidate_that_could_not_be_made_leaves_what_lies_under_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "candidate"
    other.write_text("somebody's")
    monkeypatch.setattr(files, "temporary_path", lambda _path: str(other))
    plan, host = t.cast(t.Any, SimpleNamespace(after=b"{}")), t.cast(t.Any, None)
    with pytest.raises(looks.FileFault, match="is unchanged: cannot write"):
        run._validated(host, host, plan, f"{tmp_path}/daemon.json", looks.Look(None), False)
    assert other.read_text() == "somebody's"
