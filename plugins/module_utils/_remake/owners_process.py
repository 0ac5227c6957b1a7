# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that shifts the owners of directories, or takes that back. It works on without the session that started it."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._migration import (
    owner_shift,
    recorded_process,
    staging,
    tree,
)
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_progress import Progress
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import MapFault
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import RemakeFailure
from ansible_collections.seawall.docker.plugins.module_utils._remake.owners import SHIFTED, Owners


class Directory(t.NamedTuple):
    path: str
    survey: owner_shift.Survey


def start(state: str, owners: Owners, directories: t.List[Directory], missing: t.List[str]) -> None:
    """Start it, and return when its record says that it runs. ``state`` is SHIFTED for the way out. Raises RemakeFailure."""

    def begin() -> Progress:
        progress = Progress(state, owners.place)
        progress.note(dropped=[], missing=missing)
        progress.expect(0, sum(one.survey.entries for one in directories))
        progress.phase("shift")
        return progress

    def work(progress: Progress) -> None:
        (_shift if state == SHIFTED else _take_back)(owners, directories, progress)

    faults = (tree.TreeFault, MapFault, RemakeFailure, OSError)
    recorded_process.start(recorded_process.Task("shifts owners", begin, work, faults), RemakeFailure)


def _shift(owners: Owners, directories: t.List[Directory], progress: Progress) -> None:
    for one in directories:
        with opened(one.path) as descriptor:
            done = owner_shift.apply(
                descriptor, one.path, owners.shift(True), one.survey, owners.trust(), progress.tick
            )
            staging.write_out(descriptor)
        owners.set(one.path, SHIFTED, done.seals)
        owners.write()


def _take_back(owners: Owners, directories: t.List[Directory], progress: Progress) -> None:
    shift, trust = owners.shift(False), owners.trust()
    dropped: t.List[str] = []
    for one in directories:
        with opened(one.path) as descriptor:
            done = owner_shift.apply(descriptor, one.path, shift, one.survey, trust, progress.tick)
            staging.write_out(descriptor)
        dropped += done.dropped
        progress.note(dropped=dropped[:100])
        # What else lies in another directory that is still to come has new seals.
        trust = trust._replace(seals=trust.seals | set(done.seals))
        del owners.paths[one.path]
        owners.write()


@contextlib.contextmanager
def opened(path: str) -> t.Iterator[int]:
    """Open a directory below ones that only root can change. Raises tree.TreeFault."""
    above = staging.open_trusted(os.path.dirname(path), "the directory above")
    try:
        try:
            descriptor = tree.open_directory(os.path.basename(path), above)
        except OSError as error:
            raise tree.TreeFault(f"{path}: {error.strerror}") from None
    finally:
        os.close(above)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
