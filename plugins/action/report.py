# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of seawall.docker.report: options in, files and a short result out."""

from __future__ import annotations

import os
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.module_utils._module.collecting import seldom_collected
from ansible_collections.seawall.docker.plugins.plugin_utils import _reading
from ansible_collections.seawall.docker.plugins.plugin_utils._action import Action, Refused
from ansible_collections.seawall.docker.plugins.plugin_utils._report import (
    files,
    fleet,
    formats,
    host_page,
    html,
    intake,
    proofs,
    run_record,
    shared,
    slices,
    terminal,
)

Json = dict[str, t.Any]

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "directory": {"type": "path", "required": True},
    # Not narrower than that: whatever a task left for a host, the host is in the report.
    "findings": {"type": "list", "elements": "raw"},
    "hosts": {"type": "list", "elements": "raw"},
    "folders": {"type": "list", "elements": "path"},
    "formats": {
        "type": "list",
        "elements": "str",
        "choices": ["json", "html", *formats.NAMES],
        "default": ["json", "html"],
    },
    "page_hosts": {"type": "int", "default": 500},
    "show_summary": {"type": "bool", "default": False},
}

# What a run that audits no host leaves as it is.
_FOR_PEOPLE = frozenset({"html", "json"})


class ActionModule(Action):
    _requires_connection = False
    # A report is no change of a managed host, so check mode writes it as well.
    _supports_check_mode = True
    _supports_async = False
    FAULTS = (files.ReportError,)

    def answer(self, variables: Json) -> Json:
        options = self.options(ARGUMENTS, required_one_of=[["findings", "hosts", "folders"]])
        if not any(options[key] for key in ("findings", "hosts", "folders")):
            raise Refused(
                "no host was audited in this run, so there is nothing to report and no report was written. Where tags choose"
                " tasks, audit_evaluate must be among them"
            )
        if options["page_hosts"] < 1:
            raise Refused(f"page_hosts must be at least 1, and is {options['page_hosts']}")
        if options["folders"]:
            # Otherwise those who evaluated refused them, and this report says so.
            self.refuse_unknown_variables(variables)
        lacking = formats.lacking(options["formats"])
        # Before anything is written: a folder that cannot be read is a slice that would be missing.
        merged = slices.host_files(options["folders"] or [])
        try:
            with files.Folder(options["directory"]) as folder:
                result = _reported(options, folder, merged)
        except files.ReportError as error:
            # A disk that is full or a folder of somebody else: what was found still reaches who waits for it.
            result = {**_reported(options, None, merged), "failed": True, "msg": str(error)}
        if lacking and not result.get("failed"):
            # The other reports are there: what an audit found is not lost over a library.
            result = {**result, "failed": True, "msg": " ".join(lacking.values())}
        if options["show_summary"]:
            self._display.display("\n".join(["", *result["summary"], ""]))
        return {**result, "changed": False}

    def failure(self, message: str, variables: Json) -> Json:
        return {"changed": False}


class _Incoming(t.NamedTuple):
    """A findings document, and the file that holds exactly it. If it comes from an earlier run, when it was
    written there (in nanoseconds since 1970)."""

    document: intake.Document
    source: files.Source | None
    moment: int | None = None
    # Whether it comes from the folder that is written. There the file of a lost host may be one that this version cannot read, and stays.
    in_place: bool = False


@seldom_collected()
def _reported(options: Json, folder: files.Folder | None, merged: t.Sequence[slices.HostFile] = ()) -> Json:
    """Write the reports to the folder, or to none, and return what they say in short. Raises ReportError."""
    # A record that cannot be used, or a file that must not be replaced, ends the task before anything is written.
    before = run_record.read(folder.path) if folder is not None else None
    if folder is not None and "json" in options["formats"]:
        slices.require_none_newer(folder.path, merged)
    taken = _taken_in(options, folder, merged)
    whole = fleet.build(taken.documents)
    documents = fleet.ordered(taken.documents)
    written, kept_hosts = taken.written, 0
    if folder is not None and before is not None:
        if not whole["totals"]["audited"]:
            kept_hosts = run_record.audited_before(folder.path, before)
        # What other programs read is about the last run, also if that audited no host.
        kept = _FOR_PEOPLE if kept_hosts else frozenset()
        written += _write_fleet(
            folder, [name for name in options["formats"] if name not in kept], taken, whole, documents
        )
        _write_record(options, folder, taken, documents, kept_hosts)
    written = list(dict.fromkeys(written))
    # A file may hold what Ansible refuses in a result, such as half a surrogate pair.
    benchmark = (
        {key: visible(str(whole["benchmark"].get(key))) for key in ("id", "title")} if whole["benchmark"] else None
    )
    earlier = folder.path if folder is not None and kept_hosts and _FOR_PEOPLE & set(options["formats"]) else None
    return {
        "fleet": {"benchmark": benchmark, **whole["totals"]},
        "summary": terminal.summary(whole, documents, written, earlier),
        "files": written,
        "merged": [{"file": file.path, "older": [one.path for one in file.older]} for file in merged if file.older],
    }


class _Taken(t.NamedTuple):
    """All documents, condensed, in the order in which they came; the documents of lost hosts as they are; and the paths of the files
    that were written. ``split`` says that hosts have pages of their own."""

    documents: list[intake.Document]
    lost: list[_Incoming]
    written: list[str]
    split: bool


def _taken_in(options: Json, folder: files.Folder | None, merged: t.Sequence[slices.HostFile]) -> _Taken:
    """Take in one document after the other, and write what is about its host alone."""
    wanted = options["formats"] if folder is not None else []
    hosts = len(merged) + len(options["findings"] or []) + len(options["hosts"] or [])
    split = "html" in wanted and hosts > options["page_hosts"]
    # Formats of other programs need who passes and fails on each host; a page whose hosts have pages of their own does not.
    nameless = split and not set(wanted) - {"html", "json"}
    same, pages = shared.Shared(), host_page.HostPages(host_files="json" in wanted)
    newest = proofs.Newest(slices.each_once([*(options.get("folders") or []), options["directory"]]))
    taken = _Taken([], [], [], split)
    for incoming in _documents(options, merged):
        document = incoming.document
        if document["outcome"] != "audited":
            taken.lost.append(incoming)
        elif folder is not None and "json" in wanted:
            taken.written.append(_host_file(folder, incoming))
        # From here on only what the reports show is kept: the whole of 1,000 hosts would fill the memory.
        kept = same.condensed(document)
        # A recorded posture is of another moment, and often of another host.
        if not kept["replay"]:
            for key, kind in proofs.KINDS.items():
                place = newest.folder(kept["host"], kind)
                kept[key] = proofs.latest(place, kept["host"], kept["engine"], kind) if place is not None else None
                if folder is not None and "json" in wanted and place is not None:
                    proofs.carry(folder, place, kept["host"], kind)
        if split and folder is not None and kept["outcome"] == "audited":
            # Its findings are in the file of the host, so the page need not survive a power cut.
            taken.written.append(folder.write(files.page_name(kept["host"]), pages.page(kept), lasting=False))
        taken.documents.append(same.document(kept, names=not nameless))
    return taken


def _write_fleet(
    folder: files.Folder, wanted: t.Sequence[str], taken: _Taken, whole: Json, documents: list[intake.Document]
) -> t.Iterator[str]:
    """Write these formats of what is about all hosts, and yield the paths."""
    if "json" in wanted:
        outcomes = {document["host"]: document["outcome"] for document in documents}
        for one in taken.lost:
            # Where another document of the host counts, that one stays.
            if not one.in_place and outcomes[one.document["host"]] != "audited":
                yield _host_file(folder, one)
        yield folder.write("audit.json", files.as_json_pieces(whole))
    if "html" in wanted:
        linked = "json" in wanted
        yield folder.write("index.html", html.pieces(whole, documents, host_files=linked, split=taken.split))
    lacking = formats.lacking(wanted)
    yield from formats.write([name for name in wanted if name not in lacking], folder, whole, documents)


def _write_record(
    options: Json, folder: files.Folder, taken: _Taken, documents: list[intake.Document], kept_hosts: int
) -> None:
    """Write which hosts were lost and have no file that says so. ``kept_hosts`` is how many audited hosts earlier reports have that were
    kept, or 0."""
    now = time.time_ns()
    audited = {document["host"] for document in documents if document["outcome"] == "audited"}
    lost = [one for one in taken.lost if one.document["host"] not in audited]
    # Of a lost host that comes from this folder, nothing was written there.
    here = {one.document["host"] for one in lost if one.in_place}
    told = {} if kept_hosts else {one["host"]: now for one in documents if one["host"] not in here}
    has_files = "json" in options["formats"]
    unsaid = [
        run_record.Lost(one.document["host"], one.document["outcome"], str(one.document["error"]), one.moment or now)
        for one in lost
        if not one.in_place and (kept_hosts or not has_files)
    ]
    run_record.write(folder, kept_hosts or len(audited), told, unsaid, has_files)


def _host_file(folder: files.Folder, incoming: _Incoming) -> str:
    document, source, moment = incoming.document, incoming.source, incoming.moment
    name = f"hosts/{files.host_file_name(document['host'])}"
    path = os.path.join(folder.path, name)
    if source is None:
        return folder.write(name, files.host_json(document), moment=moment)
    # A document that was written where it belongs is not written again, and one of another folder not formed again.
    if os.path.realpath(source.path) == os.path.realpath(path):
        return path
    if source.text is not None and files.is_safe_text(source.text):
        return folder.write(name, source.text, moment=moment)
    return folder.write(name, files.host_json(document), moment=moment)


def _documents(options: dict[str, t.Any], merged: t.Sequence[slices.HostFile]) -> t.Iterator[_Incoming]:
    """The findings documents one by one.

    A host whose document cannot be used is one that failed. What this run found outweighs what the folders hold.
    """
    directory = os.path.realpath(options["directory"])
    own = {folder for folder in options.get("folders") or [] if os.path.realpath(folder) == directory}
    for file in merged:
        yield _Incoming(*slices.document_of(file), file.written, in_place=file.folder in own)
    plain = intake.Plain()
    for document, source in _documents_of_this_run(options, plain):
        yield _Incoming(document, source)


def _documents_of_this_run(
    options: dict[str, t.Any], plain: intake.Plain
) -> t.Iterator[tuple[intake.Document, files.Source | None]]:
    for position, given in enumerate(options["findings"] or [], 1):
        document, problem = _bounded(given, plain)
        name = _name(given, f"entry {position} of findings")
        if problem is not None:
            yield intake.unaudited(name, "failed", f"Its findings document {problem}."), None
        else:
            yield intake.accepted(document, unnamed=name), None
    for position, given in enumerate(options["hosts"] or [], 1):
        entry, problem = _bounded(given, plain)
        yield _from_entry(_entry(entry, problem, _name(given, f"entry {position} of hosts")))


def _name(given: t.Any, unnamed: str) -> str:
    host = given.get("host") if isinstance(given, dict) else None
    return str(host) if host and isinstance(host, str) else unnamed


def _bounded(given: t.Any, plain: intake.Plain) -> tuple[t.Any, str | None]:
    """Data of others in plain types, or what is wrong with them."""
    try:
        _reading.check_bounds(given)
    except _reading.Unreadable as problem:
        return None, str(problem)
    return plain(given), None


def _entry(given: t.Any, problem: str | None, host: str) -> Json:
    """What a task left for a host, as the result of an audit. Without one, the host was not audited."""
    if problem is not None:
        return {"host": host, "outcome": "failed", "error": f"What its audit returned {problem}."}
    result = given.get("result", given) if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(result, dict):
        return {"host": host, "outcome": "failed", "error": "Its audit returned nothing that can be read."}
    failed = result.get("failed") is True or result.get("unreachable") is True
    if result.get("outcome") in intake.OUTCOMES or ("result" not in given and not failed):
        return {**result, "host": host}
    # The audit did not even begin, or ended in a way that nobody foresaw.
    said = next((str(result[key]) for key in ("error", "msg", "exception") if result.get(key)), None)
    outcome = "unreachable" if result.get("unreachable") is True else "failed"
    return {"host": host, "outcome": outcome, "error": " ".join(said.split())[:500] if said else None}


def _from_entry(entry: Json) -> tuple[intake.Document, files.Source | None]:
    host, path, error = entry["host"], entry.get("report_file"), entry.get("error")
    error = str(error) if error else None
    outcome = str(entry.get("outcome") or "audited")
    problem = None
    if isinstance(entry.get("findings"), dict):
        return intake.accepted(entry["findings"], host), None
    if path:
        path = os.path.expanduser(str(path))
        try:
            files.require_own(path)
            found = files.read_json(path)
            document = intake.accepted(found, host)
        except files.ReportError as caught:
            problem = f"Its findings are lost: {caught}"
        else:
            # What the run says of a host outweighs a file, which may be older.
            if document["outcome"] == outcome or outcome == "audited":
                return document, files.Source(path, None) if document == found else None
    if outcome == "audited":
        return intake.unaudited(host, "failed", error or problem or "Its audit returned no findings."), None
    return intake.unaudited(host, outcome, error or problem), None
