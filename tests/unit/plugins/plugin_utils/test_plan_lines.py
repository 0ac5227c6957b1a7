# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as lines: what an operator must see, whatever containers are called."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.action.plan import _forecast
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import select_rules
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import changes, lines
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import NOT_CHOSEN, Choices
from ansible_collections.seawall.docker.plugins.plugin_utils._report.text import width
from ansible_collections.seawall.docker.tests.support.plans import Json, Planned, benchmark, planned, recorded
from ansible_collections.seawall.docker.tests.support.postures import posture_in


def host(**facts: t.Any) -> Json:
    posture = posture_in()
    posture["containers"][0].update(restart_policy={"name": "no"}, **facts)
    posture["daemon"]["options"]["userland-proxy"]["value"] = True
    posture["daemon"]["info"]["live_restore"] = posture["daemon"]["options"]["live-restore"]["value"] = False
    return posture


def text_of(made: Planned) -> str:
    return "\n".join(lines.lines_of(made.document, _forecast(changes.standing(made.before), made.after)))


def test_all_of_a_plan() -> None:
    posture = host(auto_remove=True)
    posture["images"][0]["healthcheck"] = False
    next(one for one in posture["files"] if one["role"] == "daemon_json")["mode"] = "0666"
    posture["daemon"]["info"]["authorization_plugins"] = []
    posture["daemon"]["options"]["authorization-plugins"] = {"value": [], "origin": {"kind": "default"}}
    made = planned(posture, Choices(keep_containers=False, options={"mtu": 1400}))
    assert text_of(made).splitlines() == [
        "PLAN for host: 2 steps, impact restart",
        "",
        "  1. Owner and mode of /etc/docker/daemon.json (impact none) for 3.18",
        "     mode: 0666 -> 0644",
        "",
        "  2. Options in /etc/docker/daemon.json (impact restart) for 2.16, 2.17",
        "     live-restore: false -> true",
        "     userland-proxy: true -> false",
        "     ! userland-proxy: the host itself then reaches published ports on its IPv4 addresses, but no",
        "       longer on ::1.",
        "     containers DELETED (made with --rm): web",
        "",
        "  Not changed:",
        "     2.13: install the plugin first; without it Docker does not start (then set the option in",
        "       remediate_daemon_options)",
        "",
        "  Not set, because no failing rule asks for it: mtu",
        "",
        "  To do by hand (lines to complete are in the plan's file, under advice):",
        "     image registry.example.org/web:1: 4.6",
        "     host: 2.1",
        "",
        f"NOW:             {lines.counts(made.before['counts'])}",
        f"AFTER HARDENING: {lines.counts(made.after['counts'])}",
        "  repaired: 2.16, 2.17, 3.18",
    ]


def test_a_host_that_needs_nothing() -> None:
    made = planned(posture_in(), rules=["daemon-bridge-icc-off"])
    assert lines.lines_of(made.document, None) == ["PLAN for host: nothing to do"]


def test_refusals_and_unfinished_runs_stand_at_the_head() -> None:
    posture = host()
    posture["auditor"]["effective_uid"] = 1000
    posture["daemon"].setdefault("config_file", {})["unfinished"] = ["icc", "debug"]
    made = planned(posture)
    head = lines.lines_of(made.document, None)
    assert head[0].startswith("PLAN for host: ") and head[0].endswith(" (refused)")
    assert head[1].startswith("  UNFINISHED: an earlier run wrote icc, debug")
    assert any(line == "  REFUSED: Hardening needs root (become: true)." for line in head[:5])


def test_a_refused_plan_without_steps_is_not_called_done() -> None:
    posture = posture_in()
    posture["auditor"]["effective_uid"] = 1000
    made = planned(posture, rules=["daemon-bridge-icc-off"])
    assert lines.lines_of(made.document, None)[0] == "PLAN for host: none (refused)"


def test_what_userns_remap_hides() -> None:
    posture = host()
    posture["userns"]["effective"].update(enabled=False, root_uid=0)
    posture["daemon"]["options"]["userns-remap"]["value"] = ""
    text = text_of(planned(posture, Choices(userns="present")))
    assert "userns-remap: not set -> dockremap" in text
    assert "containers that Docker no longer shows afterwards: web" in text
    assert "userns_remap_state=absent shows them again" in text
    assert "REFUSED: userns-remap: " in text


def test_going_back_is_not_called_hardening() -> None:
    posture = host()
    posture["userns"]["effective"].update(enabled=True, root_uid=100000)
    posture["daemon"]["options"]["userns-remap"]["value"] = "dockremap"
    shown = text_of(planned(posture, Choices(userns="absent"))).splitlines()
    (now,) = [line for line in shown if line.startswith("NOW:              ")]
    assert shown[shown.index(now) + 1].startswith("AFTER GOING BACK: ")


@pytest.mark.parametrize(("sections", "shown"), [(["1", "5"], " 4.6"), (["7"], " other rules that fail")])
def test_rules_that_nobody_chose_fill_no_screen(sections: list[str], shown: str) -> None:
    slugs = frozenset(rule.slug for rule in select_rules(benchmark(), "level2", sections, []).rules)
    made = planned(recorded("bookworm"), Choices(rules=slugs))
    text = " ".join(" ".join(lines.lines_of(made.document, None)).split())
    before, _reason, _after = text.partition(f": {NOT_CHOSEN}")
    assert before.endswith(shown)


def test_rules_that_one_cause_leaves_unknown_are_one_entry() -> None:
    """Of an engine that is stopped a hundred facts are not known, each with a name of its own."""
    text = text_of(planned(posture_in("stopped_engine")))
    entry = " ".join(text.split()).partition("Not changed: ")[2]
    assert entry.count("it is not known whether") == 1 and "host.daemon." not in entry
    assert "2.3, 2.4, 2.5, " in entry and ": it is not known whether they fail: " in entry


def test_the_fact_of_a_single_unknown_rule_is_named() -> None:
    posture = posture_in()
    del posture["daemon"]["info"]["debug"]
    posture["unread"]["daemon.info.debug"] = "the answer has none"
    text = " ".join(text_of(planned(posture)).split())
    assert "2.3: it is not known whether it fails: host.daemon.info.debug is not known: the answer has none" in text


def test_what_cannot_be_foreseen_is_said() -> None:
    posture = posture_in()
    posture["userns"]["user"] = "dockremap"
    posture["host"]["data_root"]["entries"].append("containers")
    text = text_of(planned(posture, Choices(userns="absent")))
    # Whose containers come back is not known, nor where they log to.
    assert "afterwards: 2.14, 4.1, 4.2" in " ".join(text.split())


def test_hostile_names_steer_no_terminal_and_fill_no_screen() -> None:
    posture = host(name="\x1b[2J\u202eevil\nPLAN for other: nothing to do", auto_remove=True)
    base = posture["containers"][0]
    posture["containers"] += [{**base, "id": f"{n:064x}", "name": f"n{n}" + "x" * 300} for n in range(50)]
    posture["images"][0].update(name="\x07\x1b]0;title\x07", healthcheck=False)
    shown = lines.lines_of(planned(posture, Choices(keep_containers=False)).document, None)
    assert all(line.isprintable() and width(line) <= lines.COLUMNS for line in shown)
    assert sum(line.startswith("PLAN for") for line in shown) == 1
    assert any("and 39 more" in line for line in shown) and len(shown) < 120


def finding(number: str, status: str, **verdicts: str) -> Json:
    subjects = [{"type": "container", "id": name * 8, "name": name, "verdict": one} for name, one in verdicts.items()]
    subjects = subjects or [{"type": "host", "id": None, "name": "web1", "verdict": status}]
    return {"rule": f"rule-{number}", "number": number, "status": status, "subjects": subjects}


def findings(counts: Json, *found: Json) -> Json:
    return {"counts": counts, "score": {}, "findings": list(found)}


def test_before_and_after() -> None:
    before = findings(
        {"pass": 2, "fail": 2},
        finding("1.1", "fail"),
        finding("2.2", "fail"),
        finding("2.3", "pass"),
        finding("5.7", "pass"),
    )
    after = findings(
        {"pass": 2, "fail": 2},
        finding("1.1", "pass"),
        finding("2.2", "fail"),
        finding("2.3", "fail"),
        finding("5.7", "pass"),
    )
    promised = {"1.1": "pass", "2.2": "pass", "2.3": "fail", "5.7": "unknown"}
    assert lines.comparison(changes.standing(before), after, promised) == [
        "BEFORE: 2 pass, 2 fail",
        "AFTER:  2 pass, 2 fail",
        "  repaired: 1.1",
        "  new failures: 2.3",
        "  different from the forecast: 2.2 is fail (forecast: pass)",
    ]
    assert lines.unlike(promised, changes.statuses(after)) == ["2.2"]
    assert lines.unlike({"9.9": "pass"}, {}) == ["9.9"]


@pytest.mark.parametrize(
    ("was", "now", "shown"),
    [
        pytest.param(
            finding("5.1", "fail", a="fail"), finding("5.1", "pass", a="pass"), ["repaired: 5.1"], id="repaired"
        ),
        pytest.param(
            finding("5.1", "fail", a="fail", b="fail"),
            finding("5.1", "pass", a="pass"),
            ["no longer shown (1 container), so not repaired: 5.1"],
            id="one passes and one is hidden",
        ),
        pytest.param(
            finding("5.1", "fail", a="fail", b="fail"),
            finding("5.1", "not_applicable", c="pass"),
            ["no longer shown (2 containers), so not repaired: 5.1"],
            id="others are there now",
        ),
        pytest.param(
            finding("5.1", "not_applicable"),
            finding("5.1", "fail", a="fail", b="fail", c="pass"),
            ["not shown before (2 containers), so no new failures: 5.1"],
            id="shown again",
        ),
        pytest.param(
            finding("5.1", "pass", a="pass"),
            finding("5.1", "fail", a="fail", b="fail"),
            ["new failures: 5.1"],
            id="one of them was shown",
        ),
        pytest.param(
            finding("5.1", "pass", a="pass"),
            finding("5.1", "fail", a="pass", b="fail"),
            ["not shown before (1 container), so no new failures: 5.1"],
            id="beside one that passes still",
        ),
        pytest.param(finding("2.1", "pass"), finding("2.1", "fail"), ["new failures: 2.1"], id="the host itself"),
        pytest.param(
            finding("5.1", "fail", a="fail"),
            finding("5.1", "not_applicable", a="not_applicable"),
            ["no longer applicable: 5.1"],
            id="stopped",
        ),
        pytest.param(finding("5.1", "fail", a="fail"), finding("5.1", "unknown", a="unknown"), [], id="not known"),
        pytest.param(finding("5.1", "fail", a="fail"), finding("5.1", "waived", a="waived"), [], id="accepted"),
        pytest.param(finding("5.1", "fail", a="fail"), finding("5.1", "manual", a="manual"), [], id="for a person"),
        pytest.param(
            finding("2.1", "fail"), finding("2.1", "not_applicable"), ["no longer applicable: 2.1"], id="a host"
        ),
    ],
)
def test_repaired_is_what_failed_and_passes(was: Json, now: Json, shown: list[str]) -> None:
    before, after = findings({"fail": 1}, was), findings({"pass": 1}, now)
    assert lines.comparison(changes.standing(before), after, None)[2:] == [f"  {line}" for line in shown]


def test_one_container_that_two_rules_miss_is_one_and_repairs_nothing_for_the_others() -> None:
    before = findings(
        {},
        finding("5.1", "fail", a="fail"),
        finding("5.2", "fail", a="fail", b="fail"),
        finding("5.3", "fail", b="fail"),
    )
    after = findings({}, *(finding(number, "pass", b="pass") for number in ("5.1", "5.2", "5.3")))
    found = changes.changes(changes.standing(before), after)
    assert (found.repaired, found.hidden, found.subjects) == (["5.3"], ["5.1", "5.2"], {"container": 1})


def test_a_container_of_the_same_name_is_another_one() -> None:
    was = finding("5.1", "fail", a="fail")
    now = finding("5.1", "pass", a="pass")
    now["subjects"][0]["id"] = "another"
    found = changes.changes(changes.standing(findings({}, was)), findings({}, now))
    assert (found.repaired, found.hidden, found.subjects) == ([], ["5.1"], {"container": 1})


def test_what_a_rule_leaves_out_but_docker_shows_is_not_called_hidden() -> None:
    """A rule that is about running containers leaves a stopped one out; another rule still shows it."""
    before = findings({}, finding("5.1", "fail", a="fail"), finding("5.2", "pass", a="pass"))
    after = findings({}, {**finding("5.1", "not_applicable"), "subjects": []}, finding("5.2", "pass", a="pass"))
    found = changes.changes(changes.standing(before), after)
    assert (found.hidden, found.without_subject) == ([], ["5.1"])


def test_a_standing_without_subjects_shows_nothing_repaired() -> None:
    before = {"counts": {}, "statuses": {"5.1": "fail"}}
    assert changes.changes(before, findings({}, finding("5.1", "pass", a="pass"))) == changes.Changes(
        [], [], [], [], {}, [], {}
    )


def test_a_standing_of_an_earlier_release_takes_nothing_for_new() -> None:
    before = changes.standing(findings({}, finding("5.1", "not_applicable")))
    del before["shown"]
    assert changes.changes(before, findings({}, finding("5.1", "fail", a="fail"))).broken == ["5.1"]
