# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may import whom in module_utils: a room stands above all rooms that it imports, and what only reads imports nothing
that writes. docs/architecture.md says what each room holds."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "plugins" / "module_utils"
PREFIX = "ansible_collections.seawall.docker.plugins.module_utils."

# Each room with the rooms that it may import.
MAY_IMPORT: dict[str, set[str]] = {
    "_host": set(),
    "_engine": {"_host"},
    "_daemon": {"_host", "_engine"},
    "_cgroup": {"_host", "_daemon"},
    "_userns": {"_host", "_daemon"},
    "_daemon_config": {"_host", "_daemon", "_userns"},
    "_trial": {"_host", "_engine", "_daemon", "_cgroup", "_userns", "_daemon_config"},
    "_restart": {"_host", "_engine", "_daemon", "_userns", "_daemon_config", "_trial"},
    "_posture": {"_host", "_engine", "_daemon", "_cgroup", "_userns"},
    # The one room that knows AnsibleModule.
    "_module": {"_host", "_engine", "_daemon"},
}


def imported(source: str) -> set[str]:
    """The rooms that a file imports, also those that are no rooms."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(PREFIX):
            rest = f"{node.module}."[len(PREFIX) :]
            found |= {rest.split(".")[0]} if rest else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {one.name[len(PREFIX) :].split(".")[0] for one in node.names if one.name.startswith(PREFIX)}
    return found


def faults_of(room: str, source: str) -> set[str]:
    """What a file of the room imports and may not."""
    return imported(source) - MAY_IMPORT[room] - {room}


def files() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.py") if path.name != "__init__.py" or path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_import_runs_up(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    assert room in MAY_IMPORT, f"{path.relative_to(ROOT)} is in no room"
    assert faults_of(room, path.read_text(encoding="utf-8")) == set()


def test_rooms_stand_above_what_they_import() -> None:
    floors: dict[str, int] = {}
    left = dict(MAY_IMPORT)
    while left:
        free = [room for room, below in left.items() if below <= set(floors)]
        assert free, f"these import each other: {sorted(left)}"
        for room in free:
            floors[room] = max((floors[below] + 1 for below in left.pop(room)), default=0)
    assert max(floors.values()) == 6


@pytest.mark.parametrize(
    ("room", "line", "fault"),
    [
        ("_host", f"from {PREFIX}_engine.client import Engine", {"_engine"}),
        ("_posture", f"from {PREFIX}_daemon_config import pending", {"_daemon_config"}),
        ("_daemon", f"from {PREFIX[:-1]} import _posture", {"_posture"}),
        ("_engine", f"import {PREFIX}_restart.service", {"_restart"}),
        ("_engine", f"from {PREFIX}_nowhere import x", {"_nowhere"}),
        ("_restart", f"def late():\n    from {PREFIX}_module.basic import AnsibleModule", {"_module"}),
        ("_restart", f"from {PREFIX}_trial.canary import Canary", set()),
    ],
)
def test_an_import_that_runs_up_is_seen(room: str, line: str, fault: set[str]) -> None:
    assert faults_of(room, f"import os\n{line}\n") == fault
