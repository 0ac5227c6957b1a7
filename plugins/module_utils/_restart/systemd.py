# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon as a unit of systemd.

systemctl is told --no-block, since a unit without a start timeout may keep it for ever.
"""

from __future__ import annotations

import contextlib
import re
import time

from ansible_collections.seawall.docker.plugins.module_utils._daemon.service_units import systemd_properties
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._restart.engine_log import LOG_LINES, last_lines
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import (
    Service,
    ServiceFault,
    bounded,
    last_words,
)


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
            return None  # between two attempts of systemd to start it
        if shown.get("ActiveState") == "failed":
            return f"{self.unit} has failed ({shown.get('Result') or 'no reason given'})"
        if shown.get("ActiveState") == "inactive" and shown.get("Job", "0") in ("", "0"):
            return f"{self.unit} is not running"
        return None

    def _do(self, seconds: float, *words: str) -> None:
        result = bounded(self._host, seconds, "systemctl", *words)
        if result.status != 0:
            raise ServiceFault(f"systemctl {' '.join(words)} failed: {last_words(result)}")

    def _forget_failures(self, seconds: float) -> None:
        # Recent failed starts count for systemd's start limit. That a unit has not failed is no fault here.
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
        return last_lines(result.output)
