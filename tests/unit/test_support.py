# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is supported is said in one way everywhere: metadata, README, documentation, requirements and tests."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from ansible_collections.seawall.docker.tests.support.ansible_cores import CORES
from ansible_collections.seawall.docker.tests.tools import support_table

ROOT = Path(__file__).resolve().parents[2]
SPAN = f"ansible-core {CORES[0].series} to {CORES[-1].series}"


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_the_page_of_what_is_supported_is_current() -> None:
    assert read("docs/support.md") == support_table.page(), "run tests/tools/support_table.py"


def test_metadata_and_pages_agree() -> None:
    assert yaml.safe_load(read("meta/runtime.yml"))["requires_ansible"] == f">={CORES[0].series}.0"
    assert SPAN in read("README.md") and SPAN in read("docs/support.md")
    # Whatever else the pages say of a release, it is one of these.
    series = {core.series for core in CORES}
    for path in ("README.md", "CONTRIBUTING.md", "SECURITY.md"):
        assert set(re.findall(r"ansible-core (2\.\d+)", read(path))) <= series
    assert "Python 3.8 or later" in read("README.md")


def test_the_releases_that_are_installed_are_supported_ones() -> None:
    pinned = set(re.findall(r"ansible-core==([\d.]+)", read("requirements.txt")))
    assert pinned and pinned <= {core.release for core in CORES}


def test_every_release_runs_in_the_workflow() -> None:
    jobs = yaml.safe_load(read(".github/workflows/checks.yml"))["jobs"]
    assert jobs["units"]["strategy"]["matrix"]["core"] == [core.series for core in CORES]
