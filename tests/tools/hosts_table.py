# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/hosts.md: what is tried on which kind of host, read from the tests themselves.

python3 tests/tools/hosts_table.py
"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "hosts.md"
SCENARIOS = ROOT / "extensions" / "molecule"
HOSTS = ("bookworm", "trixie", "sid", "rootless", "vm")
CONTAINERS = frozenset({"bookworm", "trixie", "sid"})

_HEAD = """\
<!--
Copyright: (c) 2026, seawall.docker contributors
GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later

Written by tests/tools/hosts_table.py.
-->
# What is tested on which kind of host

`bookworm` is Debian 12 with Engine 20.10 and systemd, `trixie` Debian 13 with Engine 26.1 and systemd, and `sid` Debian sid
with Engine 28.5 and sysvinit. `rootless` is Debian 13 with a rootless Engine 26.1. `vm` is Debian 12 with Engine 20.10 in a
virtual machine with its own kernel: control groups v2, AppArmor and auditd. The lab in `tests/lab` builds them.

Each line is a test in `tests/lab_hosts`, or a scenario of Molecule. A dot means that it runs on that host.
"""


def _hosts_in(function: ast.FunctionDef, fixtures: dict[str, frozenset[str]]) -> frozenset[str]:
    """The hosts that a test or fixture asks for: by its fixtures, or by name."""
    found: frozenset[str] = frozenset()
    for argument in function.args.args:
        found |= fixtures.get(argument.arg, frozenset())
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            found |= {one.value for one in node.args if isinstance(one, ast.Constant) and one.value in HOSTS}
    return found


def _row(name: str, where: frozenset[str]) -> str:
    return f"| {name} | {' | '.join('●' if host in where else '' for host in HOSTS)} |"


def _head(subject: str) -> list[str]:
    return [f"\n## {subject}\n", f"| | {' | '.join(HOSTS)} |", f"|---|{'---|' * len(HOSTS)}"]


def _scenarios() -> list[str]:
    """A row for each scenario of Molecule, with the hosts that its own file names, or those of all."""
    shared = (SCENARIOS / "shared" / "vars" / "lab.yml").read_text(encoding="utf-8")
    usual = re.findall(r"\w+", re.findall(r"^lab_hosts: \[(.*)\]$", shared, re.MULTILINE)[0])
    rows = _head("Molecule")
    for path in sorted(SCENARIOS.glob("*/molecule.yml")):
        own = re.findall(r'"lab_hosts": (\[.*?\])', path.read_text(encoding="utf-8"))
        rows.append(_row(f"`{path.parent.name}`", frozenset(json.loads(own[0]) if own else usual)))
    return rows


def table() -> str:
    lines: list[str] = [_HEAD]
    for path in sorted((ROOT / "tests" / "lab_hosts").glob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in module.body if isinstance(node, ast.FunctionDef)]
        fixtures = {"lab_hosts": CONTAINERS, "lab_host": CONTAINERS}
        fixtures.update({one.name: _hosts_in(one, {}) for one in functions if not one.name.startswith("test_")})
        subject = (ast.get_docstring(module) or path.stem).split("\n")[0].rstrip(".")
        rows = _head(subject)
        for one in functions:
            if one.name.startswith("test_"):
                rows.append(_row(one.name.removeprefix("test_").replace("_", " "), _hosts_in(one, fixtures)))
        lines += rows
    return "\n".join([*lines, *_scenarios()]) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(table(), encoding="utf-8")
