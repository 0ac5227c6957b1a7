# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find programs in the system's directories, and run them with bounds on their time and on what they say."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import threading
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._host.model import CommandResult
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# Where programs of the system are. The search path of the environment may name directories of other users.
PROGRAM_DIRECTORIES = ("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin", "/snap/bin")

# What a program says must not depend on the language of a user.
_ENVIRONMENT = {"LC_ALL": "C", "LANG": "C", "TZ": "UTC", "PATH": ":".join(PROGRAM_DIRECTORIES)}

_PART_BYTES = 32 * bounds.KIB
_DYING_SECONDS = 1
_QUIET_SECONDS = 1

RunCommand = t.Callable[..., t.Tuple[int, str, str]]


class _BoundedStream:
    """What a program says, up to a bound. Past it, this is at its end, and the program is killed."""

    def __init__(self, stream: t.Any, kill: t.Callable[[], None]) -> None:
        self._stream = stream
        self._kill = kill
        self._left = bounds.PROGRAM_OUTPUT_BYTES
        self.exceeded = False

    def fileno(self) -> int:
        return int(self._stream.fileno())

    def close(self) -> None:
        self._stream.close()

    def read(self, size: int) -> bytes | None:
        if self.exceeded:
            return b""
        part: bytes | None = self._stream.read(size)
        self._left -= len(part or b"")
        if self._left < 0:
            self.exceeded = True
            self._kill()
            return b""
        return part


class _Alarm:
    """Kills a program that has not ended in time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer: threading.Timer | None = None
        self.rang = False

    def start(self, kill: t.Callable[[], None]) -> None:
        def ring() -> None:
            self.rang = True
            kill()

        self._timer = threading.Timer(self._seconds, ring)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


def find_program(name: str, distrust: t.Callable[[str], str | None]) -> tuple[str | None, str]:
    """Return the path of a program, or why there is none. ``distrust`` says why a path is not run, or None."""
    reason = f"{name} is not installed"
    for path in [name] if name.startswith("/") else [f"{directory}/{name}" for directory in PROGRAM_DIRECTORIES]:
        if not (os.path.isfile(path) and os.access(path, os.X_OK)):
            continue
        fault = distrust(path)
        if fault is None:
            return path, ""
        reason = f"{path} is not run, since {fault}"
    return None, reason


def run_within(run_command: RunCommand, command: list[str], name: str, seconds: float) -> CommandResult:
    """Run a program by the path that the command begins with; ``name`` is what messages call it.

    Raises Unread, of kind timeout for a program that had to be killed, and TooMuch for one that said too much.
    """
    streams: list[_BoundedStream] = []
    alarm = _Alarm(seconds)

    def bound(process: t.Any) -> None:
        # run_command keeps all that a program says; it reads from what it finds here.
        process.stdout = _BoundedStream(process.stdout, process.kill)
        process.stderr = _BoundedStream(process.stderr, process.kill)
        streams.extend((process.stdout, process.stderr))
        alarm.start(process.kill)

    try:
        status, output, error = run_command(command, environ_update=_ENVIRONMENT, before_communicate_callback=bound)
    finally:
        alarm.stop()
    if alarm.rang:
        raise _took_too_long(name, seconds)
    if any(stream.exceeded for stream in streams):
        raise _said_too_much(name)
    return CommandResult(status, output, error)


def _took_too_long(name: str, seconds: float) -> Unread:
    return Unread(f"{name} did not end within {seconds:g} seconds and was killed", "timeout")


def _said_too_much(name: str) -> TooMuch:
    return TooMuch(f"{name} said more than {bounds.size_text(bounds.PROGRAM_OUTPUT_BYTES)} and was ended")


class Begun:
    """A program that runs while something else is read: package managers and clients take longer than all that an audit reads.
    ``name`` is what messages call it. Raises OSError where it cannot be started."""

    def __init__(self, command: list[str], name: str) -> None:
        self._name = name
        # run_command waits for the end.
        self._process = subprocess.Popen(  # pylint: disable=ansible-bad-function
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **_ENVIRONMENT},
        )

    def result(self, seconds: float) -> CommandResult:
        """Wait for its end, at most so long, and return what it said. Raises as ``run_within`` does."""
        said = {stream: bytearray() for stream in (self._process.stdout, self._process.stderr)}
        end = time.monotonic() + seconds
        try:
            self._read(said, end)
            status = self._process.wait(max(0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise _took_too_long(self._name, seconds) from None
        finally:
            self.end()
        output, error = (bytes(part).decode("utf-8", "surrogateescape") for part in said.values())
        return CommandResult(status, output, error)

    def _read(self, said: dict[t.Any, bytearray], end: float) -> None:
        with selectors.DefaultSelector() as waiting:
            for stream in said:
                waiting.register(stream, selectors.EVENT_READ)
            while waiting.get_map():
                left = end - time.monotonic()
                if left <= 0:
                    raise subprocess.TimeoutExpired(self._name, left)
                events = waiting.select(min(left, _QUIET_SECONDS))
                if not events and left > _QUIET_SECONDS and self._process.poll() is not None:
                    return  # a child of it keeps the pipe open
                for key, _mask in events:
                    part = os.read(key.fd, _PART_BYTES)
                    if not part:
                        waiting.unregister(key.fileobj)
                    said[key.fileobj] += part
                if sum(map(len, said.values())) > bounds.PROGRAM_OUTPUT_BYTES:
                    raise _said_too_much(self._name)

    def end(self) -> None:
        """End the program, if nobody waits for what it says any more."""
        if self._process.poll() is None:
            # One that waits for a device or for the network ends when the kernel lets it, and one of another user by itself.
            with contextlib.suppress(subprocess.TimeoutExpired, OSError):
                self._process.kill()
                self._process.wait(_DYING_SECONDS)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
