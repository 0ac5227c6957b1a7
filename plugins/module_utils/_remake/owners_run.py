# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module ``migration_owners`` does: shift the owners of directories that containers mount, or take that back.

A process of its own changes the directories. The journal says before its first change that a directory is begun, so what was killed is
continued.
"""

from __future__ import annotations

import os
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._migration import (
    copy_progress,
    owner_shift,
    recorded_process,
    tree,
)
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import MapFault, Shift
from ansible_collections.seawall.docker.plugins.module_utils._remake import (
    bind_mounts,
    owners_process,
    shiftable,
    taking,
)
from ansible_collections.seawall.docker.plugins.module_utils._remake.bind_mounts import Use, within
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import (
    HAD,
    OWNERS,
    Document,
    Journal,
    RemakeFailure,
)
from ansible_collections.seawall.docker.plugins.module_utils._remake.own_engine import OwnEngine, own_engine
from ansible_collections.seawall.docker.plugins.module_utils._remake.owners import GOING_BACK, SHIFTED, Owners
from ansible_collections.seawall.docker.plugins.module_utils._remake.owners_process import Directory
from ansible_collections.seawall.docker.plugins.module_utils._remake.record_run import require_same_engine
from ansible_collections.seawall.docker.plugins.module_utils._remake.start_order import name_of
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import Extent

RESTORED = "restored"
_SHOWN = ("phase", "entries", "entries_total", "seconds", "seconds_left")


class Request(t.NamedTuple):
    """``uids`` and ``gids`` are None for what needs none. ``outside`` counts where there is no journal yet."""

    journal: str
    state: str
    paths: t.List[str]
    uids: t.Optional[t.List[Extent]]
    gids: t.Optional[t.List[Extent]]
    outside: t.List[str]
    wait: float
    docker_host: t.Optional[str]
    seconds: int
    check_mode: bool


def run(host: Host, request: Request) -> Document:
    """Return the module's result. Raises RemakeFailure."""
    end = time.monotonic() + request.wait
    started = False
    while True:
        with own_engine(host, "migration_owners", request.docker_host, request.seconds, request.check_mode) as engine:
            result = _begin(host, request, engine)
        if not isinstance(result, bool):
            return result
        started = started or result
        # Without the lock: other modules may work while owners are shifted.
        place = Journal(request.journal).path(OWNERS)
        record = recorded_process.wait(host, place, end, "shifts owners", RemakeFailure)
        if record["state"] == copy_progress.RUNNING:
            return _progress(request, record, started)


def _begin(host: Host, request: Request, engine: OwnEngine) -> t.Union[Document, bool]:
    """Return the result if there is nothing to do any more, otherwise whether a process was started just now. One works."""
    journal = Journal(request.journal)
    had = journal.read(HAD)
    if had is not None:
        require_same_engine(journal, had, engine)
    elif not request.check_mode:
        raise RemakeFailure(f"there is no journal in {journal.directory}; write it first with migration_record")
    owners = Owners(journal, had["id"] if had is not None else None)
    record = None if request.check_mode else copy_progress.read(host, owners.place)
    if record is not None and record["state"] == copy_progress.RUNNING:
        return False
    if record is not None and record["state"] == copy_progress.FAILED:
        recorded_process.report_failure(record, RemakeFailure)
    try:
        if request.state == RESTORED:
            result = _take_back(request, engine, owners)
        else:
            result = _shift(request, engine, owners, _uses(host, request, engine, had))
    except (tree.TreeFault, MapFault) as fault:
        raise RemakeFailure(fault.reason) from None
    if result is None:
        return True
    return _told(result, record) if record is not None and record["source"] == request.state else result


def _told(result: Document, record: Document) -> Document:
    """The first run that sees the end of the work says that something changed, whichever run started it."""
    if record["state"] != copy_progress.COMPLETE or not copy_progress.set_reported(record):
        return result
    shown = {key: record.get(key) for key in _SHOWN}
    return {**result, **shown, "changed": True, "dropped": record["dropped"], "missing": record["missing"]}


def _uses(host: Host, request: Request, engine: OwnEngine, had: t.Optional[Document]) -> t.List[Use]:
    if had is None:
        entries = taking.containers(engine, taking.Wanted(None, request.outside, []))
        return bind_mounts.uses_of(host, entries, taking.volumes(engine, entries))
    if engine.ids is not None:
        return bind_mounts.uses_of(host, had["containers"], had["volumes"])
    now = {one["Id"]: one["State"] for one in engine.containers()}
    entries = [
        {**one, "inspect": {**one["inspect"], "State": now.get(one["inspect"]["Id"], {})}} for one in had["containers"]
    ]
    return bind_mounts.uses_of(host, entries, had["volumes"])


def _shift(request: Request, engine: OwnEngine, owners: Owners, uses: t.List[Use]) -> t.Optional[Document]:
    """Return the result, or None if a process was started."""
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
    for path in [one for one in to_do if one in sources]:
        against = _against(path, uses, own)
        if not against:
            try:
                with owners_process.opened(path) as descriptor:
                    is_new = path not in owners.paths
                    surveys[path] = owner_shift.survey(
                        descriptor, path, shift if is_new else owners.shift(True), is_new and not request.check_mode
                    )
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
    for path in to_do:
        if path not in owners.paths:
            owners.begin(path, surveys[path])
    directories = [Directory(path, surveys[path]) for path in to_do]
    owners.write()
    owners_process.start(SHIFTED, owners, directories, [])
    return None


def _against(path: str, uses: t.List[Use], own: t.Sequence[str]) -> t.List[str]:
    try:
        return shiftable.reasons_against(path, uses, own)
    except OSError as error:
        return [f"{path}: {error.strerror}"]


def _require_none_runs(engine: OwnEngine, paths: t.List[str]) -> None:
    running = sorted(
        {
            name_of(one)
            for one in engine.containers()
            for mount in one.get("Mounts") or []
            for path in paths
            if one["State"].get("Running") and mount.get("Type") == "bind"
            if within(str(mount.get("Source")), path) or within(path, str(mount.get("Source")))
        }
    )
    if running:
        raise RemakeFailure(f"containers that use these directories run: {', '.join(running)}; stop them first")


def _take_back(request: Request, engine: OwnEngine, owners: Owners) -> t.Optional[Document]:
    """Return the result, or None if a process was started."""
    paths = sorted(set(request.paths) & set(owners.paths)) if request.paths else sorted(owners.paths)
    if request.check_mode or not paths:
        return _result(request, owners, [], None, {}, bool(paths))
    if engine.ids is not None:
        raise RemakeFailure("the engine still remaps, and its containers need these directories as they are")
    _require_none_runs(engine, paths)
    missing = [path for path in paths if not os.path.lexists(path)]
    directories: t.List[Directory] = []
    for path in [one for one in paths if one not in missing]:
        with owners_process.opened(path) as descriptor:
            found = owner_shift.survey(descriptor, path, owners.shift(False))
        if found.refusals:
            raise RemakeFailure(f"cannot take back the owners: {'; '.join(found.refusals)}", refusals=found.refusals)
        directories.append(Directory(path, found))
        owners.set(path, GOING_BACK)
    for path in missing:
        del owners.paths[path]
    owners.write()
    owners_process.start(RESTORED, owners, directories, missing)
    return None


def _progress(request: Request, record: Document, changed: bool) -> Document:
    owners = Journal(request.journal).read(OWNERS)
    return {
        "changed": changed,
        "state": copy_progress.RUNNING,
        "journal": request.journal,
        "bind_mounts": [],
        "shifted": sorted(owners["paths"]) if owners is not None else [],
        "dropped": [],
        "missing": [],
        "progress_file": copy_progress.file_of(record["destination"]),
        **{key: record.get(key) for key in _SHOWN},
    }


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
        "progress_file": copy_progress.file_of(owners.place),
        **dict.fromkeys(_SHOWN),
    }
