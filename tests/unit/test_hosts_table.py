# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of what is tried where is made from the tests as they are."""

from __future__ import annotations

from ansible_collections.seawall.docker.tests.tools import hosts_table


def test_the_table_of_hosts_is_current() -> None:
    assert hosts_table.DOCUMENT.read_text(encoding="utf-8") == hosts_table.table(), "run tests/tools/hosts_table.py"


def test_every_test_on_whole_hosts_is_seen_to_run_somewhere() -> None:
    rows = [line for line in hosts_table.table().splitlines() if line.startswith("| ") and "bookworm" not in line]
    assert rows and all("●" in row for row in rows)
