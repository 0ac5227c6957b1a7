# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine that carries the container hosts: the one that runs, or one of our own that we also stop."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import docker, traces
from .errors import LabError
from .mounts import unmount_below
from .paths import Paths, need_space
from .process import Daemon, require_tools, start_ticks, wait_until

_PID_FILE = Path("/var/run/docker.pid")


@dataclass(frozen=True)
class Engine:
    """Starts an engine only when none runs, and stops only the one that it started."""

    paths: Paths
    say: Callable[[str], None] = print

    @property
    def _state(self) -> Path:
        return self.paths.state / "engine.json"

    def own(self) -> Daemon | None:
        """The engine that the lab started, if it still runs."""
        return Daemon.recall(self._state)

    def crashed(self) -> bool:
        """Whether the lab's engine ended without being stopped: its containers then run on without it."""
        remembered = Daemon.read(self._state)
        return remembered is not None and not remembered.alive() and not docker.answers()

    def ensure(self) -> None:
        """Make sure that an engine answers."""
        require_tools("docker")
        if docker.answers():
            return
        own = self.own()
        if own is None:
            self._refuse_beside_another()
            own = self._start()
        log = self.paths.logs / "engine.log"

        def up() -> bool:
            if not own.alive():
                raise LabError(f"the lab's engine ended while starting; see {log}")
            return docker.answers()

        wait_until(f"an answer of the lab's engine (see {log})", up, seconds=60)

    def _refuse_beside_another(self) -> None:
        try:
            pid = int(_PID_FILE.read_text(encoding="ascii"))
            name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return
        # A file may outlive its process, and a killed process may wait as a zombie for its parent.
        if name == "dockerd" and start_ticks(pid) is not None:
            raise LabError(f"an engine that the lab did not start (process {pid}) runs here but does not answer")

    def _start(self) -> Daemon:
        require_tools("dockerd", *traces.TOOLS)
        need_space(self.paths.cache, 5, "the lab's engine")
        self.paths.engine_data.mkdir(mode=0o711, exist_ok=True)
        # An own configuration: what this machine's administrator wrote in /etc/docker is meant for another engine.
        config = self.paths.state / "daemon.json"
        config.write_text("{}\n", encoding="utf-8")
        # After a crash of our engine, what was here before it still counts.
        crashed = Daemon.read(self._state)
        notes = crashed.notes if crashed is not None else traces.before()
        command = [
            "dockerd",
            f"--config-file={config}",
            f"--data-root={self.paths.engine_data}",
            f"--host=unix://{docker.SOCKET}",
            f"--pidfile={_PID_FILE}",
        ]
        daemon = Daemon.start(command, self.paths.logs / "engine.log", docker.environment(), notes)
        daemon.remember(self._state)
        self.say(f"engine: started, process {daemon.pid}")
        return daemon

    def stop(self) -> None:
        """Stop our own engine and put this machine back as it was; do nothing when it is not ours."""
        remembered = Daemon.read(self._state)
        if remembered is not None and remembered.alive():
            others = docker.docker("ps", "--quiet").split() if docker.answers() else []
            if others:
                self.say(f"engine: left running, {len(others)} container(s) in it are not the lab's")
                return
            remembered.stop(seconds=30)
            self.say("engine: stopped")
        # One that crashed left the same traces; but another may run on them by now.
        if remembered is not None and not docker.answers():
            unmount_below(self.paths.engine_data)
            traces.remove(remembered.notes)
        self._state.unlink(missing_ok=True)


def version() -> str | None:
    """The version of the engine that answers, for the status."""
    try:
        return docker.docker("version", "--format", "{{.Server.Version}}", timeout=20)
    except (LabError, subprocess.SubprocessError):
        return None
