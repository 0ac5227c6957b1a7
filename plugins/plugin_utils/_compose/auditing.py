# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge the services of a compose project by the rules about containers, and find the file and line of each verdict.

The engine is taken for one with its defaults on a host without limits of its own: a file does not say where it is used.
"""

from __future__ import annotations

import dataclasses
import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.documents import Document, read_document
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import worst
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.functions import NOT_IN_POSTURE
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.judge import Judge
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.score import counts_of, scores_of
from ansible_collections.seawall.docker.plugins.plugin_utils._compose.reach import require_inside
from ansible_collections.seawall.docker.plugins.plugin_utils._compose.resolving import Project, resolved
from ansible_collections.seawall.docker.plugins.plugin_utils._compose.service import (
    AT_RUN_TIME,
    KEYS_OF_RULES,
    parts_of,
)

Json = dict[str, t.Any]

_NO_COMPOSE = "is not resolved, since Docker Compose 2 is not on this machine"
# Of an engine elsewhere, as of a file, it is not known where links lead.
_REMOTE = "the engine is remote"
_HUGE = 2**62
_ENGINE: Json = {
    "info": {
        "security_options": {
            "rootless": False,
            "apparmor": True,
            "seccomp": "builtin",
        },
        "memory_bytes": _HUGE,
        "cpus": 1_000_000,
        "data_root": "/var/lib/docker",
        "swarm": {"state": "inactive", "manager": False},
    },
    "options": {
        "no-new-privileges": {"value": False, "origin": {"kind": "default", "source": None}},
        "default-ulimits": {"value": {}, "origin": {"kind": "default", "source": None}},
    },
    "default_bridge": {"present": True},
    "listeners": [],
    "unread": {},
}


def findings_of(project: Project, judge: Judge, command: list[str] | None, root: str) -> Json:
    """Return the findings document of a project. Its host is the project. Raises BenchmarkError."""
    require_inside(project.files, root)
    sources = [read_document(path) if command is None else _source(path) for path in project.files]
    document, unresolved = _resolved(project, sources, command)
    services = document.get("services")
    if not isinstance(services, dict) or not all(isinstance(one, dict) for one in services.values()):
        raise BenchmarkError(f"{visible(project.files[0])}: services must be a mapping, and each service one as well")
    posture = _posture(document, unresolved)
    rules = tuple(rule for rule in judge.benchmark.rules if rule.subjects == "container")
    chosen = dataclasses.replace(judge, benchmark=dataclasses.replace(judge.benchmark, rules=rules))
    findings = chosen.findings(posture, project.name)
    for finding in findings["findings"]:
        for subject in finding["subjects"]:
            _settle(subject)
            _place(subject, _keys(finding["rule"], services[subject["name"]]), project, sources, root)
        finding["status"] = worst([subject["verdict"] for subject in finding["subjects"]])
        finding["reason"] = _reason(finding)
    findings["counts"] = counts_of(findings["findings"])
    findings["score"] = scores_of(findings["findings"], "running")
    findings["gaps"] = {}
    return findings


def _source(path: str) -> Document:
    """The lines of a file that Compose has read. What it takes and this reader does not has no lines."""
    try:
        return read_document(path)
    except BenchmarkError:
        return Document(path, None, {})


def _resolved(
    project: Project, sources: list[Document], command: list[str] | None
) -> tuple[Json, t.Callable[[str, str], str | None]]:
    """Return the project, and what says why the value of a key of a service is not known."""
    if command is not None:
        known, missing = resolved(command, project)
        return known, lambda service, key: _not_set(missing, sources, service, key)
    document = sources[0].data
    if not isinstance(document, dict):
        raise BenchmarkError(f"{visible(project.files[0])}: this is no compose file, since it holds no mapping")
    whole = next(
        (
            f"{what} {_NO_COMPOSE}"
            for what, there in (("a project of several files", len(sources) > 1), ("include", "include" in document))
            if there
        ),
        None,
    )

    def unresolved(service: str, key: str) -> str | None:
        keys = (document.get("services") or {}).get(service) or {}
        if whole is not None:
            return whole
        if "extends" in keys or "<<" in keys:
            return f"extends {_NO_COMPOSE}"
        return f"a variable in {key} {_NO_COMPOSE}" if _has_variable(keys.get(key)) else None

    return document, unresolved


def _not_set(missing: set[str], sources: list[Document], service: str, key: str) -> str | None:
    """Why the value of a key is not known though Compose resolved the project: a variable in it is not set."""
    if not missing:
        return None
    names = ", ".join(sorted(missing))
    for source in sources:
        if not isinstance(source.data, dict) or "include" in source.data:
            return f"these variables are not set, and other files may use them: {names}"
        keys = (source.data.get("services") or {}).get(service) or {}
        if not isinstance(keys, dict) or "extends" in keys or "<<" in keys:
            return f"these variables are not set, and other files may use them: {names}"
        if _has_variable(keys.get(key)) and any(name in str(keys[key]) for name in missing):
            return f"a variable in {key} is not set, one of {names}"
    return None


def _has_variable(value: t.Any) -> bool:
    if isinstance(value, dict):
        return any(_has_variable(one) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return any(_has_variable(one) for one in value)
    return isinstance(value, str) and "$" in value.replace("$$", "")


def _posture(document: Json, unresolved: t.Callable[[str, str], str | None]) -> Json:
    parts = []
    for name, service in document["services"].items():
        parts.append(parts_of(document, str(name), service, lambda key, name=name: unresolved(str(name), key)))  # type: ignore[misc]
    return {
        "posture_version": 1,
        "engine": {"state": "running", "reason": None, "address": None, "local": False},
        "auditor": {"effective_uid": None, "subsets": ["containers"]},
        "daemon": _ENGINE,
        "userns": {"effective": {"rootless": False}, "containers": [], "unread": {}},
        "cgroup": {"containers": [one.cgroup for one in parts], "unread": {}},
        "containers": [one.container for one in parts],
        "files": [],
        "host": {"unread": {}},
        "unread": {"images": AT_RUN_TIME},
    }


def _settle(subject: Json) -> None:
    """Make what no file can say, such as a fact of the host, not applicable. What is not resolved stays unknown."""
    reason = str(subject["reason"] or "")
    if subject["verdict"] == "unknown" and (AT_RUN_TIME in reason or reason.endswith(NOT_IN_POSTURE)):
        subject["verdict"], subject["reason"] = "not_applicable", AT_RUN_TIME
    elif subject["verdict"] == "manual" and _REMOTE in reason:
        subject["reason"] = "symbolic links in these paths of the host cannot be followed from a file"


def _keys(rule: str, service: Json) -> list[str]:
    """The keys that may have decided. One that takes a right away did not."""
    return [key for key in KEYS_OF_RULES.get(rule, ()) if key != "privileged" or service.get(key)]


def _place(subject: Json, keys: list[str], project: Project, sources: list[Document], root: str) -> None:
    """Store ``file``, relative to the root, and ``line`` of what decided, and say them in the reason."""
    name = subject["name"]
    path, line = project.files[0], 1
    wanted = [("services", name, key) for key in keys] + [("services", name)]
    for where in wanted:
        # The last file decides.
        found = next(
            (source for source in reversed(list(zip(project.files, sources, strict=True))) if where in source[1].lines),
            None,
        )
        if found is not None:
            path, line = found[0], found[1].lines[where]
            break
    subject["file"], subject["line"] = os.path.relpath(path, root), line
    if subject["verdict"] != "pass":
        subject["reason"] = f"{subject['reason'] or ''} ({subject['file']}, line {line})".strip()


def _reason(finding: Json) -> str | None:
    told = [str(one["reason"]) for one in finding["subjects"] if one["verdict"] == finding["status"]]
    if len(finding["subjects"]) == 1:
        return told[0]
    return f"{len(told)} of {len(finding['subjects'])}" if told else None
