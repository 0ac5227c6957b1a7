# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service manager of the daemon: stop, start, reload and ask, each within a bound.

No call waits for the daemon: systemd is told --no-block, since a unit without a start timeout may keep it for ever.
Waiting is done by asking.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import stat
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.identity import ROOT, is_daemon_of
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import (
    SYSTEM_PID_FILES,
    Location,
    pid_from_file,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.service_units import systemd_properties
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import CommandResult, Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

LOG_LINES = 50
LOG_COLUMNS = 600
_LOG_FILES = ("/var/log/docker.log", "/var/log/docker/docker.log")
# The end of a log is enough.
_LOG_BYTES = 4 * 1024 * 1024


class ServiceFault(Exception):
    """The service manager does not do what it was asked; ``reason`` is one sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Service:
    """``stop`` and ``start`` return once they are asked for, at most after ``seconds``."""

    manager = ""

    def pid(self) -> int | None:
        """The daemon's process as the service manager knows it, or None where it does not run."""
        raise NotImplementedError  # interface

    def process(self) -> int | None:
        """The daemon's process from its start on, where ``pid`` only tells it once it has written its own pid file."""
        return self.pid()

    def failure(self) -> str | None:
        """Why the service manager has given up on the daemon, or None while there is hope."""
        return None

    def restart(self, seconds: float) -> None:
        raise NotImplementedError  # interface

    def stop(self, seconds: float) -> None:
        raise NotImplementedError  # interface

    def start(self, seconds: float) -> None:
        raise NotImplementedError  # interface

    def reload(self) -> None:
        pid = self.pid()
        if pid is None:
            raise ServiceFault("the engine does not run, so it cannot be reloaded")
        try:
            os.kill(pid, signal.SIGHUP)
        except OSError as error:
            raise ServiceFault(f"cannot signal the engine (process {pid}): {error.strerror}") from None

    def log_mark(self) -> str:
        """A moment in the log, from which ``log_tail`` shows what is new."""
        return ""

    def log_tail(self, mark: str) -> list[str]:
        return []


def bounded(host: Host, seconds: float, *command: str) -> CommandResult:
    """Run a command that is killed when the time is over. Raises ServiceFault where it is, or cannot be run."""
    limit = max(int(seconds), 1)
    try:
        if host.program("timeout") is None:
            return host.run(*command)
        result = host.run("timeout", "-s", "KILL", str(limit), *command)
    except Unread as gap:
        raise ServiceFault(gap.reason) from None
    if result.status in (124, 137, -9):
        raise ServiceFault(f"{' '.join(command)} did not end within {limit} seconds")
    return result


def _last_words(result: CommandResult) -> str:
    """The last line that a command said, without its full stop since more follows; where it said nothing, its status."""
    said = (result.error or result.output).strip().splitlines()
    return said[-1].rstrip(".") if said else f"status {result.status}"


class Systemd(Service):
    manager = "systemd"

    def __init__(self, host: Host, unit: str) -> None:
        self._host = host
        self.unit = unit
        triggers = systemd_properties(host, unit, "TriggeredBy").get("TriggeredBy", "").split()
        self.sockets = [name for name in triggers if name.endswith(".socket") and self._active(name)]
        self._known_sockets = [name for name in triggers if name.endswith(".socket")]

    def _active(self, unit: str) -> bool:
        # Failed counts: a socket that was in use fails together with its service.
        return systemd_properties(self._host, unit, "ActiveState").get("ActiveState") in ("active", "failed")

    def pid(self) -> int | None:
        main = systemd_properties(self._host, self.unit, "MainPID").get("MainPID", "0")
        return int(main) if main.isdigit() and main != "0" else None

    def failure(self) -> str | None:
        shown = systemd_properties(self._host, self.unit, "ActiveState", "SubState", "Result", "Job")
        if shown.get("SubState", "").endswith("before-auto-restart"):
            return None  # looks failed or dead for a moment, and is started again
        if shown.get("ActiveState") == "failed":
            return f"{self.unit} has failed ({shown.get('Result') or 'no reason given'})"
        if shown.get("ActiveState") == "inactive" and shown.get("Job", "0") in ("", "0"):
            return f"{self.unit} is not running"
        return None

    def _do(self, seconds: float, *words: str) -> None:
        result = bounded(self._host, seconds, "systemctl", *words)
        if result.status != 0:
            raise ServiceFault(f"systemctl {' '.join(words)} failed: {_last_words(result)}")

    def _forget_failures(self, seconds: float) -> None:
        # Starts that failed a moment ago count against this one, and units that did not fail are no reason to stop.
        with contextlib.suppress(ServiceFault):
            self._do(seconds, "reset-failed", self.unit, *self._known_sockets)

    def restart(self, seconds: float) -> None:
        # The socket stays: clients wait in it, and the new daemon answers them.
        self._forget_failures(seconds)
        self._start_sockets(seconds)
        self._do(seconds, "restart", "--no-block", self.unit)

    def _start_sockets(self, seconds: float) -> None:
        if self.pid() is not None:
            return  # systemd refuses a socket whose service runs
        for name in self.sockets:
            if systemd_properties(self._host, name, "ActiveState").get("ActiveState") != "active":
                self._do(seconds, "start", name)

    def stop(self, seconds: float) -> None:
        # Sockets first: any client would start the service again.
        deadline = time.monotonic() + seconds
        for name in self.sockets:
            self._do(seconds, "stop", "--no-block", name)
        self._do(seconds, "stop", "--no-block", self.unit)
        while time.monotonic() < deadline:
            state = systemd_properties(self._host, self.unit, "ActiveState").get("ActiveState")
            if state in ("inactive", "failed"):
                return
            time.sleep(0.5)
        with contextlib.suppress(ServiceFault):
            # Only the daemon: the shims of containers are in the same control group.
            self._do(10, "kill", "--kill-who=main", "--signal=KILL", self.unit)

    def start(self, seconds: float) -> None:
        self._forget_failures(seconds)
        self._start_sockets(seconds)
        self._do(seconds, "start", "--no-block", self.unit)

    def log_mark(self) -> str:
        try:
            result = bounded(self._host, 20, "journalctl", "--lines", "0", "--show-cursor", "--no-pager")
        except ServiceFault:
            return ""
        found = re.search(r"^-- cursor: (\S+)$", result.output, re.MULTILINE)
        return found.group(1) if found else ""

    def log_tail(self, mark: str) -> list[str]:
        words = [
            "journalctl",
            "--unit",
            self.unit,
            "--lines",
            str(LOG_LINES),
            "--output",
            "cat",
            "--no-pager",
            "--quiet",
        ]
        try:
            result = bounded(self._host, 20, *words, *(["--after-cursor", mark] if mark else []))
        except ServiceFault:
            return []
        return _last(result.output)


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
            raise ServiceFault(f"the init script could not start the engine: {_last_words(result)}")
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
        return _last(text)


def _last(text: str) -> list[str]:
    """The last lines; an engine writes its whole configuration into one of them."""
    return [line if len(line) <= LOG_COLUMNS else line[:LOG_COLUMNS] + "…" for line in text.splitlines()[-LOG_LINES:]]


_FATAL = re.compile(
    r"failed to start daemon: |level=fatal |Error reconfiguring the daemon|unable to configure the Docker daemon"
    r"|configuration validation failed"
)
_MESSAGE = re.compile(r'msg="((?:[^"\\]|\\.)*)"')
_ERROR = re.compile(r'error="((?:[^"\\]|\\.)*)"')


# What is not dockerd's own: systemd's account of it, and dockerd's structured lines, which are no last words.
_OTHERS = re.compile(r"time=|\S+\.(service|socket): |Start(ing|ed) |Stop(ping|ped) |Failed to start |\s|$")


def reason_in(log: list[str], ended: bool = False) -> str:
    """What the engine itself gave as its reason to refuse a file or, where it ``ended``, to end; or an empty text."""
    line = next((line for line in reversed(log) if _FATAL.search(line)), "")
    if not line and ended:
        # Faults of the arguments and of the remapped user are printed without any form.
        line = next((line for line in reversed(log) if not _OTHERS.match(line)), "")
    message, error = _MESSAGE.search(line), _ERROR.search(line)
    parts = [found.group(1) for found in (message, error) if found]
    said = ": ".join(parts) if parts else line
    return said.replace('\\"', '"').replace("failed to start daemon: ", "", 1).strip()


def service_of(host: Host, location: Location) -> Service:
    """The service of the located daemon. Raises ServiceFault where it is started by something that we cannot work."""
    manager = location.manager
    if manager == "systemd" and location.unit:
        return Systemd(host, location.unit)
    if manager in ("sysvinit", "openrc"):
        return InitScript(host, manager)
    if manager == "snap":
        raise ServiceFault("the engine is a snap, which snapd manages; use snap restart docker")
    if manager == "rootless":
        raise ServiceFault("the engine is a rootless one; its user restarts it with systemctl --user restart docker")
    started = _command_line(host, location.pid)
    raise ServiceFault(
        f"no service manager runs the engine{started}, so it could be stopped, and nobody would start it again. "
        "Restart it in the way in which it was started"
    )


def _command_line(host: Host, pid: int | None) -> str:
    """Which process it is. Its arguments are not told: tokens and passwords of proxies stand there."""
    if pid is None:
        return ""
    try:
        name = host.read_text(f"/proc/{pid}/comm", 4096).rstrip("\n")
    except Unread:
        return f" (process {pid})"
    # Any process can name itself.
    return f" (process {pid}: {re.sub(r'[^!-~]', '?', name)[:16]})" if name else f" (process {pid})"
