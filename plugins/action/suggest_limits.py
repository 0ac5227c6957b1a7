# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of seawall.docker.suggest_limits: gather, read what earlier audits kept, and suggest."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils import _posture_source, _reading
from ansible_collections.seawall.docker.plugins.plugin_utils._action import (
    Action,
    HostFault,
    Refused,
    host_name,
    one_line,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import right_sizing
from ansible_collections.seawall.docker.plugins.plugin_utils._report import files

Json = dict[str, t.Any]

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "gather": {"type": "dict", "default": {}},
    "audits": {"type": "list", "elements": "path", "default": []},
    "postures": {"type": "list", "elements": "path"},
    "directory": {"type": "path"},
    "show_summary": {"type": "bool", "default": False},
}


class ActionModule(Action):
    FAULTS = (files.ReportError,)

    def answer(self, variables: Json) -> Json:
        options = self.options(ARGUMENTS)
        self.refuse_unknown_variables(variables)
        host = host_name(variables)
        counted = _counted(options, host)
        earlier = [_cgroup_of(path) for path in counted]
        gathered = _posture_source.asked(self, "seawall.docker.cgroup_info", options["gather"], variables)
        cgroup = gathered.get("cgroup")
        if not isinstance(cgroup, dict) or not isinstance(cgroup.get("containers"), list):
            raise HostFault("failed", f"the containers of this host are not known: {_why(gathered)}", host)
        made = right_sizing.wanted_of(right_sizing.suggested_limits(cgroup, earlier))
        text = right_sizing.text_of(host, made, counted)
        answer: Json = {"changed": False, "host": host, **made, "counted_too": counted, "file": None}
        if options["directory"] is not None:
            name = files.host_file_name(host).removesuffix(".json")
            with files.Folder(str(Path(options["directory"]).absolute())) as folder:
                answer["file"] = folder.write(f"limits/{name}.yml", text)
        if options["show_summary"]:
            self._display.display(f"\n{text}")
        return answer


def _counted(options: Json, host: str) -> list[str]:
    """The files with postures of this host that count. Those that are named must exist."""
    if options["postures"] is not None:
        return [str(Path(one).absolute()) for one in options["postures"]]
    name = files.host_file_name(host)
    found = [Path(folder).absolute() / "postures" / name for folder in options["audits"]]
    return [str(path) for path in found if path.exists()]


def _cgroup_of(path: str) -> Json:
    """The section of a posture that says what containers used; empty in one without it. Raises Refused."""
    try:
        posture = _reading.json_of(Path(path))
    except _reading.Unreadable as problem:
        raise Refused(f"the posture {visible(path)} {problem}") from None
    section = posture.get("cgroup", {}) if isinstance(posture, dict) else None
    if not isinstance(section, dict) or not isinstance(section.get("containers") or [], list):
        raise Refused(f"{visible(path)} is no posture of a host")
    return section


def _why(gathered: Json) -> str:
    unread = gathered.get("unread")
    reasons = sorted({one_line(one) for one in unread.values()}) if isinstance(unread, dict) else []
    return "; ".join(reasons) or "the host gave no reason"
