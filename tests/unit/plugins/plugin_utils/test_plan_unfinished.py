# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change that an earlier run left unfinished: a step with its impact, within the limits, and what the plan says of it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan import containers_after, lines
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices
from ansible_collections.seawall.docker.tests.support.plans import Json, Planned, planned
from ansible_collections.seawall.docker.tests.support.postures import posture_in

BACKUP = "/etc/docker/daemon.json.1.2026-01-01@12:00:00~"
ICC = {"icc": False}
REMAP = {"userns-remap": "dockremap"}
ON, OFF = Choices(userns="present"), Choices(userns="absent")


def host(
    needs: str = "restart", options: Json | None = None, removed: t.Sequence[str] = (), backup: str | None = BACKUP
) -> Json:
    """A host on which a run was killed after it wrote these options, with a container without restart policy."""
    posture = posture_in()
    daemon = posture["daemon"]
    options = ICC if options is None else options
    daemon["info"]["live_restore"] = daemon["options"]["live-restore"]["value"] = False
    daemon["options"]["icc"]["value"] = daemon["default_bridge"]["icc"] = True
    daemon["options"]["userland-proxy"]["value"] = True
    daemon["options"]["userns-remap"] = {"value": "", "origin": {"kind": "default", "source": None}}
    daemon["info"]["security_options"]["userns"] = False
    posture["userns"].update(configured="", user=None)
    posture["userns"]["effective"].update(enabled=False, root_uid=0, root_gid=0)
    posture["host"]["data_root"].update(free_bytes=10**12)
    posture["containers"][0].update(restart_policy={"name": "no"})
    daemon.setdefault("config_file", {}).update(
        path="/etc/docker/daemon.json",
        state="ok",
        newer_than_daemon=True,
        keys=sorted(options),
        unfinished=sorted([*options, *removed]),
        unfinished_change={
            "needs": needs,
            "backup_file": backup,
            "restorable": backup is not None,
            "options": options,
        },
    )
    return posture


def ended(posture: Json) -> Json:
    posture["engine"].update(state="stopped", reason=None)
    for name in ("containers", "images", "networks"):
        posture.pop(name, None)
    return posture


def head(made: Planned) -> str:
    text = " ".join(lines.lines_of(made.document, None))
    return " ".join(text.split())


def configuring(made: Planned) -> list[str]:
    return [one["kind"] for one in made.document["steps"] if one["kind"] not in ("file_attributes", "audit_watches")]


def test_completion_is_the_first_step_with_its_impact_and_its_containers() -> None:
    made = planned(host())
    step = made.document["steps"][0]
    assert (step["order"], step["kind"], step["impact"]) == (1, "unfinished_change", "restart")
    assert step["changes"] == [{"name": "icc", "old": True, "new": False}]
    assert [(one["name"], one["outcome"]) for one in step["containers"]] == [("web", "stopped")]
    assert step["rules"] == [{"rule": "daemon-bridge-icc-off", "number": "2.2"}]
    assert made.document["impact"] == "restart" and made.document["blockers"] == []
    assert made.status("daemon-bridge-icc-off") == "pass"
    text = head(made)
    assert "1. Completion of the earlier change of /etc/docker/daemon.json (impact restart) for 2.2" in text
    assert "icc: true -> false" in text and "containers STOPPED: web" in text
    assert "UNFINISHED: an earlier run wrote icc" in text and "Run it again for the rest." in text


def test_no_other_change_of_the_configuration_is_planned_beside_it() -> None:
    made = planned(host())
    assert configuring(made) == ["unfinished_change"]
    assert "run this again" in made.left_out("daemon-userland-proxy-off")[0]


@pytest.mark.parametrize(
    ("limit", "needs", "completed"),
    [
        ("none", "restart", False),
        ("reload", "restart", False),
        ("none", "reload", False),
        ("reload", "reload", True),
        ("restart", "restart", True),
        ("disruptive", "reload", True),
    ],
)
def test_completion_stays_within_the_largest_impact_that_is_allowed(limit: str, needs: str, completed: bool) -> None:
    made = planned(host(needs), Choices(max_impact=limit))
    assert configuring(made) == (["unfinished_change"] if completed else [])
    assert made.document["unfinished"] == ["icc"] and made.document["blockers"] == []
    if not completed:
        assert made.document["impact"] == "none"
        text = head(made)
        assert f"its impact is {needs}, and remediate_max_impact is {limit}" in text
        assert f"cp -p {BACKUP} /etc/docker/daemon.json" in text and "nothing to do" not in text


@pytest.mark.parametrize("limit", ["none", "restart", "disruptive"])
@pytest.mark.parametrize(
    ("options", "removed"),
    [(REMAP, ()), ({**REMAP, "live-restore": True}, ()), ({}, ("userns-remap",)), ({"userns-remap": "default"}, ())],
)
def test_remapping_is_completed_only_by_name(limit: str, options: Json, removed: tuple[str, ...]) -> None:
    made = planned(host(options=options, removed=removed), Choices(max_impact=limit))
    assert configuring(made) == [] and made.document["impact"] == "none"
    assert "seawall.docker.userns_remap completes it" in head(made)


def test_remapping_that_is_asked_for_is_shown_as_what_it_is() -> None:
    made = planned(host(options={**REMAP, "live-restore": True}), ON)
    (step,) = (one for one in made.document["steps"] if one["kind"] == "unfinished_change")
    assert step["impact"] == "disruptive" and made.document["blockers"] == []
    assert [(one["name"], one["outcome"]) for one in step["containers"]] == [("web", "stopped")]
    assert step["invisible"]["containers"] == ["web"] and (step["state"], step["user"]) == ("present", "dockremap")
    assert "containers that Docker no longer shows afterwards: web" in head(made)
    assert containers_after.forecast_of(made.document["steps"])["hides"] is True
    assert made.status("daemon-userns-remap") == "pass"
    # What stands against remapping stands against its completion.
    posture = host(options=REMAP)
    posture["daemon"]["info"]["swarm"]["state"] = "active"
    assert "swarm" in planned(posture, ON).document["blockers"][0]


@pytest.mark.parametrize(
    ("options", "removed", "choices", "words"),
    [
        (REMAP, (), OFF, "it turns user namespaces on, and userns_remap_state is absent"),
        ({}, ("userns-remap",), ON, "it turns user namespaces off, and userns_remap_state is present"),
        ({"userns-remap": "somebody:somebody"}, (), ON, "it remaps to somebody"),
    ],
)
def test_another_remapping_than_the_one_that_is_asked_for_is_refused(
    options: Json, removed: tuple[str, ...], choices: Choices, words: str
) -> None:
    made = planned(host(options=options, removed=removed), choices)
    assert configuring(made) == []
    (blocker,) = made.document["blockers"]
    assert words in blocker


def test_remapping_under_live_restore_is_not_completed() -> None:
    posture = host(options=REMAP)
    posture["daemon"]["info"]["live_restore"] = True
    (blocker,) = planned(posture, ON).document["blockers"]
    assert "would leave containers without an engine" in blocker


def test_an_engine_that_ended_over_the_change_is_brought_back() -> None:
    made = planned(ended(host("restart", {"default-runtime": "nope"})))
    assert configuring(made) == ["unfinished_change"] and made.document["blockers"] == []
    assert "The engine does not run. It is started" in head(made)


@pytest.mark.parametrize(
    ("options", "choices", "words"),
    [
        (ICC, Choices(max_impact="reload"), "its impact is restart, and remediate_max_impact is reload"),
        (REMAP, Choices(), "seawall.docker.userns_remap completes it"),
    ],
)
def test_an_ended_engine_that_may_not_be_started_is_refused(options: Json, choices: Choices, words: str) -> None:
    made = planned(ended(host(options=options)), choices)
    assert configuring(made) == []
    (blocker,) = made.document["blockers"]
    assert blocker.startswith("The engine is stopped") and words in blocker and BACKUP in blocker


def test_a_change_of_which_only_the_keys_are_known_is_taken_for_the_worst() -> None:
    """A posture of an earlier version says no more."""
    for keys, impact in ((["icc"], "restart"), (["debug"], "restart"), (["userns-remap"], None)):
        posture = host()
        posture["daemon"]["config_file"].update(keys=keys, unfinished=keys)
        del posture["daemon"]["config_file"]["unfinished_change"]
        made = planned(posture)
        assert [one["impact"] for one in made.document["steps"] if one["kind"] == "unfinished_change"] == (
            [impact] if impact else []
        )
        assert "There is no copy of the earlier" in head(made)


def test_without_a_copy_it_is_said_that_there_is_no_way_back() -> None:
    made = planned(host(backup=None))
    assert any("no copy of the earlier file" in note for note in made.document["steps"][0]["notes"])


def test_a_run_without_the_phases_of_the_daemon_completes_nothing() -> None:
    made = planned(host(), Choices(phases=frozenset({"file_attributes"})))
    assert configuring(made) == [] and made.document["blockers"] == []
    assert "does not complete that change: its phase is not part of this run (--tags, --skip-tags)" in head(made)
    assert configuring(planned(host(), Choices(phases=frozenset({"daemon_options", "unfinished_change"})))) == [
        "unfinished_change"
    ]
