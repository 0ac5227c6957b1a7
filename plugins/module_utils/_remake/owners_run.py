# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module ``migration_owners`` does: shift the owners of directories that containers mount, or take that back.

The journal says before the first change that a directory is begun, so a run that was killed is continued.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._migration import owner_shift, staging, tree
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import MapFault, Shift, ShiftOnce
from ansible_collections.seawall.docker.plugins.module_utils._remake import bind_mounts, shiftable, taking
from ansible_collections.seawall.docker.plugins.module_utils._remake.bind_mounts import Use, within
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import (
    HAD,
    OWNERS,
    Document,
    Journal,
    RemakeFailure,
)
from ansible_collections.seawall.docker.plugins.module_utils._remake.own_engine import OwnEngine, own_engine
from ansible_collections.seawall.docker.plugins.module_utils._remake.record_run import require_same_engine
from ansible_collections.seawall.docker.plugins.module_utils._remake.start_order import name_of
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import Extent

BEGUN, SHIFTED, GOING_BACK = "begun", "shifted", "going back"


class Request(t.NamedTuple):
    """``uids`` and ``gids`` are None for what needs none. ``outside`` counts where there is no journal yet."""

    journal: str
    state: str
    paths: t.List[str]
    uids: t.Optional[t.List[Extent]]
    gids: t.Optional[t.List[Extent]]
    outside: t.List[str]
    docker_host: t.Optional[str]
    seconds: int
    check_mode: bool


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

    def set(self, path: str, state: str, seals: t.Iterable[t.Sequence[int]]) -> None:
        self.paths[path] = {"state": state, "seals": sorted({tuple(one) for one in seals})}

    def write(self) -> None:
        self._journal.write(OWNERS, self.document)


def run(host: Host, request: Request) -> Document:
    """Return the module's result. Raises RemakeFailure."""
    with own_engine(host, "migration_owners", request.docker_host, request.seconds, request.check_mode) as engine:
        journal = Journal(request.journal)
        had = journal.read(HAD)
        if had is not None:
            require_same_engine(journal, had, engine)
        elif not request.check_mode:
            raise RemakeFailure(f"there is no journal in {journal.directory}; write it first with migration_record")
        owners = Owners(journal, had["id"] if had is not None else None)
        try:
            if request.state == "restored":
                return _take_back(request, engine, owners)
            return _shift(request, engine, owners, _uses(host, request, engine, had))
        except (tree.TreeFault, MapFault) as fault:
            raise RemakeFailure(fault.reason) from None


def _uses(host: Host, request: Request, engine: OwnEngine, had: t.Optional[Document]) -> t.List[Use]:
    if had is None:
        entries = taking.containers(engine, taking.Wanted(None, request.outside, []))
        return bind_mounts.uses_of(host, entries, taking.volumes(engine, entries))
    if engine.ids is not None:
        return bind_mounts.uses_of(host, had["containers"], had["volumes"])
    now = {one["Id"]: one["State"] for one in engine.context.containers()}
    entries = [
        {**one, "inspect": {**one["inspect"], "State": now.get(one["inspect"]["Id"], {})}} for one in had["containers"]
    ]
    return bind_mounts.uses_of(host, entries, had["volumes"])


def _shift(request: Request, engine: OwnEngine, owners: Owners, uses: t.List[Use]) -> Document:
    if request.uids is None or request.gids is None:
        if request.paths:
            raise RemakeFailure("the owners of directories are shifted by an id map; give uid_map")
        return _result(request, owners, uses, None, {}, False)
    shift = Shift(request.uids, request.gids)
    sources = {one.source for one in uses}
    paths = [path.rstrip("/") or "/" for path in request.paths]
    refusals = [f"{path} is no directory of the host that a container mounts" for path in paths if path not in sources]
    owners.set_maps(request.uids, request.gids)
    to_do = [path for path in dict.fromkeys(paths) if (owners.paths.get(path) or {}).get("state") != SHIFTED]
    own = (engine.base, request.journal)
    surveys: t.Dict[str, owner_shift.Survey] = {}
    with contextlib.ExitStack() as stack:
        descriptors: t.Dict[str, int] = {}
        for path in [one for one in to_do if one in sources]:
            against = _against(path, uses, own)
            if not against:
                try:
                    descriptors[path] = _open(stack, path)
                    begun = path in owners.paths
                    surveys[path] = owner_shift.survey(descriptors[path], path, owners.shift(True) if begun else shift)
                    against = surveys[path].refusals
                except tree.TreeFault as fault:
                    against = [fault.reason]
            refusals += against
        if refusals:
            raise RemakeFailure(f"no owner was changed: {'; '.join(refusals)}", refusals=refusals)
        if request.check_mode or not to_do:
            return _result(request, owners, uses, shift, surveys, bool(to_do))
        if engine.ids is None:
            raise RemakeFailure("the engine does not remap yet, and its containers need these directories as they are")
        _require_none_runs(engine, to_do)
        seals = {path: _known_seals(owners, path) for path in to_do}
        for path in to_do:
            if path not in owners.paths:
                owners.set(path, BEGUN, ())
        owners.write()
        for path in to_do:
            done = owner_shift.apply(descriptors[path], path, owners.shift(True), surveys[path], seals[path])
            staging.write_out(descriptors[path])
            owners.set(path, SHIFTED, done.seals)
            owners.write()
    return _result(request, owners, uses, shift, surveys, True)


def _known_seals(owners: Owners, path: str) -> t.Optional[t.Set[owner_shift.Seal]]:
    """Return the seals of a directory of which containers had the use already, None for one of which they had none yet."""
    entry = owners.paths.get(path)
    return None if entry is None or entry["state"] == BEGUN else _seals(owners)


def _seals(owners: Owners) -> t.Set[owner_shift.Seal]:
    """Of all directories, since one may lie in another."""
    return {(one[0], one[1]) for entry in owners.paths.values() for one in entry["seals"]}


def _against(path: str, uses: t.List[Use], own: t.Sequence[str]) -> t.List[str]:
    try:
        return shiftable.reasons_against(path, uses, own)
    except OSError as error:
        return [f"{path}: {error.strerror}"]


def _open(stack: contextlib.ExitStack, path: str) -> int:
    above = staging.open_trusted(os.path.dirname(path), "the directory above")
    stack.callback(os.close, above)
    try:
        descriptor = tree.open_directory(os.path.basename(path), above)
    except OSError as error:
        raise tree.TreeFault(f"{path}: {error.strerror}") from None
    stack.callback(os.close, descriptor)
    return descriptor


def _require_none_runs(engine: OwnEngine, paths: t.List[str]) -> None:
    running = sorted(
        {
            name_of(one)
            for one in engine.context.containers()
            for mount in one.get("Mounts") or []
            for path in paths
            if one["State"].get("Running") and mount.get("Type") == "bind"
            if within(str(mount.get("Source")), path) or within(path, str(mount.get("Source")))
        }
    )
    if running:
        raise RemakeFailure(f"containers that use these directories run: {', '.join(running)}; stop them first")


def _take_back(request: Request, engine: OwnEngine, owners: Owners) -> Document:
    paths = sorted(set(request.paths) & set(owners.paths)) if request.paths else sorted(owners.paths)
    if request.check_mode or not paths:
        return _result(request, owners, [], None, {}, bool(paths))
    if engine.ids is not None:
        raise RemakeFailure("the engine still remaps, and its containers need these directories as they are")
    _require_none_runs(engine, paths)
    shift, seals = owners.shift(False), _seals(owners)
    dropped: t.List[str] = []
    missing = [path for path in paths if not os.path.lexists(path)]
    for path in paths:
        owners.set(path, GOING_BACK, owners.paths[path]["seals"])
    owners.write()
    for path in paths:
        if path in missing:
            del owners.paths[path]
            owners.write()
            continue
        with contextlib.ExitStack() as stack:
            descriptor = _open(stack, path)
            found = owner_shift.survey(descriptor, path, shift)
            if found.refusals:
                raise RemakeFailure(
                    f"cannot take back the owners: {'; '.join(found.refusals)}", refusals=found.refusals
                )
            done = owner_shift.apply(descriptor, path, shift, found, seals)
            staging.write_out(descriptor)
        dropped += done.dropped
        # What else lies in another directory that is still to come has new seals.
        seals |= set(done.seals)
        del owners.paths[path]
        owners.write()
    return {**_result(request, owners, [], None, {}, True), "dropped": dropped, "missing": missing}


def _result(
    request: Request,
    owners: Owners,
    uses: t.List[Use],
    shift: t.Optional[Shift],
    surveys: t.Dict[str, owner_shift.Survey],
    changed: bool,
) -> Document:
    rows = []
    for source in sorted({one.source for one in uses}):
        own = [one for one in uses if one.source == source]
        entry, found = owners.paths.get(source), surveys.get(source)
        named = source in request.paths or entry is not None
        rows.append(
            {
                "source": source,
                "containers": sorted({one.container for one in own}),
                "outside": sorted({one.container for one in own if one.outside}),
                "writable": any(one.writable for one in own),
                "state": entry["state"] if entry else None,
                "entries": found.entries if found else None,
                "advice": [] if named else bind_mounts.advice(source, own, shift),
            }
        )
    return {
        "changed": changed,
        "state": request.state,
        "journal": request.journal,
        "bind_mounts": rows,
        "shifted": sorted(owners.paths),
        "dropped": [],
        "missing": [],
    }
