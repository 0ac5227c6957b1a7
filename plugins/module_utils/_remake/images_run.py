# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module ``migration_images`` does: start to save or load the images of a journal, or go on waiting for that."""

from __future__ import annotations

import os
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine.streaming import Streams
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._migration import copy_progress, recorded_process
from ansible_collections.seawall.docker.plugins.module_utils._remake import images_process
from ansible_collections.seawall.docker.plugins.module_utils._remake.images_process import Carried
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import (
    ARCHIVE,
    IMAGES,
    Document,
    Journal,
    RemakeFailure,
)
from ansible_collections.seawall.docker.plugins.module_utils._remake.own_engine import OwnEngine, own_engine
from ansible_collections.seawall.docker.plugins.module_utils._remake.record_run import had_by

SAVED, LOADED = "saved", "loaded"
_SHOWN = ("phase", "bytes", "bytes_total", "seconds", "seconds_left")


class Request(t.NamedTuple):
    journal: str
    state: str
    pull: bool
    wait: float
    docker_host: t.Optional[str]
    seconds: int
    check_mode: bool


def run(host: Host, request: Request) -> Document:
    """Return the module's result. Raises RemakeFailure."""
    with own_engine(host, "migration_images", request.docker_host, request.seconds, request.check_mode) as engine:
        carried = _carried(request, engine)
        begun = _begin(host, request, carried, engine)
    if begun is not None:
        return begun
    # Without the lock: other modules may work while images are carried.
    end = time.monotonic() + (0 if request.check_mode else request.wait)
    record = recorded_process.wait(host, carried.place, end, "carries the images", RemakeFailure)
    if record["state"] == copy_progress.RUNNING:
        return _result(copy_progress.RUNNING, carried, record, False)
    if record["state"] == copy_progress.FAILED:
        recorded_process.report_failure(record, RemakeFailure)
    with own_engine(host, "migration_images", request.docker_host, request.seconds, request.check_mode) as engine:
        _require_done(request, carried, engine)
    return _result(request.state, carried, record, copy_progress.set_reported(record))


def _carried(request: Request, engine: OwnEngine) -> Carried:
    journal = Journal(request.journal)
    had = had_by(journal, engine)
    engine_address = engine.context.engine
    streams = Streams(engine_address.address, engine_address.api_version, images_process.IDLE_SECONDS)
    place = journal.path(ARCHIVE) if request.state == SAVED else engine.data_root
    return Carried(
        journal, had["id"], had["images"], _pulled(request, journal, had), [], streams, engine.writable, place
    )


def _pulled(request: Request, journal: Journal, had: Document) -> t.List[str]:
    """Return the ids of images that are not in the archive."""
    if request.state == SAVED:
        return [one["id"] for one in had["images"] if request.pull and one["digests"]]
    saved = journal.read(IMAGES)
    return list(saved["pulled"]) if saved is not None and saved["of"] == had["id"] else []


def _begin(host: Host, request: Request, carried: Carried, engine: OwnEngine) -> t.Optional[Document]:
    """Start what is to be done, and return None; or the result if there is nothing to do."""
    record = copy_progress.read(host, carried.place)
    if record is not None and record["state"] == copy_progress.RUNNING:
        return None
    if request.state == LOADED and engine.ids is None:
        raise RemakeFailure("the engine does not remap, so it has its images as before")
    if record is not None and record["state"] == copy_progress.FAILED and not request.check_mode:
        recorded_process.report_failure(record, RemakeFailure)
    if _is_done(request, carried, engine):
        changed = record is not None and not request.check_mode and copy_progress.set_reported(record)
        return _result(request.state, carried, record or {}, changed)
    if request.state == LOADED:
        _require_saved(carried)
    elif engine.ids is not None:
        raise RemakeFailure("the engine remaps already, and what it had before was not saved; go back to save it")
    names = _names(engine, carried) if request.state == SAVED else []
    if request.check_mode:
        return _result("absent", carried, {"bytes_total": sum(int(one["bytes"]) for one in carried.archived())}, True)
    work = images_process.save if request.state == SAVED else images_process.load
    images_process.start(
        carried._replace(names=names),
        work,
        engine.data_root if request.state == SAVED else carried.journal.path(ARCHIVE),
    )
    return None


def _is_done(request: Request, carried: Carried, engine: OwnEngine) -> bool:
    if not carried.images:
        return True
    if request.state == SAVED:
        return _is_saved(carried)
    return not any(_lacks(engine, image) for image in carried.images)


def _is_saved(carried: Carried) -> bool:
    saved = carried.journal.read(IMAGES)
    if saved is None or saved["of"] != carried.had_id or saved["pulled"] != carried.pulled:
        return False
    try:
        return (
            not saved["ids"] or saved["bytes"] == os.stat(carried.journal.path(ARCHIVE), follow_symlinks=False).st_size
        )
    except OSError:
        return False


def _require_saved(carried: Carried) -> None:
    if not _is_saved(carried):
        raise RemakeFailure(
            f"the images of this journal are not in {carried.journal.path(ARCHIVE)}; nothing was loaded"
        )


def _require_done(request: Request, carried: Carried, engine: OwnEngine) -> None:
    """Raise where the archive is not there, or the engine has not all that is in it."""
    if request.state == SAVED:
        _require_saved(carried)
        return
    for image in carried.images:
        fault = _lacks(engine, image)
        if fault:
            raise RemakeFailure(f"the images were loaded, and {fault}")


def _lacks(engine: OwnEngine, image: Document) -> str:
    """Return what the engine has not of an image, an empty text if nothing."""
    found = engine.get("images", image["id"], "json")
    if found is None or found.get("Id") != image["id"]:
        return f"the engine has no image {image['id']}"
    missing = sorted(set(image["tags"]) - {str(one) for one in found.get("RepoTags") or []})
    return f"the image {image['id']} is not called {missing[0]}" if missing else ""


def _names(engine: OwnEngine, carried: Carried) -> t.List[str]:
    """Return by which names the images are asked for, so that they keep these. One without a name has its id."""
    names: t.List[str] = []
    for image in carried.archived():
        fault = _lacks(engine, image)
        if fault:
            raise RemakeFailure(f"{fault} any more; write the journal anew")
        names += image["tags"] or [image["id"]]
    return names


def _result(state: str, carried: Carried, record: Document, changed: bool) -> Document:
    return {
        "changed": changed,
        "state": state,
        "journal": carried.journal.directory,
        "images": [
            {"id": one["id"], "tags": one["tags"], "pulled": one["id"] in carried.pulled} for one in carried.images
        ],
        "progress_file": copy_progress.file_of(carried.place),
        **{key: record.get(key) for key in _SHOWN},
    }
