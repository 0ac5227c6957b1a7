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

from ansible_collections.seawall.docker.plugins.module_utils._daemon.dependents import (
    ACTIVE,
    STOPPED_WITH,
    active_dependents,
    named_in,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.service_units import (
    properties_of_units,
    systemd_properties,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._restart.engine_log import LOG_LINES, last_lines
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import (
    Service,
    ServiceFault,
    bounded,
    last_words,
)

_STARTED = ("active", "reloading", "refreshing")
_COMMAND_SECONDS = 30.0


class Systemd(Service):
    manager = "systemd"

    def __init__(self, host: Host, unit: str) -> None:
        self._host = host
        self.unit = unit
        shown = systemd_properties(host, unit, "TriggeredBy", *STOPPED_WITH)
        self._known_sockets = [name for name in shown.get("TriggeredBy", "").split() if name.endswith(".socket")]
        self.sockets = [name for name in self._known_sockets if self._active(name)]
        self.dependents = active_dependents(host, unit, named_in(shown), self._known_sockets)

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

    def stopped_dependents(self) -> list[str]:
        return [name for name, (state, _job) in self._dependents_now().items() if state not in ACTIVE]

    def _dependents_now(self) -> dict[str, tuple[str, bool]]:
        """Each dependent with its state, and whether systemd still has something to do with it. Raises ServiceFault.

        One that ended and is started again and again is waiting, not active.
        """
        now = dict.fromkeys(self.dependents, ("", False))
        try:
            shown = (
                properties_of_units(self._host, self.dependents, "Id", "ActiveState", "SubState", "Job") if now else []
            )
        except Unread as gap:
            raise ServiceFault(gap.reason) from None
        for one in shown:
            if one.get("Id") in now:
                waits = one.get("SubState", "").startswith("auto-restart")
                state = "waiting" if waits else one.get("ActiveState", "")
                now[one["Id"]] = (state, waits or one.get("Job", "0") not in ("", "0"))
        return now

    def start_dependents(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        asked: set[str] = set()
        while True:
            now = self._dependents_now()
            over = time.monotonic() > deadline
            missing = [name for name, (state, _job) in now.items() if state not in (ACTIVE if over else _STARTED)]
            if not missing:
                return
            # A restart of the daemon has systemd restart them, too, which is waited for.
            idle = [name for name in missing if not now[name][1] and now[name][0] not in ACTIVE]
            if over or (asked.issuperset(missing) and idle == missing):
                raise ServiceFault(f"units that were active before are not active again: {', '.join(missing)}")
            new = [name for name in idle if name not in asked]
            if new:
                asked.update(new)
                with contextlib.suppress(ServiceFault):  # of several, some may start
                    self._do(_COMMAND_SECONDS, "start", "--no-block", *new)
            time.sleep(0.5)

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
