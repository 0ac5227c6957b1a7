# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What container hosts and virtual machines have in common: how they are reached and when they are usable."""

from __future__ import annotations

import shlex
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .busybox import TAG, import_command
from .errors import LabError
from .process import run, wait_until
from .recipes import Recipe
from .sshkey import ssh_command


@dataclass(frozen=True)
class Address:
    """Where a running host answers over SSH."""

    recipe: Recipe
    host: str
    port: int


@dataclass(frozen=True)
class Remote:
    """A running host, reached as Ansible reaches it."""

    address: Address
    key: Path

    def command(self, *words: str) -> list[str]:
        """The whole command line that runs something there: one word is a line of shell, several are one command."""
        line = [shlex.join(words)] if len(words) > 1 else list(words)
        return [*ssh_command(self.key, self.address.host, self.address.port), *line]

    def call(self, *words: str, stdin: bytes | None = None, timeout: float = 120) -> str:
        """Run something there and return what it prints."""
        return run(self.command(*words), stdin=stdin, timeout=timeout)

    def succeeds(self, *words: str) -> bool:
        """Whether a command there ends well; an unreachable host is no error here, only not there yet."""
        try:
            done = subprocess.run(
                self.command(*words), stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def prepare(self, busybox: bytes, *, seconds: float, alive: Callable[[], bool]) -> None:
        """Wait until the host has booted and its engine answers, then give that engine an image to run."""
        name = self.address.recipe.name
        deadline = time.monotonic() + seconds

        def wait(what: str, check: Callable[[], bool]) -> None:
            def checked() -> bool:
                if not alive():
                    raise LabError(f"{name}: ended while starting")
                return check()

            wait_until(f"{name}: {what}", checked, seconds=max(deadline - time.monotonic(), 1))

        # An open port costs nothing to ask for, a whole SSH login under emulation does.
        wait(f"an answer on port {self.address.port}", self._greets)
        wait("a login", lambda: self.succeeds("true"))
        if self.address.recipe.service_manager == "systemd":
            # Waits by itself; "degraded" is an answer too, and no reason to give up.
            self.succeeds("systemctl", "is-system-running", "--wait")
        wait("an answer of its engine", lambda: self.succeeds("docker", "version"))
        if not self.succeeds("docker", "image", "inspect", TAG):
            self.call(*import_command(), stdin=busybox)

    def _greets(self) -> bool:
        try:
            with socket.create_connection((self.address.host, self.address.port), timeout=3) as connection:
                connection.settimeout(10)
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def facts(self) -> str:
        """Engine, cgroup version and service manager in one line, or why there is none."""
        try:
            form = "engine {{.ServerVersion}}, cgroup v{{.CgroupVersion}} ({{.CgroupDriver}}), {{.OperatingSystem}}"
            return self.call("docker", "info", "--format", form, timeout=30).strip()
        except LabError as error:
            return f"not usable: {error}"
