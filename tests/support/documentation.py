# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation of modules says, as Ansible reads it, and what their code takes."""

from __future__ import annotations

import functools
import importlib
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
# As it was imported: above ansible_collections, also where the checkout is a link there.
TREE = Path(__file__).absolute().parents[5]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
ACTIONS = sorted(path.stem for path in (ROOT / "plugins" / "action").glob("*.py"))
PLUGINS = "ansible_collections.seawall.docker.plugins"

Json = dict[str, t.Any]


class Documentation(t.NamedTuple):
    """A module's documentation, fragments put in."""

    options: Json
    attributes: Json
    examples: list[Json]
    returns: Json


@functools.cache
def documentation() -> dict[str, Documentation]:
    names = [f"seawall.docker.{name}" for name in MODULES]
    done = subprocess.run(
        # As a program it is not everywhere: ansible-test has Ansible's packages alone.
        [sys.executable, "-c", "from ansible.cli.doc import main; main()", "--json", "--type", "module", *names],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(TREE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    found = {}
    for name in MODULES:
        answer = answers[f"seawall.docker.{name}"]
        doc = answer["doc"]
        examples = yaml.safe_load(answer["examples"])
        found[name] = Documentation(doc.get("options", {}), doc["attributes"], examples, answer["return"])
    return found


class _Taken(Exception):
    """Carries what a module hands to Ansible, and ends it there."""

    def __init__(self, arguments: Json) -> None:
        super().__init__()
        self.arguments = arguments


def handed_over(name: str) -> Json | None:
    """The arguments of a module's AnsibleModule, None for a module that is only there for its documentation."""

    def take(**arguments: t.Any) -> t.NoReturn:
        raise _Taken(arguments)

    module = importlib.import_module(f"{PLUGINS}.modules.{name}")
    if not hasattr(module, "main"):
        return None
    original, module.AnsibleModule = module.AnsibleModule, take
    try:
        module.main()
    except _Taken as taken:
        return taken.arguments
    finally:
        module.AnsibleModule = original
    raise AssertionError(f"{name} makes no AnsibleModule")


def action(name: str) -> t.Any:
    """The module of an action plugin."""
    return importlib.import_module(f"{PLUGINS}.action.{name}")


def specification(name: str) -> Json:
    """The options that a module's code takes, wherever they are taken."""
    arguments = handed_over(name)
    taken: Json = arguments["argument_spec"] if arguments is not None else action(name).ARGUMENTS
    return taken
