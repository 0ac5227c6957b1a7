# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restart does to containers, as it was seen on engines 20.10, 26.1 and 28.5."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._restart.forecast import (
    Container,
    compare,
    missing,
    of_inspect,
    predict,
)


def one(state: str, policy: str, **more: t.Any) -> Container:
    return Container("id", "name", state, policy, **more)


def outcome(container: Container, live: bool = False, version: str = "26.1.5+dfsg1", **more: t.Any) -> str:
    return predict([container], live, version, **more)[0].outcome


@pytest.mark.parametrize(
    ("state", "policy", "exit_code", "expected"),
    [
        ("running", "no", 0, "stopped"),
        ("running", "always", 0, "restarted"),
        ("running", "unless-stopped", 0, "restarted"),
        ("running", "on-failure", 0, "restarted"),
        ("paused", "no", 0, "stopped"),
        ("paused", "always", 0, "restarted"),
        ("paused", "unless-stopped", 0, "restarted"),
        ("paused", "on-failure", 0, "restarted"),
        ("restarting", "always", 1, "restarted"),
        ("exited", "no", 137, "unchanged"),
        # Also after it was stopped by hand.
        ("exited", "always", 137, "started"),
        ("exited", "unless-stopped", 137, "unchanged"),
        ("exited", "on-failure", 137, "started"),
        ("exited", "on-failure", 0, "unchanged"),
        ("created", "no", 0, "unchanged"),
        ("created", "always", 0, "unchanged"),
        ("created", "unless-stopped", 0, "unchanged"),
    ],
)
def test_plain_restart(state: str, policy: str, exit_code: int, expected: str) -> None:
    assert outcome(one(state, policy, exit_code=exit_code)) == expected


@pytest.mark.parametrize(
    ("policy", "live", "version", "expected"),
    [
        ("on-failure", True, "20.10.24+dfsg1", "stopped"),
        ("on-failure", True, "25.0.5", "stopped"),
        ("on-failure", True, "dev", "stopped"),
        ("on-failure", True, "26.1.5+dfsg1", "restarted"),
        ("on-failure", False, "20.10.24+dfsg1", "restarted"),
        ("always", True, "20.10.24+dfsg1", "restarted"),
        ("unless-stopped", True, "20.10.24+dfsg1", "restarted"),
    ],
)
def test_an_old_engine_forgets_with_live_restore_that_a_program_failed(
    policy: str, live: bool, version: str, expected: str
) -> None:
    assert outcome(one("restarting", policy, exit_code=3), live, version) == expected
    # A change after which the engine shows others hides this one, too.
    assert outcome(one("restarting", policy, exit_code=3), live, version, hides=True) == "stopped"


def test_retries_that_are_used_up() -> None:
    assert outcome(one("exited", "on-failure", exit_code=1, maximum_retries=2, restart_count=2)) == "unchanged"
    assert outcome(one("running", "on-failure", maximum_retries=2, restart_count=2)) == "stopped"
    assert outcome(one("running", "on-failure", maximum_retries=2)) == "restarted"


@pytest.mark.parametrize("state", ["running", "paused", "created"])
def test_auto_remove_is_deleted_by_a_plain_restart(state: str) -> None:
    assert outcome(one(state, "no", auto_remove=True)) == "deleted"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("20.10.24+dfsg1", "deleted"),
        ("24.0.7", "deleted"),
        ("24.0.8", "keeps_running"),
        ("28.5.2+dfsg4", "keeps_running"),
        ("dev", "deleted"),
    ],
)
def test_auto_remove_under_live_restore_depends_on_the_version(version: str, expected: str) -> None:
    assert outcome(one("running", "no", auto_remove=True), True, version) == expected


def test_live_restore_keeps_what_lives_and_starts_what_it_would() -> None:
    for state in ("running", "paused"):
        for policy in ("no", "always", "unless-stopped", "on-failure"):
            assert outcome(one(state, policy), True) == "keeps_running"
    assert outcome(one("exited", "always", exit_code=137), True) == "started"
    assert outcome(one("exited", "unless-stopped", exit_code=137), True) == "unchanged"


def test_live_restore_that_is_switched_off_kills_at_the_start() -> None:
    off = {"live_restore_after": False}
    assert outcome(one("running", "no"), True, **off) == "stopped"
    assert outcome(one("running", "always"), True, **off) == "restarted"
    assert outcome(one("running", "unless-stopped"), True, **off) == "stopped"
    assert outcome(one("running", "unless-stopped"), False, **off) == "restarted"
    # Switched on in the file, it holds from the next restart on.
    assert outcome(one("running", "no"), False, live_restore_after=True) == "stopped"


def test_changes_that_cut_containers_off() -> None:
    cut = {"live_restore_holds": False, "hides": True}
    assert outcome(one("running", "always"), True, **cut) == "orphaned"
    assert outcome(one("running", "always"), False, **cut) == "stopped"
    assert outcome(one("exited", "always"), False, **cut) == "hidden"
    # The old engine takes it away as it stops; it does not come back with the old mapping.
    for state in ("running", "paused"):
        assert outcome(one(state, "no", auto_remove=True), False, **cut) == "deleted"
    assert outcome(one("created", "no", auto_remove=True), False, **cut) == "hidden"


def test_reasons_and_policies_are_told() -> None:
    told = predict([one("running", "on-failure", maximum_retries=3)], False, "26.1.5")[0]
    assert told.restart_policy == "on-failure:3" and "status 0" in told.reason
    assert set(told.document()) == {"id", "name", "state", "restart_policy", "auto_remove", "outcome", "reason"}


def test_what_became_of_containers() -> None:
    before = [
        Container("a", "kept", "running", "no", started_at="1"),
        Container("b", "again", "running", "always", started_at="1"),
        Container("c", "stopped", "running", "no", started_at="1"),
        Container("d", "gone", "running", "no", started_at="1"),
        Container("e", "idle", "exited", "no", started_at="1"),
        Container("f", "up", "exited", "always", started_at="1"),
    ]
    after = [
        Container("a", "kept", "running", "no", started_at="1"),
        Container("b", "again", "running", "always", started_at="2"),
        Container("c", "stopped", "exited", "no", started_at="1"),
        Container("e", "idle", "exited", "no", started_at="1"),
        Container("f", "up", "running", "always", started_at="2"),
        Container("g", "new", "running", "no", started_at="2"),
    ]
    assert {change.name: change.change for change in compare(before, after)} == {
        "kept": "kept",
        "again": "restarted",
        "stopped": "stopped",
        "gone": "vanished",
        "idle": "unchanged",
        "up": "started",
        "new": "appeared",
    }


def test_only_those_are_missed_that_should_run_for_certain() -> None:
    before = [
        Container("a", "always", "running", "always"),
        Container("b", "failure", "running", "on-failure"),
        Container("c", "none", "running", "no"),
        Container("d", "looping", "restarting", "always"),
    ]
    after = [container._replace(state="exited") for container in before]
    assert missing(predict(before, False, "26.1.5"), compare(before, after)) == ["always"]
    assert missing(predict(before, True, "26.1.5"), compare(before, after)) == ["always", "failure", "none"]


def test_half_an_answer_makes_no_forecast() -> None:
    inspected = {
        "Id": "x",
        "Name": "/web",
        "RestartCount": 1,
        "State": {"Status": "running", "ExitCode": 0, "StartedAt": "t"},
        "HostConfig": {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 4}, "AutoRemove": False},
    }
    assert of_inspect(inspected) == Container("x", "web", "running", "on-failure", 4, 1, 0, False, "t")
    with pytest.raises(KeyError):
        of_inspect({"Id": "x", "State": {}, "HostConfig": {}})
