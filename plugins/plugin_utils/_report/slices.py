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
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, intake

MOST_HOSTS = 200_000


class HostFile(t.NamedTuple):
    """The newest file of a host: its folder, its path, and the older ones of other folders."""

    folder: str
    path: str
    older: tuple[str, ...]


def host_files(folders: t.Sequence[str]) -> list[HostFile]:
    """Return the newest file of each host, in the order of file names. Raises ReportError.

    A folder without ``hosts`` is an error: a slice that did not run must not look like one without hosts. Of files that were
    written at the same moment, that of the folder named last counts.
    """
    found: dict[str, list[tuple[int, int, str]]] = {}
    for position, folder in enumerate(folders):
        for name, written in _listed(folder):
            found.setdefault(name, []).append((written, position, os.path.join(folder, "hosts", name)))
        if len(found) > MOST_HOSTS:
            raise files.ReportError(f"The folders hold more than {MOST_HOSTS:,} hosts, which one report cannot show.")
    newest = []
    for name in sorted(found):
        *older, (_written, position, path) = sorted(found[name])
        newest.append(HostFile(folders[position], path, tuple(one[2] for one in reversed(older))))
    return newest


def _listed(folder: str) -> list[tuple[str, int]]:
    """Return the names of a folder's host files and when each was written, in nanoseconds. Raises ReportError."""
    place = os.path.join(folder, "hosts")
    try:
        with os.scandir(place) as entries:
            listed = [(entry.name, _written(entry, place)) for entry in entries if entry.name.endswith(".json")]
    except OSError as error:
        raise files.ReportError(
            f"{visible(folder)} is no folder of reports: {visible(place)} cannot be read: {os.strerror(error.errno or 0)}."
            " Each folder must be an audit_report_directory of a run with the format json."
        ) from None
    if not listed:
        raise files.ReportError(f"{visible(place)} holds no host. Was the slice audited?")
    return listed


def _written(entry: os.DirEntry[str], place: str) -> int:
    status = entry.stat(follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode):
        raise files.ReportError(f"{visible(os.path.join(place, entry.name))} is not a regular file. Remove it.")
    if status.st_uid not in (os.geteuid(), 0):
        raise files.ReportError(
            f"{visible(os.path.join(place, entry.name))} belongs to another user, who may have written any findings."
            " Copy the folder as the user who runs Ansible, if you trust it."
        )
    return status.st_mtime_ns


def document_of(file: HostFile) -> tuple[intake.Document, files.Source | None]:
    """Return the findings document in a file, and the file if it holds exactly that. A file that cannot be used is a host
    whose audit failed, with the reason; an older one does not take its place."""
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
