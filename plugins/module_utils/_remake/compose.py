# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which containers belong to projects of compose, and the command that makes those of a project again. Pure."""

from __future__ import annotations

import shlex
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._remake import start_order
from ansible_collections.seawall.docker.plugins.module_utils._remake.start_order import Document, name_of

_DIRECTORY, _FILES, _VARIABLES = "working_dir", "config_files", "environment_file"


def project_of(inspected: Document) -> str:
    """Return the project of a container, nothing for one that compose did not make."""
    return start_order.service_of(inspected)[0]


def projects(entries: t.Iterable[Document]) -> t.List[Document]:
    """Return the projects of recorded containers, by name, and whether their containers are left to compose."""
    found: t.Dict[str, t.List[Document]] = {}
    for entry in entries:
        if project_of(entry["inspect"]):
            found.setdefault(project_of(entry["inspect"]), []).append(entry)
    return [
        {
            "project": project,
            "containers": [name_of(entry["inspect"]) for entry in own],
            "left": any(entry.get("left") for entry in own),
            "command": _command(project, [entry["inspect"]["Config"].get("Labels") or {} for entry in own]),
        }
        for project, own in sorted(found.items())
    ]


def _command(project: str, labels: t.List[t.Dict[str, t.Any]]) -> t.Optional[str]:
    """Return the command, quoted for a shell. None where its files are not known, or the containers say different ones."""
    said = {
        tuple(str(one.get(f"com.docker.compose.project.{key}") or "") for key in (_DIRECTORY, _FILES, _VARIABLES))
        for one in labels
    }
    if len(said) != 1:
        return None
    directory, files, variables = said.pop()
    if not files or "-" in files.split(","):
        return None
    words = ["docker", "compose", "--project-name", project]
    words += ["--project-directory", directory] if directory else []
    words += [word for one in files.split(",") for word in ("--file", one)]
    words += [word for one in variables.split(",") if one for word in ("--env-file", one)]
    return shlex.join([*words, "up", "--detach"])


def kept(had: Document) -> Document:
    """Return what is recorded without the containers that are left to compose. Their networks and volumes stay in it."""
    return {**had, "containers": [one for one in had["containers"] if not one.get("left")]}
