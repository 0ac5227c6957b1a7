# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold between the files of the collection."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ansible_collections.seawall.docker.tests.support.ansible_cores import pythons
from ansible_collections.seawall.docker.tests.support.documentation import documentation

ROOT = Path(__file__).resolve().parents[2]
ON_HOSTS = sorted((ROOT / "plugins" / "module_utils").rglob("*.py")) + sorted(
    (ROOT / "plugins" / "modules").glob("*.py")
)
# What a managed host is sure to have, and the module side of Ansible that travels with each module.
ALLOWED = set(sys.stdlib_module_names) | {"ansible", "ansible_collections"}


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("role", sorted(path.name for path in (ROOT / "roles").iterdir()))
def test_role_defaults_and_argument_specs_agree(role: str) -> None:
    defaults = yaml.safe_load(read(f"roles/{role}/defaults/main.yml"))
    options = yaml.safe_load(read(f"roles/{role}/meta/argument_specs.yml"))["argument_specs"]["main"]["options"]
    assert {name: option.get("default") for name, option in options.items()} == defaults


def test_a_file_of_tasks_is_short() -> None:
    """What needs more belongs in a module, where it is typed and tested."""
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in (ROOT / "roles").glob("*/tasks/*.yml")}
    assert lines and {path: count for path, count in lines.items() if count > 80} == {}


def test_the_readme_names_only_variables_that_exist() -> None:
    known = set(yaml.safe_load(read("roles/audit/defaults/main.yml")))
    named = set(re.findall(r"`(audit_[a-z_]+)`", read("README.md")))
    assert named and named <= known


def test_the_action_group_holds_the_modules_that_take_an_address() -> None:
    takers = {name for name, document in documentation().items() if "docker_host" in document.options}
    assert set(yaml.safe_load(read("meta/runtime.yml"))["action_groups"]["docker"]) == takers


def test_code_on_hosts_imports_the_standard_library_alone() -> None:
    for path in ON_HOSTS:
        names = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, path
                names.add((node.module or "").split(".")[0])
        allowed = ALLOWED | ({"docker", "requests"} if path.parts[-2:] == ("_engine", "sdk.py") else set())
        assert names <= allowed, path


def test_code_on_hosts_is_python_3_8() -> None:
    for path in ON_HOSTS:
        ast.parse(path.read_text(encoding="utf-8"), filename=str(path), feature_version=(3, 8))


def test_code_on_hosts_imports_on_every_python_here() -> None:
    code = (
        "import importlib, sys; sys.path.insert(0, sys.argv[1]); "
        "importlib.import_module('ansible_collections.seawall.docker.plugins.module_utils._posture.gather')"
    )
    tree = next(entry for entry in sys.path if (Path(entry) / "ansible_collections" / "seawall").exists())
    for program in pythons().values():
        done = subprocess.run([program, "-c", code, tree], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{program}: {done.stderr}"
