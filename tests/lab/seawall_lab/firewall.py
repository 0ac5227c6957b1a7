# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking an engine's packet filter rules away again. Pure: text of iptables-save in, text for iptables-restore out."""

from __future__ import annotations

import re

_CHAIN = re.compile(r"^:(DOCKER\S*) ")
_POLICY = re.compile(r"^:FORWARD (ACCEPT|DROP) ")
_TO_DOCKER = re.compile(r" -j DOCKER\S*( |$)")
_BRIDGE = re.compile(r"(?<!\S)(docker0|br-[0-9a-f]{12})(?!\S)")


def has_docker_chains(saved: str) -> bool:
    """Whether an engine has left or is keeping rules here."""
    return any(_CHAIN.match(line) for line in saved.splitlines())


def forward_policy(saved: str) -> str | None:
    """What the filter table does with packets that no forwarding rule takes; None when it has no such chain."""
    table = ""
    for line in saved.splitlines():
        table = line[1:] if line.startswith("*") else table
        match = _POLICY.match(line)
        if match and table == "filter":
            return match.group(1)
    return None


def without_docker(saved: str, policy: str | None, subnet: str | None) -> str:
    """The same rule set without an engine's chains, without rules that name them, its bridges or the lab's network.

    `policy` is the forwarding policy from before the engine, which sets it to DROP and never back.
    """
    kept = []
    table = ""
    for line in saved.splitlines():
        table = line[1:] if line.startswith("*") else table
        if _CHAIN.match(line):
            continue
        if line.startswith("-A DOCKER"):
            continue
        if line.startswith("-A ") and (_TO_DOCKER.search(line) or _BRIDGE.search(line)):
            continue
        if subnet and line.startswith("-A ") and f" {subnet} " in line:
            continue
        if policy and table == "filter" and _POLICY.match(line):
            kept.append(_POLICY.sub(f":FORWARD {policy} ", line))
        else:
            kept.append(line)
    return "\n".join(kept) + "\n"
