# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the options and variables that the code takes, and names those that are documented wrongly or not at all.

PYTHONPATH=TREE ANSIBLE_COLLECTIONS_PATH=TREE python -m ansible_collections.seawall.docker.tests.tools.undocumented
"""

from __future__ import annotations

import re
import sys
import typing as t
from pathlib import Path

import yaml

from ansible_collections.seawall.docker.tests.support.documentation import MODULES, ROOT, documentation, specification

Json = dict[str, t.Any]
PLAYBOOKS = ROOT / "docs" / "playbooks.md"
_FACETS = {"type": "str", "elements": None, "default": None, "choices": None, "required": False, "aliases": []}
# Public variables of roles and playbooks by their names; private ones begin with two underscores.
_VARIABLE = re.compile(
    r"(?<![\w.'])(?:(?:audit|remediate|prove|userns_remap|userns_migrate|fixes)_[a-z_]+\b|limits_[a-z_]+\b|report_folders)(?!')"
)


class Account(t.NamedTuple):
    """How many options and variables there are, and what is wrong with their documentation, a sentence each."""

    total: int
    faults: list[str]


def account() -> Account:
    parts = [*(_module(name) for name in MODULES), *_roles(), _playbooks()]
    return Account(sum(part.total for part in parts), [fault for part in parts for fault in part.faults])


def _module(name: str) -> Account:
    return _compared(f"module {name}", specification(name), documentation()[name].options, ("suboptions", "options"))


def _compared(place: str, taken: Json, told: Json, nested: tuple[str, str]) -> Account:
    """Names, and for each name type, default, choices and the rest. ``nested`` is how each side calls options of options."""
    total = len(taken)
    faults = [f"{place}: {name} is not documented" for name in sorted(set(taken) - set(told))]
    faults += [f"{place}: {name} is documented and not taken" for name in sorted(set(told) - set(taken))]
    for name in sorted(set(taken) & set(told)):
        ours, theirs = taken[name], told[name]
        faults += [
            f"{place}: {name} has {facet} {ours.get(facet, usual)!r}, documented is {theirs.get(facet, usual)!r}"
            for facet, usual in _FACETS.items()
            if ours.get(facet, usual) != theirs.get(facet, usual)
        ]
        if not theirs.get("description"):
            faults.append(f"{place}: {name} has no description")
        if theirs.get(nested[0]) and ours.get(nested[1]):
            deeper = _compared(f"{place}: {name}", ours[nested[1]], theirs[nested[0]], nested)
            total, faults = total + deeper.total, faults + deeper.faults
        elif ours.get(nested[1]):
            faults.append(f"{place}: the options of {name} are not documented")
    return Account(total, faults)


def _load(path: Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _roles() -> list[Account]:
    accounts = []
    public: set[str] = set()
    used: dict[str, set[str]] = {}
    for role in sorted((ROOT / "roles").iterdir()):
        entries = _load(role / "meta" / "argument_specs.yml")["argument_specs"]
        defaults = _load(role / "defaults" / "main.yml")
        told = {name: option for entry in entries.values() for name, option in entry["options"].items()}
        faults = [
            f"role {role.name}: the entry point {path.stem} is not documented"
            for path in sorted((role / "tasks").glob("*.yml"))
            if path.stem == "main" and path.stem not in entries
        ]
        faults += [f"role {role.name}: {name} is not documented" for name in sorted(set(defaults) - set(told))]
        for name, option in sorted(told.items()):
            if not option.get("description"):
                faults.append(f"role {role.name}: {name} has no description")
            if name not in defaults and not option.get("required"):
                faults.append(f"role {role.name}: {name} has no default")
            elif option.get("default") != defaults.get(name):
                faults.append(
                    f"role {role.name}: {name} has the default {defaults.get(name)!r}, "
                    f"documented is {option.get('default')!r}"
                )
        accounts.append(Account(len(set(told) | set(defaults)), faults))
        public |= set(told)
        for folder in ("tasks", "vars", "handlers", "templates"):
            for path in sorted((role / folder).rglob("*.yml")) if (role / folder).is_dir() else []:
                for name in variables(path):
                    used.setdefault(name, set()).add(str(path.relative_to(ROOT)))
    # A role may use the variables of another; that nobody documents one is the fault.
    strangers = sorted(set(used) - public)
    accounts.append(
        Account(0, [f"{', '.join(sorted(used[name]))}: {name} is in no meta/argument_specs.yml" for name in strangers])
    )
    unused = sorted(public - set(used))
    return [*accounts, Account(0, [f"{name} is documented, and no role uses it" for name in unused])]


def _playbooks() -> Account:
    # The page has tables of commands, modules and tags as well.
    table = PLAYBOOKS.read_text(encoding="utf-8").partition("\n| variable |")[2].partition("\n\n")[0]
    told = set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))
    roles = {
        name
        for path in (ROOT / "roles").glob("*/meta/argument_specs.yml")
        for entry in _load(path)["argument_specs"].values()
        for name in entry["options"]
    }
    own = {name for path in (ROOT / "playbooks").rglob("*.yml") for name in variables(path)} - roles
    faults = [f"playbooks: {name} is not in docs/playbooks.md" for name in sorted(own - told)]
    faults += [f"docs/playbooks.md: no playbook uses {name}" for name in sorted(told - own)]
    return Account(len(own), faults)


def variables(path: Path) -> set[str]:
    """The public variables that a file of tasks or plays names, tags and comments left out."""
    found: set[str] = set()

    def look(value: t.Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key != "tags":
                    look(key)
                    look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)
        elif isinstance(value, str):
            found.update(_VARIABLE.findall(value))

    look(_load(path))
    return found


def main() -> int:
    found = account()
    for fault in found.faults:
        print(fault)
    print(f"{found.total} options and variables, {len(found.faults)} undocumented or documented otherwise")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
