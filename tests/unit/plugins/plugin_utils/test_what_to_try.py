# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to try is said of the reason that the connection, the become method or the interpreter gave."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._what_to_try import with_hint


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("Failed to connect to the host via ssh: Host key verification failed.", "compare the host key"),
        ("Data could not be sent: WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!", "compare the host key"),
        ("Missing sudo password", "--ask-become-pass"),
        ("sudo: a password is required", "--ask-become-pass"),
        ("Incorrect sudo password", "--ask-become-pass"),
        ("ops is not in the sudoers file", "Let the user become root"),
        ("ops@web1: Permission denied (publickey).", "Check the user and the key"),
        ("ssh: Could not resolve hostname web1: Name or service not known", "set ansible_host"),
        ("ssh: connect to host 192.0.2.1 port 22: Connection timed out", "its address and port"),
        ("Timed out waiting for the connection", "its address and port"),
        ("/bin/sh: 1: /usr/bin/python3: not found", "Install python3"),
        ("The module interpreter '/usr/bin/python9' was not found.", "Install python3"),
        ("SyntaxError: future feature annotations is not defined", "Python 3.8 or newer"),
        ("to use the 'ssh' connection type with passwords you must install the sshpass program", "Install sshpass"),
    ],
)
def test_a_reason_has_what_to_try(error: str, said: str) -> None:
    shown = with_hint(error, "web1")
    assert shown.startswith(error) and said in shown
    assert "ansible -m ansible.builtin.ping web1" in shown


def test_a_reason_that_nobody_knows() -> None:
    assert with_hint("no such subset", "web1") == "no such subset"
    assert with_hint("gone", "web1", unreachable=True) == (
        "gone. To see it alone: ansible -m ansible.builtin.ping web1 (with the same inventory and options)."
    )
