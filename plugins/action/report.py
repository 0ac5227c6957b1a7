# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of seawall.docker.report: options in, files and a short result out."""

from __future__ import annotations

import os
import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.seawall.docker.plugins.plugin_utils._report import (
    files,
    fleet,
    html,
    intake,
    proofs,
    terminal,
    text,
)

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "directory": {"type": "path", "required": True},
    "findings": {"type": "list", "elements": "dict"},
    # Not narrower than that: results of seawall.docker.evaluate can be handed in as they are.
    "hosts": {"type": "list", "elements": "dict"},
    "formats": {"type": "list", "elements": "str", "choices": ["json", "html"], "default": ["json", "html"]},
    "show_summary": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    # A report is no change of a managed host, so check mode writes it as well.
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(
            argument_spec=ARGUMENTS, required_one_of=[["findings", "hosts"]]
        )
        try:
            result.update(_written(options))
        except files.ReportError as error:
            result.update(failed=True, msg=str(error))
        else:
            if options["show_summary"]:
                self._display.display("\n".join(["", *result["summary"], ""]))
        result["changed"] = False
        return result


def _written(options: dict[str, t.Any]) -> dict[str, t.Any]:
    formats = options["formats"]
    written: list[str] = []
    with files.Folder(options["directory"]) as folder:
        documents = []
        for document, source in _documents(options):
            if "json" in formats:
                name = f"hosts/{files.host_file_name(document['host'])}"
                path = os.path.join(folder.path, name)
                # A document that was written where it belongs is not written again.
                in_place = source is not None and os.path.realpath(source) == os.path.realpath(path)
                written.append(path if in_place else folder.write(name, files.as_json(document)))
            # From here on only what the reports show is kept: the whole of 1,000 hosts would fill the memory.
            kept = intake.condensed(document)
            # A recorded posture is of another moment, and often of another host.
            kept["proof"] = None if kept["replay"] else proofs.latest(folder.path, kept["host"])
            documents.append(kept)
        whole = fleet.build(documents)
        documents = fleet.ordered(documents)
        if "json" in formats:
            written.append(folder.write("audit.json", files.as_json(whole)))
        if "html" in formats:
            linked = "json" in formats
            written.append(folder.write("index.html", html.render(whole, documents, host_files=linked)))
    written = list(dict.fromkeys(written))
    # A file may hold what Ansible refuses in a result, such as half a surrogate pair.
    benchmark = (
        {key: text.visible(str(whole["benchmark"].get(key))) for key in ("id", "title")} if whole["benchmark"] else None
    )
    return {
        "fleet": {"benchmark": benchmark, **whole["totals"]},
        "summary": terminal.summary(whole, documents, written),
        "files": written,
    }


def _documents(options: dict[str, t.Any]) -> t.Iterator[tuple[intake.Document, str | None]]:
    """The findings documents one by one, each with the file that holds exactly it.

    A host whose document cannot be used is one that failed.
    """
    plain = intake.Plain()
    for document in options["findings"] or []:
        yield intake.accepted(plain(document)), None
    for entry in plain(options["hosts"] or []):
        yield _from_entry(entry, plain)


def _from_entry(entry: intake.Document, plain: intake.Plain) -> tuple[intake.Document, str | None]:
    host, path, error = str(entry.get("host") or "?"), entry.get("report_file"), entry.get("error")
    outcome = str(entry.get("outcome") or "audited")
    problem = None
    if path:
        path = os.path.expanduser(str(path))
        try:
            found = plain(files.read_json(path))
            document = intake.accepted(found, host)
        except files.ReportError as caught:
            problem = f"Its findings are lost: {caught}"
        else:
            # What the run says of a host outweighs a file, which may be older.
            if document["outcome"] == outcome or outcome == "audited":
                return document, path if document == found else None
    if outcome == "audited":
        return intake.unaudited(host, "failed", error or problem or "Its audit returned no findings."), None
    return intake.unaudited(host, outcome, error or problem), None
