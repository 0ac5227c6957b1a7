# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace
from pathlib import Path

from ansible.module_utils.basic import missing_required_lib

from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_json, mask_value
from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils import _posture_source
from ansible_collections.seawall.docker.plugins.plugin_utils._action import Action, Refused, host_name, one_line
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import judge as judging
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import loader
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark._jmespath import IMPORT_ERROR
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.shape import PostureError
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import changes, containers_after, lines
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.forecast import posture_after
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices, PlanError
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.phases import phases_of
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.planning import plan
from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, seen_before

Json = dict[str, t.Any]

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    **_posture_source.ARGUMENTS,
    **judging.ARGUMENTS,
    "audit_profile": {"type": "str", "choices": ["level1", "level2"], "default": "level2"},
    "profile": {"type": "str", "choices": ["level1", "level2"], "default": "level2"},
    "rules": {"type": "list", "elements": "str", "default": []},
    "skip_rules": {"type": "list", "elements": "str", "default": []},
    "max_impact": {"type": "str", "choices": ["none", "reload", "restart", "disruptive"], "default": "restart"},
    "daemon_options": {"type": "dict", "default": {}},
    "for_containers": {"type": "dict", "default": {}},
    "keep_containers": {"type": "bool", "default": True},
    "userns_remap": {"type": "str", "choices": ["present", "absent"]},
    "userns_user": {"type": "str", "default": "dockremap"},
    "userns_count": {"type": "int", "default": 65536},
    "userns_force": {"type": "list", "elements": "str", "default": []},
    "userns_outside": {"type": "list", "elements": "str", "default": []},
    "before": {"type": "dict"},
    "report_directory": {"type": "path"},
    "show_summary": {"type": "bool", "default": False},
}


judging.read_ahead()


class ActionModule(Action):
    """Gathers and judges as ``evaluate`` does, and then plans."""

    FAULTS = (BenchmarkError, PlanError, PostureError, files.ReportError)

    def answer(self, variables: Json) -> Json:
        options = self.options(ARGUMENTS, mutually_exclusive=_posture_source.EITHER)
        self.refuse_unknown_variables(variables)
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
        choices = replace(_choices(options, chosen), phases=self._phases(variables))
        posture, _replay = _posture_source.posture_of(self, options, variables)
        findings = judge.findings(posture, host)
        try:
            made = plan(findings, posture, choices, judge.policy)
            then = judge.findings(posture_after(posture, made["steps"]), host)
            before, after = changes.standing(findings), changes.statuses(then)
            made["forecast"] = _forecast(before, then)
            shown = lines.lines_of(made, made["forecast"])
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            whose = "the given posture" if _posture_source.is_given(options) else "what the host answered"
            raise PlanError(
                f"{whose} is not what an audit writes ({type(error).__name__}: {one_line(error)})"
            ) from None
        answer: Json = {
            "changed": False,
            "host": host,
            "plan": {**made, "steps": [_shown_step(one, options["daemon_options"]) for one in made["steps"]]},
            "standing": before,
            "forecast": after,
            "containers": containers_after.forecast_of(made["steps"]),
            "lines": shown,
        }
        if options["before"] is not None:
            earlier = options["before"]
            became = containers_after.lines_of(earlier["containers"], posture) if earlier.get("containers") else []
            answer["lines"] = lines.comparison(earlier["standing"], findings, earlier.get("forecast"), became)
            answer["unlike_forecast"] = lines.unlike(earlier.get("forecast") or {}, before["statuses"])
        if options["report_directory"]:
            self._write(options, host, made, findings, answer)
            if "plan_file" in answer:
                place = f"{options['report_directory'].rstrip('/')}/plans/{Path(answer['plan_file']).name}"
                answer["lines"] = [*shown, "", visible(f"The complete plan: {place}")]
        return answer

    def _phases(self, variables: Json) -> frozenset[str] | None:
        if not self.is_task_of_the_collection():
            return None  # who calls this module carries the plan out in tasks of their own
        run, skip = variables.get("ansible_run_tags") or ["all"], variables.get("ansible_skip_tags") or []
        return phases_of(run, skip, self._task.tags)

    def _write(self, options: Json, host: str, made: Json, findings: Json, answer: Json) -> None:
        name = files.host_file_name(host)
        with files.Folder(str(Path(options["report_directory"]).absolute())) as folder:
            if options["before"] is None:
                # Values of the site's options may be credentials.
                answer["plan_file"] = folder.write(f"plans/{name}", mask_json(files.as_json(made)))
            findings["seen_before"] = seen_before.last_that_saw_more(findings, folder.path)
            answer["report_file"] = folder.write(f"hosts/{name}", files.host_json(findings))


def _choices(options: Json, chosen: t.Any) -> Choices:
    return Choices(
        max_impact=options["max_impact"],
        rules=frozenset(rule.slug for rule in chosen.rules),
        options=options["daemon_options"],
        for_containers=options["for_containers"],
        keep_containers=options["keep_containers"],
        userns=options["userns_remap"],
        userns_user=options["userns_user"],
        userns_count=options["userns_count"],
        userns_force=frozenset(options["userns_force"]),
        userns_outside=frozenset(options["userns_outside"]),
    )


def _shown_step(step: Json, site: Json) -> Json:
    """The step without credentials among the site's own values, which whoever carries it out has anyway."""
    shown = dict(step)
    if shown.get("options"):
        shown["options"] = _shown_options(step["options"], site)
    if shown.get("check_mode"):
        shown["check_mode"] = {**step["check_mode"], "options": _shown_options(step["check_mode"]["options"], site)}
    return shown


def _shown_options(options: Json, site: Json) -> Json:
    return {key: mask_value(one, key) if key in site else one for key, one in options.items()}


def _forecast(before: Json, after: Json) -> Json:
    """Compare the standing of the host with the findings that are foreseen."""
    slugs = {finding["number"]: finding["rule"] for finding in after["findings"]}
    found = changes.changes(before, after)

    def named(numbers: t.Sequence[str]) -> list[Json]:
        return [{"rule": slugs[number], "number": number} for number in numbers]

    return {
        "counts_before": before["counts"],
        "counts": after["counts"],
        "score_before": before["score"],
        "score": after["score"],
        "repaired": named(found.repaired),
        "broken": named(found.broken),
        "no_longer_shown": {"rules": named(found.hidden), "subjects": found.subjects},
        "not_shown_before": {"rules": named(found.appeared), "subjects": found.new_subjects},
        "no_longer_applicable": named(found.without_subject),
        "findings": [
            {
                "rule": one["rule"],
                "number": one["number"],
                "before": before["statuses"][one["number"]],
                "after": one["status"],
            }
            for one in after["findings"]
        ],
    }
