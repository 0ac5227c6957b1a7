# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find with which arguments the daemon starts next, and compare them with those of the running process.

A unit that was changed, and an environment file that was edited, come into force with the next start. What a restart for
another reason would bring into force must be known before that restart.
"""

from __future__ import annotations

import posixpath
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import (
    BadValue,
    Flag,
    ParsedFlags,
    parse_flags,
    value_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import (
    DEFAULTS,
    Process,
    Units,
    written_arguments,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.units import Argument

# Another program is a wrapper, which adds arguments of its own.
_PROGRAM = "dockerd"
# With another value of these, the engine shows other containers than before, or does not know those that run.
HIDING = (
    "userns-remap",
    "data-root",
    "graph",
    "storage-driver",
    "exec-root",
    "containerd",
    "containerd-namespace",
)


class Changed(t.NamedTuple):
    """A flag whose value the next start changes, by its key in daemon.json. None: the flag is not given. ``source`` is the
    file that sets it next, or None."""

    key: str
    running: t.Any
    next: t.Any
    source: t.Optional[str]


class NextStart(t.NamedTuple):
    """``flags`` and ``changed`` are None if the arguments of the next start are not known, with the ``reason``.

    ``reload_needed`` says that systemd has not read the unit files as they are now, and is None if systemd does not say.
    """

    unit: t.Optional[str]
    reload_needed: t.Optional[bool]
    flags: t.Optional[ParsedFlags]
    sources: t.List[t.Optional[str]]
    changed: t.Optional[t.List[Changed]]
    reason: str = ""
    # Whether a service manager of the host starts the daemon.
    is_managed: bool = True

    def set_by(self, position: int) -> str | None:
        """Return the file that contains the argument at the position, or None."""
        return self.sources[position] if 0 <= position < len(self.sources) else None

    def names(self, keys: t.Container[str] | None = None) -> list[str]:
        """Return what the next start changes, each with its file; with ``keys`` only those."""
        return [
            (f"{one.key} (in {one.source})" if one.source else one.key) if one.key else str(one.next)
            for one in self.changed or []
            if keys is None or one.key in keys
        ]

    def unread_unit(self) -> str | None:
        """Return why nothing may be started before systemd has read its files again, or None."""
        if self.reload_needed is None:
            return f"systemd does not say whether it has read the files of {self.unit} as they are"
        if not self.reload_needed:
            return None
        return (
            f"files of {self.unit} were changed, and systemd has not read them yet (NeedDaemonReload): Docker would start "
            f"with other arguments after the next boot. Check them (systemctl cat {self.unit}), run systemctl "
            "daemon-reload, and run this again"
        )


def next_start(context: Context, units: Units, process: Process | None, version: tuple[int, int] | None) -> NextStart:
    """Return with which arguments the service manager starts the daemon next."""
    reload_needed = units.reload_needed
    if units.unit is None and units.manager not in DEFAULTS:
        return NextStart(None, False, None, [], None, "no service manager of the host starts the daemon", False)
    if units.unit is None:
        return _of_script(context, units, process, version)
    if units.program is None or posixpath.basename(units.program) != _PROGRAM:
        what = units.program or "a command that systemd does not show"
        return NextStart(
            units.unit, reload_needed, None, [], None, f"{units.unit} starts {what}, which may add arguments of its own"
        )
    written = written_arguments(context, units)
    texts = [argument.text for argument in written]
    flags = parse_flags(texts, version)
    changed: list[Changed] = []
    # Joined, since systemd shows a quoted word and two words in the same way.
    if process is not None and " ".join(texts) != " ".join(process.arguments):
        changed = _compared(parse_flags(process.arguments, version), flags, written)
    sources: list[str | None] = [one.source for one in written]
    return NextStart(units.unit, reload_needed, flags, sources, changed)


def _of_script(context: Context, units: Units, process: Process | None, version: tuple[int, int] | None) -> NextStart:
    """Return what the file of variables adds or changes. No more is known, since the init script adds arguments itself."""
    written = written_arguments(context, units)
    texts = [argument.text for argument in written]
    running = process.arguments if process is not None else []
    if any("$" in text or "`" in text for text in texts):
        return NextStart(None, False, None, [], None, f"{written[0].source} uses variables of the shell")
    if process is None or not texts:
        return NextStart(None, False, parse_flags([*running, *texts], version), [], [])
    flags = parse_flags(texts, version)
    changed = [
        one
        for one in _compared(parse_flags(running, version), flags, written)
        if one.next is not None and not _holds(one.running, one.next)
    ]
    kept = parse_flags(running, version).flags
    merged = [flag._replace(position=-1) for flag in kept if not flags.of_flag(flag.name)]
    sources: list[str | None] = [one.source for one in written]
    return NextStart(None, False, ParsedFlags([*flags.flags, *merged], []), sources, changed)


def _compared(running: ParsedFlags, coming: ParsedFlags, written: list[Argument]) -> list[Changed]:
    found = []
    keys = [_key_of(flag) for flag in [*coming.flags, *running.flags]]
    for key in dict.fromkeys(keys):
        old, new = _value(running, key), _value(coming, key)
        if old != new:
            flags = [flag for flag in coming.flags if _key_of(flag) == key]
            source = written[flags[-1].position].source if flags else None
            found.append(Changed(key, old, new, source))
    # With these no engine starts.
    found += [Changed("", None, problem, None) for problem in coming.problems if problem not in running.problems]
    return sorted(found, key=lambda one: one.key)


def _key_of(flag: Flag) -> str:
    return flag.option.key or flag.name


def _value(flags: ParsedFlags, key: str) -> t.Any:
    given = [flag for flag in flags.flags if _key_of(flag) == key]
    if not given:
        return None
    try:
        return value_of(given)
    except BadValue:
        return [flag.text for flag in given]


def _holds(value: t.Any, part: t.Any) -> bool:
    """Return whether a list or map contains all that the other one contains."""
    if isinstance(value, list) and isinstance(part, list):
        return all(one in value for one in part)
    if isinstance(value, dict) and isinstance(part, dict):
        return all(name in value and value[name] == one for name, one in part.items())
    return False
