# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as lines: what an operator must see, whatever containers are called."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.action.plan import _forecast
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import lines
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices
from ansible_collections.seawall.docker.plugins.plugin_utils._report.text import width
from ansible_collections.seawall.docker.tests.support.plans import Json, Planned, planned
from ansible_collections.seawall.docker.tests.support.postures import posture_in


def host(**facts: t.Any) -> Json:
    posture = posture_in()
    posture["containers"][0].update(restart_policy={"name": "no"}, **facts)
    posture["daemon"]["options"]["userland-proxy"]["value"] = True
    posture["daemon"]["info"]["live_restore"] = posture["daemon"]["options"]["live-restore"]["value"] = False
    return posture


def text_of(made: Planned) -> str:
    return "\n".join(lines.lines_of(made.document, _forecast(made.before, made.after)))


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


def test_what_cannot_be_foreseen_is_said() -> None:
    posture = posture_in()
    posture["userns"]["user"] = "dockremap"
    posture["host"]["data_root"]["entries"].append("containers")
    text = text_of(planned(posture, Choices(userns="absent")))
    # Whose containers come back is not known, nor where they log to.
    assert "cannot be predicted: 2.14, 4.1, 4.2" in text


def test_a_failure_that_becomes_unknown_is_not_called_repaired() -> None:
    made = planned(posture_in(), rules=["daemon-bridge-icc-off"])
    findings = [
        {"rule": rule, "number": number, "before": "fail", "after": after}
        for rule, number, after in (("a", "2.2", "pass"), ("b", "4.1", "unknown"))
    ]
    forecast = {"counts_before": {"fail": 2}, "counts": {"pass": 1, "unknown": 1}, "broken": [], "findings": findings}
    shown = lines.lines_of(made.document, {**forecast, "repaired": findings})
    assert shown[-4:] == [
        "NOW:             2 fail",
        "AFTER HARDENING: 1 pass, 1 unknown",
        "  repaired: 2.2",
        "  cannot be predicted: 4.1",
    ]


def test_hostile_names_steer_no_terminal_and_fill_no_screen() -> None:
    posture = host(name="\x1b[2J\u202eevil\nPLAN for other: nothing to do", auto_remove=True)
    base = posture["containers"][0]
    posture["containers"] += [{**base, "id": f"{n:064x}", "name": f"n{n}" + "x" * 300} for n in range(50)]
    posture["images"][0].update(name="\x07\x1b]0;title\x07", healthcheck=False)
    shown = lines.lines_of(planned(posture, Choices(keep_containers=False)).document, None)
    assert all(line.isprintable() and width(line) <= lines.COLUMNS for line in shown)
    assert sum(line.startswith("PLAN for") for line in shown) == 1
    assert any("and 39 more" in line for line in shown) and len(shown) < 120


def test_before_and_after() -> None:
    before = {
        "counts": {"pass": 1, "fail": 2},
        "statuses": {"1.1": "fail", "2.2": "fail", "2.3": "pass", "5.7": "pass"},
    }
    after = {"counts": {"pass": 2, "fail": 1}, "statuses": {"1.1": "pass", "2.2": "fail", "2.3": "fail", "5.7": "pass"}}
    promised = {"1.1": "pass", "2.2": "pass", "2.3": "fail", "5.7": "unknown"}
    assert lines.comparison(before, after, promised) == [
        "BEFORE: 1 pass, 2 fail",
        "AFTER:  2 pass, 1 fail",
        "  repaired: 1.1",
        "  new failures: 2.3",
        "  different from the forecast: 2.2 is fail (forecast: pass)",
    ]
    assert lines.moved(before["statuses"], {**after["statuses"], "1.1": "unknown"}) == ([], ["2.3"])
    assert lines.unlike(promised, after["statuses"]) == ["2.2"]
    assert lines.unlike({"9.9": "pass"}, {}) == ["9.9"]
