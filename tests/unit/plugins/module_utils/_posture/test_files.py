# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the engine on a real directory tree: links, absence, bounds and gaps."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.files import collect as files
from ansible_collections.seawall.docker.plugins.module_utils._posture.files import places


def context(local: bool = True) -> Context:
    def run(*_arguments: t.Any, **_options: t.Any) -> tuple[int, str, str]:
        return 1, "", ""

    location = Location("running", "unix:///nowhere", "option", local, None, None, None, None, "")
    return Context(Host(run), location, None)


def test_a_link_shows_both_paths_and_the_owner_of_its_target(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("x")
    (tmp_path / "real").chmod(0o4640)
    (tmp_path / "link").symlink_to("real")

    entry = files.file_entry(context(), "daemon_json", str(tmp_path / "link"))

    assert entry["present"]
    assert (entry["path"], entry["real_path"]) == (str(tmp_path / "link"), str((tmp_path / "real").resolve()))
    assert (entry["mode"], entry["type"], entry["uid"]) == ("4640", "file", os.getuid())
    assert entry["unread"] == {}


def test_an_absent_file_is_an_answer(tmp_path: Path) -> None:
    entry = files.file_entry(context(), "daemon_json", str(tmp_path / "none"))

    assert entry["present"] is False
    assert "mode" not in entry
    assert entry["unread"] == {}


def test_a_socket_that_is_no_file_is_open_to_everybody() -> None:
    entry = files.file_entry(context(), "api_socket", "@docker")

    assert (entry["present"], entry["mode"], entry["uid"]) == (True, "0777", None)


def test_a_path_that_cannot_be_told_leaves_every_fact_open() -> None:
    entry = files.unknown_entry("tls_key", "because")

    assert entry["unread"]["mode"] == entry["unread"]["present"] == "because"


def certificates(monkeypatch: pytest.MonkeyPatch, directory: Path) -> list[dict[str, t.Any]]:
    monkeypatch.setattr(places, "config_directory", lambda _context: str(directory))
    return files.certificates(context())


def test_every_file_below_certs_d_is_found_links_included(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = tmp_path / "certs.d" / "reg.example.org:5000"
    registry.mkdir(parents=True)
    (registry / "ca.crt").write_text("x")
    (registry / "client.key").symlink_to("gone")
    (registry / "up").symlink_to("..")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "client.cert").write_text("x")
    (tmp_path / "certs.d" / "linked").symlink_to(tmp_path / "other")

    found = certificates(monkeypatch, tmp_path)

    names = sorted(Path(entry["path"]).name for entry in found if entry["role"] == "registry_certificate")
    assert names == ["ca.crt", "client.cert", "client.key"]
    assert sum(entry["role"] == "registry_directory" for entry in found) == 3


def test_without_certs_d_one_absent_entry_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (entry,) = certificates(monkeypatch, tmp_path)

    assert entry["present"] is False


@pytest.mark.parametrize("bound", ["MAX_CERTIFICATES", "MAX_DEPTH"])
def test_a_tree_beyond_bounds_is_unread_never_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(files, bound, 1)
    directory = tmp_path / "certs.d" / "a" / "b"
    directory.mkdir(parents=True)
    for number in range(3):
        (directory / f"{number}.crt").write_text("x")

    (entry,) = certificates(monkeypatch, tmp_path)

    assert "mode" in entry["unread"]


@pytest.mark.parametrize(("bound", "whole"), [(2, True), (1, False)])
def test_the_bound_of_depth_is_the_first_directory_that_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: int, whole: bool
) -> None:
    monkeypatch.setattr(files, "MAX_DEPTH", bound)
    (tmp_path / "certs.d" / "a").mkdir(parents=True)
    (tmp_path / "certs.d" / "a" / "ca.crt").write_text("x")

    found = certificates(monkeypatch, tmp_path)

    assert any(entry.get("path", "").endswith("/a/ca.crt") for entry in found) == whole
    assert all("mode" not in entry.get("unread", {}) for entry in found) == whole


def test_files_of_an_engine_elsewhere_are_not_read_here() -> None:
    with pytest.raises(Unread, match="remote"):
        files.collect(context(local=False))
