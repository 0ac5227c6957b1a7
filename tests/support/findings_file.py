# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of a host, with an entry for each subject: version 2 of the findings document back to version 1."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

Json = dict[str, t.Any]


def read(path: Path) -> Json:
    """The findings in a file, as a task returns them."""
    return unfolded(json.loads(path.read_text(encoding="utf-8")))


def unfolded(document: Json) -> Json:
    """Version 1 of a findings document of version 2."""
    assert document["findings_version"] == 2
    made = {name: value for name, value in document.items() if name != "subject_ids"}
    findings = [{**one, "subjects": _entries(one["subjects"], document["subject_ids"])} for one in document["findings"]]
    return {**made, "findings_version": 1, "findings": findings}


def _entries(rows: list[Json], ids: dict[str, dict[str, str]]) -> list[Json]:
    entries = []
    for row in rows:
        same = {name: value for name, value in row.items() if name != "names"}
        entries += [
            {"type": row["type"], "name": name, "id": ids.get(row["type"], {}).get(name), **same}
            for name in row.get("names", ())
        ]
        entries += [] if "names" in row else [row]
    return sorted(entries, key=lambda one: (one["name"], one.get("id") or ""))
