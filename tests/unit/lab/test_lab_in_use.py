# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab has the tests of one process at a time: a second one would take the first one's hosts away."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support import lab_host


def test_a_second_user_of_a_lab_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAWALL_LAB_CACHE", str(tmp_path / "one"))
    first = lab_host.LabHosts(tmp_path)
    with pytest.raises(RuntimeError, match="other tests use the lab in .*/one; SEAWALL_LAB_CACHE names another one"):
        lab_host.LabHosts(tmp_path)
    monkeypatch.setenv("SEAWALL_LAB_CACHE", str(tmp_path / "two"))
    lab_host.LabHosts(tmp_path)
    del first
    monkeypatch.setenv("SEAWALL_LAB_CACHE", str(tmp_path / "one"))
    lab_host.LabHosts(tmp_path)
