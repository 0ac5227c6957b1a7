# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option ``restore``: how modules hand over what undoes their changes. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.files import Restore
from ansible_collections.seawall.docker.plugins.module_utils._userns.account import GROUP, USER, Created

Document = t.Dict[str, t.Any]

_KINDS = ("path", "user", "group", "reload")
# The argument specification of the option.
RESTORE_OPTION: Document = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        "path": {"type": "path"},
        "backup_file": {"type": "path"},
        "user": {"type": "str"},
        "uid": {"type": "int"},
        "group": {"type": "str"},
        "gid": {"type": "int"},
        "reload": {"type": "dict"},
    },
    "mutually_exclusive": [_KINDS],
    "required_one_of": [_KINDS],
    "required_together": [("user", "uid"), ("group", "gid")],
    "required_by": {"backup_file": ["path"]},
}


class Entries(t.NamedTuple):
    """``reload`` holds the facts of the engine before its first reload, None where it was not reloaded."""

    files: t.List[Restore]
    created: t.List[Created]
    reload: t.Optional[Document]


def entries_of(documents: list[Document]) -> Entries:
    """The entries by kind, in the order of the changes. Of two values of a fact the first is the one of before."""
    files, created = [], []
    facts: Document | None = None
    for one in documents:
        if one.get("path") is not None:
            files.append(Restore(one["path"], one.get("backup_file")))
        elif one.get("user") is not None:
            created.append(Created(USER, one["user"], one["uid"]))
        elif one.get("group") is not None:
            created.append(Created(GROUP, one["group"], one["gid"]))
        elif one.get("reload") is not None:
            facts = {**one["reload"], **(facts or {})}
    return Entries(files, created, facts)
