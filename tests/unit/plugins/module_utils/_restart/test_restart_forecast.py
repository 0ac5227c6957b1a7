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


@pytest.mark.parametrize(
    ("policy", "more", "expected"),
    [
        ("no", {}, "stopped"),
        ("always", {}, "restarted"),
        ("unless-stopped", {}, "restarted"),
        ("on-failure", {}, "restarted"),
        ("no", {"auto_remove": True}, "deleted"),
        ("on-failure", {"maximum_retries": 1, "restart_count": 1}, "stopped"),
    ],
)
@pytest.mark.parametrize("state", ["running", "paused"])
@pytest.mark.parametrize("killed", [True, None])
def test_live_restore_keeps_nothing_whose_shim_ends(
    state: str, policy: str, more: dict[str, t.Any], expected: str, killed: bool | None
) -> None:
    container = one(state, policy, **more)
    (told,) = predict([container], True, "26.1.5", stop_kills_shims=killed)
    assert told.outcome == expected
    assert told.reason.startswith("the service manager ends its shim" if killed else "whether the service manager ends")
    # Without live restore the engine itself stops them first.
    assert outcome(container, False, stop_kills_shims=killed) == outcome(container, False)
    assert outcome(one("exited", policy, exit_code=1), True, stop_kills_shims=killed) == outcome(
        one("exited", policy, exit_code=1), True
    )


def test_a_shim_that_ends_leaves_no_container_without_an_engine() -> None:
    cut = {"live_restore_holds": False, "hides": True}
    assert outcome(one("running", "always"), True, stop_kills_shims=True, **cut) == "stopped"
    assert outcome(one("running", "no", auto_remove=True), True, stop_kills_shims=True, **cut) == "deleted"
    # What may be left is not promised to be gone.
    assert outcome(one("running", "always"), True, stop_kills_shims=None, **cut) == "orphaned"
    off = {"live_restore_after": False}
    assert outcome(one("running", "unless-stopped"), True, stop_kills_shims=None, **off) == "stopped"


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


def test_what_an_inspection_leaves_out_is_nothing() -> None:
    state = {"Status": "created"}
    bare = of_inspect({"Id": "x", "State": state, "HostConfig": {}})
    assert bare == Container("x", "", "created", "no", 0, 0, 0, False, "")
    empty = {"Id": "x", "Name": None, "RestartCount": None, "State": {**state, "ExitCode": None, "StartedAt": None}}
    assert of_inspect({**empty, "HostConfig": {"RestartPolicy": None, "AutoRemove": None}}) == bare
    other = {"Name": "/a/b/", "RestartCount": 7, "State": {"Status": "exited", "ExitCode": 3}}
    policy = {"RestartPolicy": {"Name": "always"}, "AutoRemove": True}
    found = of_inspect({"Id": "x", **other, "HostConfig": policy})
    assert found == Container("x", "a/b/", "exited", "always", 0, 7, 3, True, "")


@pytest.mark.parametrize(("count", "left"), [(1, True), (2, False), (3, False)])
def test_retries_are_used_up_by_the_last(count: int, left: bool) -> None:
    given: dict[str, int] = {"maximum_retries": 2, "restart_count": count}
    assert outcome(one("running", "on-failure", **given)) == ("restarted" if left else "stopped")
    assert outcome(one("exited", "on-failure", exit_code=1, **given)) == ("started" if left else "unchanged")
    # Without a maximum there is no last one.
    assert outcome(one("running", "on-failure", restart_count=count)) == "restarted"
    assert outcome(one("exited", "on-failure", exit_code=1, restart_count=count)) == "started"


@pytest.mark.parametrize(
    ("container", "more", "outcome_and_reason"),
    [
        (one("removing", "always"), {}, ("deleted", "its removal was begun, and is finished")),
        (one("dead", "no"), {}, ("deleted", "its removal was begun, and is finished")),
        (one("created", "always"), {}, ("unchanged", "it was never started")),
        (one("exited", "no"), {}, ("unchanged", "it does not run")),
        (one("exited", "no", auto_remove=True), {}, ("deleted", "made with --rm, and not running")),
        (one("exited", "", auto_remove=True), {}, ("deleted", "made with --rm, and not running")),
        (one("exited", "always", auto_remove=True), {}, ("started", None)),
        (one("running", "no"), {}, ("stopped", "it has no restart policy")),
        (one("paused", "no"), {}, ("stopped", "it is paused and has no restart policy: it is killed")),
        (one("running", "always", auto_remove=True), {}, ("deleted", None)),
        (one("restarting", "always"), {"live": True}, ("restarted", "its restart policy is always")),
        (one("restarting", "always"), {"live": True, "live_restore_holds": False}, ("restarted", None)),
        (one("exited", "no"), {"live": True, "live_restore_holds": False}, ("unchanged", None)),
        (one("running", "unless-stopped", auto_remove=True), {"live": True, "live_restore_after": False}, ("deleted", None)),
        (one("running", "unless-stopped"), {"live": True, "live_restore_after": False, "hides": True}, ("stopped", None)),
        (one("exited", "no", auto_remove=True), {"hides": True}, ("hidden", "the new engine does not show it")),
        (one("running", "no"), {"live": True}, ("keeps_running", "live restore")),
    ],
)  # fmt: skip
def test_each_outcome_has_its_reason(
    container: Container, more: dict[str, t.Any], outcome_and_reason: tuple[str, str | None]
) -> None:
    options = {name: value for name, value in more.items() if name != "live"}
    found = predict([container], more.get("live", False), "26.1.5", **options)[0]
    expected, reason = outcome_and_reason
    assert found.outcome == expected and found.reason
    assert reason is None or found.reason == reason
    assert found[:3] == (container.id, container.name, container.state) and found.auto_remove is container.auto_remove


@pytest.mark.parametrize(
    ("version", "kept"),
    [("24.0", False), ("24.1", True), ("25", True), ("24.0.8+dfsg1", True), ("23.9.9", False), ("24.0.7+dfsg9", False), ("", False)],
)  # fmt: skip
def test_versions_are_compared_as_numbers(version: str, kept: bool) -> None:
    assert (outcome(one("running", "no", auto_remove=True), True, version) == "keeps_running") is kept


@pytest.mark.parametrize(
    ("was", "now", "change"),
    [
        (("running", "1"), ("restarting", "1"), "restarted"),
        (("restarting", "1"), ("running", "1"), "kept"),
        (("paused", "1"), ("running", "1"), "kept"),
        (("running", "1"), ("running", "2"), "restarted"),
        (("exited", "1"), ("exited", "2"), "unchanged"),
        (("created", ""), ("running", "2"), "started"),
    ],
)
def test_a_change_is_told_with_both_states(was: tuple[str, str], now: tuple[str, str], change: str) -> None:
    before, after = (
        Container("a", name, state, "no", started_at=at) for name, (state, at) in (("old", was), ("new", now))
    )
    assert [one.document() for one in compare([before], [after])] == [
        {"id": "a", "name": "new", "before": was[0], "after": now[0], "change": change}
    ]
    assert compare([before], [])[0] == ("a", "old", was[0], None, "vanished")
    assert compare([], [after])[0] == ("a", "new", None, now[0], "appeared")


def test_what_is_started_anew_is_missed_where_that_is_asked_for() -> None:
    before = [
        Container("a", "a", "exited", "always"),
        Container("b", "b", "exited", "no"),
        Container("c", "c", "running", "always"),
    ]
    foreseen = predict(before, False, "26.1.5")
    after = [container._replace(state="exited") for container in before]
    assert missing(foreseen, compare(before, after)) == ["a", "c"]
    assert missing(foreseen, compare(before, after), strict=False) == ["c"]
    # One of which nothing is known is not missed, and hides no other.
    assert missing(foreseen, compare(before[2:], after[2:])) == ["c"]
