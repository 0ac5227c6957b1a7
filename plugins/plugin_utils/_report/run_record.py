# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the files of hosts in a folder of reports do not say: which hosts later runs lost, and how many hosts its reports are about.

A run that audits no host leaves the reports as they are, and a run without the format json writes no files of hosts. Without this
record, who merges folders would take the files there for those of the last run.
"""

from __future__ import annotations

import hashlib
import os
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils import _reading
from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.numbers import count_of, is_whole

Json = dict[str, t.Any]

NAME = "runs.json"
VERSION = 1
# Files have no later time.
_END_OF_TIME = 2**63
# Of a folder without reports, these may be left.
_NO_REPORTS = {"fixes", "hosts", "limits-proofs", "pages", "plans", "postures", "proofs", NAME}


class Lost(t.NamedTuple):
    """A host that a run lost at the time ``at`` (in nanoseconds since 1970), where the file of the host does not say so.

    ``older`` is the SHA-256 of that file: its time says nothing once somebody copied the folder. "" if there was none.
    """

    host: str
    outcome: str
    error: str
    at: int
    older: str = ""


class RunRecord(t.NamedTuple):
    """``audited`` is the number of audited hosts in the last reports of the folder, None where the record does not say it."""

    audited: int | None
    lost: dict[str, Lost]


def read(directory: str) -> RunRecord:
    """Return the record of a folder. Raises ReportError for a record that is there and cannot be used."""
    path = os.path.join(directory, NAME)
    if not os.path.lexists(path):
        return RunRecord(None, {})
    files.require_own(path)
    document = files.read_json(path)
    if not isinstance(document, dict) or document.get("runs_version") != VERSION:
        raise files.ReportError(
            f"{path} is no record of runs that this version can read. If you remove it, hosts that the last runs lost are shown as"
            " they were before."
        )
    listed = document.get("lost")
    lost = [one for one in map(_lost, listed if isinstance(listed, list) else []) if one is not None]
    return RunRecord(
        document["audited"] if is_whole(document.get("audited")) else None, {one.host: one for one in lost}
    )


def _lost(entry: t.Any) -> Lost | None:
    at = entry.get("at") if isinstance(entry, dict) else None
    if not is_whole(at) or not 0 <= at < _END_OF_TIME or not isinstance(entry.get("host"), str):
        return None
    said = intake.unaudited(entry["host"], str(entry.get("outcome")), str(entry.get("error") or ""))
    return Lost(said["host"], said["outcome"], said["error"], at, str(entry.get("older") or ""))


def digest_of(directory: str, host: str) -> str:
    """Return the SHA-256 of a host's file in a folder, "" where there is none that can be read."""
    try:
        text = _reading.text_of(os.path.join(directory, "hosts", files.host_file_name(host)))
    except _reading.Unreadable:
        return ""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def audited_before(directory: str, record: RunRecord) -> int:
    """Return how many audited hosts the reports of a folder have. The fleet document is read only for this: it may be large."""
    if not any(os.path.lexists(os.path.join(directory, name)) for name in files.OURS - _NO_REPORTS):
        return 0
    # Each may be of a run that was cut off before it wrote the other.
    return max(record.audited or 0, _audited_by_fleet_document(os.path.join(directory, "audit.json")))


def _audited_by_fleet_document(path: str) -> int:
    try:
        return count_of(files.read_json(path)["totals"]["audited"])
    except (LookupError, TypeError):
        return 0
    except files.ReportError:
        # What cannot be read, as it is too large for example, is not replaced by a report about nothing.
        return int(os.path.lexists(path))


def write(
    folder: files.Folder, audited: int, told: t.Mapping[str, int], lost: t.Iterable[Lost], has_fleet_document: bool
) -> None:
    """Write the record after a run, where a fleet document of the run does not say as much. Raises ReportError.

    ``told`` are the hosts whose state is in the reports of this run, with its time. ``lost`` are the hosts that it lost and that have no
    file which says so. What another run wrote to the record meanwhile stays.
    """
    known = read(folder.path)
    left = {host: one for host, one in known.lost.items() if host not in told or told[host] < one.at}
    for one in lost:
        if one.host not in left or left[one.host].at < one.at:
            left[one.host] = one._replace(older=digest_of(folder.path, one.host))
    if has_fleet_document and not left and not os.path.lexists(os.path.join(folder.path, NAME)):
        return
    entries = [left[host]._asdict() for host in sorted(left)]
    folder.write(NAME, files.as_json({"runs_version": VERSION, "audited": audited, "lost": entries}))
