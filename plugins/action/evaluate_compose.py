# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of seawall.docker.evaluate_compose: files in, findings with their places out. No host is asked."""

from __future__ import annotations

import os
import typing as t

from ansible.module_utils.basic import missing_required_lib

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._action import Action, Refused
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import judge as judging
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import loader
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark._jmespath import IMPORT_ERROR
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.shape import PostureError
from ansible_collections.seawall.docker.plugins.plugin_utils._compose import auditing
from ansible_collections.seawall.docker.plugins.plugin_utils._compose.resolving import Project, compose_command
from ansible_collections.seawall.docker.plugins.plugin_utils._report import gate_words

Json = dict[str, t.Any]

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    **judging.ARGUMENTS,
    "projects": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str"},
            "files": {"type": "list", "elements": "path", "required": True},
            "profiles": {"type": "list", "elements": "str", "default": []},
            "env_files": {"type": "list", "elements": "path", "default": []},
            "environment": {"type": "dict", "default": {}},
        },
    },
    "root": {"type": "path"},
    "resolve": {"type": "str", "choices": ["auto", "always", "never"], "default": "auto"},
    "profile": {"type": "str", "choices": ["level1", "level2"], "default": "level2"},
    "rules": {"type": "list", "elements": "str", "default": []},
    "skip_rules": {"type": "list", "elements": "str", "default": []},
    "fail_on": {"type": "list", "elements": "str", "default": []},
    "fail_on_unknown": {"type": "bool", "default": True},
}


class ActionModule(Action):
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False
    FAULTS = (BenchmarkError, PostureError)

    def answer(self, variables: Json) -> Json:
        options = self.options(ARGUMENTS)
        self.refuse_unknown_variables(variables)
        if IMPORT_ERROR is not None:
            raise Refused(missing_required_lib("jmespath"))
        root = os.path.abspath(options["root"] or os.getcwd())
        projects = _projects(options["projects"], root)
        command = None if options["resolve"] == "never" else compose_command()
        if command is None and options["resolve"] == "always":
            raise Refused("Docker Compose 2 is not on this machine; install it, or set resolve to auto")
        judge = judging.judge_of(options, options["profile"], options["rules"], options["skip_rules"])
        gate = loader.selected(judge.full, options["fail_on"])
        # All files are judged before one that cannot be read ends the task.
        documents = [_judged(project, judge, command, root) for project in projects]
        return {
            "changed": False,
            "resolved": command is not None,
            "findings": documents,
            "places": [place for document in documents for place in _places(document)],
            "offences": [
                one for one in (_offence(each, gate, options["fail_on_unknown"]) for each in documents) if one
            ],
        }


def _projects(given: list[Json], root: str) -> list[Project]:
    projects = []
    for one in given:
        if not one["files"]:
            raise Refused("a project of projects names no files")
        paths = [os.path.join(root, path) for path in one["files"]]
        name = one["name"] or os.path.relpath(paths[0], root)
        env_files = [os.path.join(root, path) for path in one["env_files"]]
        environment = {str(key): str(value) for key, value in one["environment"].items()}
        projects.append(Project(name, paths, list(one["profiles"]), env_files, environment))
    names = [one.name for one in projects]
    if not names:
        raise Refused("projects is empty, so there is nothing to judge")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refused(f"two projects are called {visible(twice[0])}; give each a name of its own")
    return projects


def _judged(project: Project, judge: judging.Judge, command: list[str] | None, root: str) -> Json:
    try:
        return auditing.findings_of(project, judge, command, root)
    except (BenchmarkError, PostureError) as fault:
        return judge.without_audit(project.name, "failed", str(fault))


def _places(document: Json) -> list[Json]:
    """What somebody has to look at, in the order of the files."""
    found = [
        {
            "project": document["host"],
            "service": subject["name"],
            "rule": finding["rule"],
            "number": finding["number"],
            "verdict": subject["verdict"],
            "reason": subject["reason"],
            "file": subject["file"],
            "line": subject["line"],
        }
        for finding in document["findings"]
        for subject in finding["subjects"]
        if subject["verdict"] in ("fail", "unknown")
    ]
    return sorted(found, key=lambda one: (one["file"], one["line"]))


def _offence(document: Json, gate: set[str], unknown_fails: bool) -> str | None:
    """Why the pipeline must fail, as one sentence. A project that cannot be judged is always a reason."""
    if document["outcome"] != "audited":
        return f"{document['host']} could not be audited: {document['error']}"
    said = gate_words.offences(document, gate, unknown_fails)
    return f"{document['host']} {', and '.join(said)}." if said else None
