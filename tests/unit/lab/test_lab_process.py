# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running programs, and recognising those that were left running."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from seawall_lab.errors import LabError
from seawall_lab.process import Daemon, descends, parent_of, require_tools, run, start_ticks, wait_until


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon.start(["sleep", "60"], tmp_path / "log", dict(os.environ), {"port": 1})
    yield daemon
    daemon.stop(seconds=5)


def test_a_running_daemon_is_recalled_with_its_notes(sleeper: Daemon, tmp_path: Path) -> None:
    sleeper.remember(tmp_path / "state.json")
    assert Daemon.recall(tmp_path / "state.json") == sleeper


def test_it_runs_in_a_session_of_its_own(sleeper: Daemon) -> None:
    assert os.getsid(sleeper.pid) == sleeper.pid


def test_a_stopped_one_is_read_but_not_recalled(sleeper: Daemon, tmp_path: Path) -> None:
    sleeper.remember(tmp_path / "state.json")
    sleeper.stop(seconds=5)
    assert not sleeper.alive()
    assert Daemon.recall(tmp_path / "state.json") is None
    assert Daemon.read(tmp_path / "state.json") == sleeper


def test_another_process_under_the_same_id_is_not_ours(sleeper: Daemon) -> None:
    stranger = replace(sleeper, ticks=sleeper.ticks - 1)
    stranger.stop(seconds=1)
    assert sleeper.alive()


def test_ids_mean_nothing_after_a_reboot(sleeper: Daemon, tmp_path: Path) -> None:
    replace(sleeper, boot="another").remember(tmp_path / "state.json")
    assert Daemon.read(tmp_path / "state.json") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', json.dumps({"pid": "x", "ticks": 1, "boot": "b"})])
def test_a_broken_memory_is_no_memory(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text, encoding="utf-8")
    assert Daemon.read(tmp_path / "state.json") is None


def test_no_such_process_has_no_start_time() -> None:
    assert start_ticks(2**22 + 1) is None
    assert start_ticks(os.getpid()) is not None
    assert parent_of(2**22 + 1) is None
    assert parent_of(os.getpid()) == os.getppid()


@pytest.mark.parametrize(("pid", "expected"), [(40, True), (20, True), (50, False), (1, False), (99, False)])
def test_descent_is_followed_to_its_root(pid: int, expected: bool) -> None:
    parents = {40: 30, 30: 20, 20: 1, 50: 1, 1: 0}
    assert descends(pid, 20, parents.get) is expected


def test_missing_tools_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    expected = "missing here: qemu-system-x86_64, busybox; install with: apt-get install busybox-static qemu-system-x86"
    with pytest.raises(LabError) as caught:
        require_tools("qemu-system-x86_64", "busybox")
    assert str(caught.value) == expected


def test_a_failing_command_says_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(LabError, match=r"^sh failed: second \(whole output in "):
        run(["sh", "-c", "echo first >&2; echo second >&2; exit 3"], log=log)
    assert "first\nsecond\n" in log.read_text(encoding="utf-8")


def test_a_silent_failure_says_its_status() -> None:
    with pytest.raises(LabError, match="false failed: exit status 1"):
        run(["false"])


def test_a_command_that_takes_too_long() -> None:
    with pytest.raises(LabError, match=r"did not finish within 0\.1 s"):
        run(["sleep", "5"], timeout=0.1)


def test_a_command_that_is_not_there() -> None:
    with pytest.raises(LabError, match="cannot run no-such-program"):
        run(["no-such-program"])


def test_waiting_ends() -> None:
    answers = iter([False, False, True])
    wait_until("it", lambda: next(answers), seconds=5, pause=0)
    with pytest.raises(LabError, match=r"^it did not happen within 0\.01 s$"):
        wait_until("it", lambda: False, seconds=0.01, pause=0.001)
