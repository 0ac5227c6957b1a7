# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have Docker Compose resolve a project: variables, extends, several files and profiles. It only reads, and starts nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_text
from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils import _reading
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError

Json = dict[str, t.Any]

_SECONDS = 60
_MAX_BYTES = 16 * 1024 * 1024
_MAX_VALUES = 200_000
_LONGEST = 500
# A project of somebody else must not make the controller fetch repositories, nor write its secrets into a report: of the
# environment it gets only what Compose itself needs.
_NOTHING_REMOTE = {"COMPOSE_EXPERIMENTAL_GIT_REMOTE": "false", "COMPOSE_EXPERIMENTAL_OCI_REMOTE": "false"}
_NEEDED = ("PATH", "HOME", "LANG", "TMPDIR")
_NOT_SET = re.compile(r'The \\?"(\w+)\\?" variable is not set')


class Project(t.NamedTuple):
    """One project as a task names it. ``files`` go one over the other."""

    name: str
    files: list[str]
    profiles: list[str]
    env_files: list[str]
    environment: dict[str, str] = {}


def compose_command() -> list[str] | None:
    """Return how Compose 2 is called here, or None if it is not here."""
    for words in (["docker", "compose"], ["docker-compose"]):
        program = shutil.which(words[0])
        if program is None:
            continue
        command = [program, *words[1:]]
        try:
            done = subprocess.run(
                [*command, "version", "--short"], capture_output=True, text=True, check=False, timeout=_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
            continue
        major = done.stdout.strip().lstrip("v").partition(".")[0]
        if done.returncode == 0 and major.isdecimal() and int(major) >= 2:
            return command
    return None


def resolved(command: list[str], project: Project) -> tuple[Json, set[str]]:
    """Return the project in the form of ``config --format json``, and the variables that are not set, for which Compose
    puts nothing. Raises BenchmarkError with what Compose says."""
    needed = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    # Without it, Compose would also take values from a file .env where Ansible was started.
    words = [*command, "--project-directory", os.path.dirname(os.path.abspath(project.files[0]))]
    for option, values in (
        ("--file", [os.path.abspath(path) for path in project.files]),
        ("--profile", project.profiles),
        ("--env-file", [os.path.abspath(path) for path in project.env_files]),
    ):
        words += [word for value in values for word in (option, value)]
    words += ["config", "--format", "json"]
    named = ", ".join(visible(one) for one in project.files)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        try:
            status = subprocess.run(
                words,
                stdin=subprocess.DEVNULL,
                cwd=os.path.dirname(os.path.abspath(project.files[0])),
                stdout=out,
                stderr=said,
                env={**project.environment, **needed, **_NOTHING_REMOTE},
                check=False,
                timeout=_SECONDS,
            ).returncode
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise BenchmarkError(f"{named}: docker compose config cannot be run: {visible(str(error))}") from None
        said.seek(0)
        told = said.read(_MAX_BYTES).decode("utf-8", "replace")
        if status != 0:
            reason = mask_text(" ".join(told.split())[-_LONGEST:])
            raise BenchmarkError(f"{named}: docker compose config refuses it: {visible(reason)}")
        out.seek(0)
        content = out.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise BenchmarkError(f"{named}: docker compose config says more than {_MAX_BYTES} bytes")
    try:
        document = json.loads(content)
        _reading.check_bounds(document, _MAX_VALUES)
    except (ValueError, RecursionError, _reading.Unreadable) as error:
        raise BenchmarkError(
            f"{named}: what docker compose config says cannot be read: {visible(str(error))}"
        ) from None
    return document if isinstance(document, dict) else {}, set(_NOT_SET.findall(told))
