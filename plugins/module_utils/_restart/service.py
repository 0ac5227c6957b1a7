# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service manager must do for the daemon: stop, start, reload and answer questions, each within a bound.

No call waits for the daemon: a unit without a start timeout may keep its caller for ever. Waiting is done by asking.
"""

from __future__ import annotations

import os
import signal
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.model import CommandResult
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread


class ServiceFault(Exception):
    """The service manager failed; ``reason`` is one sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Service:
    """``stop`` and ``start`` return once they are asked for, at most after ``seconds``."""

    manager = ""
    # Active units that a stop of the daemon stops as well, as they were when this was made.
    dependents: t.Sequence[str] = ()

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

    def stopped_dependents(self) -> list[str]:
        """Those of ``dependents`` that are not active now. Raises ServiceFault."""
        return []

    def start_dependents(self, seconds: float) -> None:
        """Start those of ``dependents`` that are not active, and wait for them. Raises ServiceFault."""

    def log_mark(self) -> str:
        """A moment in the log, from which ``log_tail`` shows what is new."""
        return ""

    def log_tail(self, mark: str) -> list[str]:
        return []


def bounded(host: Host, seconds: float, *command: str) -> CommandResult:
    """Run a command that is killed when the time is over. Raises ServiceFault where it is, or cannot be run."""
    limit = max(int(seconds), 1)
    try:
        return host.run(*command, seconds=limit)
    except Unread as gap:
        late = gap.kind == "timeout"
        raise ServiceFault(f"{' '.join(command)} did not end within {limit} seconds" if late else gap.reason) from None


def last_words(result: CommandResult) -> str:
    """Return the last line of a command's output without its full stop or, where there is none, its status."""
    lines = (result.error or result.output).strip().splitlines()
    return lines[-1].rstrip(".") if lines else f"status {result.status}"
