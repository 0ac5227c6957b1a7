# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands on a host: what its shell gets to see."""

from __future__ import annotations

from pathlib import Path

import pytest
from seawall_lab.hosts import Address, Remote
from seawall_lab.recipes import RECIPES

REMOTE = Remote(Address(RECIPES["vm"], "127.0.0.1", 2224), Path("/key"))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), []),
        (("docker ps | wc -l",), ["docker ps | wc -l"]),
        (("sh", "-c", "echo a b"), ["sh -c 'echo a b'"]),
        (("docker", "info", "--format", "{{.ID}}"), ["docker info --format '{{.ID}}'"]),
    ],
)
def test_one_word_is_shell_and_several_are_one_command(words: tuple[str, ...], line: list[str]) -> None:
    command = REMOTE.command(*words)
    assert command[0] == "ssh"
    assert command[command.index("root@127.0.0.1") + 1 :] == line


def test_host_keys_are_neither_asked_for_nor_kept() -> None:
    assert {"StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes"} <= set(REMOTE.command())
