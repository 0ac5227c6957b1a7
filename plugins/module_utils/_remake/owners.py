# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the journal about directories that containers mount: which are shifted, how far, and by which id maps."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._migration import owner_shift
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import ShiftOnce
from ansible_collections.seawall.docker.plugins.module_utils._migration.trusted_files import Seal, Trust
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import (
    OWNERS,
    Document,
    Journal,
    RemakeFailure,
)
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import Extent

BEGUN, SHIFTED, GOING_BACK = "begun", "shifted", "going back"


class Owners:
    """The part of the journal about directories: for each path how far it is, and the seals of its privileged files."""

    def __init__(self, journal: Journal, had_id: t.Optional[str]) -> None:
        self._journal = journal
        found = journal.read(OWNERS)
        if found is not None and found["of"] != had_id:
            if found["paths"]:
                raise RemakeFailure(
                    f"{journal.path(OWNERS)} is about another journal, and directories are shifted by it; nothing was done"
                )
            found = None
        self.document: Document = found or {"of": had_id, "uid_map": None, "gid_map": None, "paths": {}}

    @property
    def paths(self) -> t.Dict[str, Document]:
        return self.document["paths"]  # type: ignore[no-any-return]

    def set_maps(self, uids: t.List[Extent], gids: t.List[Extent]) -> None:
        maps = {"uid_map": [list(one) for one in uids], "gid_map": [list(one) for one in gids]}
        if self.paths and any(self.document[key] != value for key, value in maps.items()):
            raise RemakeFailure(
                "directories are shifted by this journal with other id maps; take them back first (restored)"
            )
        self.document.update(maps)

    def shift(self, outward: bool) -> ShiftOnce:
        maps = [[Extent(*one) for one in self.document[key] or []] for key in ("uid_map", "gid_map")]
        return ShiftOnce(maps[0], maps[1], outward)

    def begin(self, path: str, found: owner_shift.Survey) -> None:
        """Note a directory before its first change, with the privileged files that it has."""
        self.paths[path] = {"state": BEGUN, "seals": sorted(found.seals), "contents": sorted(found.contents)}

    def set(self, path: str, state: str, seals: t.Optional[t.Iterable[Seal]] = None) -> None:
        entry = self.paths[path]
        entry["state"] = state
        if seals is not None:
            entry["seals"] = sorted(set(seals))

    def trust(self) -> Trust:
        """Of all directories, since one may lie in another."""
        entries = self.paths.values()
        return Trust(
            frozenset((one[0], one[1]) for entry in entries for one in entry["seals"]),
            frozenset((one[0], one[1], one[2], one[3]) for entry in entries for one in entry.get("contents", [])),
        )

    @property
    def place(self) -> str:
        """By what the work on the directories is known to others."""
        return self._journal.path(OWNERS)

    def write(self) -> None:
        self._journal.write(OWNERS, self.document)


def require_settled(journal: Journal) -> None:
    """Raise RemakeFailure while a directory may have some owners of before and some of after: no container may use it then."""
    paths = (journal.read(OWNERS) or {"paths": {}})["paths"]
    halfway = sorted(path for path, entry in paths.items() if entry["state"] != SHIFTED)
    if halfway:
        raise RemakeFailure(
            f"the owners of {', '.join(halfway)} are shifted only in part ({paths[halfway[0]]['state']}), and containers mount this;"
            " nothing was started. Run migration_owners to its end first: shifted for an engine that remaps, otherwise restored"
        )
