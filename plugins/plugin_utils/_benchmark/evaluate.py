# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluate a benchmark on a posture: the verdict of every rule on every subject."""

from __future__ import annotations

import datetime
import fnmatch
import json
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import host_facts
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.compiled import Scope
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.expressions import Gap
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import VERDICTS, Benchmark, Rule
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.score import counts_of, scores_of
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.shape import PostureError, accepted_posture
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.subjects import Subject, subjects_of
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.waivers import Waiver

FINDINGS_VERSION = 1
# What judging one host may take. A thousand containers take ten seconds; what a host sends may be made to take hours.
JUDGING_SECONDS = 300
_LATE = "judging this host took longer than {} seconds, and what came after that was not judged"
# Evidence is for people; a hostile list of thousands must not fill a report.
_MAX_EVIDENCE_ITEMS = 50
_MAX_EVIDENCE_TEXT = 500

Json = dict[str, t.Any]


def evaluate(
    posture: Json,
    benchmark: Benchmark,
    policy: Json,
    host: str,
    waivers: t.Sequence[Waiver] = (),
    today: datetime.date | None = None,
) -> Json:
    """Return the findings document of one host (see docs/findings.md).

    Raises PostureError, a ValueError, for a posture of another version, size or form.
    """
    posture, policy = accepted_posture(posture), _plain(policy)
    # Waivers end with the day of where the audit runs.
    day = today or datetime.datetime.now().astimezone().date()
    used: set[Waiver] = set()
    cache: dict[str, list[Subject] | Gap] = {}
    known: Json = {}
    deadline = time.monotonic() + JUDGING_SECONDS
    findings = []
    for rule in benchmark.rules:
        try:
            if rule.subjects not in cache:
                cache[rule.subjects] = subjects_of(posture, rule.subjects, host)
            finding = _finding(rule, benchmark, cache[rule.subjects], posture, policy, known, deadline)
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            fault = visible((str(error).splitlines() or [""])[0][:200])
            raise PostureError(
                "the posture does not have the form that posture_info gives it: the rule"
                f" {rule.slug} cannot be judged ({type(error).__name__}: {fault})"
            ) from None
        _waive(finding, cache[rule.subjects], host, waivers, day, used)
        findings.append(finding)
    engine = engine_summary(posture)
    return {
        "findings_version": FINDINGS_VERSION,
        "host": host,
        "outcome": "audited",
        "error": None,
        "replay": None,
        "benchmark": {"id": benchmark.id, "title": benchmark.title},
        # What the site chose for the rules that ask; each value once, however many rules use it.
        "policy": {
            key: policy.get(key) for key in sorted({key for rule in benchmark.rules for key in rule.policy_keys})
        },
        "engine": engine,
        "counts": counts_of(findings),
        "score": scores_of(findings, engine["state"]),
        "gaps": dict(posture.get("unread") or {}),
        "unused_waivers": [
            {**waiver.document(), "rules": sorted(waiver.rules)}
            for waiver in waivers
            if waiver not in used and _could_match(waiver, host, findings)
        ],
        "seen_before": None,
        "ids": host_facts.ids_of(posture),
        "limits": host_facts.limits_of(posture),
        "findings": findings,
    }


def _plain(document: Json) -> Json:
    """Return a copy in JSON's own types. Ansible uses subclasses of str, which JMESPath does not accept as strings."""
    plain: Json = json.loads(json.dumps(document))
    return plain


def unaudited(host: str, benchmark: Benchmark, outcome: str, error: str) -> Json:
    """Return the findings document of a host that could not be audited. ``outcome`` is ``failed`` or ``unreachable``."""
    return {
        "findings_version": FINDINGS_VERSION,
        "host": host,
        "outcome": outcome,
        "error": error,
        "replay": None,
        "benchmark": {"id": benchmark.id, "title": benchmark.title},
        "engine": None,
        "counts": counts_of([]),
        "score": scores_of([], None),
        "gaps": {},
        "unused_waivers": [],
        "seen_before": None,
        "findings": [],
    }


def engine_summary(posture: Json) -> Json:
    """Return the facts about the engine that reports show first. A fact is null if it is not known."""
    engine = posture.get("engine") or {}
    daemon = posture.get("daemon") or {}
    versions, info = daemon.get("versions") or {}, daemon.get("info") or {}
    security = info.get("security_options") or {}
    containers = posture.get("containers")
    return {
        "state": engine.get("state"),
        "reason": engine.get("reason"),
        "address": engine.get("address"),
        "owner": engine.get("owner"),
        "user_engines": engine.get("user_engines"),
        "other_daemons": engine.get("other_daemons"),
        "config_fault": _config_fault(daemon.get("config_file") or {}),
        "process": (daemon.get("process") or {}).get("identity"),
        "version": versions.get("engine"),
        "api": versions.get("api"),
        "operating_system": info.get("operating_system"),
        "kernel": info.get("kernel"),
        "containers": len(containers) if isinstance(containers, list) else None,
        "rootless": security.get("rootless"),
        "userns": security.get("userns"),
    }


def _config_fault(file: Json) -> str | None:
    """Return why the engine could not start with its file. An engine that runs may have started before the file got so."""
    return f"{file.get('path')}: {file.get('error')}" if file.get("state") == "invalid" else None


def _finding(
    rule: Rule,
    benchmark: Benchmark,
    subjects: list[Subject] | Gap,
    posture: Json,
    policy: Json,
    known: Json,
    deadline: float,
) -> Json:
    judged: list[Json] = []
    reason: str | None
    if time.monotonic() > deadline:
        subjects = Gap(_LATE.format(JUDGING_SECONDS))
    if isinstance(subjects, Gap):
        status, reason = "unknown", subjects.reason
    else:
        judged = [
            entry
            for subject in subjects
            for entry in [_judge(rule, subject, posture, policy, known, deadline)]
            if entry is not None
        ]
        status = worst([entry["verdict"] for entry in judged])
        if not judged:
            reason = f"there is no {rule.subjects} that this rule is about"
        elif len(judged) == 1:
            reason = judged[0]["reason"]
        else:
            reason = _common_reason(judged, status)
    return {
        "rule": rule.slug,
        "number": benchmark.number(rule),
        "title": rule.title,
        "level": rule.level,
        "section": benchmark.section(rule),
        "section_title": benchmark.sections.get(benchmark.section(rule), ""),
        "status": status,
        "reason": reason,
        "expected": rule.expected,
        "why": rule.why,
        "look_at": rule.look_at,
        "policy": rule.policy_keys,
        "references": rule.references,
        "remedy": rule.remedy,
        "subjects": judged,
    }


def worst(verdicts: t.Sequence[str]) -> str:
    """Return the verdict of a rule from the verdicts of its subjects. Without subjects it is ``not_applicable``."""
    for verdict in VERDICTS:
        if verdict in verdicts:
            return verdict
    return "not_applicable"


def _judge(rule: Rule, subject: Subject, posture: Json, policy: Json, known: Json, deadline: float) -> Json | None:
    """Return the verdict on one subject, or None if the rule's ``select`` leaves the subject out."""
    if time.monotonic() > deadline:
        return _judged(subject, "unknown", _LATE.format(JUDGING_SECONDS), {})
    scope = Scope(posture, subject.facts, policy, known)
    verdict, reason = "unknown", None  # type: str, str | None
    selected = True if rule.select is None else rule.select.truth(scope)
    if isinstance(selected, Gap):
        reason = selected.reason
    elif not selected:
        return None
    else:
        for clause in rule.clauses:
            holds = True if clause.condition is None else clause.condition.truth(scope)
            if isinstance(holds, Gap):
                verdict, reason = "unknown", holds.reason
                break
            if holds:
                verdict, reason = clause.verdict, clause.because
                break
    found = {}
    for name, expression in rule.found.items():
        value = expression.value(scope)
        if not isinstance(value, Gap):
            found[name] = _shortened(value)
    return _judged(subject, verdict, reason, found)


def _judged(subject: Subject, verdict: str, reason: str | None, found: Json) -> Json:
    return {
        "type": subject.type,
        "name": subject.name,
        "id": subject.id,
        "verdict": verdict,
        "reason": reason,
        "found": found,
    }


def _common_reason(judged: list[Json], status: str) -> str | None:
    """Return the reason that all subjects with the status of the rule share, or their number."""
    concerned = [entry for entry in judged if entry["verdict"] == status]
    reasons = {entry["reason"] for entry in concerned}
    only = reasons.pop() if len(reasons) == 1 else None
    if status == "pass":
        return only
    return f"{len(concerned)} of {len(judged)}" + (f": {only}" if only else "")


def _waive(
    finding: Json,
    subjects: list[Subject] | Gap,
    host: str,
    waivers: t.Sequence[Waiver],
    day: datetime.date,
    used: set[Waiver],
) -> None:
    if finding["status"] != "fail" or isinstance(subjects, Gap):
        return
    facts = {(subject.name, subject.id): subject.facts for subject in subjects}
    for subject in finding["subjects"]:
        if subject["verdict"] != "fail":
            continue
        for waiver in waivers:
            if not waiver.covers(finding["rule"], host, subject["name"], facts[subject["name"], subject["id"]]):
                continue
            used.add(waiver)
            if waiver.expired(day):
                subject["waiver"] = {**waiver.document(), "expired": True}
                continue
            subject["verdict"] = "waived"
            subject["waiver"] = {**waiver.document(), "expired": False}
            break
    finding["status"] = worst([subject["verdict"] for subject in finding["subjects"]])


def _could_match(waiver: Waiver, host: str, findings: list[Json]) -> bool:
    """Return whether a waiver without a match is not needed: it is for this host, and all that it is for was decided."""
    if waiver.standing or not fnmatch.fnmatchcase(host, waiver.host):
        return False
    concerned = [one for one in findings if one["rule"] in waiver.rules]
    return bool(concerned) and not any(
        one["status"] == "unknown"
        or any(
            subject["verdict"] == "unknown" and fnmatch.fnmatchcase(subject["name"], waiver.subject)
            for subject in one["subjects"]
        )
        for one in concerned
    )


def _shortened(value: t.Any, depth: int = 0) -> t.Any:
    if isinstance(value, str) and len(value) > _MAX_EVIDENCE_TEXT:
        return value[:_MAX_EVIDENCE_TEXT] + "…"
    if depth > 4:
        return "…"
    if isinstance(value, list):
        kept = [_shortened(entry, depth + 1) for entry in value[:_MAX_EVIDENCE_ITEMS]]
        return kept + [f"… and {len(value) - len(kept)} more"] if len(value) > len(kept) else kept
    if isinstance(value, dict):
        kept_keys = [key for key in value if key != "unread"][:_MAX_EVIDENCE_ITEMS]
        return {key: _shortened(value[key], depth + 1) for key in kept_keys}
    return value
