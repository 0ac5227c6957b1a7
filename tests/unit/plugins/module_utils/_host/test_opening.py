# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing but a regular file is opened. Where only the kernel makes files, they are opened without a look at them first."""

from __future__ import annotations

import functools
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.opening import open_regular
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.tests.support.record_here import run_command


@pytest.fixture(name="calls")
def _calls(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[str], t.List[str]]:
    """Return the system calls with a path, in their order."""
    made: t.List[t.Tuple[str, t.Any]] = []

    def counted(name: str, call: t.Callable[..., t.Any], path: t.Any, *rest: t.Any, **more: t.Any) -> t.Any:
        made.append((name, path))
        return call(path, *rest, **more)

    for name in ("stat", "open"):
        monkeypatch.setattr(os, name, functools.partial(counted, name, getattr(os, name)))
    return lambda path: [name for name, of in made if of == path]


def test_a_file_of_a_process_is_opened_without_a_look(calls: t.Callable[[str], t.List[str]]) -> None:
    path = f"/proc/{os.getpid()}/status"
    os.close(open_regular(path))
    assert calls(path) == ["open"]


@pytest.mark.parametrize(
    "inside", ["", "/proc/../", "/sys/fs/cgroup/../../../", "/proc/self/root/", "/proc/{pid}/root/"]
)
@pytest.mark.parametrize("kind", ["fifo", "directory"])
def test_what_somebody_made_is_looked_at_before_it_is_opened(
    inside: str, kind: str, tmp_path: Path, calls: t.Callable[[str], t.List[str]]
) -> None:
    made = tmp_path / "made"
    os.mkfifo(made) if kind == "fifo" else made.mkdir()
    path = f"{inside.format(pid=os.getpid())}{str(made)[1:]}" if inside else str(made)
    with pytest.raises(Unread, match="is not a regular file"):
        open_regular(path)
    assert calls(path) == ["stat"]


def test_a_device_is_not_opened_by_a_path_that_begins_as_a_process_does(calls: t.Callable[[str], t.List[str]]) -> None:
    with pytest.raises(Unread, match="is not a regular file"):
        open_regular("/proc/../dev/null")
    assert calls("/proc/../dev/null") == ["stat"]


def test_a_directory_of_a_process_is_no_file() -> None:
    with pytest.raises(Unread, match="Is a directory"):
        Host(run_command).read_text("/proc/self/ns")
