# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy runs in a process of its own, and others see how far it is and what became of it."""

from __future__ import annotations

import errno
import json
import os
import signal
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._migration import copy_progress, copy_request, copy_run
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_checks import CopyFault, Request
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import Shift
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import Extent
from ansible_collections.seawall.docker.tests.support.rich_tree import make_tree, seen_in

HOST = Host(lambda *_words, **_options: (1, "", ""))
MAPS = [Extent(0, 200000, 65536)]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def request_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Request:
    monkeypatch.setattr(config_records, "DIRECTORY", str(tmp_path / "run"))
    make_tree(tmp_path / "old")
    return Request(f"{tmp_path}/old", f"{tmp_path}/new", Shift(MAPS, MAPS))


@pytest.fixture
def request_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(config_records, "DIRECTORY", str(tmp_path / "run"))
    return f"{tmp_path}/new"


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> t.Callable[..., None]:
    """The next copies stand still before their first byte until they are let go."""
    os.mkfifo(tmp_path / "gate")
    run = copy_run.TreeCopy.run

    def run_late(self: t.Any) -> None:
        (tmp_path / "gate").read_bytes()
        run(self)

    monkeypatch.setattr(copy_run.TreeCopy, "run", run_late)

    def let_go(gate: bool = True) -> None:
        monkeypatch.setattr(copy_run.TreeCopy, "run", run)
        if gate:
            (tmp_path / "gate").write_bytes(b"")

    return let_go


def copied(request: Request, wait: float = 60, check_mode: bool = False) -> dict[str, t.Any]:
    return copy_request.run(HOST, request, wait, check_mode)


@needs_root
def test_a_copy_goes_on_by_itself_and_is_waited_for(request_: Request, held: t.Callable[..., None]) -> None:
    foreseen = copied(request_, check_mode=True)
    assert foreseen["state"] == "absent" and foreseen["changed"] and not os.path.exists(request_.destination)
    started = copied(request_, wait=0)
    assert started["state"] == "running" and started["changed"]
    document = json.loads(Path(started["progress_file"]).read_text(encoding="utf-8"))
    assert os.stat(started["progress_file"]).st_mode & 0o777 == 0o600
    process = int(document["process"].partition("/")[0])
    # Nothing ties it to this session: neither its leader, nor a terminal, nor a descriptor.
    assert os.getsid(process) != os.getsid(0) and Path(f"/proc/{process}/cwd").resolve() == Path("/")
    assert all(os.readlink(f"/proc/{process}/fd/{number}") == os.devnull for number in range(3))
    # A second run does not start another one, and neither does check mode.
    assert copied(request_, wait=0)["state"] == copied(request_, check_mode=True)["state"] == "running"
    with pytest.raises(CopyFault, match="is just being copied to"):
        copied(request_._replace(source=f"{request_.source}/data"))
    held()
    done = copied(request_)
    assert (done["state"], done["changed"], done["seconds_left"]) == ("complete", True, 0)
    assert done["entries_total"] == foreseen["entries_total"] == len(seen_in(Path(request_.source)))
    assert done["bytes_total"] == foreseen["bytes_total"] > 3_000_000
    assert done["sockets"] == foreseen["sockets"] == [f"{request_.source}/socket"]
    again = copied(request_)
    assert (again["state"], again["changed"]) == ("complete", False)
    assert seen_in(Path(request_.destination), "0 200000 65536\n") == seen_in(Path(request_.source))


@needs_root
def test_a_killed_copy_is_said_and_made_anew(request_: Request, held: t.Callable[..., None]) -> None:
    progress_file = copied(request_, wait=0)["progress_file"]
    process = int(json.loads(Path(progress_file).read_text(encoding="utf-8"))["process"].partition("/")[0])
    os.kill(process, signal.SIGKILL)
    while copy_progress.read(HOST, request_.destination)["state"] == "running":  # type: ignore[index]
        os.sched_yield()
    assert not os.path.exists(request_.destination)
    held(gate=False)
    assert copied(request_)["state"] == "complete"


def test_a_process_whose_parent_never_asked_for_its_end_is_not_running(request_place: str) -> None:
    child = os.fork()
    if not child:
        try:
            copy_progress.Progress("/a", request_place).write(copy_progress.RUNNING)
        finally:
            os._exit(0)
    # It has ended, and its entry stays in the list of processes.
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    record = copy_progress.read(HOST, request_place)
    assert record is not None and record["state"] == copy_progress.INTERRUPTED
    assert config_records.daemon_identity(child) == record["process"]
    os.waitpid(child, 0)


@needs_root
def test_a_failure_is_told_once(request_: Request) -> None:
    os.chown(f"{request_.source}/passwd", 70000, 70000)
    refusals = {
        f"{request_.source}/passwd: its owner 70000 is in no range of the uid map",
        f"{request_.source}/passwd: its group 70000 is in no range of the gid map",
    }
    for check_mode in (True, False):
        with pytest.raises(CopyFault, match=r"nothing was copied: .*passwd.* \(and 1 more\)") as caught:
            copied(request_, check_mode=check_mode)
        assert set(caught.value.refusals) == refusals
    # It was told, so the next one tries again.
    assert copy_progress.read(HOST, request_.destination) is None
    os.chown(f"{request_.source}/passwd", 0, 0)
    assert copied(request_)["state"] == "complete"


@needs_root
def test_a_failure_is_told_with_a_record_that_cannot_be_removed(
    request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = copy_progress.Progress(request_.source, request_.destination)
    progress.fail("No space left on device: /new/data", [])

    def read_only(path: str) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    monkeypatch.setattr(copy_progress.os, "unlink", read_only)
    with pytest.raises(CopyFault) as caught:
        copied(request_)
    record = copy_progress.file_of(request_.destination)
    reason = f"No space left on device: /new/data (and its record {record} cannot be removed: Read-only file system)"
    assert (caught.value.reason, caught.value.refusals) == (reason, [reason])


@needs_root
def test_a_record_of_another_user_is_not_believed(request_: Request) -> None:
    assert copied(request_)["state"] == "complete"
    os.chown(copy_progress.file_of(request_.destination), 1000, 1000)
    assert copy_progress.read(HOST, request_.destination) is None


def test_only_root_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CopyFault, match="only root"):
        copied(Request("/a", "/b", Shift(MAPS, MAPS)))


MIB = 1 << 20


@pytest.mark.parametrize(
    ("phase", "done", "totals", "seconds", "left"),
    [
        ("measure", (0, 0), (0, 0), 5, None),
        ("copy", (0, 0), (100 * MIB, 10), 5, None),
        # As much again to copy, and all of it to compare.
        ("copy", (50 * MIB, 0), (100 * MIB, 0), 10, 30),
        ("compare", (0, 0), (100 * MIB, 0), 10, 10),
        ("compare", (100 * MIB, 0), (100 * MIB, 0), 10, 0),
        # A file that has grown meanwhile.
        ("compare", (150 * MIB, 0), (100 * MIB, 0), 10, 0),
        ("copy", (0, 16), (0, 64), 1, 7),
        ("copy", (0, 0), (0, 0), 1, None),
        ("move", (0, 0), (100 * MIB, 0), 1, 0),
    ],
)
def test_the_time_left_follows_the_pace(
    phase: str, done: tuple[int, int], totals: tuple[int, int], seconds: float, left: float | None
) -> None:
    assert copy_progress.seconds_left(phase, done, totals, seconds) == left
