# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A detached process with a record of how far it is, which says at last that it is complete or of what it failed."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._migration import copy_progress, detached
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_progress import Progress


class Task(t.NamedTuple):
    """``does`` completes "the process that …". ``begin`` makes the record, in the process that it is about, and writes it.

    ``faults`` are what ``work`` raises where it cannot do it, each with a ``reason`` or a text that says why.
    """

    does: str
    begin: t.Callable[[], Progress]
    work: t.Callable[[Progress], None]
    faults: t.Tuple[t.Type[Exception], ...]


def start(task: Task, failure: t.Callable[[str], Exception]) -> None:
    """Start the process, and return when its record says that it runs. Raises what ``failure`` makes of the reason."""

    def run(ready: t.Callable[[], None]) -> None:
        progress = task.begin()
        ready()
        try:
            task.work(progress)
        except task.faults as fault:
            progress.fail(_reason(task, fault), list(getattr(fault, "refusals", [])))
        else:
            progress.write(copy_progress.COMPLETE)

    try:
        if detached.start(run):
            return
    except OSError as error:
        raise failure(f"cannot start a process that {task.does}: {error.strerror}") from None
    raise failure(f"the process that {task.does} ended at once; see the log of the kernel")


def _reason(task: Task, fault: Exception) -> str:
    if isinstance(fault, OSError):
        return f"{fault.strerror}: {fault.filename or f'the process that {task.does}'}"
    return str(getattr(fault, "reason", fault))
