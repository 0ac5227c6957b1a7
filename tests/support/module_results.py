# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of one module, from what ``ansible --one-line`` prints."""

from __future__ import annotations

import json
import re
import subprocess
import typing as t

# How ansible-core tells of an exception that nobody caught; the traceback itself is not always shown.
_UNCAUGHT = re.compile("Traceback|MODULE FAILURE|Task failed: Module failed")


def result_of(done: subprocess.CompletedProcess[str]) -> dict[str, t.Any]:
    """The result, with ``failed``. A module that ended by an exception of its own fails the test."""
    line = next((line for line in done.stdout.splitlines() if "=> {" in line), None)
    assert line is not None, done.stdout + done.stderr
    result = json.loads(line[line.index("=> {") + 3 :])
    assert not _UNCAUGHT.search(str(result.get("msg"))), result
    return {**result, "failed": "FAILED" in line.split("=>")[0]}
