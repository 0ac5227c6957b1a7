# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts in the report folders of several runs, each host once.

A slice of an inventory is audited into a folder of its own. The name of a host's file depends on the host's name alone, so
the same host has the same file name in each folder, and nothing is read to find it twice. A findings document has no time of
its audit; the time at which its file was written decides which one is the newest.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, intake, run_record

MOST_HOSTS = 200_000


class HostFile(t.NamedTuple):
    """The newest that is known of a host: the folder and the file that say it, when it was written (in nanoseconds since
    1970), and the older ones, newest first.

    ``lost`` is set where the last run in that folder did not audit the host. Then the file is the record of runs.
    """

    folder: str
    path: str
    written: int
    older: tuple[HostFile, ...] = ()
    lost: run_record.Lost | None = None


def host_files(folders: t.Sequence[str]) -> list[HostFile]:
    """Return the newest file of each host, in the order of file names. Raises ReportError.

    A folder without ``hosts`` is an error: a slice that did not run must not look like one without hosts. Of files that were
    written at the same moment, that of the folder named last counts.
    """
    folders = each_once(folders)
    found: dict[str, list[HostFile]] = {}
    for folder in folders:
        listed = _listed(folder)
        for name, written in listed.items():
            path = os.path.join(folder, "hosts", name)
            found.setdefault(name, []).append(HostFile(folder, path, written))
        for lost in run_record.read(folder).lost.values():
            name = files.host_file_name(lost.host)
            path, at = os.path.join(folder, run_record.NAME), lost.at
            written = listed.get(name, 0)
            if written >= at and lost.older and lost.older == run_record.digest_of(folder, lost.host):
                # A copy of the file, made without its time. No run wrote it after the loss.
                at = written
            found.setdefault(name, []).append(HostFile(folder, path, at, lost=lost))
        if len(found) > MOST_HOSTS:
            raise files.ReportError(f"The folders hold more than {MOST_HOSTS:,} hosts, which one report cannot show.")
    newest = []
    for name in sorted(found):
        # Of equal ones, sorting keeps the order, in which the folder named last is the last.
        *older, first = sorted(found[name], key=lambda one: one.written)
        newest.append(first._replace(older=tuple(reversed(older))))
    return newest


def each_once(folders: t.Iterable[str]) -> list[str]:
    """Return the folders without those that are named twice, by whatever path. Raises ReportError."""
    found: dict[str, str] = {}
    for folder in folders:
        if "\0" in folder:
            raise files.ReportError(f"{visible(folder)} is no folder of reports: its name holds a null character.")
        found[os.path.realpath(folder)] = folder
    return list(found.values())


def require_none_newer(directory: str, found: t.Iterable[HostFile]) -> None:
    """Raise ReportError if the files of these hosts would replace newer ones in a folder that is not merged."""
    newer = []
    for file in found:
        name = files.host_file_name(file.lost.host) if file.lost is not None else os.path.basename(file.path)
        path = os.path.join(directory, "hosts", name)
        if os.path.lexists(path) and os.lstat(path).st_mtime_ns > file.written:
            newer.append(path)
    if newer:
        more = f" and {len(newer) - 1} more" if newer[1:] else ""
        raise files.ReportError(
            f"{visible(newer[0])}{more} would be replaced by what an older file says of the same host. If what is there is to count,"
            f" merge {visible(directory)} as well (report_folders). If not, choose another folder for the report."
        )


def _listed(folder: str) -> dict[str, int]:
    """Return the names of a folder's host files and when each was written, in nanoseconds. Raises ReportError."""
    place = os.path.join(folder, "hosts")
    try:
        with os.scandir(place) as entries:
            names = [entry.name for entry in entries if entry.name.endswith(".json")]
    except OSError as error:
        raise files.ReportError(
            f"{visible(folder)} is no folder of reports: {visible(place)} cannot be read: {os.strerror(error.errno or 0)}."
            " Each folder must be an audit_report_directory of a run with the format json."
        ) from None
    if not names:
        raise files.ReportError(f"{visible(place)} holds no host. Was the slice audited?")
    return {name: files.require_own(os.path.join(place, name)).st_mtime_ns for name in names}


def document_of(file: HostFile) -> tuple[intake.Document, files.Source | None]:
    """Return the findings document in a file, and the file if it holds exactly that. A file that cannot be used is a host
    whose audit failed, with the reason; an older one does not take its place."""
    if file.lost is not None:
        return intake.unaudited(file.lost.host, file.lost.outcome, file.lost.error), None
    name = os.path.basename(file.path)
    unnamed = name[: -len(".json")]
    try:
        found, text = files.read_json_and_text(file.path)
    except files.ReportError as problem:
        return intake.unaudited(unnamed, "failed", f"Its findings are lost: {problem}"), None
    document = intake.accepted(found, unnamed=unnamed)
    if files.host_file_name(document["host"]) != name:
        reason = f"The file {file.path} has the findings of {document['host']}, whose file has another name."
        return intake.unaudited(unnamed, "failed", reason), None
    return document, files.Source(file.path, text) if document == found else None
