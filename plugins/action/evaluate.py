# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import typing as t
from pathlib import Path

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils import _posture_source
from ansible_collections.seawall.docker.plugins.plugin_utils._action import (
    Action,
    HostFault,
    Refused,
    host_name,
    one_line,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories import age
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories import gate as advisory_gate
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories import judge as advisory_judge
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories import loader as advisory_loader
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import judge as judging
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import loader
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark._jmespath import IMPORT_ERROR
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.shape import PostureError
from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, gate_words, seen_before
from ansible_collections.seawall.docker.plugins.plugin_utils._report.text import plural

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    **_posture_source.ARGUMENTS,
    **judging.ARGUMENTS,
    "replay_when_absent": {"type": "bool", "default": False},
    "profile": {"type": "str", "choices": ["level1", "level2"], "default": "level2"},
    "rules": {"type": "list", "elements": "str", "default": []},
    "skip_rules": {"type": "list", "elements": "str", "default": []},
    "fail_on": {"type": "list", "elements": "str", "default": []},
    "fail_on_unknown": {"type": "bool", "default": True},
    "advisory_files": {"type": "list", "elements": "path", "default": []},
    "report_directory": {"type": "path"},
    "keep_posture": {"type": "bool", "default": False},
    "return_findings": {"type": "bool", "default": True},
    "hold": {"type": "bool", "default": False},
}

Json = dict[str, t.Any]


judging.read_ahead()
advisory_loader.read_ahead()


class ActionModule(Action):
    FAULTS: tuple[type[Exception], ...] = (BenchmarkError, files.ReportError)

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        result = super().run(tmp, task_vars)
        # Also where the other options are wrong, so not from the checked ones.
        if not boolean(self._task.args.get("hold", False), strict=False):
            return result
        ended = [result.pop(key, False) for key in ("failed", "unreachable")]
        return {**result, "skipped": True} if any(ended) else result

    def answer(self, variables: Json) -> Json:
        options = self.options(ARGUMENTS, mutually_exclusive=_posture_source.EITHER)
        self.refuse_unknown_variables(variables)
        if IMPORT_ERROR is not None:
            raise Refused(missing_required_lib("jmespath"))
        return self._audit(options, variables)

    def failure(self, message: str, variables: Json) -> Json:
        host = host_name(variables)
        # The outcome goes with the failure, so that a report can name this host as one that was not audited.
        return {
            "host": host,
            "outcome": "failed",
            "error": message,
            "offence": f"{host} could not be audited: {message}",
        }

    def _audit(self, options: Json, variables: Json) -> Json:
        host = host_name(variables)
        judge = judging.judge_of(options, options["profile"], options["rules"], options["skip_rules"])
        rules, chosen = advisory_gate.split(options["fail_on"])
        gate = loader.selected(judge.full, rules)
        advisories = advisory_loader.load_advisories(options["advisory_files"])
        self._warn_of_old_data([date for _name, date in advisories.files])
        judged = {rule.slug for rule in judge.benchmark.rules}
        for name in rules:
            if not loader.selected(judge.full, [name]) & judged:
                self._display.warning(
                    visible(f"fail_on has {name}, and profile, rules or skip_rules leave out all that it names")
                )
        posture: Json | None = None
        reason = None
        try:
            posture, replay = self._posture(options, variables)
            document = judge.findings(posture, host)
            document["replay"] = replay
            document["advisories"] = advisory_judge.judge(advisories, posture)
        except HostFault as problem:
            reason, document = problem.reason, judge.without_audit(host, problem.outcome, problem.error)
        except PostureError as problem:
            posture, document = None, judge.without_audit(host, "failed", str(problem))
        answer: Json = {
            "changed": False,
            **_ended(document),
            "host": host,
            "outcome": document["outcome"],
            "error": document["error"],
            "replay": document["replay"],
            "counts": document["counts"],
            "advisory_counts": (document.get("advisories") or {}).get("counts"),
            "score": document["score"],
            "failed_rules": _named(document, "fail"),
            "unknown_rules": _named(document, "unknown"),
            "offence": _offence(document, gate, options["fail_on_unknown"], reason, chosen),
        }
        if options["report_directory"]:
            try:
                answer.update(self._files_written(options, document, posture))
            except files.ReportError as error:
                # What was found goes with the failure, so that it is not lost with the file.
                return {**answer, "failed": True, "msg": str(error), "findings": document}
        if options["return_findings"]:
            answer["findings"] = document
        return answer

    def _warn_of_old_data(self, dates: list[str]) -> None:
        today = datetime.datetime.now().astimezone().date()
        updated = age.newest(dates, today)
        said = age.warning(updated, age.days(updated, today) if updated else None)
        if said:
            self._display.warning(f"{said} Update the collection, or name newer files in advisory_files")

    @staticmethod
    def _files_written(options: Json, document: Json, posture: Json | None) -> Json:
        """Write the findings and, where asked for, the posture. Raises ReportError.

        The findings of an earlier audit are not replaced by a document that holds none: the report decides that.
        """
        if document["outcome"] != "audited":
            return {}
        name = files.host_file_name(document["host"])
        written = {}
        with files.Folder(str(Path(options["report_directory"]).absolute())) as folder:
            document["seen_before"] = seen_before.last_that_saw_more(document, folder.path)
            written["report_file"] = folder.write(f"hosts/{name}", files.host_json(document))
            if options["keep_posture"] and posture is not None:
                written["posture_file"] = folder.write(f"postures/{name}", files.as_json(posture))
        return written

    def _posture(self, options: Json, variables: Json) -> tuple[Json, Json | None]:
        """The posture to judge, and what a report must say where it is a replay."""
        posture, replay = _posture_source.posture_of(self, options, variables)
        state = (posture.get("engine") or {}).get("state")
        if options["replay_when_absent"] and not _posture_source.is_given(options) and state == "absent":
            shipped, _replay = _posture_source.recorded(_posture_source.EMBEDDED)
            note = "This machine has no Docker Engine; what follows is the recorded posture of another, real host."
            return shipped, {"source": _posture_source.EMBEDDED, "note": note}
        return posture, replay


def _ended(document: Json) -> Json:
    """What makes the task of a host that was not audited end as the host did."""
    if document["outcome"] == "audited":
        return {}
    ended = "unreachable" if document["outcome"] == "unreachable" else "failed"
    return {ended: True, "msg": document["error"]}


def _named(document: Json, status: str) -> list[Json]:
    return [
        {"rule": finding["rule"], "number": finding["number"], "level": finding["level"]}
        for finding in document["findings"]
        if finding["status"] == status
    ]


# What needs no engine, such as rules that are always manual, says nothing about a host.
_JUDGED = {"pass", "fail", "waived"}


def _offence(
    document: Json, gate: set[str], unknown_fails: bool, reason: str | None = None, chosen: t.Sequence[str] = ()
) -> str | None:
    """Why this host must fail the play, as one sentence, or None. What to try is said once, by the report."""
    host = document["host"]
    if document["outcome"] == "unreachable":
        return f"{host} is unreachable: {reason or document['error']}"
    if document["outcome"] != "audited":
        return f"{host} could not be audited: {reason or document['error']}"
    said = []
    statuses = {one["status"] for one in document["findings"]}
    engine = document.get("engine") or {}
    if engine.get("state") == "unreachable" and "unknown" in statuses and not statuses & _JUDGED:
        said.append(f"could not be judged at all: {one_line(engine.get('reason') or 'the engine does not answer')}")
    said += gate_words.offences(document, gate, unknown_fails)
    open_ones, not_known = advisory_gate.offending(document.get("advisories"), chosen)
    for verb, named in (("has open", open_ones), ("leaves unknown", not_known if unknown_fails else [])):
        if named:
            said.append(
                f"{verb} {plural(len(named), 'advisory', 'advisories')} of {', '.join(chosen)}: {', '.join(named)}"
            )
    return f"{host} {', and '.join(said)}." if said else None
