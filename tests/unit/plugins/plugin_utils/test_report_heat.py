# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of hosts by sections."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._report import heat


def document(host: str, *findings: tuple[str, str], outcome: str = "audited") -> dict[str, t.Any]:
    return {
        "host": host,
        "outcome": outcome,
        "findings": [{"section": section, "status": status} for section, status in findings],
    }


@pytest.mark.parametrize(
    ("statuses", "cell"),
    [
        (["pass"] * 3, (0, 3, 0, 0)),
        (["fail"] + ["pass"] * 9, (1, 10, 0, 1)),
        (["fail"] * 2 + ["pass"] * 2, (2, 4, 0, 2)),
        (["fail"] * 3 + ["waived"], (3, 4, 0, 3)),
        (["fail"] * 9 + ["pass"], (9, 10, 0, 4)),
        (["fail"], (1, 1, 0, 4)),
        (["unknown", "manual"], (0, 0, 1, None)),
        (["pass", "unknown"], (0, 1, 1, 0)),
        (["not_applicable"], (0, 0, 0, None)),
        ([], (0, 0, 0, None)),
    ],
)
def test_a_cell_is_the_darker_the_more_fails(statuses: list[str], cell: tuple[t.Any, ...]) -> None:
    found = heat.grid([document("web1", *(("2", status) for status in statuses))], ["2"])
    assert [tuple(one) for one in found.rows[0].cells] == [cell]


def test_hosts_that_were_not_audited_have_no_row_and_many_hosts_are_cut_off() -> None:
    documents = [
        document("lost", outcome="unreachable"),
        *(document(f"web{number}", ("2", "pass")) for number in range(120)),
    ]
    found = heat.grid(documents, ["1", "2"])
    assert len(found.rows) == heat.MOST_HOSTS and found.more == 20
    assert found.rows[0].host == "web0" and found.rows[0].cells[0].shade is None


def test_a_section_that_is_not_shown_counts_nowhere() -> None:
    assert heat.grid([document("web1", ("9", "fail"))], ["1"]).rows[0].cells[0].decided == 0
