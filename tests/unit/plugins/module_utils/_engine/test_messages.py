# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of an engine's message is shown."""

from __future__ import annotations

import json

from ansible_collections.seawall.docker.plugins.module_utils._engine.answers import message_of, shortened


def test_the_cause_at_the_end_of_a_long_message_is_kept() -> None:
    long = f"failed to create task: {'x' * 500}: fork/exec /nope: no such file"
    said = message_of(json.dumps({"message": long}).encode())
    assert said.startswith("failed to create task: xxx") and said.endswith("xxx: fork/exec /nope: no such file")
    assert " ... " in said and len(said) == 400


def test_a_message_that_is_short_enough_stays_whole() -> None:
    assert shortened("a" * 400) == "a" * 400 and len(shortened("a" * 401)) == 400
    assert message_of(b"{}") == "no message"
