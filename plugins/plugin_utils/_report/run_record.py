# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a folder of reports says of the runs that wrote to it: how many hosts its reports are about, and which hosts later runs lost.

A run that audits no host leaves the reports as they are. Without this record, who merges folders would take them for those of today.
Where ``audit.json`` says as much, there is no record.
"""

from __future__ import annotations

import os
import time
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.numbers import count_of, is_whole

Json = dict[str, t.Any]

NAME = "runs.json"
VERSION = 1
# Files have no later time.
_END_OF_TIME = 2**63


class Lost(t.NamedTuple):
    """A host that a run lost after its reports were written; ``at`` is in nanoseconds since 1970."""

    host: str
    outcome: str
    error: str
    at: int


class RunRecord(t.NamedTuple):
    """``audited`` is the number of audited hosts in the reports of the folder, None where only these say it."""

    audited: int | None
    lost_since: dict[str, Lost]


def read(directory: str) -> RunRecord:
    """Return the record of a folder. Raises ReportError for a record that is there and cannot be used."""
    path = os.path.join(directory, NAME)
    if not os.path.lexists(path):
        return RunRecord(None, {})
    files.require_own(path)
    document = files.read_json(path)
    if not isinstance(document, dict) or document.get("runs_version") != VERSION:
        raise files.ReportError(f"{path} is no record of runs that this version can read. Remove it, and audit again.")
    listed = document.get("lost_since")
    lost = [one for one in map(_lost, listed if isinstance(listed, list) else []) if one is not None]
    return RunRecord(count_of(document.get("audited")), {one.host: one for one in lost})


def _lost(entry: t.Any) -> Lost | None:
    at = entry.get("at") if isinstance(entry, dict) else None
    if not is_whole(at) or not 0 <= at < _END_OF_TIME or not isinstance(entry.get("host"), str):
        return None
    said = intake.unaudited(entry["host"], str(entry.get("outcome")), str(entry.get("error") or ""))
    return Lost(said["host"], said["outcome"], said["error"], at)


def audited_before(directory: str, record: RunRecord) -> int:
    """Return how many audited hosts the reports of a folder have. The fleet document is read only for this: it may be large."""
    if record.audited is not None:
        return record.audited
    path = os.path.join(directory, "audit.json")
    try:
        return count_of(files.read_json(path)["totals"]["audited"])
    except (LookupError, TypeError):
        return 0
    except files.ReportError:
        # What cannot be read, as it is too large for example, is not replaced by a report about nothing.
        return int(os.path.lexists(path))


def after(
    before: RunRecord, documents: t.Iterable[intake.Document], kept: int, still_lost: t.Container[str]
) -> RunRecord:
    """Return the record after a run. If the earlier reports were kept, ``kept`` is the number of their audited hosts, and this
    run lost all its hosts; otherwise it is 0. Of hosts that are ``still_lost``, their files in the folder are of a run before."""
    audited, lost = 0, dict(before.lost_since)
    now = time.time_ns()
    for document in documents:
        if kept:
            lost[document["host"]] = Lost(document["host"], document["outcome"], str(document["error"]), now)
        else:
            if document["host"] not in still_lost:
                lost.pop(document["host"], None)
            audited += document["outcome"] == "audited"
    return RunRecord(kept or audited, lost)


def write(folder: files.Folder, record: RunRecord, has_fleet_document: bool) -> None:
    """Write the record where a fleet document of the run does not say as much. Raises ReportError."""
    if has_fleet_document and not record.lost_since and not os.path.lexists(os.path.join(folder.path, NAME)):
        return
    lost = [record.lost_since[host]._asdict() for host in sorted(record.lost_since)]
    content: Json = {"runs_version": VERSION, "audited": record.audited, "lost_since": lost}
    folder.write(NAME, files.as_json(content))
