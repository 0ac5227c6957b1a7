# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A default of the group reaches every module that takes it, and breaks none that does not."""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

import yaml

from ansible_collections.seawall.docker.tests.integration.conftest import BIN, run_in

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "unix:///run/nobody-listens.sock"
# What a module cannot do without.
NEEDED = {"daemon_config": {"options": {"debug": True}}, "subid": {"user": "nobody"}}


def play(modules: list[str], directory: Path) -> str:
    tasks: list[dict[str, t.Any]] = [
        {f"seawall.docker.{name}": NEEDED.get(name, {}), "register": f"answer_{name}", "ignore_errors": True}
        for name in modules
    ]
    answers = ", ".join(f"'{name}': answer_{name}" for name in modules)
    content = {"content": f"{{{{ {{{answers}}} | to_json }}}}", "dest": str(directory / "answers.json")}
    tasks.append({"ansible.builtin.copy": content, "check_mode": False})
    defaults = {"group/seawall.docker.docker": {"docker_host": NOBODY}}
    return yaml.safe_dump([{"hosts": "all", "gather_facts": False, "module_defaults": defaults, "tasks": tasks}])


def test_the_default_of_the_group_is_used_where_it_fits(tmp_path: Path) -> None:
    group = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]["docker"]
    modules = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
    asked = [name for name in modules if name not in ("evaluate", "plan", "report")]
    (tmp_path / "play.yml").write_text(play(asked, tmp_path), encoding="utf-8")
    words = ["-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}", "--check"]
    done = run_in(tmp_path, [str(BIN / "ansible-playbook"), *words, "play.yml"])
    assert done.returncode == 0, done.stdout + done.stderr
    answers = json.loads((tmp_path / "answers.json").read_text(encoding="utf-8"))
    assert list(answers) == asked
    assert not [name for name in asked if "Unsupported parameters" in str(answers[name].get("msg"))]
    # Nobody listens there, and each of them that asks the engine first says so or reports it.
    asking = {name for name in group if name.endswith("_info") or name == "isolation_proof"}
    assert len(asking) == 5
    assert not [name for name in asking if "nobody-listens" not in json.dumps(answers[name])]
