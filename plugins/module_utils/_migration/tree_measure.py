# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure a tree before it is copied, and find everything that forbids to copy it."""

from __future__ import annotations

import os
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._migration import attributes, tree
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import Shift

# More paths of a kind say nothing new.
MAX_LISTED = 100


class Measure:
    """What a tree holds. Lists end after MAX_LISTED paths; ``refusals_found`` and ``sockets_found`` count all."""

    def __init__(self) -> None:
        self.entries = 0
        self.bytes = 0
        # When an entry changed last, by the clock of the file system.
        self.changed_ns = 0
        self.refusals: t.List[str] = []
        self.refusals_found = 0
        self.sockets: t.List[str] = []
        self.sockets_found = 0

    def refuse(self, path: str, reason: str) -> None:
        self.refusals_found += 1
        if len(self.refusals) < MAX_LISTED:
            self.refusals.append(f"{tree.shown(path)}: {reason}")

    def skip_socket(self, path: str) -> None:
        self.sockets_found += 1
        if len(self.sockets) < MAX_LISTED:
            self.sockets.append(tree.shown(path))


def share_of(status: os.stat_result) -> int:
    """Return the bytes of the disk that one name of a file stands for: all its names together make the whole file."""
    return status.st_blocks * 512 // max(status.st_nlink, 1) if stat.S_ISREG(status.st_mode) else 0


def measure(top: int, path: str, shift: Shift, counted: t.Callable[[], None] = lambda: None) -> Measure:
    """Walk the tree and return what it holds. ``counted`` is called for each entry. Raises tree.TreeFault."""
    result = Measure()
    for step in tree.walk(top, path):
        if step.kind == tree.LEAVE:
            continue
        counted()
        if stat.S_ISSOCK(step.status.st_mode):
            result.skip_socket(step.path)
            continue
        result.entries += 1
        result.bytes += share_of(step.status)
        result.changed_ns = max(result.changed_ns, step.status.st_ctime_ns)
        for reason in _reasons_against(step, shift):
            result.refuse(step.path, reason)
    return result


def _reasons_against(step: tree.Step, shift: Shift) -> t.Iterator[str]:
    if shift.uid(step.status.st_uid) is None:
        yield f"its owner {step.status.st_uid} is in no range of the uid map"
    if shift.gid(step.status.st_gid) is None:
        yield f"its group {step.status.st_gid} is in no range of the gid map"
    try:
        attributes.shifted(attributes.read(step.directory, step.name), shift)
    except attributes.Unshiftable as fault:
        yield fault.reason
    except OSError as error:
        raise tree.fault(step.path, error) from None
