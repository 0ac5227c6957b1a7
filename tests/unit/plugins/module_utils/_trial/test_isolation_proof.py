# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the experiment proves: only what was seen to be tried and seen to fail is protection."""

from __future__ import annotations

import os
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._trial.container_process import uid_map_seen
from ansible_collections.seawall.docker.plugins.module_utils._trial.image import Shell
from ansible_collections.seawall.docker.plugins.module_utils._trial.isolation_proof import (
    container_of,
    judged,
    lines_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._trial.isolation_trap import (
    SCRIPT,
    SLEEP_SECONDS,
    Seen,
    Trap,
)
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway_record import Record


@pytest.fixture(autouse=True)
def _records(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_records, "DIRECTORY", str(tmp_path_factory.mktemp("records")))


MAPPED = [{"inside": 0, "outside": 165536, "count": 65536}]
UNMAPPED = [{"inside": 0, "outside": 0, "count": 4294967295}]
HOST = Host(lambda *_words, **_unused: (1, "", ""))
BEGAN = [0, 165536, 65536]


@pytest.mark.parametrize(
    ("seen", "uid_map", "exit_code", "verdict", "reason"),
    [
        (Seen(BEGAN, [1, 1], False, False), MAPPED, 0, "protected", "neither overwrite nor delete"),
        # What a container says of itself, an engine may have made up.
        (Seen(BEGAN, [1, 1], False, False), None, 0, "inconclusive", "the kernel does not show that the container ran"),
        (Seen([0, 0, 4294967295], [0, 0], True, True), UNMAPPED, 0, "exposed", "overwrote and deleted"),
        (Seen([0, 0, 4294967295], [0, 1], True, False), UNMAPPED, 0, "exposed", "container overwrote a file"),
        # What happened counts, whatever the map and the container say.
        (Seen(None, None, False, True), None, None, "exposed", "container deleted a file"),
        (Seen(BEGAN, [1, 1], False, True), MAPPED, 0, "exposed", "deleted"),
        (Seen(None, None, False, False), MAPPED, 0, "inconclusive", "no trace of having run"),
        (Seen(None, None, False, False), MAPPED, 41, "inconclusive", "everybody may write"),
        (Seen(BEGAN, None, False, False), MAPPED, 137, "inconclusive", "exit status 137"),
        (Seen(BEGAN, [1, 127], False, False), MAPPED, 0, "inconclusive", "no rm"),
        (Seen(BEGAN, [0, 1], False, False), MAPPED, 0, "inconclusive", "says that it succeeded"),
        (Seen([0, 0, 4294967295], [1, 1], False, False), UNMAPPED, 0, "inconclusive", "something else than user"),
        # The kernel's word to us outweighs what the container wrote.
        (Seen(BEGAN, [1, 1], False, False), UNMAPPED, 0, "inconclusive", "something else than user"),
        (Seen([1, 1, 1], [1, 1], False, False), None, 0, "inconclusive", "the kernel does not show"),
        (Seen([0, 0, 4294967295], [0, 0], True, True), None, 0, "exposed", "overwrote and deleted"),
        (
            Seen([1, 1, 1], [1, 1], False, False),
            [{"inside": 5, "outside": 9, "count": 1}],
            0,
            "inconclusive",
            "not known",
        ),
    ],
)
def test_verdicts(seen: Seen, uid_map: t.Any, exit_code: int | None, verdict: str, reason: str) -> None:
    found = judged(seen, uid_map, exit_code)
    assert found["verdict"] == verdict and reason in found["reason"]
    words = lines_of({**found, "userns": "default", "tried": True, "image": "/bin/sh"})
    assert words[0] == f"{verdict.upper()}: {found['reason']}."


def test_what_could_not_be_removed_is_not_said_to_be_gone() -> None:
    result = {
        "verdict": "protected",
        "reason": "x",
        "container_root_uid": 7,
        "userns": "default",
        "tried": True,
        "image": "i",
    }
    assert any("All of it is gone again." in line for line in lines_of({**result, "not_removed": []}))
    words = lines_of({**result, "not_removed": ["container seawall-proof-1", "directory /x"]})
    assert not any("gone again" in line for line in words)
    assert "Not removed, which the next run tries again: container seawall-proof-1, directory /x." in words


def attack(trap: Trap, inside: str = "0 165536 65536") -> None:
    """What the container does, without a container: its own script on the directory."""
    script = SCRIPT.replace("/trap", trap.directory).replace("/proc/self/uid_map", f"{trap.directory}/map")
    Path(trap.directory, "map").write_text(f"{inside}\n", encoding="ascii")
    done = subprocess.run(
        ["sh", "-c", script.replace(f"sleep {SLEEP_SECONDS}", "sleep 0"), "proof", trap.word, ""], check=False
    )
    assert done.returncode == 0


def test_what_root_does_is_seen(tmp_path: Path) -> None:
    with Trap(Record("unix:///e"), str(tmp_path)) as trap:
        assert trap.look() == Seen(None, None, False, False)
        attack(trap)
        assert trap.look() == Seen([0, 165536, 65536], [0, 0], True, True)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.chmod(0o666),
        lambda path: path.write_bytes(b""),
        lambda path: (path.rename(path.with_name("other")), path.symlink_to(path.with_name("other"))),
        lambda path: (path.rename(path.with_name("other")), path.write_bytes(path.with_name("other").read_bytes())),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: (path.unlink(), os.mkfifo(path)),
    ],
)
@pytest.mark.parametrize("name", ["overwrite-me", "delete-me"])
def test_a_file_that_is_no_longer_itself_was_touched(
    tmp_path: Path, name: str, spoil: t.Callable[[Path], None]
) -> None:
    with Trap(Record("unix:///e"), str(tmp_path)) as trap:
        spoil(Path(trap.directory, name))
        assert trap.look()[2:] == (name == "overwrite-me", name == "delete-me")


def test_only_the_word_of_this_run_counts(tmp_path: Path) -> None:
    with Trap(Record("unix:///e"), str(tmp_path)) as trap:
        control = Path(trap.directory, "control")
        for text in (
            "guess began 0 1 2\nguess ended 1 1\n",
            f"{trap.word} began 0 1\n{trap.word} ended 1\n",
            f"{trap.word} began 0 1 2 3\n{trap.word} ended x y\n",
            f"{trap.word} began 0 1 ²\n",
            f" {trap.word} began 0 1 2\n",
            "\0" * 10000,
        ):
            control.write_text(text, encoding="utf-8")
            assert trap.look()[:2] == (None, None)
        control.unlink()
        control.symlink_to("/etc/passwd")
        assert trap.look()[:2] == (None, None)


def test_the_way_to_the_files_cannot_be_guessed(tmp_path: Path) -> None:
    with Trap(Record("unix:///e"), str(tmp_path)) as trap:
        outer = Path(trap.directory).parent
        assert (outer.stat().st_mode & 0o777, Path(trap.directory).stat().st_mode & 0o777) == (0o711, 0o755)
        modes = {path.name: path.stat().st_mode & 0o777 for path in Path(trap.directory).iterdir()}
        assert modes == {"overwrite-me": 0o600, "delete-me": 0o600, "control": 0o666}


def test_a_directory_that_was_there_before_is_not_removed(tmp_path: Path) -> None:
    trap = Trap(Record("unix:///e"), str(tmp_path))
    there = Path(trap.directory).parent
    there.mkdir()
    (there / "kept").write_text("of others", encoding="utf-8")
    with pytest.raises(FileExistsError):
        trap.__enter__()
    assert (there / "kept").read_text(encoding="utf-8") == "of others"


def test_the_container_is_an_ordinary_one(tmp_path: Path) -> None:
    with Trap(Record("unix:///e"), str(tmp_path)) as trap:
        shell = Shell("/bin/busybox", None, ["/busybox", "sh"], "/busybox ")
        body = container_of("image", shell, trap, "default")
        assert body["User"] == "0:0" and body["Entrypoint"][:3] == ["/busybox", "sh", "-c"]
        assert body["Entrypoint"][4:] == ["proof", trap.word, "/busybox "]
        # Nothing that would take rights away, or give any.
        told = {"NetworkMode", "ReadonlyRootfs", "RestartPolicy", "LogConfig", "Mounts"}
        assert set(body["HostConfig"]) == told
        assert container_of("image", shell, trap, "host")["HostConfig"]["UsernsMode"] == "host"


@pytest.mark.parametrize("pid", [None, True, 0, 1, -3, "7", 4.0])
def test_a_process_that_an_engine_makes_up_is_not_looked_at(pid: t.Any) -> None:
    with pytest.raises(Unread, match="names no process"):
        uid_map_seen(HOST, pid, "a" * 64)


@pytest.mark.parametrize("identifier", ["", "slice", "a" * 12, "A" * 64, "a" * 65, "a" * 64 + "\n"])
def test_an_id_that_any_control_group_would_match_is_none(identifier: str) -> None:
    with pytest.raises(Unread, match="id is none"):
        uid_map_seen(HOST, os.getpid(), identifier)


def test_a_process_that_has_ended_is_no_evidence() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    with pytest.raises(Unread, match="ended before it was looked at"):
        uid_map_seen(HOST, process.pid, "a" * 64)
    with pytest.raises(Unread, match="in no control group of the container"):
        uid_map_seen(HOST, os.getpid(), "a" * 64)
