# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin posture_info: the host sends a text, and the task returns data."""

from __future__ import annotations

import gc
import json
import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.seawall.docker.plugins.action.posture_info import ActionModule

Json = dict[str, t.Any]
POSTURE = {"posture_version": 1, "engine": {"state": "running"}, "containers": [{"name": "\x1b[2J{{ 1 + 1 }}"}]}


class Task:
    """A task, what the host was asked, and what it answers."""

    def __init__(self, answer: Json, arguments: Json | None = None, async_val: int = 0, native: bool = False) -> None:
        self.answer, self.asked, self.removed = answer, [], []
        self.thresholds: list[int] = []
        self.action = ActionModule.__new__(ActionModule)
        self.action._task = SimpleNamespace(
            args=arguments or {},
            async_val=async_val,
            check_mode=False,
            action="seawall.docker.posture_info",
            diff=False,
        )
        self.action._connection = SimpleNamespace(has_native_async=native, _shell=SimpleNamespace(tmpdir="/tmp/x"))
        self.action._execute_module = self._execute_module
        self.action._remove_tmp_path = self.removed.append

    def _execute_module(self, module_args: Json, task_vars: Json, wrap_async: bool) -> Json:
        self.asked.append((module_args, wrap_async))
        self.thresholds.append(gc.get_threshold()[0])
        return dict(self.answer)

    def run(self) -> Json:
        return self.action.run(task_vars={})


def test_the_text_of_the_host_becomes_the_posture() -> None:
    before = gc.get_threshold()[0]
    task = Task({"changed": False, "posture_text": json.dumps(POSTURE), "api_calls": 9}, {"gather_subset": ["daemon"]})
    assert task.run() == {"changed": False, "posture": POSTURE, "api_calls": 9}
    assert task.asked == [({"gather_subset": ["daemon"], "posture_as_text": True}, False)]
    assert task.removed == ["/tmp/x"]
    assert task.thresholds[0] > before


@pytest.mark.parametrize("wish", [True, False, "yes", "{{ nonsense"])
def test_who_says_which_gets_what_the_module_returns(wish: t.Any) -> None:
    answer = {"changed": False, "posture_text": "{}"}
    task = Task(answer, {"posture_as_text": wish})
    assert task.run() == answer
    assert task.asked == [({"posture_as_text": wish}, False)]


def test_in_the_background_the_module_returns_the_posture_itself() -> None:
    answer = {"ansible_job_id": "j1", "started": 1, "finished": 0}
    task = Task(answer, async_val=60)
    assert task.run() == answer
    assert task.asked == [({}, True)] and task.removed == []


@pytest.mark.parametrize("answer", [{"failed": True, "msg": "gather_subset knows no x"}, {"unreachable": True}, {}])
def test_a_failure_stays_as_it_is(answer: Json) -> None:
    assert Task(answer).run() == answer


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "valid JSON"),
        ('{"a": 1, "a": 2}', "appears twice"),
        ("[" * 5000 + "]" * 5000, "levels"),
        ('{"a": NaN}', "valid JSON"),
        ("[" + "0," * 10_000_000 + "0]", "values"),
    ],
)
def test_a_text_that_cannot_be_used_fails_the_task(text: str, reason: str) -> None:
    result = Task({"changed": False, "posture_text": text}).run()
    assert result["failed"] is True and "posture" not in result and "posture_text" not in result
    assert result["msg"].startswith("the posture that the host sent ") and reason in result["msg"]
    assert len(result["msg"]) < 300


def test_an_option_that_the_task_did_not_give_is_not_shown() -> None:
    asked = {"module_args": {"gather_subset": ["all"], "posture_as_text": True}}
    result = Task({"posture_text": "{}", "invocation": asked}).run()
    assert result["invocation"] == {"module_args": {"gather_subset": ["all"]}}


@pytest.mark.parametrize(
    "said", ["x", None, ["module_args"], {}, {"module_args": "posture_as_text"}, {"module_args": None}]
)
def test_a_host_that_says_nonsense_about_what_it_was_asked_changes_nothing(said: t.Any) -> None:
    assert Task({"posture_text": "{}", "invocation": said}).run() == {"posture": {}, "invocation": said}
