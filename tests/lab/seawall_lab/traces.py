# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an engine leaves on a machine when it stops, and how the lab takes it away again."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import firewall
from .process import run

TOOLS = ("ip", "iptables-save", "iptables-restore", "ip6tables-save", "ip6tables-restore")
_FAMILIES = ("iptables", "ip6tables")
_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
_BRIDGE = "docker0"
# A signing key of no use without a registry, and directories that stay empty. Deepest first.
_FILES = (Path("/etc/docker/key.json"),)
_DIRECTORIES = tuple(
    Path(name) for name in ("/etc/docker", "/opt/containerd/bin", "/opt/containerd/lib", "/opt/containerd")
)


def before() -> dict[str, Any]:
    """What is there before the engine starts, as it is kept beside the engine's process id."""
    rules = {family: run([f"{family}-save"]) for family in _FAMILIES}
    return {
        "forwarding": _FORWARDING.read_text(encoding="ascii").strip(),
        "policies": {family: firewall.forward_policy(text) for family, text in rules.items()},
        "foreign_rules": [family for family, text in rules.items() if firewall.has_docker_chains(text)],
        "bridge": _has_bridge(),
        "paths": [str(path) for path in (*_FILES, *_DIRECTORIES) if path.exists()],
    }


def _has_bridge() -> bool:
    return any(name == _BRIDGE for _index, name in socket.if_nameindex())


def remove(notes: dict[str, Any]) -> None:
    """Take away what was not there before; the rest stays as it is."""
    if not notes["bridge"] and _has_bridge():
        run(["ip", "link", "delete", _BRIDGE])
    for family in _FAMILIES:
        rules = run([f"{family}-save"])
        if family not in notes["foreign_rules"] and firewall.has_docker_chains(rules):
            # Read and written whole, so that there is no moment with half of the rules.
            kept = firewall.without_docker(rules, notes["policies"][family])
            run([f"{family}-restore"], stdin=kept.encode())
    _FORWARDING.write_text(notes["forwarding"] + "\n", encoding="ascii")
    for path in _FILES:
        if str(path) not in notes["paths"]:
            path.unlink(missing_ok=True)
    for path in _DIRECTORIES:
        if str(path) not in notes["paths"]:
            # Not empty means that somebody uses it.
            with suppress(OSError):
                path.rmdir()
