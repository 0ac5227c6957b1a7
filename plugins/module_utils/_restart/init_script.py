# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon as a service of sysvinit or OpenRC."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.identity import ROOT, is_daemon_of
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import SYSTEM_PID_FILES, pid_from_file
from ansible_collections.seawall.docker.plugins.module_utils._host.model import CommandResult
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._restart.engine_log import last_lines
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import (
    Service,
    ServiceFault,
    bounded,
    last_words,
)

_LOG_FILES = ("/var/log/docker.log", "/var/log/docker/docker.log")
# The end of a log is enough.
_LOG_BYTES = 4 * 1024 * 1024


class InitScript(Service):
    """sysvinit's script or OpenRC's service. The daemon itself is told to end first, and given the time that it needs:
    the scripts kill it after ten seconds, in the middle of stopping containers.
    """

    def __init__(self, host: Host, manager: str, pid_files: t.Sequence[str] = SYSTEM_PID_FILES) -> None:
        self._host = host
        self.manager = manager
        self._pid_files = pid_files
        self._started_at: float | None = None

    def _script(self, word: str, seconds: float) -> CommandResult:
        if self.manager == "openrc":
            return bounded(self._host, seconds, "rc-service", "docker", word)
        return bounded(self._host, seconds, "/etc/init.d/docker", word)

    def pid(self) -> int | None:
        found = (pid_from_file(self._host, path) for path in self._pid_files)
        return next((pid for pid in found if pid is not None), None)

    def failure(self) -> str | None:
        # Neither tries again; a daemon that has not written its pid after a while is not coming.
        if self._started_at is not None and time.monotonic() - self._started_at > 5 and self.process() is None:
            return "the engine ended right after its start"
        return None

    def process(self) -> int | None:
        """The process that the script started, which writes its own pid file only when it is ready to."""
        for path in ("/run/docker-ssd.pid", "/var/run/docker-ssd.pid"):
            pid = pid_from_file(self._host, path)
            if pid is not None:
                return pid
        return self.pid()

    def restart(self, seconds: float) -> None:
        self.stop(seconds)
        self.start(30)

    def stop(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        pid = self.process()
        if pid is not None:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGTERM)
            while is_daemon_of(self._host, pid, ROOT) and time.monotonic() < deadline:
                time.sleep(0.2)
            if is_daemon_of(self._host, pid, ROOT):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
                time.sleep(0.5)
        # Now the script only tidies up what it remembers; that it finds nothing to stop is no fault.
        with contextlib.suppress(ServiceFault):
            self._script("stop", 30)
        if self.manager == "openrc":
            with contextlib.suppress(ServiceFault):
                self._script("zap", 30)

    def start(self, seconds: float) -> None:
        result = self._script("start", seconds)
        if result.status != 0:
            raise ServiceFault(f"the init script could not start the engine: {last_words(result)}")
        self._started_at = time.monotonic()

    def log_mark(self) -> str:
        path = self._log_path()
        try:
            return f"{self._host.stat(path).size_bytes}" if path else ""
        except Unread:
            return ""

    def _log_path(self) -> str | None:
        for path in _LOG_FILES:
            with contextlib.suppress(Unread):
                if self._host.exists(path):
                    return path
        return None

    def log_tail(self, mark: str) -> list[str]:
        path = self._log_path()
        if path is None:
            return []
        try:
            # Where a group may write into /var/log, the log may be a link or a pipe of somebody else.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as stream:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    return []
                size = stream.seek(0, os.SEEK_END)
                start = int(mark) if mark.isdigit() and int(mark) <= size else 0
                stream.seek(max(start, size - _LOG_BYTES))
                text = stream.read(_LOG_BYTES).decode("utf-8", "replace")
        except OSError:
            return []
        return last_lines(text)
