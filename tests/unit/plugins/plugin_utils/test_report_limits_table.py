# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of limits: what was declared beside what is enforced, and that no document can break it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._report import limits_table

Json = dict[str, t.Any]
EQUAL: Json = {"declared": 1 << 29, "enforced": 1 << 29, "verdict": "equal"}


def container(name: str, running: bool = True, unread: str | None = None, **limits: Json) -> Json:
    return {"name": name, "running": running, "limits": limits, "unread": unread}


def made(*containers: Json, most: int = 9, faults_only: bool = False, more: int = 0) -> limits_table.Table | None:
    given = {"containers": list(containers), "more": more}
    return limits_table.table(limits_table.accepted(given), most, faults_only)


@pytest.mark.parametrize(
    ("limit", "cell"),
    [
        (EQUAL, ("512 MiB", None, False)),
        ({"declared": 1 << 29, "enforced": None, "verdict": "not_enforced"}, ("512 MiB", "not in force", True)),
        ({"declared": 3 << 29, "enforced": 1 << 20, "verdict": "differs"}, ("1.5 GiB", "in force: 1 MiB", True)),
        ({"declared": None, "enforced": 2346, "verdict": "undeclared"}, ("–", "in force: 2.3 KiB", False)),
        ({"declared": 100}, ("100 bytes", "in force: not known", True)),
        # A verdict that nobody knows is none that is in order.
        ({"declared": 100, "enforced": 100, "verdict": "fine"}, ("100 bytes", "in force: 100 bytes", True)),
    ],
)
def test_what_is_in_force_is_said_where_it_is_not_what_was_declared(limit: Json, cell: tuple[t.Any, ...]) -> None:
    table = made(container("web", memory_bytes=limit))
    assert table is not None and tuple(table.rows[0].cells[0]) == cell


def test_containers_with_equal_limits_are_one_row_and_faults_come_first() -> None:
    bad = {"declared": 0.5, "enforced": 1.0, "verdict": "differs"}
    table = made(
        *[container(f"web{n}", memory_bytes=EQUAL) for n in range(30)],
        container("old", running=False, memory_bytes={"declared": 1 << 29}),
        container("slow", cpus=bad, cpu_shares={"declared": 512, "enforced": 512, "verdict": "equal"}),
        container("lost", unread="it ended meanwhile"),
        more=3,
    )
    assert table is not None and table.more == 3
    assert [(row.names[0], len(row.names), row.more, row.state) for row in table.rows] == [
        ("slow", 1, 0, "running"),
        ("lost", 1, 0, "running"),
        ("web0", 20, 10, "running"),
        ("old", 1, 0, "stopped"),
    ]
    assert tuple(table.rows[0].cells[2]) == ("0.5", "in force: 1", True)
    assert [one.declared for one in table.rows[0].others] == ["CPU shares 512"]
    assert {tuple(cell) for cell in table.rows[1].cells} == {("–", "in force: not known", True)}
    assert tuple(table.rows[3].cells[0]) == ("512 MiB", None, False)


def test_a_short_table_counts_what_it_leaves_out_and_one_of_faults_alone_has_nothing_else() -> None:
    containers = [container(f"c{n}", pids={"declared": n, "enforced": n, "verdict": "equal"}) for n in range(1, 6)]
    table = made(*containers, most=2)
    assert table is not None and len(table.rows) == 2 and table.more == 3
    assert made(*containers, faults_only=True) is None
    missing = container("bad", pids={"declared": 9, "enforced": None, "verdict": "not_enforced"})
    table = made(*containers, missing, faults_only=True)
    assert table is not None and [row.names for row in table.rows] == [["bad"]] and table.more == 0


@pytest.mark.parametrize(
    "value",
    [None, [], {"containers": 3}, {"containers": []}, {"containers": [None, 7]}],
)
def test_what_is_no_table_is_none(value: t.Any) -> None:
    assert limits_table.table(limits_table.accepted(value), 9, False) is None


def test_values_of_any_kind_are_shown_and_never_raise() -> None:
    odd: Json = {"declared": [1], "enforced": {"a": 1}, "verdict": ["x"]}
    table = made(
        {"name": 5, "running": "yes", "limits": {"pids": odd, "cpus": "x", "evil": EQUAL}, "unread": 3},
        container("y", pids=odd),
    )
    assert table is not None and table.rows[0].cells[3].instead == "in force: ?" and len(table.rows) == 2
