# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says of a host where the module did not even begin; and what makes a host fail the play."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.action.evaluate import _offence
from ansible_collections.seawall.docker.plugins.plugin_utils._posture_source import module_fault

# What ansible-core 2.18 says, and what later ones say.
NOTHING_CAME = [
    "MODULE FAILURE: No start of json char found\nSee stdout/stderr for the exact error",
    "Module result deserialization failed: No start of json char found",
]


@pytest.mark.parametrize("message", NOTHING_CAME)
@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        ("/bin/sh: 1: /usr/bin/python3: not found\n", "/bin/sh: 1: /usr/bin/python3: not found"),
        ("sudo: a password is required\n", "sudo: a password is required"),
        ("pyenv: python3.13: command not found\n\nNote: See 'pyenv help'\n", "pyenv: python3.13: command not found"),
        ("Traceback (most recent call last):\n  File x\nOSError: no room\n", "OSError: no room"),
    ],
)
def test_the_reason_is_what_the_host_said(message: str, stderr: str, said: str) -> None:
    assert module_fault({"msg": message, "module_stderr": stderr, "failed": True}).startswith(said)


def test_a_message_of_its_own_is_kept() -> None:
    assert module_fault({"msg": "no such subset", "module_stderr": "noise"}) == "no such subset"
    assert module_fault({}) == "the module failed without a message"


def _finding(rule: str, number: str, status: str) -> dict[str, t.Any]:
    return {"rule": rule, "number": number, "level": 1, "status": status}


@pytest.mark.parametrize(
    ("gate", "unknown_fails", "offence"),
    [
        (
            {"a", "b"},
            True,
            "web1 fails 1 rule of audit_fail_on: 1.1 a, and leaves unknown 1 rule of audit_fail_on: 1.2 b.",
        ),
        ({"a", "b"}, False, "web1 fails 1 rule of audit_fail_on: 1.1 a."),
        ({"b", "c"}, True, "web1 leaves unknown 1 rule of audit_fail_on: 1.2 b."),
        ({"b", "c"}, False, None),
        ({"c"}, True, None),
        (set(), True, None),
    ],
)
def test_a_gate_is_closed_by_what_fails_and_by_what_is_unknown(
    gate: set[str], unknown_fails: bool, offence: str | None
) -> None:
    findings = [_finding("a", "1.1", "fail"), _finding("b", "1.2", "unknown"), _finding("c", "1.3", "manual")]
    document = {"host": "web1", "outcome": "audited", "findings": findings}
    assert _offence(document, gate, unknown_fails) == offence


@pytest.mark.parametrize(
    ("state", "statuses", "offence"),
    [
        ("unreachable", ["unknown", "manual"], "web1 could not be judged at all: it did not answer within 5 seconds."),
        ("unreachable", ["unknown", "manual", "pass"], None),  # its files were judged
        ("unreachable", ["unknown", "fail"], None),
        ("unreachable", ["unknown", "waived"], None),
        ("unreachable", ["manual", "not_applicable"], None),  # nothing is unknown
        ("running", ["unknown"], None),
        ("stopped", ["unknown", "manual"], None),
    ],
)
def test_a_host_of_which_an_engine_that_hangs_leaves_nothing_is_no_success(
    state: str, statuses: list[str], offence: str | None
) -> None:
    findings = [_finding(f"r{number}", f"1.{number}", status) for number, status in enumerate(statuses)]
    engine = {"state": state, "reason": "it did not answer within 5 seconds"}
    document = {"host": "web1", "outcome": "audited", "findings": findings, "engine": engine}
    assert _offence(document, set(), False) == offence
