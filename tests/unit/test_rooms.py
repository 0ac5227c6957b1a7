# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may import whom: a room stands above all rooms that it imports, and what only reads imports nothing that writes. What
runs on the controller takes pure files of module_utils alone. docs/architecture.md says what each room holds."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "plugins" / "module_utils"
PAGE = (ROOT.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
PREFIX = "ansible_collections.seawall.docker.plugins.module_utils."

# Each room with the rooms that it may import.
MAY_IMPORT: dict[str, set[str]] = {
    "_host": set(),
    "_engine": {"_host"},
    "_daemon": {"_host", "_engine"},
    "_cgroup": {"_host", "_daemon"},
    "_userns": {"_host", "_daemon"},
    "_daemon_config": {"_host", "_engine", "_daemon", "_userns"},
    "_trial": {"_host", "_engine", "_daemon", "_cgroup", "_userns"},
    "_restart": {"_host", "_engine", "_daemon", "_userns", "_daemon_config", "_trial"},
    "_posture": {"_host", "_engine", "_daemon", "_cgroup", "_userns"},
    "_container_limits": {"_host", "_engine", "_daemon", "_cgroup"},
    "_migration": {"_host", "_engine", "_daemon", "_userns"},
    "_container_needs": {"_host", "_engine", "_daemon", "_posture", "_userns"},
    "_remake": {"_host", "_engine", "_daemon", "_userns", "_cgroup", "_trial", "_migration"},
    # The one room that knows AnsibleModule.
    "_module": {"_host", "_engine", "_daemon"},
}


def imported(source: str) -> set[str]:
    """The rooms that a file imports, also those that are no rooms."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(PREFIX):
            rest = f"{node.module}."[len(PREFIX) :]
            found |= {rest.partition(".")[0]} if rest else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {one.name[len(PREFIX) :].split(".")[0] for one in node.names if one.name.startswith(PREFIX)}
    return found


def faults_of(room: str, source: str) -> set[str]:
    """What a file of the room imports and may not."""
    return imported(source) - MAY_IMPORT[room] - {room}


def files() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.py") if path.name != "__init__.py" or path.read_text(encoding="utf-8"))


def test_no_import_runs_up() -> None:
    found = {}
    for path in files():
        name = path.relative_to(ROOT)
        assert name.parts[0] in MAY_IMPORT, f"{name} is in no room"
        found[str(name)] = faults_of(name.parts[0], path.read_text(encoding="utf-8"))
    assert found and {name: faults for name, faults in found.items() if faults} == {}


def test_rooms_stand_above_what_they_import_as_the_page_about_architecture_draws_them() -> None:
    floors: dict[str, int] = {}
    left = dict(MAY_IMPORT)
    while left:
        free = [room for room, below in left.items() if below <= set(floors)]
        assert free, f"these import each other: {sorted(left)}"
        for room in free:
            floors[room] = max((floors[below] + 1 for below in left.pop(room)), default=0)
    picture = re.findall(r"^    (\d)   (_.*)$", PAGE, flags=re.MULTILINE)
    drawn = {room: int(floor) for floor, line in picture for room in re.findall(r"(?<!\w)_[a-z_]+", line)}
    assert drawn == floors
    assert set(re.findall(r"^\| `(_[a-z_]+)/` \|", PAGE, flags=re.MULTILINE)) == set(MAY_IMPORT)


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


def test_tests_lie_in_the_room_of_what_they_test() -> None:
    tests = Path(__file__).parent / "plugins" / "module_utils"
    places = {path.relative_to(tests).parts[0] for path in tests.rglob("*.py")}
    assert places <= set(MAY_IMPORT), f"not rooms: {sorted(places - set(MAY_IMPORT))}"
    assert {path.name for path in ROOT.iterdir() if path.name != "__pycache__"} == {*MAY_IMPORT}


CONTROLLER = ROOT.parent / "plugin_utils"
PLUGINS = "ansible_collections.seawall.docker.plugins."
PURE = {"module_utils._module.collecting", "module_utils._host.visible"}
# Each package and file of plugin_utils with what it may import of the collection: packages and files beside it, and files
# of module_utils that ask nothing of a host.
CONTROLLER_MAY_IMPORT: dict[str, set[str]] = {
    "_reading": PURE,
    "_score": set(),
    "_benchmark": PURE | {"_reading", "_score", "module_utils._engine.references", "module_utils._posture.seccomp"},
    "_advisories": PURE | {"_benchmark"},
    "_report": PURE | {"_reading", "_score", "_advisories.age", "_advisories.model"},
    "_plan": PURE
    | {"_benchmark", "_report.text"}
    | {
        f"module_utils.{name}"
        for name in (
            "_host.secrets",
            "_host.sizes",
            "_daemon.keys",
            "_daemon.slice_file",
            "_engine.references",
            "_restart.forecast",
        )
    }
    | {f"module_utils._posture.auditing.{name}" for name in ("coverage", "rules")},
    "_compose": PURE
    | {
        "_reading",
        "_benchmark",
        "module_utils._engine.references",
        "module_utils._host.secrets",
        "module_utils._host.unread",
        "module_utils._posture.containers.options",
        "module_utils._posture.containers.volume_options",
    },
    "_fixes": PURE | {"_benchmark", "_plan", "module_utils._posture.seccomp"},
    "_progress": PURE | {"_report.text"},
    "_variables": set(),
    "_what_to_try": set(),
    "_action": PURE | {"_reading", "_variables", "_what_to_try"},
    "_proof_action": PURE | {"_reading", "_action", "_report"},
    "_posture_source": PURE | {"_reading", "_action", "_benchmark"},
}
KNOWS_ANSIBLE = {"_action"}


def files_imported(source: str) -> set[str]:
    """The files of the collection's plugins that a file imports, dotted, and ``ansible`` where it imports of that."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if _is_file(name) else str(node.module) for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    ours = {name[len(PLUGINS) :].replace("plugin_utils.", "", 1) for name in found if name.startswith(PLUGINS)}
    return ours | {"ansible" for name in found if name.split(".")[0] == "ansible"}


def _is_file(name: str) -> bool:
    path = ROOT.parent.joinpath(*name[len(PLUGINS) :].split(".")) if name.startswith(PLUGINS) else None
    return path is not None and (path.is_dir() or path.with_suffix(".py").exists())


def controller_faults_of(room: str, source: str) -> set[str]:
    allowed = CONTROLLER_MAY_IMPORT[room] | ({"ansible"} if room in KNOWS_ANSIBLE else set()) | {room}
    return {name for name in files_imported(source) if not any(f"{name}.".startswith(f"{one}.") for one in allowed)}


def test_the_controller_imports_what_its_table_says() -> None:
    found = {}
    for path in sorted(CONTROLLER.rglob("*.py")):
        name = path.relative_to(CONTROLLER)
        room = name.with_suffix("").parts[0]
        if room != "__init__":
            assert room in CONTROLLER_MAY_IMPORT, f"{name} is in no room"
            found[str(name)] = controller_faults_of(room, path.read_text(encoding="utf-8"))
    assert found and {name: faults for name, faults in found.items() if faults} == {}
    assert set(re.findall(r"`(?:plugins/plugin_utils/)?(_[a-z_]+)(?:/|\.py)` ?[,|]", PAGE)) >= set(
        CONTROLLER_MAY_IMPORT
    )


@pytest.mark.parametrize(
    ("room", "line", "fault"),
    [
        ("_benchmark", f"from {PLUGINS}plugin_utils._plan.planning import plan", {"_plan.planning"}),
        ("_plan", f"from {PLUGINS}plugin_utils._report import html", {"_report.html"}),
        ("_plan", f"from {PLUGINS}plugin_utils._report.text import some", set()),
        ("_plan", f"from {PLUGINS}module_utils._daemon import keys, context", {"module_utils._daemon.context"}),
        ("_plan", f"from {PLUGINS}module_utils._restart import service", {"module_utils._restart.service"}),
        ("_report", "from ansible.errors import AnsibleError", {"ansible"}),
        ("_action", "from ansible.errors import AnsibleError", set()),
        ("_reading", f"from {PLUGINS}plugin_utils import _action", {"_action"}),
    ],
)
def test_what_the_table_does_not_allow_is_seen(room: str, line: str, fault: set[str]) -> None:
    assert controller_faults_of(room, f"import os\n{line}\n") == fault
