# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a change that an earlier run left, when it must not be completed, and what its step holds."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan import unfinished as part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices
from ansible_collections.seawall.docker.tests.support import plans_by_hand
from ansible_collections.seawall.docker.tests.support.plans_by_hand import HIDES, finding, left_out, made, option

Json = dict[str, t.Any]
BACKUP = "/etc/docker/daemon.json.1~"


def host(unfinished: t.Sequence[str], change: Json | None = None, keys: t.Sequence[str] = (), **process: t.Any) -> Json:
    file: Json = {"path": "/d.json", "unfinished": list(unfinished), "keys": list(keys)}
    if change is not None:
        file["unfinished_change"] = change
    return {
        "engine": {"state": "running"},
        "daemon": {
            "versions": {"engine": "28.0.1"},
            "info": {"live_restore": False},
            "process": {"manager": "systemd", **process},
            "config_file": file,
            "options": {"icc": {"value": True}, "debug": {"value": True}},
        },
        "containers": [],
    }


def found(posture: Json) -> part.Unfinished:
    change = part.unfinished(posture)
    assert change is not None
    return change


def change(needs: str = "restart", backup: str | None = BACKUP, restorable: t.Any = True, **options: t.Any) -> Json:
    written = {key.replace("_", "-"): value for key, value in options.items()}
    return {"needs": needs, "backup_file": backup, "restorable": restorable, "options": written}


def test_without_a_change_there_is_none() -> None:
    assert part.unfinished({}) is None
    assert part.unfinished(host([], change(icc=False))) is None


def test_what_the_posture_says_of_it() -> None:
    assert found(host(["icc"], change(icc=False))) == part.Unfinished(["icc"], "restart", BACKUP, True, {"icc": False})
    assert found(host(["icc"], change(restorable="yes", backup=None))) == part.Unfinished(
        ["icc"], "restart", None, False, {}
    )


@pytest.mark.parametrize(
    ("names", "needs", "state", "expected"),
    [
        (["debug"], "reload", "running", "reload"),
        (["debug"], "reload", "stopped", "restart"),
        (["debug"], "restart", "running", "restart"),
        (["debug"], None, "running", "restart"),
        (["debug", "userns-remap"], "reload", "running", "restart"),
    ],
)
def test_what_is_not_said_needs_a_restart(names: list[str], needs: t.Any, state: str, expected: str) -> None:
    posture = host(names, change(needs))
    posture["engine"]["state"] = state
    assert found(posture).needs == expected


def test_of_an_earlier_version_the_keys_alone_are_known() -> None:
    """A key that is in the file was set, to what nobody knows; another one was taken out of it."""
    assert found(host(["icc", "mtu"], keys=["icc", "debug"])).written == {"icc": None}
    assert found(host(["icc", "mtu"])).written == {"icc": None, "mtu": None}
    assert found(host(["userns-remap"], keys=["userns-remap"])).written == {"userns-remap": "default"}
    assert found(host(["userns-remap"], keys=["icc"])).written == {}
    assert found(host(["icc"], keys=["icc"])) == part.Unfinished(["icc"], "restart", None, False, {"icc": None})


def test_what_becomes_of_user_namespaces() -> None:
    for written, remaps, state in (({"icc": False}, False, "absent"), ({"userns-remap": "ops"}, True, "present")):
        one = part.Unfinished([*written], "restart", None, False, written)
        assert (one.remaps, one.state) == (remaps, state)
    removed = part.Unfinished(["userns-remap"], "restart", None, False, {})
    assert (removed.remaps, removed.state) == (True, "absent")


REMAP = part.Unfinished(["userns-remap"], "restart", BACKUP, True, {"userns-remap": "dockremap"})
BACK = part.Unfinished(["userns-remap"], "restart", BACKUP, True, {})
PLAIN = part.Unfinished(["icc"], "restart", BACKUP, True, {"icc": False})


@pytest.mark.parametrize(
    ("one", "choices", "posture", "reason"),
    [
        (PLAIN, {}, host(["icc"]), None),
        (PLAIN, {"phases": frozenset({"unfinished_change"})}, host(["icc"]), None),
        (PLAIN, {"phases": frozenset({"daemon_options"})}, host(["icc"]), "its phase is not part of this run"),
        (PLAIN, {"max_impact": "reload"}, host(["icc"]), "its impact is restart, and remediate_max_impact is reload"),
        (PLAIN, {"max_impact": "reload", "userns": "present"}, host(["icc"]), None),
        (PLAIN, {}, host(["icc"], manager="snap"), "the engine is run by snap, and only systemd"),
        (PLAIN, {}, host(["icc"], manager=None), "which service manager runs the engine is not known"),
        (
            REMAP,
            {},
            host(["icc"]),
            "it changes userns-remap, which hides all images, containers and volumes. seawall.docker.userns_remap completes it",
        ),
        (REMAP, {"userns": "present"}, host(["icc"]), None),
        (REMAP, {"userns": "present", "max_impact": "none"}, host(["icc"]), None),
        (
            REMAP,
            {"userns": "absent"},
            host(["icc"]),
            "it turns user namespaces on, and userns_remap_state is absent. seawall.docker.userns_remap with userns_remap_state=present completes it",
        ),
        (
            BACK,
            {"userns": "present"},
            host(["icc"]),
            "it turns user namespaces off, and userns_remap_state is present. seawall.docker.userns_remap with userns_remap_state=absent completes it",
        ),
        (BACK, {"userns": "absent"}, host(["icc"]), None),
        (
            REMAP,
            {"userns": "present", "userns_user": "ops"},
            host(["icc"]),
            "it remaps to dockremap, and remediate_userns_user is ops",
        ),
    ],
)  # fmt: skip
def test_when_it_is_not_completed(one: part.Unfinished, choices: Json, posture: Json, reason: str | None) -> None:
    said = part.reason_against(one, posture, Choices(**choices))
    assert said is None if reason is None else said is not None and said.startswith(reason)


def test_remapping_is_known_by_its_user() -> None:
    ask = Choices(userns="present", userns_user="ops")
    for value, completed in (("ops:ops", True), ("default", True), ("opss", False)):
        one = REMAP._replace(written={"userns-remap": value})
        assert (part.reason_against(one, host([]), ask) is None) is completed
    # Back to no remapping, it is nobody's.
    assert part.reason_against(BACK, host([]), Choices(userns="absent", userns_user="ops")) is None


def test_live_restore_stands_against_remapping_alone() -> None:
    posture = host([])
    posture["daemon"]["info"]["live_restore"] = True
    why = "it changes userns-remap while live restore is on, which would leave containers without an engine"
    assert part.reason_against(REMAP, posture, Choices(userns="present")) == why
    assert part.reason_against(PLAIN, posture, Choices()) is None


def test_an_engine_that_ended_needs_no_service_manager_to_be_restarted() -> None:
    posture = host([], manager="snap")
    posture["engine"]["state"] = "stopped"
    assert part.reason_against(PLAIN, posture, Choices()) is None


def test_a_restart_that_ends_containers_is_disruptive() -> None:
    posture = host([], stop_kills_shims=True)
    posture["daemon"]["info"]["live_restore"] = True
    posture["containers"] = [{"id": "x", "name": "web", "state": "running"}]
    for one, impact in ((PLAIN, "disruptive"), (PLAIN._replace(needs="reload"), "reload")):
        assert part.step_of(one, [], posture, Choices())["impact"] == impact
    assert part.step_of(REMAP._replace(needs="reload"), [], host([]), Choices())["impact"] == "disruptive"


def test_the_way_back_is_the_one_that_there_is() -> None:
    posture = host([])
    assert part.way_back(PLAIN, posture) == f"Or restore the earlier file: cp -p {BACKUP} /d.json"
    assert part.way_back(PLAIN._replace(backup_file=None), posture) == "Or remove /d.json, which did not exist before"
    none = PLAIN._replace(backup_file=None, restorable=False)
    assert part.way_back(none, posture) == "There is no copy of the earlier /d.json"
    wrote = "an earlier run wrote icc, and the engine does not use it yet."
    assert part.head(PLAIN, None, posture) == (
        f"{wrote} This run completes that change, or restores the file, and ends. Run it again for the rest."
    )
    assert part.head(none, "why", posture) == (
        f"{wrote} This run does not complete that change: why. There is no copy of the earlier /d.json."
    )


def test_the_step_sets_what_was_written_and_removes_the_rest() -> None:
    one = part.Unfinished(["icc", "debug", "mtu"], "restart", BACKUP, True, {"icc": False, "mtu": None})
    posture = host([])
    posture["daemon"]["differences"] = [
        {"option": "debug", "effective": "yes", "configured": None},
        {"option": "icc2", "effective": 1, "configured": None},
    ]
    rules = [{"rule": "r", "number": "2.2", "title": ""}]
    step = part.step_of(one, rules, posture, Choices())
    assert (step["kind"], step["file"], step["rules"]) == (part.KIND, "/d.json", [{"rule": "r", "number": "2.2"}])
    assert step["changes"] == [
        {"name": "icc", "old": True, "new": False},
        {"name": "debug", "old": "yes", "new": None},
        {"name": "mtu", "old": None, "new": None},
    ]
    assert (step["keys"], step["options"], step["remove"]) == (["icc", "debug", "mtu"], {"icc": False}, ["debug"])
    assert (step["needs"], step["restorable"], step["hides"]) == ("restart", True, False) and "state" not in step
    assert step["notes"][-1] == "If the engine does not start with the change, the earlier file is restored."
    step = part.step_of(one._replace(restorable=False), rules, posture, Choices())
    assert step["notes"][-1] == "There is no copy of the earlier file: if the engine does not start, it stays so."
    assert step["restorable"] is False


def test_the_step_that_remaps_says_to_whom() -> None:
    posture = host([])
    posture["userns"] = {"configured": "ops", "user": "ops"}
    posture["containers"] = [{"id": "x", "name": "web", "state": "running"}]
    step = part.step_of(REMAP, [], posture, Choices(userns="present", userns_count=7))
    assert (step["state"], step["user"], step["count"], step["hides"]) == ("present", "dockremap", 7, True)
    assert step["invisible"]["containers"] == ["web"] and step["options"] == {"userns-remap": "dockremap"}
    step = part.step_of(BACK, [], posture, Choices(userns="absent"))
    assert (step["state"], step["user"], step["remove"]) == ("absent", "ops", ["userns-remap"])


def test_an_engine_that_does_not_run_is_started() -> None:
    posture = host([])
    assert not any("does not run" in note for note in part.step_of(PLAIN, [], posture, Choices())["notes"])
    posture["engine"]["state"] = "stopped"
    assert "The engine does not run. It is started." in part.step_of(PLAIN, [], posture, Choices())["notes"]
    posture["daemon"]["process"]["left_containers"] = {"ids": ["a", "b"], "live_restore": True}
    started = "The engine does not run. It is started. 2 containers run on without it, and its start takes them over"
    assert any(note.startswith(started) for note in part.step_of(PLAIN, [], posture, Choices())["notes"])


def test_a_finding_is_repaired_by_what_it_wants_alone() -> None:
    def wants(rule: str, **options: t.Any) -> Json:
        keys = {key.replace("_", "-"): value for key, value in options.items()}
        return {"rule": rule, "number": "1", "title": "", "remedy": {"daemon_options": keys}}

    written = {"icc": False, "debug": False, "log-level": "debug"}
    one = part.Unfinished([*written, "cgroup-parent"], "restart", None, True, written)
    findings = [
        wants("same", icc=False),
        wants("two", icc=False, debug=False),
        wants("half", icc=False, userland_proxy=False),
        wants("other", log_level="info"),
        wants("removed", cgroup_parent=None),
        wants("nothing"),
    ]
    repaired = part.repaired_by(one, findings, host([]), {}, Choices())
    assert [finding["rule"] for finding in repaired] == ["same", "two", "removed"]


WIDE = {
    "path": "/d.json",
    "real_path": "/d.json",
    "role": "daemon_json",
    "present": True,
    "type": "file",
    "mode": "0666",
}
FILE = finding(
    "file", {"summary": "", "file": {"mode": "0644"}}, subjects=[{"type": "file", "name": "/d.json", "verdict": "fail"}]
)
REMAPPING = finding("remap", plans_by_hand.REMAP)


def left(names: t.Sequence[str], written: Json, **options: t.Any) -> Json:
    """A whole host on which a run left a change."""
    posture = plans_by_hand.host(**options)
    posture["files"] = [{**WIDE, "open_directories": []}]
    posture["daemon"]["config_file"].update(
        unfinished=[*names], newer_than_daemon=True, unfinished_change={**change(), "options": written}
    )
    return posture


def test_the_change_comes_first_and_every_other_one_waits_for_it() -> None:
    posture = left(["icc"], {"icc": False}, icc=True, debug=True)
    document = made(posture, FILE, option("icc", icc=False), option("debug", debug=False), REMAPPING)
    assert [(one["kind"], [rule["rule"] for rule in one["rules"]]) for one in document["steps"]] == [
        (part.KIND, ["icc"]),
        ("file_attributes", ["file"]),
    ]
    assert left_out(document) == [("debug", part.KIND, part.LATER), ("remap", "userns_remap", HIDES)]
    assert (document["blockers"], document["unfinished"], document["preflight"]) == ([], ["icc"], [])
    assert document["unfinished_note"].startswith("an earlier run wrote icc") and document["impact"] == "restart"


def test_remapping_that_was_left_is_completed_with_its_rule_and_its_obstacles() -> None:
    posture = left(["userns-remap"], {"userns-remap": "dockremap"}, debug=True)
    findings = REMAPPING, option("debug", debug=False)
    document = made(posture, *findings, userns="present")
    (step,) = document["steps"]
    assert (step["kind"], step["state"], step["rules"]) == (
        part.KIND,
        "present",
        [{"rule": "remap", "number": "number of remap"}],
    )
    assert left_out(document) == [("debug", part.KIND, part.LATER)] and document["preflight"]
    assert [one["outcome"] for one in step["containers"]] == []
    # What stands against it is not known of an engine that ended over it.
    posture["engine"]["state"] = "stopped"
    document = made(posture, *findings, userns="present")
    assert document["preflight"] == document["blockers"] == [] and len(document["steps"]) == 1


def test_remapping_hides_every_container() -> None:
    posture = left(["userns-remap"], {"userns-remap": "dockremap"})
    posture["containers"] = [plans_by_hand.container("web"), plans_by_hand.container("old", "exited")]
    (step,) = made(posture, REMAPPING, userns="present")["steps"]
    assert {one["name"]: one["outcome"] for one in step["containers"]} == {"web": "stopped", "old": "hidden"}


def test_turning_it_off_repairs_no_rule_that_asks_for_it() -> None:
    document = made(left(["userns-remap"], {}), REMAPPING, userns="absent")
    assert document["steps"][0]["rules"] == [] and left_out(document) == [("remap", part.KIND, part.LATER)]


def test_a_change_that_is_not_completed_is_said_and_stops_what_was_asked_for_by_name() -> None:
    posture = left(["icc"], {"icc": False}, icc=True)
    posture["daemon"]["process"]["manager"] = "snap"
    document = made(posture, FILE, option("icc", icc=False), REMAPPING)
    assert [one["kind"] for one in document["steps"]] == ["file_attributes"] and document["blockers"] == []
    assert left_out(document) == [("icc", part.KIND, part.LATER), ("remap", "userns_remap", HIDES)]
    assert "only systemd, sysvinit and openrc" in document["unfinished_note"]
    document = made(posture, FILE, option("icc", icc=False), REMAPPING, userns="present")
    assert document["blockers"] == [f"User namespaces are not changed: {document['unfinished_note']}"]
    assert left_out(document) == [("icc", part.KIND, part.LATER), ("remap", part.KIND, part.LATER)]


def test_an_engine_that_ended_and_may_not_be_started_is_a_blocker() -> None:
    posture = left(["icc"], {"icc": False}, icc=True)
    posture["engine"]["state"] = "stopped"
    document = made(posture, option("icc", icc=False), max_impact="reload")
    assert document["blockers"] == [f"The engine is stopped, and {document['unfinished_note']}"]
    assert made(posture, option("icc", icc=False))["blockers"] == []
