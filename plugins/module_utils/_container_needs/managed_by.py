# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which unit of systemd runs a container today, by the commands of the units that the administrator wrote."""

from __future__ import annotations

import posixpath
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._daemon.units import settings_of, words_of
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# Units of packages run no containers of somebody's own; those that a generator made have a file of their own elsewhere.
_DIRECTORIES = ("/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system")
_MAX_UNITS = 500
_STARTS = ("run", "start", "create")


class _Command(t.NamedTuple):
    file: str
    restart: t.Optional[str]
    words: t.List[str]


def unit_of(context: Context, name: str) -> Document | None:
    """Return ``name``, ``file`` and ``restart`` (as the unit says it, or null) of the unit that starts the container of this
    name, None if there is none.

    Raises Unread if not all units could be read, and of those that could none does.
    """
    commands, unread = context.once("commands_of_units", lambda: _commands(context))
    for one in commands:
        if _starts(one.words, name):
            return {"name": posixpath.basename(one.file), "file": one.file, "restart": one.restart}
    if unread:
        raise Unread(unread)
    return None


def _commands(context: Context) -> tuple[list[_Command], str]:
    """The commands of all units, and why some are missing."""
    context.require_local()
    found: list[_Command] = []
    unread = ""
    files = []
    for directory in _DIRECTORIES:
        try:
            names = context.host.list_directory(directory)
        except Unread as gap:
            unread = unread if gap.kind == "absent" else gap.reason
            continue
        files += [posixpath.join(directory, one) for one in sorted(names) if one.endswith(".service")]
    if len(files) > _MAX_UNITS:
        unread = f"there are more than {_MAX_UNITS} units"
    for file in files[:_MAX_UNITS]:
        try:
            text = context.host.read_text(file)
        except Unread as gap:
            unread = unread if gap.kind == "absent" else gap.reason
            continue
        settings = settings_of(text, "Service")
        restart = dict(settings).get("Restart")
        found += [
            _Command(file, restart, words_of(value)) for key, value in settings if key in ("ExecStart", "ExecStartPre")
        ]
    return found, unread


def _starts(words: list[str], name: str) -> bool:
    """Whether the command is the client of Docker that runs, makes or starts the container."""
    if not words or posixpath.basename(words[0].lstrip("-@:+!")) != "docker":
        return False
    given = words[1:]
    verb = next((one for one in given if one in _STARTS), None)
    if verb is None:
        return False
    after = given[given.index(verb) + 1 :]
    if verb == "start":
        return name in after
    return f"--name={name}" in after or ("--name", name) in zip(after, after[1:])
