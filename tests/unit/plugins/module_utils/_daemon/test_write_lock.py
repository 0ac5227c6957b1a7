# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs on one host: the second waits, or says who holds the lock; a holder that died holds nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._container_limits import run as limits_run
from ansible_collections.seawall.docker.plugins.module_utils._container_limits.wanted import Selection
from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records, write_lock
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config import run as config_run
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.wanted import Wanted
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._restart import restore_entries, undo
from ansible_collections.seawall.docker.plugins.module_utils._restart import run as restart_run
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import RestartFailure
from ansible_collections.seawall.docker.plugins.module_utils._trial import isolation_proof
from ansible_collections.seawall.docker.plugins.module_utils._userns import subid_run

HOST = Host(lambda *_words, **_options: (1, "", ""))
EVERYTHING = Selection(["*"], {}, None)
_HOLDER = """
import sys, time
from ansible_collections.seawall.docker.plugins.module_utils._container_limits import run as limits_run
from ansible_collections.seawall.docker.plugins.module_utils._container_limits.wanted import Selection
from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records, write_lock
config_records.DIRECTORY = sys.argv[1]
write_lock._is_root = lambda: True
with write_lock.write_lock("engine_restart"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(config_records, "DIRECTORY", str(tmp_path / "run"))
    monkeypatch.setattr(write_lock, "_is_root", lambda: True)
    return tmp_path / "run"


def holder(directory: Path, seconds: float) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", _HOLDER, str(directory), str(seconds)]
    # ansible-test imports the collection by a loader of its own, which this process does not have.
    tree = str(Path(write_lock.__file__).parents[6])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([tree, os.environ.get("PYTHONPATH", "")])}
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_the_second_says_who_holds_the_lock_and_since_when(directory: Path) -> None:
    with holder(directory, 60) as first:
        with pytest.raises(write_lock.LockFault) as fault, write_lock.write_lock("daemon_config", seconds=0.5):
            raise AssertionError("two hold the lock")
        since = r"since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
        said = (
            rf"another run changes this host: engine_restart \(process {first.pid}\), {since}\. Nothing was changed .*"
        )
        assert re.fullmatch(said, fault.value.reason)
        first.kill()
    assert directory.stat().st_mode & 0o7777 == 0o700 and (directory / "lock").stat().st_mode & 0o7777 == 0o600


def test_the_second_goes_on_when_the_first_has_ended(directory: Path) -> None:
    with holder(directory, 1.0) as first, write_lock.write_lock("daemon_config", seconds=30):
        assert first.poll() is not None or first.wait(5) == 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_holder_that_died_holds_nothing(directory: Path, how: signal.Signals) -> None:
    with holder(directory, 60) as first:
        first.send_signal(how)
        first.wait(10)
        started = time.monotonic()
        with write_lock.write_lock("subid", seconds=30):
            assert time.monotonic() - started < 10


def test_a_program_that_the_holder_started_does_not_hold_the_lock(directory: Path) -> None:
    """An init script starts the engine as a child of the module."""
    with write_lock.write_lock("engine_restart"):
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        with write_lock.write_lock("daemon_config", seconds=1):
            assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def test_check_mode_and_users_without_rights_leave_nothing(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with write_lock.write_lock("subid", check_mode=True):
        assert not directory.exists()
    monkeypatch.setattr(write_lock, "_is_root", lambda: False)
    with write_lock.write_lock("subid"):
        assert not directory.exists()


@pytest.mark.parametrize("how", ["others can write", "link", "link as lock", "damaged"])
def test_what_others_can_have_made_is_not_used(directory: Path, tmp_path: Path, how: str) -> None:
    target = tmp_path / "target"
    target.mkdir()
    if how == "link":
        directory.symlink_to(target)
    else:
        directory.mkdir(mode=0o700)
    if how == "others can write":
        directory.chmod(0o777)
    elif how == "link as lock":
        (directory / "lock").symlink_to(target / "file")
    elif how == "damaged":
        (directory / "lock").write_text("[")
    if how == "damaged":
        with write_lock.write_lock("subid"):
            assert "subid" in (directory / "lock").read_text()
        return
    with pytest.raises(write_lock.LockFault), write_lock.write_lock("subid"):
        raise AssertionError("it was used")
    assert list(target.iterdir()) == []


def test_threads_of_one_process_exclude_each_other(directory: Path) -> None:
    inside: list[int] = []

    def work() -> None:
        with write_lock.write_lock("subid", seconds=30):
            inside.append(1)
            assert len(inside) == 1
            time.sleep(0.05)
            inside.pop()

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inside == []


def test_every_module_that_writes_takes_the_lock(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_lock, "WAIT_SECONDS", 0.1)
    nothing = restore_entries.entries_of([])
    with write_lock.write_lock("another"):
        with pytest.raises(config_run.ConfigFailure, match="another run changes this host: another"):
            config_run.run(HOST, config_run.Request(Wanted({}, [], {}, {}, False), True, None, 1, False))
        with pytest.raises(subid_run.SubidFailure, match="another run changes this host: another"):
            subid_run.run(HOST, subid_run.Request("x", 65536, None, True, False, True, False))
        with pytest.raises(RestartFailure, match="another run changes this host: another") as failure:
            restart_run.run(HOST, restart_run.Request("restart", 1, [], {}, "auto", True, False, False, None, False))
        assert failure.value.details["changed"] is False and failure.value.details["restored"] == []
        with pytest.raises(undo.UndoFailure, match="another run changes this host: another"):
            undo.run(HOST, undo.Request(nothing, 1, None, False))
        with pytest.raises(limits_run.LimitsFailure, match="another run changes this host: another"):
            limits_run.run(HOST, limits_run.Request(EVERYTHING, {"pids": 100}, False, None, 1, False))
        proof = isolation_proof.run(HOST, isolation_proof.Request(None, "default", None, 0.2, False))
        assert proof["verdict"] == "inconclusive" and not proof["tried"]
        assert proof["reason"].startswith("another run changes this host: another (process ")
        checked = isolation_proof.run(HOST, isolation_proof.Request(None, "default", None, 0.2, True))
        assert "another run" not in checked["reason"]
    assert os.listdir(directory) == ["lock"]
