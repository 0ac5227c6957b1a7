# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A detached process with a record of how far it is, which says at last that it is complete or of what it failed.

Messages call it "the process that …" and what it ``does``, and are raised as what ``failure`` makes of them.
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._migration import copy_progress, detached
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_progress import Progress

_PAUSE_SECONDS = 0.2


class Task(t.NamedTuple):
    """``begin`` makes the record, in the process that it is about, and writes it.

    ``faults`` are what ``work`` raises where it cannot do it, each with a ``reason`` or a text that says why.
    """

    does: str
    begin: t.Callable[[], Progress]
    work: t.Callable[[Progress], None]
    faults: t.Tuple[t.Type[Exception], ...]


def start(task: Task, failure: t.Callable[[str], Exception]) -> None:
    """Start the process, and return when its record says that it runs."""

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


def wait(
    host: Host, destination: str, end: float, does: str, failure: t.Callable[[str], Exception]
) -> t.Dict[str, t.Any]:
    """Return the record when the process has ended, or at ``end`` (of the monotonic clock) as it is then."""
    while True:
        record = copy_progress.read(host, destination)
        if record is None or record["state"] == copy_progress.INTERRUPTED:
            raise failure(f"the process that {does} was killed; run this again")
        if record["state"] != copy_progress.RUNNING or time.monotonic() >= end:
            return record
        time.sleep(_PAUSE_SECONDS)


def report_failure(record: t.Dict[str, t.Any], failure: t.Callable[[str], Exception]) -> t.NoReturn:
    """Raise what it failed of, once: without its record, the next run tries again."""
    reason = str(record["reason"])
    try:
        copy_progress.forget(record["destination"])
    except OSError as error:
        file = copy_progress.file_of(record["destination"])
        raise failure(f"{reason} (and its record {file} cannot be removed: {error.strerror})") from None
    raise failure(reason)


def _reason(task: Task, fault: Exception) -> str:
    if isinstance(fault, OSError):
        return f"{fault.strerror}: {fault.filename or f'the process that {task.does}'}"
    return str(getattr(fault, "reason", fault))
