# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read daemon.json on its host: where it is, what it contains, and whether the running daemon can have read this
content."""

from __future__ import annotations

import posixpath
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.combinations import read_for_start
from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_records import (
    Note,
    fingerprint,
    identity_in,
    read_note,
    read_record,
    read_way_back,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.daemon_json import (
    DEFAULT_PATH,
    DaemonFile,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import ParsedFlags
from ansible_collections.seawall.docker.plugins.module_utils._daemon.own_files import sees_same_file
from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import Process
from ansible_collections.seawall.docker.plugins.module_utils._daemon.start_times import (
    GRAIN_SECONDS,
    Reading,
    changed_at,
    reading_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# More findings decide nothing, and a hostile file must not make a document of its own size.
_MAX_LISTED = 1000
# How long after its start a daemon of 20.10 to 26 writes the key of its own beside daemon.json, at most.
_KEY_FILE_SECONDS = 60.0


class ConfigFile(t.NamedTuple):
    """``content`` is None if the file does not exist or could not be read. ``newer`` is whether the daemon read the file
    before its last change, None if this is not known. ``doubt`` is the reason why the file does not show the running
    values, or None."""

    path: str
    state: str
    error: t.Optional[str]
    content: t.Optional[DaemonFile]
    newer: t.Optional[bool]
    doubt: t.Optional[str]
    content_hash: t.Optional[str] = None


def find_path(context: Context, flags: ParsedFlags, process: Process | None) -> tuple[str, bool]:
    """Return the path of the daemon's configuration file, and whether a flag names it. Raises Unread if the path is not
    known."""
    given = flags.of_flag("config-file")
    if given and given[-1].text:
        path = given[-1].text
        if not path.startswith("/") and process is not None:
            path = posixpath.join(context.host.read_link(f"/proc/{process.pid}/cwd"), path)
        return posixpath.normpath(path), True
    rootless = context.location.manager == "rootless" or (process is not None and bool(process.user_id))
    if not rootless:
        return DEFAULT_PATH, False
    variables = process_environment(context, process, ("XDG_CONFIG_HOME", "HOME"))
    if variables.get("XDG_CONFIG_HOME"):
        return f"{variables['XDG_CONFIG_HOME']}/docker/daemon.json", False
    if variables.get("HOME"):
        return f"{variables['HOME']}/.config/docker/daemon.json", False
    raise Unread("the home directory of the rootless engine's user is not known")


def process_environment(context: Context, process: Process | None, names: tuple[str, ...]) -> dict[str, str]:
    """Return the named variables of the daemon's environment, and no others. Raises Unread."""
    if process is None:
        account = context.host.account(context.host.effective_uid())
        return {"HOME": account.home} if account is not None and "HOME" in names else {}
    found = {}
    for entry in context.host.read_text(f"/proc/{process.pid}/environ").split("\0"):
        name, _equals, value = entry.partition("=")
        if name in names:
            found[name] = value
    return found


def read_config_file(
    context: Context,
    path: str,
    named: bool,
    process: Process | None,
    version: tuple[int, int] | None,
    flags: ParsedFlags,
) -> ConfigFile:
    """Read the file, and judge whether the running daemon read the same. ``named``: a flag names the file."""
    host = context.host
    seen = (process.root if process else "") + path
    reading = _reading(context, process)
    try:
        content = host.read_bytes(seen)
        changed = changed_at(host, seen)
    except Unread as gap:
        if gap.kind != "absent":
            reason = gap.reason.replace(seen, path)
            return ConfigFile(path, "unreadable", reason, None, None, f"daemon.json could not be read: {reason}")
        doubt = _doubt_of_absence(context, path, seen, named, reading)
        if doubt is not None and not named and _works_with(context, path, process, None):
            doubt = None
        return ConfigFile(path, "absent", None, None, None, doubt)
    parsed = read_for_start(content, version, flags)
    newer = _read_before(reading, changed)
    if newer is not False and _works_with(context, path, process, content):
        newer = False
    doubt = None
    if reading is None and newer is None:
        doubt = "it is not known when the daemon started, so not whether it read daemon.json as it is now"
    elif newer is None:
        doubt = f"{path} was changed while the daemon started, so it is not known whether it read the file as it is now"
    elif newer:
        doubt = (
            f"{path} was changed after the daemon started, so its content no longer shows what the daemon read (a change of "
            "mode, owner or attributes counts too)"
        )
    elif parsed.state == "invalid":
        doubt = f"{path} is not what the daemon started with, since no daemon starts with it: {parsed.error}"
    return ConfigFile(path, parsed.state, parsed.error, parsed, newer, doubt, fingerprint(content))


def prepared_keys(context: Context, file: ConfigFile, process: Process | None) -> list[str]:
    """Return the options that a module set only for a change which it then did not make. Raises Unread."""
    host = context.host
    if process is None or process.identity is None or not sees_same_file(host, process, file.path):
        return []
    way = read_way_back(host, host.real_path(file.path), file.content_hash, process.identity)
    return [str(key) for key in way.keys][:_MAX_LISTED] if way is not None else []


def unfinished_change(context: Context, file: ConfigFile, process: Process | None) -> Note | None:
    """Return what a module wrote into the file and the daemon does not use yet, or None. Raises Unread.

    For a daemon with another file in its own mount namespace nothing is written.
    """
    host = context.host
    if not sees_same_file(host, process, file.path):
        return None
    identity = None
    if process is not None:
        identity = identity_in(process.pid, host.read_text(f"/proc/{process.pid}/stat"))
    note = read_note(host, host.real_path(file.path), file.content_hash, identity)
    return note._replace(keys=[str(key) for key in note.keys][:_MAX_LISTED]) if note is not None else None


def _reading(context: Context, process: Process | None) -> Reading | None:
    """Return when the daemon read its configuration file. None if this is not known."""
    if process is None or process.started is None:
        return None
    try:
        return reading_of(context, process.pid)
    except Unread:
        return None


def _read_before(reading: Reading | None, changed: float) -> bool | None:
    """Return whether the daemon read a file before its last change. None if this is not known."""
    if reading is None or reading.earliest <= changed <= reading.latest:
        return None
    return changed > reading.latest


def _works_with(context: Context, path: str, process: Process | None, content: bytes | None) -> bool:
    """Return whether a module recorded that this daemon process uses this content. None as content means that there is
    no file."""
    if process is None or not sees_same_file(context.host, process, path):
        return False
    try:
        record = read_record(context.host, context.host.real_path(path), process.pid)
    except Unread:
        return False
    return record is not None and record.content_hash == fingerprint(content)


def _doubt_of_absence(context: Context, path: str, seen: str, named: bool, reading: Reading | None) -> str | None:
    """Return why a missing file does not mean default values: it may have existed when the daemon started."""
    if named:
        return f"{path}, which a flag names, is gone; the daemon cannot have started without it"
    if reading is None:
        return "it is not known when the daemon started, so not whether there was a daemon.json"
    directory = posixpath.dirname(seen)
    while True:
        try:
            changed = changed_at(context.host, directory)
            break
        except Unread as gap:
            if gap.kind != "absent" or directory == "/":
                return f"it could not be told whether {path} was there when the daemon started: {gap.reason}"
            directory = posixpath.dirname(directory)
    if changed < reading.earliest or _explained_by_key(context, directory, changed, reading):
        return None
    return f"there is no {path}, but its directory was changed after the daemon started: it may have been there"


def _explained_by_key(context: Context, directory: str, changed: float, reading: Reading) -> bool:
    """Return whether the daemon itself made the last change of the directory, by writing its key at its first start."""
    try:
        written = context.host.stat(f"{directory}/key.json").changed_at
    except Unread:
        return False
    return changed <= written + GRAIN_SECONDS and written <= reading.earliest + _KEY_FILE_SECONDS


def config_file_document(
    file: ConfigFile, flags: ParsedFlags, set_by: t.Callable[[int], str | None]
) -> dict[str, t.Any]:
    """Return ``config_file`` of the posture."""
    content = file.content or DaemonFile()
    names = sorted(content.names, key=lambda name: (content.names[name], name))
    document: dict[str, t.Any] = {
        "path": file.path,
        "state": file.state,
        "error": file.error,
        "line": content.line,
        "column": content.column,
        "newer_than_daemon": file.newer,
    }
    if file.content is None and file.state != "absent":
        return document
    positions = {flag.option.key or flag.name: flag for flag in flags.flags}
    conflicts = content.conflicts(flags)
    document.update(
        keys=names[:_MAX_LISTED],
        unknown=content.unknown[:_MAX_LISTED],
        duplicate=content.duplicate[:_MAX_LISTED],
        ineffective=content.ineffective[:_MAX_LISTED],
        conflicts=[
            {"key": key, "flag": written, "set_by": set_by(positions[key].position) if key in positions else None}
            for key, written in conflicts
        ],
        wrong_type=content.wrong_type[:_MAX_LISTED],
    )
    return document
