# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says of a host where the module did not even begin."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.plugins.action.evaluate import _module_fault

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
    assert _module_fault({"msg": message, "module_stderr": stderr, "failed": True}).startswith(said)


def test_a_message_of_its_own_is_kept() -> None:
    assert _module_fault({"msg": "no such subset", "module_stderr": "noise"}) == "no such subset"
    assert _module_fault({}) == "the module posture_info failed without a message"
