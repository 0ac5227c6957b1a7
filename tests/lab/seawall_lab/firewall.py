# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking an engine's packet filter rules away again. Pure: text of iptables-save in, text for iptables-restore out."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise

_CHAIN = re.compile(r"^:(DOCKER\S*) ")
_POLICY = re.compile(r"^:FORWARD (ACCEPT|DROP) ")
_BRIDGE = re.compile(r"docker0|br-[0-9a-f]{12}")


def has_docker_chains(saved: str) -> bool:
    """Whether an engine has left or is keeping rules here."""
    return any(_CHAIN.match(line) for line in saved.splitlines())


def forward_policy(saved: str) -> str:
    """What the filter table does with packets that no forwarding rule takes; a table not yet in use accepts them."""
    table = ""
    for line in saved.splitlines():
        table = line[1:] if line.startswith("*") else table
        match = _POLICY.match(line)
        if match and table == "filter":
            return match.group(1)
    return "ACCEPT"


def _is_dockers(rule: str) -> bool:
    # Split as a shell would: a comment may hold anything, and is one word then.
    words = shlex.split(rule)
    for option, value in pairwise(words):
        if option in ("-A", "-j", "-g") and value.startswith("DOCKER"):
            return True
        if option in ("-i", "-o") and _BRIDGE.fullmatch(value):
            return True
    return False


def without_docker(saved: str, policy: str) -> str:
    """The same rule set without an engine's chains, and without rules that name these or one of its bridges.

    `policy` is the forwarding policy from before the engine, which sets it to DROP and never back.
    """
    kept = []
    table = ""
    for line in saved.splitlines():
        table = line[1:] if line.startswith("*") else table
        if _CHAIN.match(line):
            continue
        if line.startswith("-A ") and _is_dockers(line):
            continue
        if table == "filter" and _POLICY.match(line):
            kept.append(_POLICY.sub(f":FORWARD {policy} ", line))
        else:
            kept.append(line)
    return "\n".join(kept) + "\n"
