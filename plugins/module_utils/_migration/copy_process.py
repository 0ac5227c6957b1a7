# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that copies a tree."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._migration import copy_progress, copy_run, detached
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_checks import CopyFault, Request


def start(request: Request) -> None:
    """Start the copy and return when its record says that it runs. Raises CopyFault, and OSError."""
    if not detached.start(lambda ready: _copy(request, ready)):
        raise CopyFault(f"the process that copies to {request.destination} ended at once; see the log of the kernel")


def _copy(request: Request, ready: t.Callable[[], None]) -> None:
    progress = copy_progress.Progress(request.source, request.destination)
    progress.write(copy_progress.RUNNING)
    ready()
    try:
        copy_run.copy(request, progress)
    except CopyFault as fault:
        progress.fail(fault.reason, fault.refusals)
    else:
        progress.write(copy_progress.COMPLETE)
