# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as lines, line by line: each part of it by itself."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan import changes, lines
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import NOT_CHOSEN, NOT_KNOWN

Json = dict[str, t.Any]
EMPTY: Json = {
    **{key: [] for key in ("steps", "blockers", "preflight", "left_out", "unused_options", "advice")},
    "host": "web1",
    "impact": "none",
    "unfinished_note": None,
}


def shown(forecast: Json | None = None, **parts: t.Any) -> list[str]:
    return lines.lines_of({**EMPTY, **parts}, forecast)


def step(kind: str, **facts: t.Any) -> Json:
    whole = {"order": 1, "kind": kind, "file": "/f", "impact": "none", "rules": [], "changes": [], "notes": []}
    return {**whole, "containers": [], **facts}


def rules(*numbers: str) -> list[Json]:
    return [{"number": number} for number in numbers]


@pytest.mark.parametrize(
    ("parts", "head"),
    [
        ({}, ["nothing to do"]),
        ({"unfinished_note": "an earlier run"}, ["none within these limits", "  UNFINISHED: an earlier run"]),
        ({"blockers": ["no root", "no file"]}, ["none (refused)", "  REFUSED: no root", "  REFUSED: no file"]),
        ({"blockers": ["x"], "unfinished_note": "y"}, ["none (refused)", "  UNFINISHED: y", "  REFUSED: x"]),
    ],
)
def test_the_head(parts: Json, head: list[str]) -> None:
    assert shown(**parts) == [f"PLAN for web1: {head[0]}", *head[1:]]


def test_the_head_counts_steps() -> None:
    one, two = step("audit_watches"), step("daemon_options", order=2)
    assert shown(steps=[one], impact="reload")[0] == "PLAN for web1: 1 step, impact reload"
    assert shown(steps=[one, two], impact="restart", blockers=["x"])[0] == (
        "PLAN for web1: 2 steps, impact restart (refused)"
    )


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("file_attributes", "Owner and mode of"),
        ("audit_watches", "Audit rules in"),
        ("daemon_options", "Options in"),
        ("containers_slice", "What all containers together may use, in"),
        ("userns_remap", "User namespaces, in"),
        ("unfinished_change", "Completion of the earlier change of"),
    ],
)
def test_a_step(kind: str, title: str) -> None:
    values = [
        {"name": "a", "old": None, "new": True},
        {"name": "b", "old": False, "new": None},
        {"name": "c", "old": {"Name": "n", "Soft": 1, "Hard": 2}, "new": {"Name": "n", "Soft": 3}},
    ]
    outcomes = ("keeps_running", "stopped", "deleted", "restarted", "started", "orphaned", "stopped", "hidden")
    containers = [{"name": f"c{number}", "outcome": outcome} for number, outcome in enumerate(outcomes)]
    made = step(kind, rules=rules("2.10", "2.9", "2.10"), changes=values, notes=["mind this"], containers=containers)
    assert shown(steps=[made])[1:] == [
        "",
        f"  1. {title} /f (impact none) for 2.9, 2.10",
        "     a: not set -> true",
        "     b: false -> removed",
        *[line for line in shown(steps=[made]) if line.startswith("     c: soft 1, hard 2 -> ")],
        "     ! mind this",
        "     containers STOPPED: c1, c6",
        "     containers DELETED (made with --rm): c2",
        "     containers restarted: c3",
        "     containers started: c4",
        "     containers orphaned: c5",
        "     containers keep running: c0",
    ]


@pytest.mark.parametrize(("state", "back"), [("present", "absent"), ("absent", "present")])
def test_what_docker_no_longer_shows(state: str, back: str) -> None:
    hidden = {"containers": ["web"], "images": [], "volumes": ["a", "b"]}
    made = step("userns_remap", invisible=hidden, state=state)
    assert shown(steps=[made])[3:] == [
        "     containers that Docker no longer shows afterwards: web",
        "     volumes that Docker no longer shows afterwards: a, b",
        f"     They stay on disk. userns_remap_state={back} shows them again.",
    ]
    assert len(shown(steps=[step("userns_remap", invisible={"images": []}, state=state)])) == 3


def test_accepted_obstacles_alone_are_notes() -> None:
    many = [f"c{number}" for number in range(14)]
    obstacles = [
        {"name": "one", "reason": "it is so", "culprits": [], "to_do": "Mind it.", "accepted": True},
        {"name": "two", "reason": "it is not", "culprits": ["x"], "to_do": "Stop.", "accepted": False},
        {"name": "three", "reason": "they are", "culprits": many, "to_do": "Look.", "accepted": True},
    ]
    assert shown(preflight=obstacles)[1:] == [
        "",
        "  Accepted obstacles, and notes:",
        "     one: it is so. Mind it.",
        "     three: they are (c0; c1; c2; c3; c4; c5; c6; c7; c8; c9; c10; c11). Look.",
    ]
    assert shown(preflight=obstacles[1:2]) == shown()


def left(number: str, reason: str, kind: str = "reason") -> Json:
    return {"number": number, "reason": reason, "kind": kind}


def test_what_is_left_out_stands_by_its_reason() -> None:
    entries = [
        left("5.2", "not wanted", "choice"),
        left("2.10", "too much"),
        left("2.9", "too much"),
        left("2.9", "too much"),
    ]
    assert shown(left_out=entries)[1:] == ["", "  Not changed:", "     2.9, 2.10: too much", "     5.2: not wanted"]


def test_many_rules_are_counted_only_where_nobody_chose_them() -> None:
    twelve, thirteen = ([f"1.{number}" for number in range(count)] for count in (12, 13))
    named = ", ".join(thirteen)
    assert shown(left_out=[left(one, NOT_CHOSEN) for one in twelve])[3].startswith("     1.0, 1.1, ")
    assert (
        shown(left_out=[left(one, NOT_CHOSEN) for one in thirteen])[3] == f"     13 other rules that fail: {NOT_CHOSEN}"
    )
    assert " ".join(" ".join(shown(left_out=[left(one, "odd") for one in thirteen])[3:]).split()) == f"{named}: odd"


def test_unknown_rules_of_one_cause_are_one_entry() -> None:
    cause = "host.a is not known: the engine is stopped"
    other = cause.replace("host.a", "host.b")
    together = shown(left_out=[left("2.1", NOT_KNOWN + cause), left("2.2", NOT_KNOWN + other)])
    assert together[3] == "     2.1, 2.2: it is not known whether they fail: the engine is stopped"
    assert shown(left_out=[left("2.1", NOT_KNOWN + cause)])[3] == f"     2.1: {NOT_KNOWN}{cause}"


def test_options_that_nothing_asks_for() -> None:
    assert shown(unused_options=["mtu", "dns"])[1:] == ["", "  Not set, because no failing rule asks for it: mtu, dns"]


def advice(kind: str, name: str, *numbers: str) -> Json:
    return {"subject": {"type": kind, "name": name}, "rules": rules(*numbers)}


def test_what_is_left_to_a_person() -> None:
    many = [advice("image", f"i{number}", f"4.{number}") for number in range(14)]
    said = shown(
        advice=[
            advice("host", "web1", "2.1"),
            advice("container", "c", "5.4", "5.3"),
            advice("host", "web1", "1.1"),
            *many,
        ]
    )
    assert said[1:5] == [
        "",
        "  To do by hand (lines to complete are in the plan's file, under advice):",
        "     host: 1.1, 2.1",
        "     container c: 5.3, 5.4",
    ]
    assert said[5:] == [
        *(f"     image i{number}: 4.{number}" for number in range(12)),
        "     2 more images: 4.12, 4.13",
    ]
    assert shown(advice=many[:12])[-1] == "     image i11: 4.11"
    assert shown(advice=many[:13])[-1] == "     1 more image: 4.12"


def forecast(**moved: list[str]) -> Json:
    def numbers(name: str) -> list[Json]:
        return rules(*moved.get(name, []))

    return {
        "counts_before": {"pass": 1, "not_applicable": 2, "fail": 0},
        "counts": {"pass": 3},
        "repaired": numbers("repaired"),
        "broken": numbers("broken"),
        "not_shown_before": {"rules": numbers("appeared"), "subjects": {"container": 1}},
        "no_longer_shown": {"rules": numbers("hidden"), "subjects": {"container": 2, "image": 1}},
        "no_longer_applicable": numbers("without"),
        "findings": [
            {"number": "9.1", "before": "fail", "after": "unknown"},
            {"number": "9.2", "before": "unknown", "after": "unknown"},
            {"number": "9.3", "before": "unknown", "after": "pass"},
        ],
    }


def test_the_forecast() -> None:
    whole = forecast(repaired=["1.1", "1.2"], broken=["2.1"], appeared=["3.1"], hidden=["4.1"], without=["5.1"])
    assert shown(whole)[1:] == [
        "",
        "NOW:             1 pass, 2 not applicable",
        "AFTER HARDENING: 3 pass",
        "  repaired: 1.1, 1.2",
        "  new failures: 2.1",
        "  not shown before (1 container), so no new failures: 3.1",
        "  no longer shown (2 containers, 1 image), so not repaired: 4.1",
        "  no longer applicable: 5.1",
        "  cannot be predicted: 9.1",
    ]
    back = shown(forecast(), steps=[step("userns_remap", state="absent")])
    assert back[4:6] == ["NOW:              1 pass, 2 not applicable", "AFTER GOING BACK: 3 pass"]
    words = "cannot be predicted, since Docker shows its earlier images and containers only afterwards: 9.1"
    assert " ".join(" ".join(back[6:]).split()) == words
    assert shown(forecast(), steps=[step("userns_remap", state="present")])[5].startswith("AFTER HARDENING:")


def finding(number: str, status: str) -> Json:
    return {
        "number": number,
        "status": status,
        "subjects": [{"type": "host", "id": None, "name": "h", "verdict": status}],
    }


def test_a_comparison_without_a_forecast_names_no_difference() -> None:
    before = {"counts": {"fail": 2}, "score": {}, "findings": [finding("1.1", "fail"), finding("1.2", "fail")]}
    after = {"counts": {"pass": 1, "unknown": 1}, "findings": [finding("1.1", "pass"), finding("1.2", "unknown")]}
    said = lines.comparison(changes.standing(before), after, None, ["  web: stopped"])
    assert said[:3] == ["BEFORE: 2 fail", "AFTER:  1 pass, 1 unknown", "  repaired: 1.1"]
    assert "  web: stopped" in said and not any("forecast" in line for line in said)
