# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of seawall.docker.posture_info: the host sends the posture as one text, which becomes data here. Ansible looks
at each value that a module returns several times, on the host and on the controller."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.seawall.docker.plugins.module_utils._module.collecting import collect_seldom
from ansible_collections.seawall.docker.plugins.plugin_utils import _reading

Json = dict[str, t.Any]

_AS_TEXT = "posture_as_text"


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        result: Json = super().run(tmp, task_vars)
        in_background = bool(self._task.async_val) and not self._connection.has_native_async
        # What runs in the background is returned by another task, which knows nothing of a text.
        as_text = not in_background and _AS_TEXT not in self._task.args
        arguments = {**self._task.args, **({_AS_TEXT: True} if as_text else {})}
        collect_seldom()
        answer = self._execute_module(module_args=arguments, task_vars=task_vars, wrap_async=in_background)
        if as_text:
            answer = _with_posture(_as_the_task_asked(answer))
        result.update(answer)
        if not in_background:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result


def _as_the_task_asked(answer: Json) -> Json:
    """Take the option that this action added out of what the host says it was asked. A host can say anything."""
    asked = answer.get("invocation")
    arguments = asked.get("module_args") if isinstance(asked, dict) else None
    if isinstance(arguments, dict):
        arguments.pop(_AS_TEXT, None)
    return answer


def _with_posture(answer: Json) -> Json:
    """Return the answer of the module with the posture in place of its text; a failure has none."""
    text = answer.pop("posture_text", None)
    if not isinstance(text, str):
        return answer
    try:
        return {**answer, "posture": _reading.json_in(text)}
    except _reading.Unreadable as problem:
        return {**answer, "failed": True, "msg": f"the posture that the host sent {problem}"}
