# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find what modules that write need to know of the host's own daemon: version, flags, program, configuration file."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.api_address import holds_socket
from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_file import find_path, read_config_file
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import ParsedFlags, parse_flags
from ansible_collections.seawall.docker.plugins.module_utils._daemon.keys import version_of
from ansible_collections.seawall.docker.plugins.module_utils._daemon.next_start import NextStart, next_start
from ansible_collections.seawall.docker.plugins.module_utils._daemon.own_files import sees_same_file
from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import (
    Process,
    Units,
    find_units,
    process_to_change,
    written_arguments,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread


class LocalDaemon(t.NamedTuple):
    """``process`` is None if the daemon does not run. Then ``arguments`` are those with which it would be started."""

    process: t.Optional[Process]
    version: t.Optional[t.Tuple[int, int]]
    version_text: str
    arguments: t.List[str]
    flags: ParsedFlags
    sources: t.List[t.Optional[str]]
    config_path: str
    program: t.Optional[str]
    # Whether the running daemon is known to work with the file as it is now.
    works_with_file: bool
    next: NextStart
    units: Units

    def set_by(self, position: int) -> str | None:
        """Return the file that contains the argument at the position, or None."""
        return self.sources[position] if 0 <= position < len(self.sources) else None


def local_daemon(context: Context) -> LocalDaemon:
    """Return the host's own daemon. Raises Unread if it is not known which daemon or which configuration file is meant."""
    if context.location.state == "absent":
        raise Unread(context.location.reason)
    try:
        process: Process | None = process_to_change(context)
    except Unread:
        if context.location.state == "running" and context.engine_fault is None:
            raise  # it answers, but is not known: its files may lie anywhere
        process = None
    units = find_units(context)
    written = written_arguments(context, units)
    texts = [argument.text for argument in written]
    arguments = process.arguments if process is not None else texts
    program = _program(context, process)
    text = _version_text(context, program)
    version = version_of(text)
    flags = parse_flags(arguments, version)
    path, named = find_path(context, flags, process)
    if not sees_same_file(context.host, process, path):
        raise Unread(f"the daemon runs in another mount namespace, where {path} cannot be changed from here")
    works = process is not None and read_config_file(context, path, named, process, version, flags).doubt is None
    coming = next_start(context, units, process, version)
    sources = _sources(arguments, written)
    return LocalDaemon(process, version, text, arguments, flags, sources, path, program, works, coming, units)


def require_reached(context: Context) -> None:
    """Raise Unread where the daemon runs, and does not listen at the address where it was asked: nobody would see
    whether it came back after a restart. One that listens and does not answer may be put right by a restart."""
    address, pid = context.location.address or "", context.location.pid
    if context.engine_fault is None or pid is None or not address.startswith("unix://"):
        return
    if holds_socket(context.host, pid, address[len("unix://") :]) is False:
        raise Unread(
            f"the engine (process {pid}) runs, and does not listen at {address}: it was never asked, so it "
            "is not restarted. Have it listen on a unix socket, or name its socket with docker_host"
        )


def _sources(arguments: list[str], written: list[t.Any]) -> list[str | None]:
    """Return for each argument of the process the file that contains it. Each argument in a file is used once."""
    left = list(written)
    sources: list[str | None] = []
    for argument in arguments:
        found = next((candidate for candidate in left if candidate.text == argument), None)
        if found is not None:
            left.remove(found)
        sources.append(found.source if found is not None else None)
    return sources


def _program(context: Context, process: Process | None) -> str | None:
    """Return the program of the next start: that of the running daemon, or the installed one. None if another user
    could have replaced it, since root will run it."""
    host = context.host
    if process is not None:
        try:
            path = host.read_link(f"/proc/{process.pid}/exe")
        except Unread:
            path = ""
        # After an upgrade the running program's file is gone; the new one is the one that starts next.
        path = re.sub(r" \(deleted\)$", "", path)
        if path and host.program(path) is not None:
            return path
    return host.program("dockerd")


def _version_text(context: Context, program: str | None) -> str:
    """Return the version of the program that will read the file. It is the one on the disk, which may be newer after an
    upgrade."""
    if program is not None:
        try:
            result = context.host.run(program, "--version")
        except Unread:
            result = None
        found = re.search(r"version (\d+\.\d+\S*?),?(?: |$)", result.output) if result is not None else None
        if found:
            return found.group(1)
    try:
        return str(context.version().get("Version") or "")
    except Unread:
        return ""
