# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dry run tells of each container, and of each finding, what then comes true: on every kind of host."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.seawall.docker.tests.support.foretold import hardened_otherwise
from ansible_collections.seawall.docker.tests.support.lab_host import LabHost, on_each


def test_what_was_foreseen_of_a_plain_restart_comes_true(lab_hosts: list[LabHost], tmp_path: Path) -> None:
    found = on_each(lab_hosts, lambda host: hardened_otherwise(host, tmp_path, False))
    assert [line for lines in found.values() for line in lines] == []
