# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which directories and files of the host containers mount, who uses them as whom, and what gives them to the shifted ids."""

from __future__ import annotations

import os
import posixpath
import re
import shlex
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.process import process_status
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import Shift
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import Document
from ansible_collections.seawall.docker.plugins.module_utils._remake.start_order import name_of

_NUMBERS = re.compile(r"([0-9]{1,10})(?::([0-9]{1,10}))?")
# User and group of a container's first process; None where they are not known.
Ids = t.Optional[t.Tuple[int, int]]


class Use(t.NamedTuple):
    """One container that mounts a path of the host. ``outside`` says that its users are those of the host."""

    source: str
    container: str
    writable: bool
    outside: bool
    ids: Ids


def within(path: str, directory: str) -> bool:
    return directory == "/" or path == directory or path.startswith(f"{directory}/")


def uses_of(host: Host, entries: t.Iterable[Document], volumes: t.Iterable[Document]) -> t.List[Use]:
    """Return what containers mount, sorted. ``entries`` and ``volumes`` are as they are recorded."""
    bound = {str(one["Name"]): _bound(one.get("Options") or {}) for one in volumes}
    found = []
    for entry in entries:
        inspected = entry["inspect"]
        for mount in inspected.get("Mounts") or []:
            source = mount.get("Source") if mount.get("Type") == "bind" else bound.get(str(mount.get("Name")))
            if source:
                path = posixpath.normpath(f"/{str(source).lstrip('/')}")
                found.append(
                    Use(path, name_of(inspected), bool(mount.get("RW")), bool(entry["outside"]), _ids(host, inspected))
                )
    return sorted(set(found), key=lambda one: (one.source, one.container, one.writable))


def _bound(options: t.Dict[str, t.Any]) -> t.Optional[str]:
    """Return the directory of the host that a volume of the driver ``local`` shows, None if it shows none."""
    device = str(options.get("device") or "")
    words = str(options.get("o") or "").split(",")
    return device if device.startswith("/") and {"bind", "rbind"} & set(words) else None


def _ids(host: Host, inspected: Document) -> Ids:
    pid = (inspected.get("State") or {}).get("Pid")
    if pid:
        try:
            status = process_status(host, int(pid))
            return int(status["Uid"].split()[1]), int(status["Gid"].split()[1])
        except (Unread, KeyError, ValueError, IndexError):
            pass
    user = str(inspected["Config"].get("User") or "0")
    found = _NUMBERS.fullmatch(user)
    return (int(found.group(1)), int(found.group(2) or 0)) if found else None


def advice(source: str, uses: t.List[Use], shift: t.Optional[Shift]) -> t.List[str]:
    """Return commands that give a path to the shifted ids of the containers that are remapped; none where none is needed."""
    try:
        status = os.lstat(source)
    except OSError:
        return []
    lines: t.Dict[str, None] = {}
    remapped = [use for use in uses if not use.outside]
    for use in remapped:
        rights = _missing(status, use)
        shifted = _shifted(use.ids, shift)
        if not rights:
            continue
        if shifted is None:
            lines[f"# {use.container}: its user has no known number; add it to the first id of the range"] = None
            continue
        uid, gid = shifted
        place = shlex.quote(source)
        default = f",d:u:{uid}:{rights}" if stat.S_ISDIR(status.st_mode) else ""
        recursive = "-R -P " if stat.S_ISDIR(status.st_mode) else ""
        lines[f"setfacl {recursive}-m u:{uid}:{rights}{default} -- {place}"] = None
        if use.writable and len(remapped) == 1 and len(uses) == 1:
            lines[f"chown {'-R ' if recursive else ''}-h {uid}:{gid} -- {place}"] = None
    return list(lines)


def _missing(status: os.stat_result, use: Use) -> str:
    """Return the rights that a container needs and that not everybody has."""
    if stat.S_ISSOCK(status.st_mode) or stat.S_ISLNK(status.st_mode):
        return ""
    needed = 0o5 if stat.S_ISDIR(status.st_mode) else 0o4
    if use.writable:
        needed |= 0o2
    if status.st_mode & needed == needed:
        return ""
    return "rwX" if use.writable else "rX"


def _shifted(ids: Ids, shift: t.Optional[Shift]) -> Ids:
    if ids is None or shift is None:
        return None
    uid, gid = shift.uid(ids[0]), shift.gid(ids[1])
    return None if uid is None or gid is None else (uid, gid)
