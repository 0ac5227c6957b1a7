# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ships is read in the process from which Ansible forks one for each host, and not in each of those."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._module import collecting
from ansible_collections.seawall.docker.plugins.action import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils import _reading
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories import loader as advisories
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import documents, judge, policy
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError

# In a process of its own, as Ansible loads an action; then what the process of a host does.
OPENED = f"""
import json, sys
import {evaluate.__name__} as evaluate
class Tagged(str):
    "As Ansible gives options to a task."
opened = []
sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
options = {{name: option.get("default") for name, option in evaluate.judging.ARGUMENTS.items()}}
judge = evaluate.judging.judge_of({{**options, "benchmark": Tagged(options["benchmark"]), "rule_files": sys.argv[1:]}}, "level2")
advisories = evaluate.advisory_loader.load_advisories([])
made = [rule.slug for rule in judge.benchmark.rules for one in rule.conditions if one._function is None]
print(json.dumps([opened, made, len(judge.benchmark.rules), len(advisories.advisories), sorted(judge.policy)]))
"""


def opened(*rule_files: Path) -> tuple[list[str], int, int, list[str]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    words = [sys.executable, "-c", OPENED, *map(str, rule_files)]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=True)
    files, unprepared, rules, found, keys = json.loads(done.stdout)
    assert unprepared == []
    return [path for path in files if path.endswith((".yml", ".yaml", ".json"))], rules, found, keys


def test_the_process_of_a_host_reads_no_file_that_ships() -> None:
    files, rules, found, keys = opened()
    assert files == []
    assert rules > 100 and found > 50
    assert keys


def test_files_of_a_site_are_read_for_each_host(tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text("rules: []\n", encoding="utf-8")
    files, rules, _found, _keys = opened(own)
    assert files == [str(own)]
    assert rules > 100


def test_what_is_wrong_in_a_file_is_said_to_the_task(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "docker.yml"
    broken.write_text("advisories: [\n", encoding="utf-8")
    monkeypatch.setattr(advisories, "SHIPPED", broken)
    advisories._shipped.cache_clear()
    try:
        advisories.read_ahead()
        with pytest.raises(BenchmarkError, match=r"docker\.yml"):
            advisories.load_advisories()
    finally:
        advisories._shipped.cache_clear()


def test_a_policy_that_is_changed_changes_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    judge.read_ahead()
    monkeypatch.setattr(_reading, "text_of", lambda *_arguments: pytest.fail("a file that ships is read again"))
    first = policy.policy_with({})
    lists = [key for key, value in first.items() if isinstance(value, list)]
    assert lists
    for key in lists:
        first[key].append("changed")
    assert all("changed" not in policy.policy_with({})[key] for key in lists)


def test_the_search_for_garbage_goes_on_as_it_was(tmp_path: Path) -> None:
    before = gc.get_threshold()
    with pytest.raises(BenchmarkError, match=r"absent\.yml"), collecting.seldom_collected():
        documents.read_document(tmp_path / "absent.yml")
    assert gc.get_threshold() == before
    with collecting.seldom_collected():
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold() == before
