# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What action plugins, modules and roles say: nothing that steers a terminal, whoever wrote it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure

from ansible_collections.seawall.docker.plugins.action import evaluate, isolation_proof, limits_proof, plan, report
from ansible_collections.seawall.docker.plugins.filter.visible import FilterModule
from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible_lines, visible_result
from ansible_collections.seawall.docker.plugins.plugin_utils._action import Action
from ansible_collections.seawall.docker.tests.support.documentation import TREE
from ansible_collections.seawall.docker.tests.support.postures import good

ROOT = Path(__file__).resolve().parents[4]
STEERING = "\x1b[2J\x9b31m\u202e\u2066\u2028\ud800\r\n\u200b"
STEERS = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u2028\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

Json = dict[str, t.Any]


def made(plugin: t.Any, answer: t.Any, monkeypatch: pytest.MonkeyPatch, **options: t.Any) -> t.Any:
    """An action plugin whose host answers so; an exception is raised."""
    module = plugin.ActionModule.__new__(plugin.ActionModule)
    module._task = SimpleNamespace(get_path=lambda: "/srv/site.yml:1", check_mode=False, args=options)
    monkeypatch.setattr(Action.__mro__[1], "run", lambda *_a, **_k: {}, raising=False)

    def execute(**_asked: t.Any) -> t.Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    def validated(specification: Json, **_rules: t.Any) -> tuple[None, Json]:
        defaults = {name: option.get("default") for name, option in specification.items()}
        return None, {**defaults, **options}

    module._execute_module, module.validate_argument_spec = execute, validated
    return module


def test_a_result_keeps_its_data_and_shows_its_messages() -> None:
    result = {"msg": STEERING, "lines": [STEERING], "posture": STEERING, "changed": True}
    result["diff"] = [{"before": f"a\t{STEERING}\n", "after": None, "before_header": STEERING}]
    shown = visible_result(result)
    assert shown["posture"] == STEERING and shown["changed"] is True
    (difference,) = shown["diff"]
    assert not STEERS.search(shown["msg"] + shown["lines"][0] + difference["before_header"])
    assert difference["before"] == "a\t\\x1b[2J\\x9b31m\\u202e\\u2066\\u2028\\ud800\\r\n\\u200b\n"
    assert visible_lines("one\n\ttwo\n") == "one\n\ttwo\n"
    assert FilterModule().filters()["visible"](["a\x1b", 5]) == ["a\\x1b", "5"]


@pytest.mark.parametrize(
    "answer",
    [
        {"failed": True, "msg": STEERING},
        {"failed": True, "msg": [STEERING], "module_stderr": STEERING},
        {"unreachable": True, "msg": {STEERING: 1}},
        {"posture": {"posture_version": STEERING}},
        {"posture": {**good(), "engine": STEERING}},
        ["no", "mapping"],
        AnsibleConnectionFailure(STEERING.replace("\ud800", "")),
        RecursionError("maximum recursion depth exceeded"),
    ],
)
def test_whatever_a_host_answers_is_a_host_that_was_not_audited(answer: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {"inventory_hostname": f"web{STEERING}"}
    result = made(evaluate, answer, monkeypatch).run(None, variables)
    assert result["outcome"] in ("failed", "unreachable") and result["host"] == variables["inventory_hostname"]
    assert result["error"] and not STEERS.search(result["error"] + result["offence"])
    planned = made(plan, answer, monkeypatch).run(None, variables)
    assert planned.get("failed") or planned.get("unreachable")
    assert not STEERS.search(planned["msg"])


def test_options_that_are_refused_are_a_host_that_was_not_audited(monkeypatch: pytest.MonkeyPatch) -> None:
    module = made(evaluate, {}, monkeypatch)

    def refuse(*_specification: t.Any, **_rules: t.Any) -> t.Any:
        raise AnsibleActionFail("value of profile must not be \x9b31m")

    module.validate_argument_spec = refuse
    result = module.run(None, {"inventory_hostname": "web1"})
    assert result["failed"] and result["outcome"] == "failed" and "\\x9b31m" in result["offence"]


def test_variables_are_bounded_as_files_are(monkeypatch: pytest.MonkeyPatch) -> None:
    entry: t.Any = "x"
    for _level in range(9):
        entry = [entry] * 10
    result = made(evaluate, {}, monkeypatch, waivers=[{"rule": entry}]).run(None, {"inventory_hostname": "web1"})
    assert result["outcome"] == "failed" and result["error"] == "the option waivers holds more than 100,000 values"


def test_a_page_of_no_hosts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    result = made(report, {}, monkeypatch, findings=[{}], page_hosts=0).run(None, {})
    assert result["failed"] and result["msg"] == "page_hosts must be at least 1, and is 0"


@pytest.mark.parametrize("plugin", [evaluate, plan, isolation_proof, limits_proof, report])
def test_facts_of_a_host_are_no_variables_of_an_audit(plugin: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {"audit_report_directory": "/srv", "os_family": "Debian", "audit_rules": ["2"]}
    variables = {"inventory_hostname": "web1", "ansible_facts": facts, **facts, "audit_rules": ["level1"]}
    result = made(plugin, {}, monkeypatch).run(None, variables)
    assert result["failed"] and "the facts of web1 set audit_report_directory. " in result["msg"]


def test_a_proof_of_a_host_sets_no_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"verdict": "exposed", "lines": [STEERING], "reason": STEERING, "ansible_facts": {"audit_rules": []}}
    result = made(isolation_proof, answer, monkeypatch).run(None, {})
    assert "ansible_facts" not in result and not STEERS.search(result["lines"][0] + result["reason"])
    lost = made(isolation_proof, AnsibleConnectionFailure("gone"), monkeypatch).run(None, {})
    assert lost["unreachable"] is True and lost["msg"].startswith("gone. ") and "failed" not in lost


def test_messages_of_modules_are_visible(tmp_path: Path) -> None:
    program = (
        "import json, sys\n"
        "from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule\n"
        "from ansible.module_utils import basic\n"
        "arguments = {'ANSIBLE_MODULE_ARGS': {'_ansible_diff': True}}\n"
        "basic._ANSIBLE_ARGS = json.dumps(arguments).encode()\n"
        "basic._ANSIBLE_PROFILE = 'legacy'\n"
        "module = AnsibleModule(argument_spec={})\n"
        "text = 'a\\x1b[2J\\x9b\\u202e\\nb'\n"
        "module.fail_json(msg=text) if sys.argv[1] == 'fail' else module.exit_json(diff={'before': text, 'after': ''})\n"
    )
    answers = {}
    # Where the collection is found by something else than the path of Python, a new process must be told.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TREE), *(entry for entry in sys.path if entry)])}
    for way in ("fail", "exit"):
        done = subprocess.run(
            [sys.executable, "-c", program, way], env=environment, capture_output=True, text=True, check=False
        )
        assert done.stdout, done.stderr
        answers[way] = json.loads(done.stdout)
    assert answers["fail"]["msg"] == "a\\x1b[2J\\x9b\\u202e\\nb" and answers["fail"]["failed"] is True
    assert answers["exit"]["diff"]["before"] == "a\\x1b[2J\\x9b\\u202e\nb"


def _tasks(entries: t.Any) -> t.Iterator[Json]:
    for entry in entries or []:
        yield entry
        for part in ("block", "rescue", "always", "tasks"):
            yield from _tasks(entry.get(part))


@pytest.mark.parametrize(
    "path", sorted([*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("playbooks/*.yml")]), ids=lambda path: path.name
)
def test_messages_of_tasks_are_visible(path: Path) -> None:
    for task in _tasks(yaml.safe_load(path.read_text(encoding="utf-8"))):
        for module in ("ansible.builtin.fail", "ansible.builtin.debug", "ansible.builtin.assert"):
            for text in task.get(module, {}).values():
                for expression in re.findall(r"\{\{(.*?)\}\}", str(text), re.DOTALL):
                    assert "| seawall.docker.visible" in expression or "'. What could not" in expression, task["name"]


def test_modules_take_the_visible_ansible_module() -> None:
    for path in (ROOT / "plugins" / "modules").glob("*.py"):
        assert "ansible.module_utils.basic" not in path.read_text(encoding="utf-8"), path
