# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restart brings besides what is planned: other arguments, units that depend on Docker, containers that end."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan import next_start
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.side_effects import live_restore_fails

Json = dict[str, t.Any]


def restarting(**process: t.Any) -> Json:
    return {"engine": {"state": "running"}, "daemon": {"process": {"unit": "docker.service", **process}}}


CHANGED = {"option": "icc", "running": True, "next": None, "source": "/unit"}
RESTART, RELOAD = ({"kind": "daemon_options", "impact": impact} for impact in ("restart", "reload"))


@pytest.mark.parametrize(
    ("posture", "steps", "words"),
    [
        (restarting(), [RESTART], None),
        (restarting(reload_needed=True), [RESTART], "Files of docker.service were changed"),
        (restarting(reload_needed=True), [RELOAD], "Files of docker.service were changed"),
        (restarting(reload_needed=True), [{"kind": "file_attributes", "impact": "none"}], None),
        (restarting(reload_needed=True), [{"kind": "userns_remap", "impact": "disruptive"}], "(NeedDaemonReload)"),
        (restarting(reload_needed=True), [{"kind": "unfinished_change", "impact": "restart"}], "(NeedDaemonReload)"),
        (
            {**restarting(reload_needed=True), "engine": {"state": "stopped"}},
            [{"kind": "unfinished_change", "impact": "restart"}],
            None,
        ),
        (
            {**restarting(), "unread": {"daemon.process.reload_needed": "it is hidden"}},
            [RESTART],
            "With which arguments Docker starts next is not known: it is hidden.",
        ),
        ({**restarting(), "unread": {"daemon.process.reload_needed": "it is hidden"}}, [], None),
        (restarting(changed_arguments=[CHANGED]), [RESTART], ": --icc: true -> not given (in /unit). Take them back"),
        (restarting(changed_arguments=[CHANGED]), [RELOAD, RESTART], "--icc: true -> not given"),
        (restarting(changed_arguments=[CHANGED]), [RELOAD], None),
        (restarting(changed_arguments=[CHANGED]), [], None),
        (restarting(changed_arguments=[{**CHANGED, "source": None}] * 10), [RESTART], "-> not given. Take them back"),
        (restarting(changed_arguments=[CHANGED] * 12), [RESTART], "(in /unit); and 2 more. Take them back"),
        (restarting(changed_arguments=[{**CHANGED, "option": None, "next": "odd"}]), [RESTART], "take back: odd. Take"),
    ],
)
def test_a_restart_that_brings_more_than_is_planned(posture: Json, steps: list[Json], words: str | None) -> None:
    found = next_start.blockers(posture, steps)
    assert len(found) == (0 if words is None else 1)
    assert words is None or words in found[0]


def test_what_a_restart_stops_besides() -> None:
    unread = {f"daemon.process.{key}": "hidden" for key in ("dependent_units", "changed_arguments", "other")}
    assert next_start.notes(restarting(dependent_units=["a.service", "b.service"])) == [
        "Units that systemd stops with Docker, and that are started again: a.service, b.service."
    ]
    assert next_start.notes({**restarting(), "unread": unread}) == [
        "Which units systemd stops with Docker is not known: hidden.",
        "Whether Docker then starts with the arguments that it has is not known: hidden.",
    ]
    assert next_start.notes(restarting(dependent_units=[])) == next_start.notes({}) == []


@pytest.mark.parametrize(
    ("states", "live_restore", "kills", "words"),
    [
        (["running"], True, False, None),
        (["running"], True, True, "KillMode=process in a drop-in of docker.service (now mixed)"),
        (["paused"], True, True, "KillMode=process"),
        (["exited", "created"], True, True, None),
        ([], True, True, None),
        (["running"], False, True, None),
        (["running"], None, True, None),
        (["running"], True, None, "together with docker.service is not known: the posture does not say"),
    ],
)
def test_live_restore_that_keeps_nothing(
    states: list[str], live_restore: bool | None, kills: bool | None, words: str | None
) -> None:
    posture = restarting(kill_mode="mixed", **({} if kills is None else {"stop_kills_shims": kills}))
    posture["daemon"]["info"] = {"live_restore": live_restore}
    posture["containers"] = [{"state": state} for state in states]
    said = live_restore_fails(posture)
    assert (said is None) is (words is None)
    assert words is None or words in str(said)
