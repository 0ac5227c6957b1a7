# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the previous files back, so that the engine works with them again."""

from __future__ import annotations

import contextlib
import json
import os
import stat

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records, slice_file
from ansible_collections.seawall.docker.plugins.module_utils._daemon.daemon_json import DEFAULT_PATH
from ansible_collections.seawall.docker.plugins.module_utils._daemon.keys import version_of
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config import pending
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.reload_back import spelled_out
from ansible_collections.seawall.docker.plugins.module_utils._host import files, looks, trust
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import Failed, Settings, Snapshot, World
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import ServiceFault
from ansible_collections.seawall.docker.plugins.module_utils._restart.starting import (
    COMMAND_SECONDS,
    STOP_SECONDS,
    reload_engine,
    wait_for_engine,
)
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_plan import FILES as SUBID_FILES

_WRITTEN_FILES = (DEFAULT_PATH, *SUBID_FILES)


def put_files_back(
    restore: list[files.Restore], config_path: str | None, check_mode: bool = False
) -> tuple[list[str], list[tuple[str, str]]]:
    """Put every file back. Return the paths that change, and those that could not be put back, each with the reason.

    Of two entries about a file the first counts, since it has the file as it was before all changes. ``config_path`` is
    the configuration file of the engine, None where it is not known.
    """
    done: list[str] = []
    faults: list[tuple[str, str]] = []
    seen = set()
    for item in restore:
        try:
            target = _known_target(item, config_path)
            if target in seen:
                continue
            seen.add(target)
            if files.put_back(item, check_mode):
                done.append(item.path)
            if not check_mode:
                pending.forget(item.path)
        except looks.FileFault as fault:
            faults.append((item.path, fault.reason))
    return done, faults


def require_known_files(restore: list[files.Restore], config_path: str) -> None:
    """Raise Failed where an entry is about a file that no module of this collection writes."""
    for item in restore:
        try:
            _known_target(item, config_path)
        except looks.FileFault as fault:
            raise Failed(fault.reason) from None


def _known_target(item: files.Restore, config_path: str | None) -> str:
    """The file that the entry is about, symbolic links followed.

    The entries pass through variables of the controller. Root must not replace or remove whatever file is named there.
    Raises FileFault for a file that no module of this collection writes, and for a copy that is not beside its file.
    """
    target = files.real_target(item.path)
    known = {os.path.realpath(path) for path in (config_path, *_WRITTEN_FILES) if path is not None}
    if target not in known and not slice_file.is_one(target) and not _is_recorded(target):
        raise looks.FileFault(
            f"{item.path} is not put back: it is neither the configuration file of the engine nor one of "
            f"{', '.join(SUBID_FILES)}, nor the file of a slice"
        )
    if item.backup_file is not None:
        _require_own_copy(target, item.backup_file)
    return target


def _require_own_copy(target: str, copy: str) -> None:
    directory = os.path.dirname(target)
    if os.path.realpath(os.path.dirname(copy)) != directory:
        raise looks.FileFault(f"{target} is not put back: its copy {copy} is not in {directory}")
    try:
        status = os.lstat(copy)
    except OSError:
        return  # reading it reports the fault
    owners = trust.trusted_users()
    with contextlib.suppress(OSError):
        owners |= {os.stat(target).st_uid}
    if not stat.S_ISREG(status.st_mode) or status.st_uid not in owners:
        raise looks.FileFault(f"{target} is not put back: its copy {copy} is not a regular file of root")


def _is_recorded(target: str) -> bool:
    """Whether a module of this collection recorded that it changed this file, in a directory of root."""
    try:
        if os.lstat(config_records.DIRECTORY).st_uid not in trust.trusted_users():
            return False
    except OSError:
        return False
    return any(
        os.path.lexists(config_records.name_for(target, kind)) for kind in (config_records.NOTE, config_records.RECORD)
    )


def reset_by_reload(world: World, settings: Settings, before: Snapshot | None, config_path: str) -> None:
    """Have the running engine take over the defaults of keys that are only in the file that is about to be replaced.

    A reload with the previous file alone would keep their values. Failures are ignored: what is still different is
    reported by the comparison afterwards.
    """
    ours = next((item for item in settings.restore if os.path.realpath(item.path) == config_path), None)
    if ours is None or before is None:
        return
    mark = world.service.log_mark()
    with contextlib.suppress(looks.FileFault, Failed, ServiceFault):
        current = looks.look(config_path)
        old = None if ours.backup_file is None else looks.look(ours.backup_file).content
        unified = world.host.exists("/sys/fs/cgroup/cgroup.controllers")
        between = spelled_out(old, current.content, version_of(str(before.facts["version"])), unified)
        if between is not None:
            files.replace(config_path, between, current)
            reload_engine(world, mark)


def reset_bridge(world: World, settings: Settings, config_path: str, bip: str) -> None:
    """Have the engine give its bridge the previous address, and stop the engine again.

    An engine keeps the address that it has stored for its bridge, unless the configuration names one. So for a moment it
    runs with the previous file and that address. Failures are ignored: afterwards the address is compared.
    """
    ours = next((item for item in settings.restore if os.path.realpath(item.path) == config_path), None)
    if ours is None:
        return
    with contextlib.suppress(looks.FileFault, Failed, ServiceFault, ValueError, TypeError):
        old = None if ours.backup_file is None else looks.look(ours.backup_file).content
        previous = json.loads(old or b"{}")
        if "bip" in previous:
            return
        between = json.dumps({**previous, "bip": bip}).encode()
        files.replace(config_path, between, looks.look(config_path))
        try:
            world.service.start(COMMAND_SECONDS)
            wait_for_engine(world, max(settings.seconds, 60.0), None).close()
        finally:
            world.service.stop(STOP_SECONDS)
