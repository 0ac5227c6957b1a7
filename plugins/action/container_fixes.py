# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of seawall.docker.container_fixes: gather, judge, and write down what puts containers right."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.module_utils.basic import missing_required_lib

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils import _posture_source
from ansible_collections.seawall.docker.plugins.plugin_utils._action import Action, Refused, host_name, one_line
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import judge as judging
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark._jmespath import IMPORT_ERROR
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.shape import PostureError
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes import host_fixes
from ansible_collections.seawall.docker.plugins.plugin_utils._report import files

Json = dict[str, t.Any]

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    **_posture_source.ARGUMENTS,
    **judging.ARGUMENTS,
    "profile": {"type": "str", "choices": ["level1", "level2"], "default": "level2"},
    "rules": {"type": "list", "elements": "str", "default": []},
    "skip_rules": {"type": "list", "elements": "str", "default": []},
    "needs": {"type": "list", "elements": "dict"},
    "directory": {"type": "path"},
    "show_summary": {"type": "bool", "default": False},
}
_CONNECTION = ("docker_host", "tls", "validate_certs", "ca_path", "client_cert", "client_key", "timeout")


judging.read_ahead()


class ActionModule(Action):
    FAULTS = (BenchmarkError, PostureError, files.ReportError)

    def answer(self, variables: Json) -> Json:
        options = self.options(ARGUMENTS, mutually_exclusive=_posture_source.EITHER)
        self.refuse_unknown_variables(variables)
        if IMPORT_ERROR is not None:
            raise Refused(missing_required_lib("jmespath"))
        host = host_name(variables)
        judge = judging.judge_of(options, options["profile"], options["rules"], options["skip_rules"])
        posture, _replay = _posture_source.posture_of(self, options, variables)
        findings = judge.findings(posture, host)
        needs = self._needs(options, variables)
        try:
            made = host_fixes.made_of(posture, findings, needs, judge.policy)
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise PostureError(
                f"what is known of the containers is not what the modules return ({type(error).__name__}: {one_line(error)})"
            ) from None
        answer: Json = {"changed": False, "host": host, **made, "files": []}
        if options["directory"] is not None:
            answer["files"] = _written(options["directory"], host, made)
        if options["show_summary"]:
            self._display.display("\n".join(["", *map(visible, host_fixes.summary(made, answer["files"])), ""]))
        return answer

    def _needs(self, options: Json, variables: Json) -> list[Json]:
        if options["needs"] is not None:
            return list(options["needs"])
        if _posture_source.is_given(options):
            return []
        arguments = {key: options["gather"][key] for key in _CONNECTION if key in options["gather"]}
        answer = _posture_source.asked(self, "seawall.docker.container_needs_info", arguments, variables)
        return list(answer.get("containers") or [])


def _written(directory: str, host: str, made: Json) -> list[str]:
    """Write a file for each project, and one for the other containers. Raises ReportError."""
    written = []
    with files.Folder(str(Path(directory).absolute())) as folder:
        for project in made["projects"]:
            name = files.host_file_name(f"{host}.{project['project']}").removesuffix(".json")
            written.append(folder.write(f"fixes/{name}.compose.yml", project["content"]))
        if made["containers"]:
            name = files.host_file_name(host).removesuffix(".json")
            written.append(folder.write(f"fixes/{name}.run.txt", host_fixes.commands_text(made["containers"])))
    return written
