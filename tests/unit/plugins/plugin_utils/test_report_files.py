# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing: modes, whole files or none, and what is refused."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, proofs
from ansible_collections.seawall.docker.tests.support import findings

ROOT = Path(__file__).resolve().parents[4]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def write(folder: Path, name: str = "hosts/web1.json", content: str = "{}\n") -> str:
    with files.Folder(str(folder)) as opened:
        return opened.write(name, content)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_modes_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    (tmp_path / "a").mkdir()
    before = os.umask(umask)
    try:
        if umask == 0o777 and os.geteuid() != 0:
            pytest.skip("only root can enter a folder that it made with this umask")
        write(tmp_path / "a" / "reports")
        write(tmp_path / "a" / "reports", "index.html")
    finally:
        os.umask(before)
    reports = tmp_path / "a" / "reports"
    assert mode(reports) == 0o700 and mode(reports / "hosts") == 0o700
    assert mode(reports / "hosts" / "web1.json") == 0o600 and mode(reports / "index.html") == 0o600


def test_an_open_folder_of_reports_is_closed(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    write(reports)
    reports.chmod(0o755)
    (reports / "hosts").chmod(0o777)
    (reports / "hosts" / "web1.json").chmod(0o644)
    write(reports)
    assert mode(reports) == 0o700 and mode(reports / "hosts") == 0o700
    assert mode(reports / "hosts" / "web1.json") == 0o600


def test_an_open_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    tmp_path.chmod(0o755)
    with pytest.raises(files.ReportError, match="holds more than reports. Name a folder that is only for reports"):
        write(tmp_path)
    assert mode(tmp_path) == 0o755 and os.listdir(tmp_path) == ["holiday.jpg"]


def test_a_private_folder_with_other_things_serves(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    tmp_path.chmod(0o700)
    write(tmp_path)
    assert (tmp_path / "holiday.jpg").exists()


def test_files_of_other_hosts_stay(tmp_path: Path) -> None:
    write(tmp_path / "reports", "hosts/db1.json", "old\n")
    write(tmp_path / "reports", "hosts/web1.json")
    assert (tmp_path / "reports" / "hosts" / "db1.json").read_text() == "old\n"
    assert sorted(os.listdir(tmp_path / "reports" / "hosts")) == ["db1.json", "web1.json"]


@pytest.mark.parametrize("place", ["reports", "reports/hosts", "reports/hosts/web1.json"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_symbolic_links_are_refused(tmp_path: Path, place: str, slash: str) -> None:
    target = tmp_path / "target"
    target.mkdir(mode=0o700)
    (target / "victim").write_text("keep")
    link = tmp_path / place
    link.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    (tmp_path / "reports").is_dir() and (tmp_path / "reports").chmod(0o700)
    link.symlink_to(target / "victim" if place.endswith("json") else target)
    with pytest.raises(files.ReportError, match="symbolic link") as caught:
        write(Path(str(tmp_path / "reports") + slash))
    assert str(tmp_path / "reports") in str(caught.value)
    assert os.listdir(target) == ["victim"] and (target / "victim").read_text() == "keep"


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_a_folder_needs_a_name(name: str) -> None:
    with pytest.raises(files.ReportError, match="empty or holds a null character"), files.Folder(name):
        pass


def test_something_else_in_the_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reports" / "index.html").mkdir(parents=True)
    with pytest.raises(files.ReportError, match="exists and is not a regular file"):
        write(tmp_path / "reports", "index.html")
    (tmp_path / "file").touch()
    with pytest.raises(files.ReportError, match="no directory"):
        write(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a folder to somebody else")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reports.mkdir(mode=0o700)
    os.chown(reports, 12345, 12345)
    with pytest.raises(files.ReportError, match="belongs to uid 12345"):
        write(reports)
    assert os.listdir(reports) == []


def test_a_full_disk_leaves_the_old_report_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "reports", content="old\n")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(files.ReportError, match=r"hosts/web1\.json cannot be written: no space left on device\.$"):
        write(tmp_path / "reports", content="new\n")
    assert os.listdir(tmp_path / "reports" / "hosts") == ["web1.json"]
    assert (tmp_path / "reports" / "hosts" / "web1.json").read_text() == "old\n"


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    write(tmp_path / "reports")
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "x").touch()
    (tmp_path / "open").chmod(0o755)
    for _attempt in range(3):
        with pytest.raises(files.ReportError):
            write(tmp_path / "open")
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("host", ["web1", "web-1.example.net", "10.0.0.1", "a", "x_y", "0"])
def test_ordinary_names_stay(host: str) -> None:
    assert files.host_file_name(host) == f"{host}.json"


HOSTILE_NAMES = [
    "../x", "..", ".", "", "a/b", "a_b/", "/etc/passwd", "Web", "WEB", "a" * 5000, "x" * 101, "nul", "con.txt", "a.",
    ".hidden", "-rf", "fe80::1%eth0", "a b", "a\x00b", "a\nb", "\ud800", "数据", "web~1", "a\\b", *findings.HOSTILE,
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTILE_NAMES)
def test_other_names_become_safe(host: str, tmp_path: Path) -> None:
    name = files.host_file_name(host)
    assert name.isascii() and name.isprintable() and len(name) < 120
    assert not set(name) & set("/\\: %\"'<>|?*{}") and not name.startswith((".", "-"))
    assert name == name.lower() and "~" in name
    write(tmp_path / "reports", f"hosts/{name}")
    assert os.listdir(tmp_path / "reports" / "hosts") == [name]


def test_no_two_hosts_share_a_file() -> None:
    names = [*HOSTILE_NAMES, "web", "a-b", "a_b", "a"]
    assert len({files.host_file_name(name).lower() for name in names}) == len(set(names))


def test_json_is_ascii_in_the_order_of_the_contract() -> None:
    text = files.as_json({"b": "\x1b\u202e\ud800é", "a": 1})
    assert text == '{\n  "b": "\\u001b\\u202e\\ud800\\u00e9",\n  "a": 1\n}\n'


def test_the_findings_of_a_host_have_a_line_for_each_subject() -> None:
    subject = {"name": "web\x1b\u202e", "found": {"privileged": True, "caps": ["ALL"]}}
    document = {"host": "web1", "gaps": {}, "findings": [{"rule": "r", "subjects": [subject, {"name": "db"}]}]}
    lines = files.host_json(document).splitlines()
    assert json.loads("\n".join(lines)) == document
    assert lines[6:9] == [
        '      "subjects": [',
        '        {"name": "web\\u001b\\u202e", "found": {"privileged": true, "caps": ["ALL"]}},',
        '        {"name": "db"}',
    ]
    assert files.is_safe_text("\n".join(lines))
    for unsafe in ('{"a": "é"}', '{"a": 1}\t', "\x1b[2J{}", "{}\r\n", "{}\x7f"):
        assert not files.is_safe_text(unsafe)
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.host_json({"findings": [float("nan")]})


def test_pieces_are_the_text() -> None:
    document = {"hosts": [{"host": f"web{number}", "counts": {"fail": number}} for number in range(5000)]}
    pieces = list(files.as_json_pieces(document))
    assert "".join(pieces) == files.as_json(document) and max(map(len, pieces)) < len(files.as_json(document)) / 3


def test_reading(tmp_path: Path) -> None:
    file = tmp_path / "web1.json"
    file.write_text(json.dumps({"a": 1}))
    assert files.read_json(str(file)) == {"a": 1}
    file.write_text("[" * 100_000)
    with pytest.raises(files.ReportError, match="does not hold valid JSON"):
        files.read_json(str(file))
    with pytest.raises(files.ReportError, match="cannot be read: no such file or directory"):
        files.read_json(str(tmp_path / "missing\x1b"))
    with pytest.raises(files.ReportError, match="is a directory"):
        files.read_json(str(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(files.ReportError, match="is a pipe; name a regular file"):
        files.read_json(str(tmp_path / "pipe"))


def test_a_folder_of_whatever_the_collection_writes_is_one_of_reports() -> None:
    sources = [path for folder in ("action", "plugin_utils") for path in (ROOT / "plugins" / folder).rglob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    folders = set(re.findall(r"""\.write\(\s*f?"([a-z-]+)/""", text)) | set(
        re.findall(r"""^FOLDER = "([a-z-]+)\"""", text, re.MULTILINE)
    )
    names = set(re.findall(r"""^NAME = "([a-z_.]+\.[a-z]+)\"""", text, re.MULTILINE))
    kinds = {kind.folder for kind in proofs.KINDS.values()}
    assert folders >= {"fixes", "hdf", "plans", "postures", "todo"} and names >= {"runs.json", "summary.md"}
    assert folders | names | kinds <= files.OURS
