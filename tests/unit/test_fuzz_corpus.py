# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fuzzer, or an incident, once found: each kept case must stay harmless."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parents[1] / "fuzz" / "corpus"
CASES = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


def test_every_folder_of_cases_belongs_to_a_target_and_every_target_has_cases() -> None:
    assert {path.parent.name for path in CASES} == set(TARGETS)


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_a_case_that_was_found_is_harmless(target: str) -> None:
    for case in CASES:
        if case.parent.name == target:
            TARGETS[target](case.read_bytes())
