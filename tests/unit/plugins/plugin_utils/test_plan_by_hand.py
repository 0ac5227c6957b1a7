# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans for findings and hosts that are made by hand: which finding goes where, what a restart does, and what stops everything."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support.plans_by_hand import (
    DAEMON,
    HIDES,
    HOST,
    REMAP,
    WEB,
    Json,
    container,
    finding,
    host,
    left_out,
    made,
    option,
)


def test_a_host_that_is_as_wanted() -> None:
    assert made(host(), option(status="pass", icc=False)) == {
        "plan_version": 1,
        "host": "web1",
        "benchmark": {"id": "b"},
        "engine": {"version": "28.0.1"},
        "blockers": [],
        "impact": "none",
        "steps": [],
        "left_out": [],
        "preflight": [],
        "advice": [],
        "unused_options": [],
        "unfinished": [],
        "unfinished_note": None,
    }


def test_each_finding_goes_where_its_remedy_says() -> None:
    document = made(
        host(icc=True),
        option("daemon", icc=False),
        finding("remap", REMAP),
        finding("file", {"summary": "Close it.", "file": {"mode": "0600"}}),
        finding("watch", {"summary": "Watch it.", "audit_watch": {"target": "runc"}}),
        finding("both", {"summary": "Do it.", "impact": "none", "commands": ["x"]}),
        finding("empty", {}),
        finding("none", None),
    )
    assert [(one["kind"], [rule["rule"] for rule in one["rules"]]) for one in document["steps"]] == [
        (DAEMON, ["daemon"])
    ]
    found = {rule: (kind, reason) for rule, kind, reason in left_out(document)}
    assert found["remap"] == ("userns_remap", HIDES)
    assert found["file"] == ("file_attributes", "web1: it is no file of this posture")
    assert found["watch"][0] == "audit_watches" and "whether auditd is installed" in found["watch"][1]
    # What has no remedy is not silently dropped.
    assert found["empty"] == found["none"] == ("advice", "the rule has no remedy")
    (advised,) = document["advice"]
    assert advised["rules"] == [{"rule": "both", "number": "number of both"}] and advised["to_do"] == ["Do it."]
    assert set(found) == {"remap", "file", "watch", "empty", "none"}


def test_an_option_of_the_daemon_is_set_for_the_host_and_not_for_one_container() -> None:
    remedy = {"summary": "Set it.", "impact": "restart", DAEMON: {"icc": False}}
    assert len(made(host(icc=True), finding("one", remedy))["steps"]) == 1
    for subjects, names in (([WEB], ["web"]), ([HOST, WEB], ["web", "web1"])):
        document = made(host(icc=True), finding("one", remedy, subjects=subjects))
        assert [one["subject"]["name"] for one in document["advice"]] == names
        assert document["steps"] == document["left_out"] == []


@pytest.mark.parametrize(
    ("remedy", "listed"),
    [
        ({DAEMON: {"icc": False}}, True),
        ({"file": {"mode": "0600"}}, True),
        ({"audit_watch": {"target": "runc"}}, True),
        ({"commands": []}, False),
        (REMAP, False),
        (None, False),
    ],
)
def test_what_is_not_known_to_fail_is_listed_where_a_step_could_mend_it(remedy: Json | None, listed: bool) -> None:
    document = made(host(), finding("one", remedy, "unknown"))
    reason = "it is not known whether it fails: reason of one"
    assert left_out(document) == ([("one", "unknown", reason)] if listed else []) and document["steps"] == []


def test_what_was_not_chosen_is_listed_and_not_done() -> None:
    both = option("one", icc=False), option("two", userland_proxy=False), option("three", "unknown", debug=False)
    document = made(host(icc=True, userland_proxy=True), *both, rules=frozenset({"two"}))
    assert document["steps"][0]["options"] == {"userland-proxy": False}
    why = "not chosen (remediate_profile, remediate_rules, remediate_skip_rules)"
    assert left_out(document) == [("one", "choice", why)]


def test_options_that_no_failing_rule_asks_for_are_unused() -> None:
    given = {"icc": False, "mtu": 1400, "debug": False}
    fine = option("fine", "pass", debug=False)
    document = made(host(icc=True), option(icc=False), fine, finding("none", None), options=given)
    assert document["unused_options"] == ["debug", "mtu"]


def test_a_restart_does_to_each_container_what_its_facts_say() -> None:
    posture = host(icc=True)
    posture["containers"] = [
        container("plain"),
        container("back", policy="always"),
        container("tried", policy="on-failure"),
        container("tries", policy="on-failure"),
        container("gone", auto_remove=True),
        container("ended", "exited", "on-failure", exit_code=1),
        container("fine", "exited", "on-failure", exit_code=0),
        {"id": "x", "name": "bare"},
    ]
    posture["containers"][2]["restart_policy"]["maximum_retries"] = posture["containers"][2]["restart_count"] = 2
    posture["containers"][3]["restart_policy"]["maximum_retries"] = 3
    posture["containers"][3]["restart_count"] = 2
    document = made(posture, option(icc=False))
    (step,) = document["steps"]
    assert step["impact"] == document["impact"] == "restart"
    told = {one["name"]: (one["id"], one["state"], one["restart_policy"], one["outcome"]) for one in step["containers"]}
    assert told == {
        "plain": ("id of plain", "running", "no", "stopped"),
        "back": ("id of back", "running", "always", "restarted"),
        "tried": ("id of tried", "running", "on-failure:2", "stopped"),
        "tries": ("id of tries", "running", "on-failure:3", "restarted"),
        "gone": ("id of gone", "running", "no", "deleted"),
        "ended": ("id of ended", "exited", "on-failure", "started"),
        "fine": ("id of fine", "exited", "on-failure", "unchanged"),
        "bare": ("x", "", "no", "unchanged"),
    }
    # A reload does nothing to any of them.
    (step,) = made({**posture}, option(debug=False), option("two", live_restore=True), max_impact="reload")["steps"]
    assert step["impact"] == "reload" and step["containers"] == [] and step["notes"] == []


@pytest.mark.parametrize(
    ("live", "state", "turned_on", "outcome", "late"),
    [
        (False, "running", True, ["keeps_running"], True),
        (False, "paused", True, ["keeps_running"], True),
        (False, "exited", False, ["unchanged"], False),
        (True, "running", None, ["keeps_running"], True),
    ],
)
def test_live_restore_is_turned_on_first_where_something_runs(
    live: bool, state: str, turned_on: bool | None, outcome: list[str], late: bool
) -> None:
    posture = host(icc=True, live_restore=live)
    posture["containers"] = [container("web", state)]
    wanted = [option(icc=False)] + ([option("two", live_restore=True)] if turned_on is not None else [])
    steps = made(posture, *wanted)["steps"]
    assert [one["impact"] for one in steps] == (["reload", "restart"] if turned_on else ["restart"])
    assert [one["outcome"] for one in steps[-1]["containers"]] == outcome
    note = "icc takes effect at the next Docker start without running containers."
    assert (note in steps[-1]["notes"]) is late


def test_what_a_restart_does_is_what_this_engine_does() -> None:
    """Until 24.0.8 an engine with live restore deletes what it should have kept."""
    for version, outcome in (("24.0.7", "deleted"), ("24.0.8", "keeps_running")):
        posture = host(icc=True, live_restore=True)
        posture["daemon"]["versions"]["engine"] = version
        posture["containers"] = [container("gone", auto_remove=True)]
        (step,) = made(posture, option(icc=False))["steps"]
        assert [one["outcome"] for one in step["containers"]] == [outcome]


def test_live_restore_that_comes_with_the_restart_keeps_nothing() -> None:
    posture = host(icc=True, userland_proxy=True)
    posture["containers"] = [container("web")]
    options = option(icc=False, userland_proxy=False), option("two", live_restore=True)
    (step,) = made(posture, *options, keep_containers=False)["steps"]
    assert [one["outcome"] for one in step["containers"]] == ["stopped"]


def test_live_restore_that_goes_with_the_restart_keeps_nothing() -> None:
    """The new engine ends what the old one let run on, and counts that as stopped by a person."""
    posture = host(icc=True, live_restore=True)
    posture["containers"] = [
        container("web"),
        container("db", policy="unless-stopped"),
        container("dns", policy="always"),
    ]
    (step,) = made(posture, option(icc=False, live_restore=False))["steps"]
    assert step["impact"] == "restart"
    assert [one["outcome"] for one in step["containers"]] == ["stopped", "stopped", "restarted"]


def test_a_container_that_was_never_restarted_has_all_its_tries() -> None:
    posture = host(icc=True)
    posture["containers"] = [container("web", policy="on-failure")]
    posture["containers"][0]["restart_policy"]["maximum_retries"] = 1
    for tries, outcome in ((None, "restarted"), (0, "restarted"), (1, "stopped")):
        posture["containers"][0]["restart_count"] = tries
        assert made(posture, option(icc=False))["steps"][0]["containers"][0]["outcome"] == outcome


def test_what_has_no_remedy_to_carry_out_is_advised_by_its_summary() -> None:
    document = made(host(), finding("one", {"summary": "Move it.", "impact": "none"}, subjects=()))
    assert left_out(document) == [("one", "advice", "Move it.")] and document["advice"] == []


def test_units_that_stop_with_docker_are_named_at_a_restart_alone() -> None:
    posture = host(icc=True)
    posture["daemon"]["process"]["dependent_units"] = ["a.service", "b.service"]
    note = "Units that systemd stops with Docker, and that are started again: a.service, b.service."
    assert note in made(posture, option(icc=False))["steps"][0]["notes"]
    assert note not in made(posture, option(live_restore=True))["steps"][0]["notes"]


@pytest.mark.parametrize("limit", ["none", "reload", "disruptive"])
def test_remapping_is_never_done_by_a_rule(limit: str) -> None:
    document = made(host(), finding("remap", REMAP), max_impact=limit)
    (left,) = document["left_out"]
    assert (left["kind"], left["reason"], left["lines"]) == (
        "userns_remap",
        HIDES,
        ["ansible-playbook seawall.docker.userns_remap"],
    )
    assert document["steps"] == document["preflight"] == document["blockers"] == []


def test_remapping_that_is_turned_off_or_done_already_is_said() -> None:
    document = made(host(), finding("remap", REMAP), userns="absent")
    assert left_out(document) == [("remap", "userns_remap", "turning user namespaces off was asked for")]
    posture = host()
    posture["userns"] = {"configured": "dockremap", "user": "dockremap", "effective": {"enabled": True}}
    posture["daemon"]["info"]["security_options"]["userns"] = True
    document = made(posture, finding("remap", REMAP), userns="present")
    assert left_out(document) == [("remap", "userns_remap", "the engine remaps already, and yet: reason of remap")]
    assert document["steps"] == []


def test_other_options_go_with_the_remapping() -> None:
    posture = host(icc=True, live_restore=True, debug=True, cgroup_parent="/x")
    posture["daemon"]["config_file"]["keys"] = ["cgroup-parent"]
    posture["containers"] = [container("web")]
    document = made(
        posture,
        option("icc", icc=False),
        option("debug", debug=False, cgroup_parent=""),
        finding("remap", REMAP),
        userns="present",
    )
    (step,) = document["steps"]
    assert (step["kind"], step["impact"]) == ("userns_remap", "disruptive")
    assert step["options"] == {"icc": False, "debug": False, "userns-remap": "dockremap", "live-restore": True}
    assert step["expect"] == {"debug": False, "userns": True} and step["file"] == "/d.json"
    assert step["remove"] == ["cgroup-parent"]
    assert [one["name"] for one in step["changes"]] == ["icc", "debug", "cgroup-parent", "userns-remap"]
    assert [one["rule"] for one in step["rules"]] == ["icc", "debug", "remap"]
    assert "Live restore is off during the change, so that no container is left without an engine." in step["notes"]
    assert [one["outcome"] for one in step["containers"]] == ["stopped"]
    # Each obstacle that nobody accepted is a blocker with its name.
    assert document["preflight"] and all(isinstance(one["accepted"], bool) for one in document["preflight"])
    refused = [one for one in document["preflight"] if not one["accepted"]]
    assert len(document["blockers"]) == len(refused)
    assert any(one["culprits"] for one in refused)
    for one, blocker in zip(refused, document["blockers"], strict=True):
        assert blocker.startswith(f"userns-remap: {one['reason']}") and one["to_do"] in blocker
        assert all(culprit in blocker for culprit in one["culprits"])
        accept = f" Or accept it: remediate_userns_force: [{one['name']}]."
        assert blocker.endswith(accept) is one["forcible"]


def test_a_phase_that_is_not_part_of_the_run_is_left_out() -> None:
    everything = option(icc=False), finding("remap", REMAP)
    document = made(host(icc=True), *everything, userns="present", phases=frozenset({DAEMON}))
    assert [one["kind"] for one in document["steps"]] == [DAEMON] and document["preflight"] == []
    document = made(host(icc=True), *everything, userns="present", phases=frozenset({"userns_remap"}))
    assert [one["kind"] for one in document["steps"]] == ["userns_remap"]
    assert "icc" not in document["steps"][0]["options"]


def _blocked(change: t.Callable[[Json], object]) -> list[str]:
    posture = host()
    change(posture)
    return list(made(posture, option(status="pass", icc=False))["blockers"])


START = "The engine is {}. Start it first."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda one: None, []),
        (lambda one: one["engine"].update(address=None), ["The engine is asked over the network; hardening works on the host itself."]),
        (lambda one: one["engine"].update(local=False), ["The engine is asked over the network; hardening works on the host itself."]),
        (
            lambda one: one["engine"].update(owner={"uid": 1000, "relation": "other"}),
            ["The engine belongs to user 1000. Root changes nothing for the engine of another user."],
        ),
        (
            lambda one: one["engine"].update(owner=None),
            ["Whose engine serves unix:///run/docker.sock is not known, so nothing is changed for it."],
        ),
        (lambda one: one["engine"].pop("owner"), []),
        (lambda one: one["engine"].update(owner=None, state="stopped"), [START.format("stopped")]),
        (
            lambda one: one["daemon"]["config_file"].update(in_own_namespace=True),
            ["The daemon runs in another mount namespace, with a /d.json of its own, which cannot be changed from here."],
        ),
        (
            lambda one: (
                one["daemon"]["config_file"].update(in_own_namespace=True),
                one["daemon"]["info"]["security_options"].update(rootless=True),
            ),
            [],
        ),
        (lambda one: one["daemon"]["config_file"].update(newer_than_daemon=None), []),
        (
            lambda one: one["daemon"]["config_file"].update(state="invalid", error="line 3"),
            ["/d.json is invalid, and is left as it is: line 3."],
        ),
        (
            lambda one: one["daemon"]["config_file"].update(state="unreadable", error="denied"),
            ["/d.json cannot be read: denied."],
        ),
        (
            lambda one: one["daemon"]["config_file"].pop("newer_than_daemon"),
            [
                "Whether the engine started with /d.json as it is now is not known: its times do not show it. Restart the engine, and run this again."
            ],
        ),
        (lambda one: (one["daemon"]["config_file"].clear(), one["daemon"]["config_file"].update(state="absent")), []),
        (lambda one: one["auditor"].update(effective_uid=1000), ["Hardening needs root (become: true)."]),
        (lambda one: one["auditor"].clear(), ["Hardening needs root (become: true)."]),
        (lambda one: one["engine"].update(state="stopped", reason="by hand"), [START.format("stopped: by hand")]),
        (
            lambda one: one["engine"].update(state="stopped", user_engines=[{"uid": 1000}, {"uid": 1001}]),
            [START.format("stopped") + " The engines of users (1000, 1001) are not hardened from here."],
        ),
        (
            lambda one: (one["engine"].update(state="stopped"), one["daemon"]["process"].update(left_containers={"ids": ["x"]})),
            [
                START.format("stopped")
                + " 1 container runs on without it, and its start ends those that have no restart policy and starts the others"
                " again, since live restore is not known to be on. To keep all of them, set live-restore to true in"
                " daemon.json before."
            ],
        ),
        (
            lambda one: one["engine"].update(state="unreachable"),
            ["The engine is unreachable. Its process runs: look at its log, and restart it first."],
        ),
        (
            lambda one: (one["engine"].update(state="unreachable"), one["daemon"]["process"].pop("identity")),
            [START.format("unreachable")],
        ),
        (
            lambda one: (one["engine"].update(state="unreachable"), one["auditor"].update(effective_uid=5)),
            ["Hardening needs root (become: true)."],
        ),
        (
            lambda one: (one["engine"].update(state="stopped"), one["auditor"].update(effective_uid=5)),
            ["Hardening needs root (become: true).", START.format("stopped")],
        ),
    ],
)  # fmt: skip
def test_what_stops_everything_is_said_in_one_sentence_each(
    change: t.Callable[[Json], object], said: list[str]
) -> None:
    assert _blocked(change) == said


def test_an_engine_that_would_not_start_as_it_runs_is_not_restarted() -> None:
    posture = host(icc=True, debug=True)
    posture["userns"] = {"configured": "ops", "fault": "there is no user ops"}
    posture["daemon"]["options"]["userns-remap"] = {
        "value": "ops",
        "origin": {"kind": "daemon.json", "source": "/d.json"},
    }
    fault = "userns-remap ops: there is no user ops. Correct this first: the engine would not restart as it runs now."
    assert made(posture, option(icc=False))["blockers"] == [fault]
    assert made(posture, option(status="pass", icc=False))["blockers"] == []


def test_a_rootless_engine_is_not_restarted_from_here() -> None:
    posture = host(icc=True)
    posture["daemon"]["info"]["security_options"]["rootless"] = True
    said = "The engine is rootless; its user's service is not managed here."
    assert made(posture, option(icc=False))["blockers"] == [said]
    assert made(posture, option(status="pass", icc=False))["blockers"] == []
