# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A default of the group reaches modules that take it, and breaks none that does not. Which these are has a unit test."""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

import yaml

from ansible_collections.seawall.docker.tests.integration.conftest import BIN, run_in

NOBODY = "unix:///run/nobody-listens.sock"
# Two that ask the engine, and one that knows no docker_host.
MODULES = {"daemon_info": {}, "isolation_proof": {}, "subid": {"user": "nobody"}}


def test_the_default_of_the_group_is_used_where_it_fits(tmp_path: Path) -> None:
    tasks: list[dict[str, t.Any]] = [
        {f"seawall.docker.{name}": arguments, "register": f"answer_{name}", "ignore_errors": True}
        for name, arguments in MODULES.items()
    ]
    content = {
        "content": f"{{{{ [{', '.join(f'answer_{name}' for name in MODULES)}] | to_json }}}}",
        "dest": str(tmp_path / "answers.json"),
    }
    tasks.append({"ansible.builtin.copy": content, "check_mode": False})
    defaults = {"group/seawall.docker.docker": {"docker_host": NOBODY}}
    play = [{"hosts": "all", "gather_facts": False, "module_defaults": defaults, "tasks": tasks}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    words = ["-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}", "--check"]
    done = run_in(tmp_path, [str(BIN / "ansible-playbook"), *words, "play.yml"])
    assert done.returncode == 0, done.stdout + done.stderr
    *asking, other = json.loads((tmp_path / "answers.json").read_text(encoding="utf-8"))
    # Nobody listens there, and each that asks the engine says so.
    assert ["nobody-listens" in json.dumps(answer) for answer in asking] == [True, True]
    assert "Unsupported parameters" not in json.dumps(other) and "changed" in other
