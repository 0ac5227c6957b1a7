# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module ``migration_cleanup`` does: remove what an engine had before its containers were moved.

The journal says so before the first file goes, and this part of it stays. So nobody goes back to half of a tree.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.moments import now_text
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._migration import tree
from ansible_collections.seawall.docker.plugins.module_utils._remake import old_tree, places
from ansible_collections.seawall.docker.plugins.module_utils._remake.bodies import recorded_name
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import (
    HAD,
    REMOVED,
    Document,
    Journal,
    RemakeFailure,
)
from ansible_collections.seawall.docker.plugins.module_utils._remake.made import CONTAINERS, VOLUMES, Made
from ansible_collections.seawall.docker.plugins.module_utils._remake.own_engine import OwnEngine, own_engine
from ansible_collections.seawall.docker.plugins.module_utils._remake.record_run import had_by, is_copied, removal_of

BEGUN, DONE = "begun", "done"


class Request(t.NamedTuple):
    journal: str
    docker_host: t.Optional[str]
    seconds: int
    check_mode: bool


def run(host: Host, request: Request) -> Document:
    """Return the module's result. Raises RemakeFailure."""
    with own_engine(host, "migration_cleanup", request.docker_host, request.seconds, request.check_mode) as engine:
        journal = Journal(request.journal)
        if engine.ids is None:
            raise RemakeFailure(
                "the engine does not remap, so what it has is not what it had before; nothing was removed"
            )
        gone = journal.read(REMOVED)
        if (
            gone is not None
            and gone["state"] == DONE
            and gone["data_root"] == engine.base
            and journal.read(HAD) is None
        ):
            return _result(request, False, [], [])
        had = had_by(journal, engine)
        made = Made(journal, had["id"], engine)
        begun = removal_of(journal, had) is not None
        if not begun:
            _require_moved(engine, had, made)
        try:
            return _remove(host, request, engine, journal, had, made)
        except tree.TreeFault as fault:
            raise RemakeFailure(f"not all was removed: {fault.reason}" if begun else fault.reason) from None
        except OSError as error:
            raise RemakeFailure(f"cannot remove {error.filename or 'a file'}: {error.strerror}") from None


def _require_moved(engine: OwnEngine, had: Document, made: Made) -> None:
    """Require that each container was made again, and that those run that ran. What is not copied is not removed anyway."""
    missing = []
    for entry in had["containers"]:
        identifier = made.ids(CONTAINERS).get(entry["inspect"]["Id"])
        there = engine.get("containers", identifier, "json") if identifier else None
        if entry.get("left"):
            if engine.container_called(recorded_name(entry)) is None:
                missing.append(f"{recorded_name(entry)} was left to compose, which did not make it")
        elif there is None:
            missing.append(f"{recorded_name(entry)} was not made again, or was removed")
        elif entry["was_running"] and not there["State"].get("Running"):
            missing.append(f"{recorded_name(entry)} ran before and does not run")
    if missing:
        raise RemakeFailure(f"nothing was removed, since the move is not complete: {'; '.join(missing)}")


def _remove(host: Host, request: Request, engine: OwnEngine, journal: Journal, had: Document, made: Made) -> Document:
    found = old_tree.find(engine.base, had, _moved_volumes(had, made))
    mounted = old_tree.mounts_in(found)
    if mounted:
        raise RemakeFailure(f"nothing was removed: something of it is mounted on {', '.join(mounted[:5])}; unmount it")
    users = old_tree.users_of(host, found, [str(one["inspect"]["Id"]) for one in had["containers"]])
    if users:
        raise RemakeFailure(f"nothing was removed: {'; '.join(users[:5])}; stop what uses it")
    # All are walked before one is removed: what cannot be walked refuses the whole.
    sizes = [(path, *old_tree.size_of(path)) for path in found.paths]
    if request.check_mode:
        return _result(request, True, sizes, found.left)
    journal.write(REMOVED, {"of": had["id"], "data_root": engine.base, "state": BEGUN, "at": now_text()})
    for path in found.paths:
        old_tree.remove(path)
    journal.write(REMOVED, {"of": had["id"], "data_root": engine.base, "state": DONE, "at": now_text()})
    journal.remove(but=(REMOVED,))
    return _result(request, True, sizes, found.left)


def _moved_volumes(had: Document, made: Made) -> t.Set[str]:
    """Return the volumes whose data is in the engine by now, or was never in the data root."""
    known = [one for one in had["volumes"] if (made.entry(VOLUMES, one["Name"]) or {}).get("path")]
    missing = places.not_copied(made, [one for one in known if is_copied(one)])
    return {str(one["Name"]) for one in known} - set(missing)


def _result(request: Request, changed: bool, sizes: t.List[t.Tuple[str, int, int]], left: t.List[str]) -> Document:
    return {
        "changed": changed,
        "journal": request.journal,
        "removed": [{"path": path, "bytes": size, "entries": entries} for path, size, entries in sizes],
        "bytes": sum(one[1] for one in sizes),
        "left": [tree.shown(path) for path in left],
    }
