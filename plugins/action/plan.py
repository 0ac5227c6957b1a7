# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import datetime
import posixpath
import re
import typing as t
from dataclasses import replace
from pathlib import Path

from ansible.module_utils.basic import missing_required_lib

from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_json, mask_value
from ansible_collections.seawall.docker.plugins.plugin_utils import _posture_source
from ansible_collections.seawall.docker.plugins.plugin_utils._action import Action, Refused, host_name, one_line
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import judge as judging
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import loader
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark._jmespath import IMPORT_ERROR
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.shape import PostureError
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import lines
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.forecast import posture_after
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices, Facts, PlanError
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.planning import plan
from ansible_collections.seawall.docker.plugins.plugin_utils._report import files

Json = dict[str, t.Any]

_DEEPEST_DATA_ROOT = 40
ARGUMENTS: dict[str, dict[str, t.Any]] = {
    **_posture_source.ARGUMENTS,
    **judging.ARGUMENTS,
    "audit_profile": {"type": "str", "choices": ["level1", "level2"], "default": "level2"},
    "profile": {"type": "str", "choices": ["level1", "level2"], "default": "level2"},
    "rules": {"type": "list", "elements": "str", "default": []},
    "skip_rules": {"type": "list", "elements": "str", "default": []},
    "max_impact": {"type": "str", "choices": ["none", "reload", "restart", "disruptive"], "default": "restart"},
    "daemon_options": {"type": "dict", "default": {}},
    "keep_containers": {"type": "bool", "default": True},
    "userns_remap": {"type": "str", "choices": ["present", "absent"]},
    "userns_user": {"type": "str", "default": "dockremap"},
    "userns_count": {"type": "int", "default": 65536},
    "userns_force": {"type": "list", "elements": "str", "default": []},
    "before": {"type": "dict"},
    "report_directory": {"type": "path"},
    "show_summary": {"type": "bool", "default": False},
}


class ActionModule(Action):
    """Gathers and judges as ``evaluate`` does, and then plans."""

    FAULTS = (BenchmarkError, PlanError, PostureError, files.ReportError)

    def answer(self, variables: Json) -> Json:
        options = self.options(ARGUMENTS, mutually_exclusive=_posture_source.EITHER)
        if IMPORT_ERROR is not None:
            raise Refused(missing_required_lib("jmespath"))
        result = self._planned(options, variables)
        if options["show_summary"]:
            self._display.display("\n".join(["", *result["lines"], ""]))
        return result

    def _planned(self, options: Json, variables: Json) -> Json:
        host = host_name(variables)
        judge = judging.judge_of(options, options["audit_profile"])
        chosen = loader.select_rules(judge.full, options["profile"], options["rules"], options["skip_rules"])
        choices = _choices(options, chosen)
        posture, _replay = _posture_source.posture_of(self, options, variables)
        findings = judge.findings(posture, host)
        gathered = not _posture_source.is_given(options)
        try:
            facts = self._facts(posture, findings, choices, options, variables) if gathered else Facts()
            made = plan(findings, posture, choices, judge.policy, facts)
            if gathered and _speaks_of_restarts(made):
                # Exit statuses and numbers of tries are not in the posture; the module that will restart knows them.
                facts = replace(facts, told=self._told(variables, options))
                made = plan(findings, posture, choices, judge.policy, facts)
            then = judge.findings(posture_after(posture, made["steps"], facts), host)
            before, after = _standing(findings), _standing(then)
            made["forecast"] = _forecast(findings, then)
            shown = lines.lines_of(made, made["forecast"])
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            whose = "what the host answered" if gathered else "the given posture"
            raise PlanError(
                f"{whose} is not what an audit writes ({type(error).__name__}: {one_line(error)})"
            ) from None
        answer: Json = {
            "changed": False,
            "host": host,
            "plan": {**made, "steps": [_shown_step(one, options["daemon_options"]) for one in made["steps"]]},
            "standing": before,
            "forecast": after["statuses"],
            "lines": shown,
        }
        if options["before"] is not None:
            earlier = options["before"]
            answer["lines"] = lines.comparison(earlier["standing"], before, earlier.get("forecast"))
            answer["unlike_forecast"] = lines.unlike(earlier.get("forecast") or {}, before["statuses"])
        if options["report_directory"]:
            self._write(options, host, made, findings, answer)
        return answer

    def _write(self, options: Json, host: str, made: Json, findings: Json, answer: Json) -> None:
        name = files.host_file_name(host)
        with files.Folder(str(Path(options["report_directory"]).absolute())) as folder:
            if options["before"] is None:
                # Values of the site's options may be credentials.
                answer["plan_file"] = folder.write(f"plans/{name}", mask_json(files.as_json(made)))
            answer["report_file"] = folder.write(f"hosts/{name}", files.as_json(findings))

    def _facts(self, posture: Json, findings: Json, choices: Choices, options: Json, variables: Json) -> Facts:
        """What only some plans need is asked only for these: each question is a round trip."""
        limits = self._limits(posture, variables) if _wants_ulimits(findings) else {}
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        pending = self._pending(options, variables) if _may_be_unfinished(posture) else []
        if choices.userns is None:
            return Facts(limits=limits, now=now, pending=pending)
        ancestors = self._ancestors(posture, variables) if choices.userns == "present" else None
        return Facts(ancestors, self._kept(posture, variables), limits=limits, now=now, pending=pending)

    def _kept(self, posture: Json, variables: Json) -> list[str] | None:
        """The names in the data root, of which each mapping that was ever used has one."""
        path = ((posture.get("host") or {}).get("data_root") or {}).get("real_path")
        if not path:
            return None
        arguments = {"paths": [path], "file_type": "any", "recurse": False, "hidden": True}
        answer = self.ask("ansible.builtin.find", arguments, variables)
        if answer.get("failed") or answer.get("skipped_paths"):
            return None
        return [posixpath.basename(one["path"]) for one in answer.get("files") or []]

    def _pending(self, options: Json, variables: Json) -> list[str]:
        """The options that an earlier run wrote and the engine has not taken over: the module that wrote them knows."""
        answer = self._look("daemon_config", {}, options, variables)
        return [str(key) for key in answer.get("changed_keys") or []] if answer.get("pending") else []

    def _limits(self, posture: Json, variables: Json) -> dict[str, int]:
        """The daemon's own limit of open files, above which it may be unable to start a container."""
        pid = ((posture.get("daemon") or {}).get("process") or {}).get("pid")
        if not pid:
            return {}
        if not isinstance(pid, int):
            return {}
        answer = self.ask("ansible.legacy.slurp", {"src": f"/proc/{pid}/limits"}, variables)
        text = base64.b64decode(answer.get("content") or "").decode("ascii", "replace")
        found = re.search(r"^Max open files\s+\S+\s+(\d+)", text, re.MULTILINE)
        return {"nofile": int(found.group(1))} if found else {}

    def _ancestors(self, posture: Json, variables: Json) -> list[Json] | None:
        """The directories from the data root up to the root directory, with their modes. None where one is not seen."""
        path = str(((posture.get("host") or {}).get("data_root") or {}).get("real_path") or "")
        # Each directory is a round trip, and the host says how many there are.
        if not path or path.count("/") > _DEEPEST_DATA_ROOT:
            return None
        found: list[Json] = []
        while path.startswith("/") and path != "/":
            path = posixpath.dirname(path)
            arguments = {"path": path, "get_checksum": False, "get_mime": False, "get_attributes": False}
            answer = self.ask("ansible.legacy.stat", arguments, variables)
            status = answer.get("stat") or {}
            if not status.get("exists"):
                return None
            found.append({"path": path, "mode": status["mode"]})
        return found

    def _told(self, variables: Json, options: Json) -> Json:
        answer = self._look("engine_restart", {"mode": "restart"}, options, variables)
        return {one["id"]: one for one in answer.get("forecast") or []}

    def _look(self, module: str, arguments: Json, options: Json, variables: Json) -> Json:
        """What a module that writes says in check mode."""
        if options["gather"].get("docker_host"):
            arguments = {**arguments, "docker_host": options["gather"]["docker_host"]}
        checking, self._task.check_mode = self._task.check_mode, True
        try:
            return self.ask(f"seawall.docker.{module}", arguments, variables)
        finally:
            self._task.check_mode = checking


def _choices(options: Json, chosen: t.Any) -> Choices:
    return Choices(
        max_impact=options["max_impact"],
        rules=frozenset(rule.slug for rule in chosen.rules),
        options=options["daemon_options"],
        keep_containers=options["keep_containers"],
        userns=options["userns_remap"],
        userns_user=options["userns_user"],
        userns_count=options["userns_count"],
        userns_force=frozenset(options["userns_force"]),
    )


def _may_be_unfinished(posture: Json) -> bool:
    """Whether an earlier run may have been cut off between writing daemon.json and the restart."""
    file = (posture.get("daemon") or {}).get("config_file") or {}
    return file.get("newer_than_daemon") is True or (posture.get("engine") or {}).get("state") != "running"


def _wants_ulimits(findings: Json) -> bool:
    return any(
        one["status"] == "fail" and "default-ulimits" in ((one["remedy"] or {}).get("daemon_options") or {})
        for one in findings["findings"]
    )


def _speaks_of_restarts(made: Json) -> bool:
    return any(one["restart_policy"].startswith("on-failure") for step in made["steps"] for one in step["containers"])


def _shown_step(step: Json, site: Json) -> Json:
    """The step without credentials among the site's own values, which whoever carries it out has anyway."""
    if not step.get("options"):
        return step
    return {
        **step,
        "options": {key: mask_value(one, key) if key in site else one for key, one in step["options"].items()},
    }


def _standing(findings: Json) -> Json:
    return {
        "counts": findings["counts"],
        "score": findings["score"],
        "statuses": {finding["number"]: finding["status"] for finding in findings["findings"]},
    }


def _forecast(before: Json, after: Json) -> Json:
    was = {finding["rule"]: finding["status"] for finding in before["findings"]}
    repaired = [one for one in after["findings"] if was[one["rule"]] == "fail" and one["status"] != "fail"]
    broken = [one for one in after["findings"] if was[one["rule"]] != "fail" and one["status"] == "fail"]
    return {
        "counts_before": before["counts"],
        "counts": after["counts"],
        "score_before": before["score"],
        "score": after["score"],
        "repaired": [{"rule": one["rule"], "number": one["number"]} for one in repaired],
        "broken": [{"rule": one["rule"], "number": one["number"]} for one in broken],
        "findings": [
            {"rule": one["rule"], "number": one["number"], "before": was[one["rule"]], "after": one["status"]}
            for one in after["findings"]
        ],
    }
