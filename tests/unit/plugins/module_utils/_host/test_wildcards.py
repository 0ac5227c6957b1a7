# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a path with wildcards means, on a real directory tree."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host import wildcards
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host


def host() -> Host:
    def run(*_arguments: t.Any, **_options: t.Any) -> tuple[int, str, str]:
        return 1, "", ""

    return Host(run)


@pytest.fixture
def tree(tmp_path: Path) -> str:
    for name in ("a/one.env", "b/one.env", "b/two.env", "b/.hidden.env", "b/x*y.env", "file"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    (tmp_path / "c").mkdir()
    return str(tmp_path)


@pytest.mark.parametrize(
    ("pattern", "paths", "directories"),
    [
        ("/b/*.env", ["/b/one.env", "/b/two.env", "/b/x*y.env"], ["/b"]),
        ("/b/.*.env", ["/b/.hidden.env"], ["/b"]),
        ("/b/t?o.env", ["/b/two.env"], ["/b"]),
        ("/b/[^o]*.env", ["/b/two.env", "/b/x*y.env"], ["/b"]),
        ("/b/x\\*y.env", ["/b/x*y.env"], ["/b"]),
        # A file can appear in each of the directories that the path passes.
        ("/*/one.env", ["/a/one.env", "/b/one.env"], ["", "/a", "/b", "/c"]),
        ("/none/*.env", [], ["/none"]),
        ("/none.env", ["/none.env"], []),
    ],
)
def test_wildcards_mean_what_they_mean_to_glob(
    tree: str, pattern: str, paths: list[str], directories: list[str]
) -> None:
    found = wildcards.matches(host(), f"{tree}{pattern}")

    assert found.paths == [f"{tree}{path}" for path in paths]
    assert found.directories == [f"{tree}{path}" for path in directories]


def test_too_many_files_are_none(tree: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wildcards, "MAX_MATCHES", 1)
    with pytest.raises(TooMuch, match="more than 1 files"):
        wildcards.matches(host(), f"{tree}/b/*.env")


def test_wildcards_below_the_root_directory() -> None:
    assert "/etc" in wildcards.matches(host(), "/et?").paths
