# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings and a posture to a plan (docs/plan.md): what would be done, in order, at which cost, and what is left out.

Pure: a posture that was recorded gives the same plan as the host that it was recorded on.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.seawall.docker.plugins.module_utils._restart.forecast import Container, predict
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import daemon as daemon_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import files as files_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import for_containers as for_containers_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import next_start as next_start_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import unfinished as unfinished_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import userns as userns_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import userns_obstacles
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import watches as watches_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.advice import advice_of
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.choices import check_choices
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.later_watches import watches_in_order
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import (
    NOT_CHOSEN,
    NOT_KNOWN,
    PLAN_VERSION,
    Choices,
    Draft,
    Json,
    fact,
    some,
    worst_impact,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.phases import without_others
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.side_effects import left_by_the_engine

# How many culprits a refusal names.
_MANY = 10


def plan(findings: Json, posture: Json, choices: Choices, policy: Json) -> Json:
    """The plan document."""
    check_choices(choices)
    named = choices
    wish = for_containers_part.wish_of(choices)
    choices = replace(choices, options={**choices.options, **wish.options})
    draft = Draft()
    wanted = [one for one in findings["findings"] if choices.rules is None or one["rule"] in choices.rules]
    failed = [one for one in wanted if one["status"] == "fail"]
    parts = without_others(_sorted_by_kind(failed), choices.phases, draft)
    if choices.phases is not None and userns_part.KIND not in choices.phases:
        choices = replace(choices, userns=None)
    attributes = files_part.attribute_steps(parts[files_part.ATTRIBUTES], posture, policy, draft)
    open_change = unfinished_part.unfinished(posture)
    if open_change is not None:
        engine = _after_an_unfinished_change(open_change, parts, posture, choices, policy, draft)
    else:
        engine = _engine_changes(parts, wish, posture, choices, policy, draft)
    steps = [*engine.first, *attributes, *engine.last]
    for_containers_part.note_on(steps, wish, policy)
    watched = wanted if choices.phases is None or watches_part.KIND in choices.phases else []
    before = len(engine.first) + len(attributes)
    steps = watches_in_order(steps, parts[watches_part.KIND], watched, posture, draft, before)
    _predict(steps, posture)
    _unknown(wanted, draft)
    advice = advice_of(parts["advice"], posture, policy)
    _without_remedy(failed, steps, advice, draft)
    for finding in findings["findings"]:
        if finding["status"] == "fail" and choices.rules is not None and finding["rule"] not in choices.rules:
            draft.leave_out(finding, "choice", NOT_CHOSEN)
    blockers = _blockers(posture, steps, open_change, engine.refused) + next_start_part.blockers(posture, steps)
    note = unfinished_part.head(open_change, engine.refused, posture) if open_change is not None else None
    if engine.refused is not None and choices.userns is not None:
        blockers.append(f"User namespaces are not changed: {note}")
    blockers += engine.blockers
    blockers += [_refusal(one) for one in engine.obstacles if not one.document(choices.userns_force)["accepted"]]
    return {
        "plan_version": PLAN_VERSION,
        "host": findings["host"],
        "benchmark": findings["benchmark"],
        "engine": findings["engine"],
        "blockers": blockers,
        "impact": worst_impact([one["impact"] for one in steps]),
        "steps": [{"order": number, **one} for number, one in enumerate(steps, 1)],
        "left_out": draft.left_out,
        "preflight": [one.document(choices.userns_force) for one in engine.obstacles],
        "advice": advice,
        "unused_options": _unused(named, failed),
        "unfinished": open_change.keys if open_change is not None else [],
        "unfinished_note": note,
    }


class _EngineChanges(t.NamedTuple):
    """Steps that change the daemon: those before files get their owners and modes, and those after it. ``blockers`` are what was asked
    for and cannot be done, ``refused`` is why an unfinished change is not finished."""

    first: list[Json]
    last: list[Json]
    obstacles: list[userns_obstacles.Obstacle] = []
    blockers: list[str] = []
    refused: str | None = None


def _after_an_unfinished_change(
    open_change: unfinished_part.Unfinished,
    parts: dict[str, list[Json]],
    posture: Json,
    choices: Choices,
    policy: Json,
    draft: Draft,
) -> _EngineChanges:
    """Of an engine that ended over what an earlier run wrote nothing is known: it is brought back first, and then planned for anew."""
    refused = unfinished_part.reason_against(open_change, posture, choices)
    first: list[Json] = []
    obstacles: list[userns_obstacles.Obstacle] = []
    repaired: set[str] = set()
    if refused is None:
        mine = unfinished_part.repaired_by(open_change, parts[daemon_part.KIND], posture, policy, choices)
        mine += parts[userns_part.KIND] if open_change.remaps and open_change.state == "present" else []
        # First, since everything after it is seen by an engine that uses its file.
        first = [unfinished_part.step_of(open_change, mine, posture, choices)]
        repaired = {one["rule"] for one in first[0]["rules"]}
        if open_change.remaps and fact(posture, "engine", "state") == "running":
            obstacles = userns_obstacles.preflight(posture, choices)
    later = parts[daemon_part.KIND] + (parts[userns_part.KIND] if choices.userns is not None else [])
    for finding in later:
        if finding["rule"] not in repaired:
            draft.leave_out(finding, unfinished_part.KIND, unfinished_part.LATER)
    if choices.userns is None:
        _remap(parts[userns_part.KIND], posture, choices, draft)
    return _EngineChanges(first, [], obstacles, refused=refused)


def _engine_changes(
    parts: dict[str, list[Json]],
    wish: for_containers_part.Wish,
    posture: Json,
    choices: Choices,
    policy: Json,
    draft: Draft,
) -> _EngineChanges:
    """Options of daemon.json and user namespaces."""
    of_rules = for_containers_part.without_contradiction(parts[daemon_part.KIND], wish, policy, draft)
    settings = daemon_part.settings_of(of_rules, posture, choices, policy, draft)
    steps: list[Json] = []
    blockers: list[str] = []
    if choices.phases is None or daemon_part.KIND in choices.phases:
        asked_for, blockers = for_containers_part.settings_for(wish, posture, choices)
        settings += [one for one in asked_for if one.key not in {other.key for other in settings}]
        steps += for_containers_part.slice_steps(wish, posture)
    remap = _remap(parts[userns_part.KIND], posture, choices, draft)
    if remap is None:
        alive = any(one.get("state") in ("running", "paused") for one in posture.get("containers") or [])
        return _EngineChanges([], steps + daemon_part.steps_of(settings, posture, choices, alive), blockers=blockers)
    # A host that is as wanted needs no preflight: what it refuses, it refuses already.
    obstacles = userns_obstacles.preflight(posture, choices)
    return _EngineChanges([], [*steps, _joined(remap, settings, posture, choices)], obstacles, blockers)


def _unused(choices: Choices, failed: t.Sequence[Json]) -> list[str]:
    """Options that the site named and that no finding of this run asks for, so that they are not set."""
    asked = {key for finding in failed for key in (finding["remedy"] or {}).get("daemon_options") or {}}
    return sorted(key for key in choices.options if key not in asked)


def _sorted_by_kind(failed: t.Sequence[Json]) -> dict[str, list[Json]]:
    parts: dict[str, list[Json]] = {
        kind: [] for kind in (files_part.ATTRIBUTES, watches_part.KIND, daemon_part.KIND, userns_part.KIND, "advice")
    }
    for finding in failed:
        remedy = finding["remedy"] or {}
        if "userns_remap" in remedy:
            kind = userns_part.KIND
        elif "file" in remedy:
            kind = files_part.ATTRIBUTES
        elif "audit_watch" in remedy:
            kind = watches_part.KIND
        elif remedy.get("daemon_options") and all(one["type"] == "host" for one in finding["subjects"]):
            kind = daemon_part.KIND
        elif remedy:
            kind = "advice"
        else:
            continue
        parts[kind].append(finding)
    return parts


def _remap(findings: list[Json], posture: Json, choices: Choices, draft: Draft) -> Json | None:
    lines = ["ansible-playbook seawall.docker.userns_remap"]
    made = None
    if choices.userns is not None:
        path = daemon_part.config_path(posture)
        made = userns_part.step_of(posture, choices, path, findings[0] if findings else None)
    for finding in findings:
        if choices.userns is None:
            reason = "it hides all images, containers and volumes, so it is not done automatically: run seawall.docker.userns_remap"
            draft.leave_out(finding, userns_part.KIND, reason, lines)
        elif choices.userns == "absent":
            draft.leave_out(finding, userns_part.KIND, "turning user namespaces off was asked for", lines)
        elif made is None:
            draft.leave_out(finding, userns_part.KIND, f"the engine remaps already, and yet: {finding['reason']}")
    return made


def _joined(remap: Json, settings: list[daemon_part.Setting], posture: Json, choices: Choices) -> Json:
    """Other options go with the remapping: one change of daemon.json, one restart."""
    for made in daemon_part.steps_of(settings, posture, choices, False):
        remap["options"] = {**made["options"], **remap["options"]}
        remap["expect"] = {**made["expect"], **remap["expect"]}
        remap["remove"] = made["remove"] + remap["remove"]
        remap["changes"] = made["changes"] + remap["changes"]
        remap["rules"] = made["rules"] + remap["rules"]
        remap["notes"] += made["notes"]
    if remap["live_restore"]:
        remap["options"].setdefault("live-restore", True)
        remap["notes"].append("Live restore is off during the change, so that no container is left without an engine.")
    return remap


def _predict(steps: list[Json], posture: Json) -> None:
    """What each restart does to each container."""
    live = bool(fact(posture, "daemon", "info", "live_restore"))
    version = str(fact(posture, "daemon", "versions", "engine") or "")
    containers = [_container(one) for one in posture.get("containers") or []]
    killed = fact(posture, "daemon", "process", "stop_kills_shims")
    notes = next_start_part.notes(posture)
    for made in steps:
        kinds = (daemon_part.KIND, unfinished_part.KIND, userns_part.KIND)
        if made["kind"] in kinds and made["impact"] != "reload":
            made["notes"] += notes
        options = made.get("options") or {}
        if made["kind"] == userns_part.KIND or made.get("hides"):
            made["containers"] = [
                one.document() for one in predict(containers, False, version, hides=True, stop_kills_shims=killed)
            ]
        elif made["kind"] in (daemon_part.KIND, unfinished_part.KIND) and made["impact"] != "reload":
            after = options.get("live-restore")
            told = predict(containers, live, version, after, stop_kills_shims=killed)
            made["containers"] = [one.document() for one in told]
            alive = any(one["outcome"] == "keeps_running" for one in made["containers"])
            late = [key for key in options if key in daemon_part.WITHOUT_CONTAINERS]
            if alive and late:
                made["notes"].append(
                    f"{', '.join(late)} takes effect at the next Docker start without running containers."
                )
        if options.get("live-restore") is not None:
            live = bool(options["live-restore"])


def _container(entry: Json) -> Container:
    policy = entry.get("restart_policy") or {}
    return Container(
        str(entry["id"]),
        str(entry["name"]),
        str(entry.get("state") or ""),
        str(policy.get("name") or "no"),
        int(policy.get("maximum_retries") or 0),
        int(entry.get("restart_count") or 0),
        int(entry.get("exit_code") or 0),
        auto_remove=bool(entry.get("auto_remove")),
    )


def _unknown(wanted: t.Sequence[Json], draft: Draft) -> None:
    for finding in wanted:
        remedy = finding["remedy"] or {}
        if finding["status"] == "unknown" and set(remedy) & {"daemon_options", "file", "audit_watch"}:
            draft.leave_out(finding, "unknown", f"{NOT_KNOWN}{finding['reason']}")


def _without_remedy(failed: t.Sequence[Json], steps: t.Sequence[Json], advice: t.Sequence[Json], draft: Draft) -> None:
    """Nothing that fails is silently dropped, not even what a rule of the site has no remedy for."""
    named = {rule["rule"] for one in [*steps, *advice] for rule in one["rules"]} | {
        one["rule"] for one in draft.left_out
    }
    for finding in failed:
        if finding["rule"] not in named:
            draft.leave_out(finding, "advice", (finding["remedy"] or {}).get("summary") or "the rule has no remedy")


def _blockers(
    posture: Json, steps: t.Sequence[Json], unfinished: unfinished_part.Unfinished | None, reason: str | None
) -> list[str]:
    """Why nothing at all can be done on this host, as sentences. ``reason`` is why the unfinished change stays so."""
    engine, daemon = posture.get("engine") or {}, posture.get("daemon") or {}
    file = daemon.get("config_file") or {}
    runs = engine.get("state") == "running"
    found = []
    if not engine.get("local") or not str(engine.get("address") or "").startswith("unix://"):
        found.append("The engine is asked over the network; hardening works on the host itself.")
    if fact(engine, "owner", "relation") == "other":
        found.append(
            f"The engine belongs to user {fact(engine, 'owner', 'uid')}. Root changes nothing for the engine of another user."
        )
    if runs and engine.get("local") and "owner" in engine and engine["owner"] is None:
        found.append(f"Whose engine serves {engine.get('address')} is not known, so nothing is changed for it.")
    if file.get("in_own_namespace") and not fact(daemon, "info", "security_options", "rootless"):
        found.append(
            f"The daemon runs in another mount namespace, with a {file['path']} of its own, which cannot be changed from here."
        )
    if file.get("state") == "invalid":
        found.append(f"{file['path']} is invalid, and is left as it is: {file.get('error')}.")
    elif file.get("state") == "unreadable":
        found.append(f"{file['path']} cannot be read: {file.get('error')}.")
    elif file.get("newer_than_daemon") is True and unfinished is None:
        # Going back would end at this very content, of which nobody knows whether an engine starts with it.
        found.append(
            f"{file['path']} was changed after the engine started, and not by this collection: whether the engine starts "
            "with it is not known. A change of its mode, owner or attributes (chattr) counts too, since only the time of "
            "the change is known. Restart the engine, or put the file back, and run this again."
        )
    elif runs and file.get("state") == "ok" and "newer_than_daemon" not in file and not unfinished:
        # A rollback would restore this same content.
        unseen = fact(posture, "unread", "daemon.config_file.newer_than_daemon") or "its times do not show it"
        found.append(
            f"Whether the engine started with {file['path']} as it is now is not known: {unseen}. Restart the engine, and run "
            "this again."
        )
    root = fact(posture, "auditor", "effective_uid") == 0
    if not root:
        found.append("Hardening needs root (become: true).")
    if not runs and unfinished is not None and reason is not None:
        found.append(f"The engine is {engine.get('state')}, and {unfinished_part.head(unfinished, reason, posture)}")
    elif not runs and unfinished is None and (root or engine.get("state") != "unreachable"):
        cause = f": {engine['reason']}" if engine.get("reason") else ""
        users = [str(one.get("uid")) for one in engine.get("user_engines") or []]
        theirs = f" The engines of users ({some(users)}) are not hardened from here." if users else ""
        left = left_by_the_engine(posture)
        # A process that does not answer is started by no start.
        hangs = engine.get("state") == "unreachable" and fact(daemon, "process", "identity") is not None
        first = "Its process runs: look at its log, and restart it first." if hangs else "Start it first."
        found.append(f"The engine is {engine.get('state')}{cause}. {first}{f' {left}' if left else ''}{theirs}")
    fault = userns_part.start_fault(posture)
    if fault is not None and any(one["kind"] == daemon_part.KIND for one in steps):
        found.append(f"{fault}. Correct this first: the engine would not restart as it runs now.")
    rootless = fact(daemon, "info", "security_options", "rootless")
    # Files and audit rules are root's, whoever runs the engine.
    if rootless and any(one["kind"] not in (files_part.ATTRIBUTES, watches_part.KIND) for one in steps):
        found.append("The engine is rootless; its user's service is not managed here.")
    return found


def _refusal(obstacle: userns_obstacles.Obstacle) -> str:
    shown, more = obstacle.culprits[:_MANY], len(obstacle.culprits) - _MANY
    culprits = f" ({'; '.join(shown)}{f' and {more} more' if more > 0 else ''})" if shown else ""
    accept = f" Or accept it: remediate_userns_force: [{obstacle.name}]." if obstacle.forcible else ""
    return f"userns-remap: {obstacle.reason}{culprits}. {obstacle.to_do}{accept}"
