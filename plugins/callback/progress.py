# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows how far a run over many hosts is, and what failed, instead of a line for each host and task."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: progress
type: stdout
short_description: Show one line of progress, failures and the audit's summary
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Ansible prints a line for each host and task. With hundreds of hosts, the summary of an audit is lost among them. This callback
    shows how many of how many hosts have done the current task, and how many failed or are unreachable.
  - On a terminal this is one line that is written anew. In a file or a pipe, a line is written when a task ends, and in between for
    every O(every_hosts) hosts and every O(every_seconds) seconds.
  - A host that fails or is unreachable has a line at once, with the message. If a rescue takes the host back, or the task ignores that
    it is unreachable, the line says that the host goes on, and no later line counts it as lost.
  - What playbooks of this collection say, such as the summary of an audit or a plan, is shown with one line for each of its lines.
    Warnings are shown, too. The last line counts the hosts.
  - A play counts the hosts that earlier plays have not lost.
  - While an audit runs, hosts that it could not reach or audit are counted, too, although they end only after the reports are written.
  - Names, messages and warnings come from hosts and inventories. Control characters in them are replaced by visible escapes.
requirements:
  - Set as the stdout callback, such as with the environment variable C(ANSIBLE_STDOUT_CALLBACK).
notes:
  - With ansible-core 2.18, Ansible itself shows a few warnings past any callback, such as that a module wrote more than its result.
  - Results and differences are not shown, also with C(--diff). Use another callback for a dry run.
options:
  every_hosts:
    description: Write a line after that many hosts, if the output is no terminal. V(0) writes none.
    type: int
    default: 50
    env:
      - name: SEAWALL_PROGRESS_EVERY_HOSTS
    ini:
      - section: callback_seawall_progress
        key: every_hosts
  every_seconds:
    description: Write a line when a host is done and the last line is that many seconds old, if the output is no terminal.
      V(0) writes none.
    type: int
    default: 60
    env:
      - name: SEAWALL_PROGRESS_EVERY_SECONDS
    ini:
      - section: callback_seawall_progress
        key: every_seconds
"""

import os
import shutil
import sys
import time
import typing as t

from ansible import constants, context
from ansible.plugins.callback import CallbackBase

from ansible_collections.seawall.docker.plugins.plugin_utils import _progress

_AUDIT = ("seawall.docker.evaluate",)
# Its message says which host, and why.
_END = "seawall.docker.fail_host"
_INCLUDES = ("ansible.builtin.include_role", "ansible.builtin.include_tasks")
# What says nothing about how far a run is.
_QUIET = (*_INCLUDES, "ansible.builtin.validate_argument_spec", _END)
_DEBUG = ("debug", "ansible.builtin.debug", "ansible.legacy.debug")
_CLEAR = "\r\x1b[K"


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "seawall.docker.progress"

    def __init__(self) -> None:
        super().__init__()
        self._terminal = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._hosts = _progress.Hosts()
        self._tasks: dict[str, _progress.Task] = {}
        self._current: _progress.Task | None = None
        # Of what was written last about the current task.
        self._at, self._done = time.monotonic(), 0
        self._drawn = False

    # What begins

    def v2_playbook_on_start(self, playbook: t.Any) -> None:
        if context.CLIARGS.get("check"):
            self._say("Check mode: nothing is changed.")

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        self._end_task()
        there = play.get_variable_manager().get_vars(play=play, include_hostvars=False)
        self._tasks = {}
        everyone, batch = there["ansible_play_hosts_all"], there["ansible_play_batch"]
        self._hosts.begin(play._uuid, everyone, batch, play._removed_hosts)

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        self._begin(task)

    def v2_playbook_on_handler_task_start(self, task: t.Any) -> None:
        self._begin(task)

    def _begin(self, task: t.Any) -> None:
        self._end_task()
        self._current = _progress.Task(_name(task), self._hosts, counts=_counts(task))
        self._tasks[task._uuid] = self._current
        self._at, self._done = time.monotonic(), 0
        self._draw()

    # What a host did

    def v2_runner_on_ok(self, result: t.Any) -> None:
        said = result._result
        if result._task.action in _DEBUG and said.get("_ansible_verbose_always") and "msg" in said:
            for line in _progress.lines_of(result._host.get_name(), said["msg"]):
                self._say(line)
        self._add(result, changed=bool(said.get("changed")))

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        # An audit has such a host in its reports, and ends it after these.
        lost = result._task.action in _AUDIT and result._result.get("outcome") in ("failed", "unreachable")
        if lost:
            self._hosts.lose(result._host.get_name(), result._result["outcome"])
        self._add(result, skipped=not lost)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        if ignore_errors:
            if result._task.action in _AUDIT:
                self._hosts.lose(result._host.get_name(), "failed")
        else:
            self._fail(result, "failed")
        self._add(result)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._fail(result, "unreachable")
        self._add(result)

    def _fail(self, result: t.Any, outcome: str) -> None:
        host, task = result._host.get_name(), result._task
        # Of a file that it cannot include, Ansible says so before it gives up the host.
        absent = task.action in _INCLUDES and "reason" in result._result
        # A rescue takes the host back, or the task ignores that it is unreachable.
        goes_on = self._hosts.goes_on(host) and not absent
        if not goes_on:
            self._hosts.lose(host, outcome)
        line = _progress.failure(outcome, host, "" if task.action == _END else _name(task), result._result, goes_on)
        self._say(line, constants.COLOR_UNREACHABLE if outcome == "unreachable" else constants.COLOR_ERROR)

    def _add(self, result: t.Any, *, changed: bool = False, skipped: bool = False) -> None:
        # Ansible's own way shows them as the host wrote them.
        for warning in _progress.warnings(result._result, constants.config.get_config_value("DEPRECATION_WARNINGS")):
            self._clear()
            self._display.warning(warning)
        task = self._tasks.get(result._task._uuid)
        if task is not None:
            task.counts = _counts(result._task)
            task.add(result._host.get_name(), changed=changed, skipped=skipped)
            # With the strategy free, another task than the one that began last.
            self._current = task
            self._draw()

    # What a run says

    def v2_playbook_on_no_hosts_matched(self) -> None:
        self._say("No host matches the play, so nothing was done.", constants.COLOR_SKIP)

    def v2_playbook_on_no_hosts_remaining(self) -> None:
        self._say("No host is left.", constants.COLOR_ERROR)

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        self._end_task()
        lost = {name for name in stats.processed if stats.dark.get(name)}
        failed = {name for name in stats.processed if stats.failures.get(name)} - lost
        color = constants.COLOR_ERROR if failed or lost else constants.COLOR_OK
        waiting = self._hosts.waiting.intersection(stats.processed) - failed - lost
        self._say(_progress.totals(len(stats.processed), len(failed), len(lost), len(waiting)), color)

    def _draw(self) -> None:
        """Show the current task: on a terminal at once, otherwise where enough was done since the last line."""
        if self._current is None:
            return
        if self._terminal:
            # The cursor stays behind the line, so that what others say goes on there and covers nothing.
            line = self._current.line(shutil.get_terminal_size().columns - 2)
            self._display.display(f"{_CLEAR}{line} ", newline=False, screen_only=True)
            self._drawn = True
            return
        if not self._current.counts:
            return
        hosts, seconds = self.get_option("every_hosts"), self.get_option("every_seconds")
        many = hosts and self._current.worked - self._done >= hosts
        if many or (seconds and self._current.worked > self._done and time.monotonic() - self._at >= seconds):
            self._write()

    def _write(self) -> None:
        if self._current is not None:
            self._display.display(self._current.line())
            self._at, self._done = time.monotonic(), self._current.worked

    def _end_task(self) -> None:
        """A task that no host did leaves no line in a log; on a terminal the next one takes the line."""
        if (
            not self._terminal
            and self._current is not None
            and self._current.counts
            and self._current.worked > self._done
        ):
            self._write()
        self._clear()
        self._current = None

    def _clear(self) -> None:
        if self._drawn:
            self._display.display(_CLEAR, newline=False, screen_only=True)
            self._drawn = False

    def _say(self, line: str, color: str | None = None) -> None:
        self._clear()
        self._display.display(line, color=color)


def _name(task: t.Any) -> str:
    return str(task.name or task.action)


def _counts(task: t.Any) -> bool:
    """Tell whether hosts do it one by one. Until a host has done it, run_once may be a text that is yet to be templated."""
    return not task.run_once and task.action not in _QUIET
