# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module ``migration_copy`` does: start a copy, or go on waiting for the one that runs."""

from __future__ import annotations

import os
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.write_lock import write_lock
from ansible_collections.seawall.docker.plugins.module_utils._host.looks import FileFault
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._migration import (
    copy_process,
    copy_progress,
    copy_run,
    recorded_process,
)
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_checks import CopyFault, Request, last_kept

_SHOWN = (
    "phase",
    "bytes",
    "bytes_total",
    "entries",
    "entries_total",
    "seconds",
    "seconds_left",
    "sockets",
    "sockets_found",
    "differences",
    "differences_found",
)


def run(host: Host, request: Request, wait: float, check_mode: bool) -> t.Dict[str, t.Any]:
    """Return the module's result. Raises CopyFault."""
    if os.geteuid() != 0:
        raise CopyFault("only root can copy a tree with its owners (become)")
    record = copy_progress.read(host, request.destination)
    if record is not None and record["state"] == copy_progress.FAILED and not check_mode:
        _report_failure(record)
    if record is None or record["state"] != copy_progress.RUNNING:
        found = copy_run.look(request)
        if found.done:
            return _complete(request, record, check_mode)
        if check_mode:
            return _foreseen(request, found)
        _start(host, request)
        return _wait(host, request, wait, True, check_mode)
    if record["source"] != request.source:
        raise CopyFault(f"{record['source']} is just being copied to {request.destination}; wait for its end")
    return _wait(host, request, 0 if check_mode else wait, False, check_mode)


def _start(host: Host, request: Request) -> None:
    try:
        with write_lock("migration_copy"):
            record = copy_progress.read(host, request.destination)
            if record is None or record["state"] != copy_progress.RUNNING:
                copy_process.start(request)
    except FileFault as fault:
        raise CopyFault(fault.reason) from None


def _wait(host: Host, request: Request, wait: float, changed: bool, check_mode: bool) -> t.Dict[str, t.Any]:
    end = time.monotonic() + wait
    record = recorded_process.wait(host, request.destination, end, f"copies to {request.destination}", CopyFault)
    if record["state"] == copy_progress.RUNNING:
        return _result(request, copy_progress.RUNNING, record, changed)
    if record["state"] == copy_progress.FAILED:
        _report_failure(record)
    if not copy_run.look(request).done:
        raise CopyFault(
            f"somebody changed {request.source} or moved {request.destination} away when the copy was complete"
        )
    return _complete(request, record, check_mode)


def _report_failure(record: t.Dict[str, t.Any]) -> t.NoReturn:
    recorded_process.report_failure(record, lambda reason: CopyFault(reason, record["refusals"]))


def _complete(request: Request, record: t.Optional[t.Dict[str, t.Any]], check_mode: bool) -> t.Dict[str, t.Any]:
    """The first run that sees a copy complete says that something changed, whichever run started it."""
    if record is None or record["state"] != copy_progress.COMPLETE or check_mode:
        return _result(request, copy_progress.COMPLETE, record or {}, False)
    return _result(request, copy_progress.COMPLETE, record, copy_progress.set_reported(record))


def _foreseen(request: Request, look: copy_run.Look) -> t.Dict[str, t.Any]:
    figures: t.Dict[str, t.Any] = {}
    if look.measure is not None:
        figures = {
            "bytes_total": look.measure.bytes,
            "entries_total": look.measure.entries,
            "sockets": look.measure.sockets,
            "sockets_found": look.measure.sockets_found,
        }
    if look.differences is not None:
        differences = [one._asdict() for one in look.differences.listed]
        figures.update(differences=differences, differences_found=look.differences.found)
    return _result(request, "absent", figures, True)


def _result(request: Request, state: str, record: t.Dict[str, t.Any], changed: bool) -> t.Dict[str, t.Any]:
    return {
        "changed": changed,
        "state": state,
        "source": request.source,
        "destination": request.destination,
        "progress_file": copy_progress.file_of(request.destination),
        "kept": last_kept(request.destination) if request.replace else None,
        **{key: record.get(key) for key in _SHOWN},
    }
