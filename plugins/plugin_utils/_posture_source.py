# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the posture of a task comes from: a host, a file that was recorded, or a variable."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils import _reading
from ansible_collections.seawall.docker.plugins.plugin_utils._action import Action, HostFault, host_name, one_line
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.shape import (
    PostureError,
    accepted_json,
    accepted_posture,
)

EMBEDDED = "embedded"
EMBEDDED_POSTURE = Path(__file__).resolve().parents[2] / "roles" / "audit" / "files" / "recorded" / "posture.json"

# The options of a task that say where its posture comes from. One of the last two at most may be given.
ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "gather": {"type": "dict", "default": {}},
    "posture": {"type": "dict"},
    "posture_file": {"type": "str"},
}
EITHER = [("posture", "posture_file")]

Json = dict[str, t.Any]


def is_given(options: Json) -> bool:
    """Whether the task gives a posture, so that no host is asked."""
    return options["posture"] is not None or options["posture_file"] is not None


def posture_of(action: Action, options: Json, variables: Json) -> tuple[Json, Json | None]:
    """The posture, and what a report must say where it is a replay. Raises BenchmarkError, HostFault or PostureError."""
    if options["posture"] is not None:
        given = {"source": "variable", "note": "This posture was given, not gathered."}
        return accepted_posture(options["posture"]), given
    if options["posture_file"] is not None:
        return recorded(options["posture_file"])
    return _gathered(action, options["gather"], variables), None


def recorded(name: str) -> tuple[Json, Json]:
    """The posture in a file, or the one that ships with the collection, and what a report must say of it."""
    path = EMBEDDED_POSTURE if name == EMBEDDED else Path(name).expanduser()
    said = f"the recorded posture {visible(str(path))}"
    try:
        posture = accepted_posture(_reading.json_of(path))
    except _reading.Unreadable as problem:
        raise BenchmarkError(f"{said} {problem}") from None
    except PostureError as problem:
        raise PostureError(f"{said} cannot be used: {problem}") from None
    note = "This is the recorded posture of a real host that ships with the collection."
    return posture, {"source": name, "note": note if name == EMBEDDED else "This posture was recorded earlier."}


def _gathered(action: Action, arguments: Json, variables: Json) -> Json:
    # As a text: Ansible looks at each value of an answer several times.
    answer = asked(action, "seawall.docker.posture_info", {**arguments, "posture_as_text": True}, variables)
    text = answer.get("posture_text")
    if not isinstance(text, str):
        raise HostFault("failed", module_fault(answer), host_name(variables))
    try:
        return accepted_json(text)
    except _reading.Unreadable as problem:
        raise HostFault("failed", f"the posture that the host sent {problem}", host_name(variables)) from None


def asked(action: Action, module: str, arguments: Json, variables: Json) -> Json:
    """What a module answers that did not fail. Raises HostFault."""
    answer = action.ask(module, arguments, variables)
    host = host_name(variables)
    if answer.get("unreachable"):
        raise HostFault("unreachable", one_line(answer.get("msg", "the host is unreachable")), host)
    if answer.get("failed"):
        raise HostFault("failed", module_fault(answer), host)
    return answer


def module_fault(answer: Json) -> str:
    """One sentence from a failed module; a missing Python or a refused become password speaks through stderr."""
    message = one_line(str(answer.get("msg") or ""))
    detail = str(answer.get("module_stderr") or answer.get("module_stdout") or "").strip()
    # Up to ansible-core 2.18 the message says where to look, from 2.19 on that no JSON was found.
    if detail and ("see stdout/stderr" in message.lower() or "deserialization failed" in message):
        message = one_line(detail.splitlines()[-1] if "Traceback" in detail else detail)
    return message or "the module failed without a message"
