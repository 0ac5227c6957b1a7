# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was made again from a journal, written down before it is made and with its id afterwards.

So a run that was killed is continued, and what others made is never taken for it or removed: only what stands here is ours.
"""

from __future__ import annotations

import secrets
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import (
    MADE,
    Document,
    Journal,
    RemakeFailure,
)
from ansible_collections.seawall.docker.plugins.module_utils._remake.own_engine import OwnEngine

NETWORKS, VOLUMES, CONTAINERS = "networks", "volumes", "containers"
_STAND_STILL = "stand still"


class Made:
    """The record. ``had_id`` is that of the journal."""

    # Its containers never ran before.
    started_anew = True

    def __init__(self, journal: Journal, had_id: str, engine: OwnEngine) -> None:
        self._journal = journal
        found = journal.read(MADE)
        self._document: Document = found or {"of": had_id, "data_root": engine.data_root}
        if self._document["of"] != had_id:
            raise RemakeFailure(f"{journal.path(MADE)} is about another journal; nothing was done")
        if self._document["data_root"] != engine.data_root:
            raise RemakeFailure(
                f"things were made from this journal below {self._document['data_root']}, and the engine has"
                f" {engine.data_root} now; go back to that id map, or take a new journal"
            )

    def entries(self, kind: str) -> t.Dict[str, Document]:
        """Return the entries by the id, or the name of a volume, that a thing had before."""
        return dict(self._document.get(kind) or {})

    def entry(self, kind: str, key: str) -> t.Optional[Document]:
        return self.entries(kind).get(key)

    def set(self, kind: str, key: str, **values: t.Any) -> Document:
        """Write down what is known now, on the disk when this returns."""
        entry = {**(self.entry(kind, key) or {}), **values}
        self._document[kind] = {**self.entries(kind), key: entry}
        self._journal.write(MADE, self._document)
        return entry

    def drop(self, kind: str, key: str) -> None:
        """Forget what is gone."""
        left = self.entries(kind)
        del left[key]
        self._document[kind] = left
        self._journal.write(MADE, self._document)

    def ids(self, kind: str) -> t.Dict[str, str]:
        """Return the new ids by the old ones, of what is known to exist."""
        return {key: entry["id"] for key, entry in self.entries(kind).items() if entry.get("id")}

    @property
    def must_stand_still(self) -> bool:
        return bool(self._document.get(_STAND_STILL))

    def let_run(self) -> None:
        """Write down that the data of the containers is as it should be."""
        if self.must_stand_still:
            self._document[_STAND_STILL] = False
            self._journal.write(MADE, self._document)


def have_stand_still(journal: Journal) -> None:
    """Write down that what was made must not run when the engine remaps again, until its data was copied anew.

    The engine starts containers with a restart policy by itself, on data of the move before.
    """
    found = journal.read(MADE)
    if found is not None and not found.get(_STAND_STILL):
        journal.write(MADE, {**found, _STAND_STILL: True})


def new_name() -> str:
    """Return a name that nobody can guess, for a container until its id is written down."""
    return f"seawall-remake-{secrets.token_hex(12)}"
