# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running hosts as an Ansible inventory. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from .hosts import Address
from .sshkey import SSH_OPTIONS


def _yaml(value: object) -> str:
    # Every JSON scalar is a YAML scalar, which spares a dependency for a file of this size.
    return json.dumps(value)


def render(addresses: Iterable[Address], key: Path) -> str:
    """YAML with one group for all, and one for each kind of host, service manager and suite."""
    hosts = list(addresses)
    groups: dict[str, list[str]] = {}
    lines = ["all:", "  children:", "    lab:", "      hosts:" if hosts else "      hosts: {}"]
    for address in hosts:
        recipe = address.recipe
        lines += [
            f"        {recipe.name}:",
            f"          ansible_host: {_yaml(address.host)}",
            f"          ansible_port: {address.port}",
        ]
        for group in (f"lab_{recipe.kind.value}", f"lab_{recipe.service_manager}", f"lab_suite_{recipe.suite}"):
            groups.setdefault(group, []).append(recipe.name)
    shared = {
        "ansible_connection": "ssh",
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(key),
        "ansible_ssh_common_args": " ".join(SSH_OPTIONS),
        "ansible_pipelining": True,
        "ansible_python_interpreter": "/usr/bin/python3",
    }
    lines.append("      vars:")
    lines += [f"        {name}: {_yaml(value)}" for name, value in shared.items()]
    for group, names in sorted(groups.items()):
        lines += [f"    {group}:", "      hosts:", *(f"        {name}: {{}}" for name in names)]
    return "\n".join(lines) + "\n"
