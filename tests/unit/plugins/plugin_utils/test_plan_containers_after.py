# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of containers is said beside their forecast."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.containers_after import forecast_of, lines_of

Json = dict[str, t.Any]


def promised(hides: bool = False, **outcomes: str) -> Json:
    steps = [{"kind": "userns_remap" if hides else "daemon_options", "containers": []}]
    steps[0]["containers"] = [{"id": name * 2, "name": name, "outcome": word} for name, word in outcomes.items()]
    return forecast_of(steps)


def seen(**states: str) -> Json:
    return {
        "containers": [{"id": name * 2, "name": name, "state": word, "exit_code": 3} for name, word in states.items()]
    }


@pytest.mark.parametrize(
    ("forecast", "after", "lines"),
    [
        (promised(web="restarted"), seen(web="running"), ["1 container runs as forecast"]),
        (
            promised(web="restarted", db="keeps_running"),
            seen(web="exited", db="paused"),
            [
                "1 container runs as forecast",
                "container web does not run: exited, exit code 3 (forecast: restarted). See: docker logs web",
            ],
        ),
        (promised(web="started"), seen(), ["container web is gone (forecast: started)"]),
        (promised(web="stopped"), seen(), ["container web is gone (forecast: stopped)"]),
        (promised(web="stopped"), seen(web="running"), ["container web runs (forecast: stopped)"]),
        (
            promised(web="stopped", db="stopped"),
            seen(web="exited", db="created"),
            ["stopped by the restart, as forecast: web, db. To start: docker start web db"],
        ),
        (promised(web="unchanged", db="deleted"), seen(web="exited"), []),
        (promised(), seen(web="exited"), []),
        (
            promised(hides=True, web="stopped"),
            seen(up="running"),
            [],
        ),
        (
            promised(hides=True, web="hidden"),
            seen(old="exited", up="running"),
            ["shown by Docker again, and not running: old. To start: docker start old"],
        ),
        (
            promised(web="restarted"),
            {"unread": {"containers": "the engine did not answer"}},
            ["what became of the containers is not known: the engine did not answer"],
        ),
    ],
)
def test_each_container_that_is_not_as_forecast_has_a_line(forecast: Json, after: Json, lines: list[str]) -> None:
    assert lines_of(forecast, after) == lines


def test_of_several_steps_the_heaviest_counts() -> None:
    one = {"id": "1", "name": "web"}
    steps = [
        {"kind": "daemon_options", "containers": [{**one, "outcome": "keeps_running"}]},
        {"kind": "daemon_options", "containers": [{**one, "outcome": "stopped"}]},
        {"kind": "file_attributes", "containers": []},
    ]
    assert forecast_of(steps) == {"hides": False, "containers": [{**one, "outcome": "stopped"}]}
