# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The subjects of findings as rows: subjects of a rule with the same verdict and evidence stand once, with the list of their names.

A task returns version 1 of the findings document, with an entry for each subject. Files and reports have version 2, with rows.
"""

from __future__ import annotations

import json
import marshal
import typing as t

Json = dict[str, t.Any]

# Of one document. Rows are short however many names they have, so the size of a file does not bound what is made of them.
_MOST_SUBJECTS = 1_000_000
_MOST_CHARACTERS = 256 * 1024 * 1024


def folded(document: Json) -> Json:
    """Return version 2 of a findings document of version 1. All facts stay.

    The ids of subjects, which are long and the same in every rule, are in one table by type and name. A subject whose name has
    another id there keeps an entry of its own, and so does an entry that is not as this collection writes it.
    """
    ids: dict[str, dict[str, str | None]] = {}
    findings = [
        {**finding, "subjects": _rows(finding["subjects"], ids)}
        if isinstance(finding.get("subjects"), list)
        else finding
        for finding in document["findings"]
    ]
    known = {
        kind: {name: given for name, given in named.items() if given is not None} for kind, named in sorted(ids.items())
    }
    return {
        **{name: value for name, value in document.items() if name != "findings"},
        "findings_version": 2,
        "subject_ids": {kind: named for kind, named in known.items() if named},
        "findings": findings,
    }


def _rows(subjects: list[t.Any], ids: dict[str, dict[str, str | None]]) -> list[t.Any]:
    rows: list[t.Any] = []
    equal: dict[str, Json] = {}
    for subject in subjects:
        if not _is_plain(subject):
            rows.append(subject)
            continue
        kind, name, given = subject["type"], subject["name"], subject.get("id")
        if ids.setdefault(kind, {}).setdefault(name, given) != given:
            rows.append(subject)
            continue
        same = {key: value for key, value in subject.items() if key not in ("name", "id")}
        row = equal.setdefault(json.dumps(same), {"type": kind, "names": [], **same})
        if not row["names"]:
            rows.append(row)
        row["names"].append(name)
    return rows


def _is_plain(subject: t.Any) -> bool:
    return (
        isinstance(subject, dict)
        and isinstance(subject.get("type"), str)
        and isinstance(subject.get("name"), str)
        and isinstance(subject.get("id"), (str, type(None)))
        and "names" not in subject
    )


def names_in(entry: Json) -> list[str]:
    """Return the names of the subjects that an entry of a finding is about."""
    names = entry.get("names")
    return names if isinstance(names, list) else [str(entry.get("name") or "")]


def fault(document: Json) -> str | None:
    """Return why the rows of a document of version 2 cannot be used, as the end of a sentence. None if they can."""
    subjects = characters = 0
    for finding in document["findings"]:
        entries = finding.get("subjects")
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, dict):
                return f"a subject of the rule {finding['rule']} is no mapping"
            names = entry.get("names")
            if names is None and isinstance(entry.get("name"), str):
                subjects += 1
                continue
            if not names:
                return f"a subject of the rule {finding['rule']} has no name"
            if not isinstance(names, list) or not set(map(type, names)) <= {str}:
                return f"the names of subjects of the rule {finding['rule']} are no list of texts"
            subjects += len(names)
            if len(names) > 1:
                # Each of them has what the row says in some formats.
                said = (entry.get("found"), entry.get("reason") or finding.get("reason"), entry.get("waiver"))
                characters += len(names) * len(marshal.dumps(said, 2))
            if subjects > _MOST_SUBJECTS or characters > _MOST_CHARACTERS:
                return f"it has more than {_MOST_SUBJECTS:,} subjects, or more evidence than a report can show"
    return None
