# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run on a host: gather its posture and print it with every question and answer, as one JSON object."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.access import open_engine
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import Engine
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._posture.gather import COLLECTORS, gather
from ansible_collections.seawall.docker.tests.support.recording import RecordingEngine, RecordingHost


def run_command(command: list[str], environ_update: dict[str, str], **_unused: t.Any) -> tuple[int, str, str]:
    done = subprocess.run(
        command, env={**os.environ, **environ_update}, capture_output=True, text=True, check=False, errors="replace"
    )
    return done.returncode, done.stdout, done.stderr


def no_remote_engine(address: str) -> Engine:
    raise AssertionError(f"{address} is not on this host")


def main() -> None:
    answers: dict[str, t.Any] = {}
    host = RecordingHost(Host(run_command), answers)
    found = open_engine(host, None, 30, no_remote_engine)
    engine_answers: dict[str, t.Any] | None = None
    engine = None
    fault = found.engine_fault or ""
    if found.engine_fault is None:
        engine_answers = {}
        engine = RecordingEngine(found.engine, engine_answers)
    context = Context(host, found.location, engine, fault, found.owner)
    posture = gather(context, list(COLLECTORS))
    print(
        json.dumps(
            {
                "location": found.location._asdict(),
                "engine_fault": fault,
                "owner": found.owner,
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
