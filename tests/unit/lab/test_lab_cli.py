# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: what it accepts, and that failures are one sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from seawall_lab import docker
from seawall_lab.cli import main, parser


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SEAWALL_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(docker, "SOCKET", tmp_path / "no.sock")


def test_not_root(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["status"]) == 1
    assert capsys.readouterr().err == "error: the lab needs root: run it with sudo\n"


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["up", "woody"], "error: no such host: woody; there are bookworm, trixie, sid, rootless, vm and all\n"),
        (["shell", "sid"], "error: sid is not up; start it with: up sid\n"),
        (["inventory"], "error: no host is up, so there is no inventory; start some with: up\n"),
    ],
)
def test_one_sentence(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    assert capsys.readouterr() == ("", message)


@pytest.mark.usefixtures("as_root")
def test_status_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=1) for line in lines] == [
        ["engine", "not running"],
        *([name, "down"] for name in ("bookworm", "trixie", "sid", "rootless", "vm")),
    ]


@pytest.mark.usefixtures("as_root")
def test_down_of_nothing_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["down"]) == 0
    assert capsys.readouterr() == ("", "")


def test_shell_takes_a_whole_command() -> None:
    given = parser().parse_args(["shell", "vm", "docker", "ps", "--all"])
    assert (given.host, given.words) == ("vm", ["docker", "ps", "--all"])
