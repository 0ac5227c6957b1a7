# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running other programs, and recognising again those that were left running."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .errors import LabError

# Programs that the lab calls, and the Debian (and Ubuntu) package that brings each.
PACKAGE_OF = {
    "busybox": "busybox-static",
    "debootstrap": "debootstrap",
    "docker": "docker.io",
    "dockerd": "docker.io",
    "ip": "iproute2",
    "ip6tables-restore": "iptables",
    "ip6tables-save": "iptables",
    "iptables-restore": "iptables",
    "iptables-save": "iptables",
    "mkfs.ext4": "e2fsprogs",
    "qemu-system-x86_64": "qemu-system-x86",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "tar": "tar",
}

# Ctrl-C reaches the main thread alone; this tells the others not to wait any longer.
interrupted = threading.Event()


def require_tools(*names: str) -> None:
    """Name every missing program at once, with the packages to install."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        packages = " ".join(sorted({PACKAGE_OF[name] for name in missing}))
        raise LabError(f"missing here: {', '.join(missing)}; install with: apt-get install {packages}")


def run(
    command: Sequence[str],
    *,
    log: Path | None = None,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> str:
    """Run to the end and return standard output; on failure say which command and its last words."""
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, env=env, timeout=timeout, check=False)
    except FileNotFoundError as error:
        raise LabError(f"cannot run {command[0]}: it is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{command[0]} did not finish within {timeout:g} s: {' '.join(command)}") from error
    output = done.stdout.decode(errors="replace")
    errors = done.stderr.decode(errors="replace")
    if log is not None:
        with log.open("a", encoding="utf-8") as stream:
            stream.write(f"$ {' '.join(command)}\n{output}{errors}")
    if done.returncode != 0:
        words = (errors.strip() or output.strip() or f"exit status {done.returncode}").splitlines()[-1]
        raise LabError(f"{command[0]} failed: {words}" + (f" (whole output in {log})" if log else ""))
    return output


def wait_until(what: str, check: Callable[[], bool], *, seconds: float, pause: float = 0.2) -> None:
    """Poll until the check holds; on giving up say what was waited for."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() >= deadline:
            raise LabError(f"{what} did not happen within {seconds:g} s")
        if interrupted.wait(pause):
            raise LabError(f"{what} was not waited for any longer")


def parent_of(pid: int) -> int | None:
    """The parent of a process, None when there is no such process."""
    fields = _stat(pid)
    return int(fields[1]) if fields else None


def descends(pid: int, ancestor: int, parent: Callable[[int], int | None]) -> bool:
    """Whether a process is another one or was started, however indirectly, by it."""
    current: int | None = pid
    while current and current != ancestor:
        current = parent(current)
    return current == ancestor


def start_ticks(pid: int) -> int | None:
    """When a process started, in clock ticks since boot: with the id it names a process for good."""
    fields = _stat(pid)
    return None if not fields or fields[0] in ("Z", "X") else int(fields[19])


@dataclass(frozen=True)
class Daemon:
    """A process that the lab left running in a session of its own, as remembered in a file."""

    pid: int
    ticks: int
    # The machine's boot: ids and ticks begin anew with each.
    boot: str
    notes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def start(cls, command: Sequence[str], log: Path, env: Mapping[str, str], notes: dict[str, Any]) -> Daemon:
        """Start it detached, so that neither Ctrl-C nor the end of the terminal reaches it."""
        with log.open("ab") as stream:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=env,
                cwd="/",
            )
        ticks = start_ticks(child.pid)
        if ticks is None:
            child.wait()
            raise LabError(f"{command[0]} ended at once; see {log}")
        return cls(child.pid, ticks, _boot_id(), notes)

    @classmethod
    def read(cls, file: Path) -> Daemon | None:
        """The daemon that the file remembers, running or not, if it was started since the machine booted."""
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            found = cls(int(data["pid"]), int(data["ticks"]), str(data["boot"]), dict(data["notes"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found if found.boot == _boot_id() else None

    @classmethod
    def recall(cls, file: Path) -> Daemon | None:
        """The daemon that the file remembers, if that very process still runs."""
        found = cls.read(file)
        return found if found is not None and found.alive() else None

    def remember(self, file: Path) -> None:
        """Write it down in one step: half a file would make the lab forget what it has to stop."""
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        fresh.replace(file)

    def alive(self) -> bool:
        """Whether it is still this process, and not another under the same id."""
        return self.boot == _boot_id() and start_ticks(self.pid) == self.ticks

    def stop(self, *, seconds: float) -> None:
        """Ask it to end, and insist when it does not; a process that is not ours any more is left alone."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self.alive():
                return
            os.kill(self.pid, number)
            deadline = time.monotonic() + seconds
            while self.alive() and time.monotonic() < deadline:
                time.sleep(0.1)


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    # The program's name stands in brackets and may itself hold spaces and brackets.
    return text.rpartition(")")[2].split()


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
