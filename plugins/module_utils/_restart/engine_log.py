# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of the engine's log, and the reason that the engine gives there. Pure."""

from __future__ import annotations

import re

LOG_LINES = 50
LOG_COLUMNS = 600
_FATAL = re.compile(
    r"failed to start daemon: |level=fatal |Error reconfiguring the daemon|unable to configure the Docker daemon"
    r"|configuration validation failed"
)
_MESSAGE = re.compile(r'msg="((?:[^"\\]|\\.)*)"')
_ERROR = re.compile(r'error="((?:[^"\\]|\\.)*)"')
# Lines of systemd about the unit, and structured lines of dockerd, which are not its reason to end.
_OTHERS = re.compile(r"time=|\S+\.(service|socket): |Start(ing|ed) |Stop(ping|ped) |Failed to start |\s|$")


def last_lines(text: str) -> list[str]:
    """Return the last lines, each cut at LOG_COLUMNS, since the engine writes its whole configuration into one of them."""
    return [line if len(line) <= LOG_COLUMNS else line[:LOG_COLUMNS] + "…" for line in text.splitlines()[-LOG_LINES:]]


def reason_in(log: list[str], ended: bool = False) -> str:
    """Find the engine's own reason to refuse a file or, where it ``ended``, to end. Empty where it gave none."""
    line = next((line for line in reversed(log) if _FATAL.search(line)), "")
    if not line and ended:
        # Faults of the arguments and of the remapped user are printed without any form.
        line = next((line for line in reversed(log) if not _OTHERS.match(line)), "")
    message, error = _MESSAGE.search(line), _ERROR.search(line)
    parts = [found.group(1) for found in (message, error) if found]
    reason = ": ".join(parts) if parts else line
    return reason.replace('\\"', '"').replace("failed to start daemon: ", "", 1).strip()
