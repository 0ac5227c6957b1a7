# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same where live restore is turned on first, which the journey of test_hardening shows of fewer containers."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.seawall.docker.tests.support.foretold import hardened_otherwise
from ansible_collections.seawall.docker.tests.support.lab_host import LabHost, on_each


def test_what_was_foreseen_with_live_restore_comes_true(lab_hosts: list[LabHost], tmp_path: Path) -> None:
    found = on_each(lab_hosts, lambda host: hardened_otherwise(host, tmp_path, True))
    assert [line for lines in found.values() for line in lines] == []
