# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run on a host: gather its posture and print it with every question and answer, as one JSON object."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine import EngineError, UnixEngine
from ansible_collections.seawall.docker.plugins.module_utils._host import Host
from ansible_collections.seawall.docker.plugins.module_utils._location import locate
from ansible_collections.seawall.docker.plugins.module_utils._posture.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._posture.gather import COLLECTORS, gather
from ansible_collections.seawall.docker.tests.support.recording import RecordingEngine, RecordingHost


def run_command(command: list[str], environ_update: dict[str, str]) -> tuple[int, str, str]:
    done = subprocess.run(
        command, env={**os.environ, **environ_update}, capture_output=True, text=True, check=False, errors="replace"
    )
    return done.returncode, done.stdout, done.stderr


def main() -> None:
    answers: dict[str, t.Any] = {}
    host = RecordingHost(Host(run_command, shutil.which), answers)
    location = locate(host, None)
    engine_answers: dict[str, t.Any] | None = None
    fault = ""
    engine = None
    if location.state == "running" and location.address:
        try:
            real = UnixEngine(location.address[len("unix://") :], 30)
            engine_answers = {}
            engine = RecordingEngine(real, engine_answers)
        except EngineError as error:
            fault = error.reason
    context = Context(host, location, engine, fault)
    posture = gather(context, list(COLLECTORS))
    print(
        json.dumps(
            {
                "location": location._asdict(),
                "engine_fault": fault,
                "engine": engine_answers,
                "host": answers,
                "posture": posture,
            },
            indent=0,
            sort_keys=True,
        )
    )


if __name__ == "__main__":
    main()
