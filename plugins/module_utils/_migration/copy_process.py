# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that copies a tree."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.module_utils._migration import copy_progress, copy_run, recorded_process
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_checks import CopyFault, Request
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_progress import Progress


def start(request: Request) -> None:
    """Start the copy and return when its record says that it runs. Raises CopyFault."""

    def begin() -> Progress:
        progress = Progress(request.source, request.destination)
        progress.write(copy_progress.RUNNING)
        return progress

    def work(progress: Progress) -> None:
        copy_run.copy(request, progress)

    does = f"copies to {request.destination}"
    recorded_process.start(recorded_process.Task(does, begin, work, (CopyFault,)), CopyFault)
