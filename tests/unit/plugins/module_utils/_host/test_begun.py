# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that is started before its answer is wanted: real ones, with the bounds of all programs."""

from __future__ import annotations

import os
import subprocess
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host import bounds, commands
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._host.commands import Begun
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread


def begun(script: str) -> Begun:
    return Begun(["/bin/sh", "-c", script], "the program")


def never(*_arguments: t.Any, **_options: t.Any) -> t.NoReturn:
    raise AssertionError("a program was started twice")


def ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_the_answer_is_what_the_program_said() -> None:
    result = begun(r"echo out; printf 'odd \377' >&2; exit 7").result(30)
    assert (result.status, result.output, result.error) == (7, "out\n", "odd \udcff")


def test_it_says_the_same_as_a_program_that_is_waited_for() -> None:
    def run_command(command: t.List[str], environ_update: t.Dict[str, str], **_unused: t.Any) -> t.Tuple[int, str, str]:
        done = subprocess.run(
            command, env={**os.environ, **environ_update}, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    script = "env | sort | grep -v '^_='; cat; pwd; umask; kill -9 $$"
    waited = commands.run_within(run_command, ["/bin/sh", "-c", script], "the program", 30)
    assert begun(script).result(30) == waited and "LC_ALL=C\n" in waited.output and waited.status == -9


def test_more_than_a_pipe_holds_waits_for_who_asks() -> None:
    program = begun("i=0; while [ $i -lt 4000 ]; do echo $i; echo $i >&2; i=$((i+1)); done")
    time.sleep(0.2)
    result = program.result(30)
    assert result.output == result.error == "".join(f"{number}\n" for number in range(4000))


def test_a_program_that_does_not_end_is_killed() -> None:
    program = begun("exec sleep 600")
    with pytest.raises(Unread, match=r"^the program did not end within 0.2 seconds and was killed$") as caught:
        program.result(0.2)
    assert caught.value.kind == "timeout" and ended(program._process.pid)


def test_a_program_that_closed_what_it_says_and_goes_on_is_killed() -> None:
    program = begun("exec >&- 2>&-; exec sleep 600")
    with pytest.raises(Unread, match="did not end within"):
        program.result(0.2)
    assert ended(program._process.pid)


def test_a_child_that_keeps_the_pipe_open_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_QUIET_SECONDS", 0.1)
    assert begun("sleep 5 & echo said").result(30).output == "said\n"


@pytest.mark.parametrize("stream", ["", ">&2"])
def test_a_program_that_says_too_much_is_killed(monkeypatch: pytest.MonkeyPatch, stream: str) -> None:
    monkeypatch.setattr(bounds, "PROGRAM_OUTPUT_BYTES", 100_000)
    program = begun(f"exec cat /dev/zero {stream}")
    with pytest.raises(TooMuch, match="^the program said more than .* and was ended$"):
        program.result(30)
    assert ended(program._process.pid)


def host(begin: t.Any = Begun) -> Host:
    return Host(never, begin)


def test_the_host_starts_it_once_and_returns_its_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = tmp_path / "count"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho started >> {count}\necho $1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(Host, "distrust", lambda _self, _path: None)
    one = host()
    for _time in range(2):
        one.begin(str(program), "a")
    one.begin(str(program), "b")
    assert one.run(str(program), "b").output == "b\n"
    assert one.run(str(program), "a").output == "a\n"
    assert count.read_text(encoding="utf-8") == "started\n" * 2
    with pytest.raises(AssertionError, match="started twice"):
        one.run(str(program), "a")


def test_what_nobody_asked_for_is_ended() -> None:
    one = host()
    one.begin("sleep", "600")
    (program,) = one._begun.values()
    one.end_begun()
    assert one._begun == {} and ended(program._process.pid)


def test_nothing_is_begun_that_run_would_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: t.List[t.Any] = []
    one = host(lambda *arguments: started.append(arguments))
    one.begin("seawall-has-no-such-program")
    monkeypatch.setattr(Host, "distrust", lambda _self, _path: "another user can replace it")
    one.begin("sleep", "600")
    monkeypatch.setattr(Host, "distrust", lambda _self, _path: None)
    monkeypatch.setattr(Host, "acts_for_another_user", True)
    one.begin("sleep", "600")
    assert started == []
    Host(never).begin("sleep", "600")


def test_a_program_that_cannot_be_started_is_said_by_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF")
    broken.chmod(0o755)
    monkeypatch.setattr(Host, "distrust", lambda _self, _path: None)
    one = host()
    one.begin(str(broken))
    assert one._begun == {}
    with pytest.raises(AssertionError, match="started twice"):
        one.run(str(broken))
