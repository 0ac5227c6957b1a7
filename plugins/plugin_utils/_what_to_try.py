# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to try where a host could not be asked, by what the connection, the become method or the interpreter said."""

from __future__ import annotations

import re

# The first that fits counts. What a host sends may contain any of these words, so a hint never decides anything.
_HINTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), hint)
    for pattern, hint in (
        (
            r"host key (verification failed|checking)|remote host identification has changed",
            "Connect once with ssh, compare the host key, and accept it; or put it into known_hosts",
        ),
        (r"sshpass", "Install sshpass on the controller, or use a key (ansible_ssh_private_key_file)"),
        (
            r"missing (sudo|become) password|a password is required|incorrect [a-z]+ password|password for .*:",
            "Give the become password with --ask-become-pass, or set ansible_become_password",
        ),
        (
            r"is not in the sudoers|not allowed to (execute|run)|sudo: .*not found|sudo: not found|no tty present",
            "Let the user become root on the host, or set ansible_become_method and ansible_become_user",
        ),
        (
            r"permission denied|authentication fail|too many authentication",
            "Check the user and the key (ansible_user, ansible_ssh_private_key_file, or --ask-pass)",
        ),
        (
            r"could not resolve|name or service not known|nodename nor servname",
            "Check the name of the host in the inventory, or set ansible_host",
        ),
        (
            r"connection refused|timed? ?out|no route to host|network is unreachable|host is down",
            "Check that the host is up, its address and port (ansible_host, ansible_port), and the firewall between",
        ),
        (
            r"interpreter .* not found|python[0-9.]*: (command )?not found|no python interpreters|python.*no such file",
            "Install python3 on the host, or set ansible_python_interpreter to where it is",
        ),
        (
            r"requires (at least )?python|python version|invalid syntax|SyntaxError|future feature annotations",
            "Set ansible_python_interpreter to a Python 3.8 or newer on the host",
        ),
        (
            r"no space left|read-only file system|failed to create temporary directory",
            "Make room on the host, or set ansible_remote_tmp to a directory that can be written",
        ),
    )
)


def hint(error: str, host: str, unreachable: bool) -> str:
    """Return what to try, as sentences with a command that shows the same error. Empty if there is nothing to say."""
    found = next((words for pattern, words in _HINTS if pattern.search(error)), None)
    if found is None and not unreachable:
        return ""
    said = f"{found}. " if found else ""
    return f"{said}To see it alone: ansible -m ansible.builtin.ping {host} (with the same inventory and options)."


def with_hint(error: str, host: str, unreachable: bool = False) -> str:
    """Return the error, and after it what to try."""
    tried = hint(error, host, unreachable)
    if not tried:
        return error
    return f"{error.rstrip()}{'' if error.rstrip().endswith(('.', '!', '?')) else '.'} {tried}"
