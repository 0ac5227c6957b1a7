# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that have the right type, that ``dockerd --validate`` lets pass, and with which no engine or no container starts.

Each was seen on engines 20.10, 26.1 and 28.5. What only the engine itself can know is left to the restart. Pure.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.combinations import faults
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import ParsedFlags

_RESERVED_RUNTIME = "runc"
_LIMITS = frozenset(
    "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split()
)
Settings = t.Dict[str, t.Any]


def clashes(settings: Settings, flags: ParsedFlags, version: tuple[int, int] | None = None) -> list[str]:
    """What is wrong with the options of a file under a daemon with these flags, in one sentence each."""
    reasons = [*_runtimes(settings.get("runtimes")), *_ulimits(settings.get("default-ulimits"))]
    reasons += [fault.reason for fault in faults(settings, flags, version)]
    listeners = [flag.text for flag in flags.of_key("hosts")]
    if settings.get("group") and listeners and all(text.startswith("fd:") for text in listeners):
        reasons.append(
            "group has no effect, since the daemon gets its sockets from systemd (-H fd://): set SocketGroup in the "
            "socket unit"
        )
    return reasons


def _fields(entry: t.Any) -> Settings:
    """The fields of an entry; their names are compared without case, and empty values are none."""
    if not isinstance(entry, dict):
        return {}
    return {str(name).casefold(): value for name, value in entry.items() if value not in (None, "", [])}


def _runtimes(value: t.Any) -> t.Iterator[str]:
    for name, entry in (value if isinstance(value, dict) else {}).items():
        if name == _RESERVED_RUNTIME:
            yield f"runtimes: the name {name} is the engine's own"
        elif not {"path", "runtimetype"} & set(_fields(entry)):
            yield f"runtimes: {name} has no path, so that no container starts with it"


def _ulimits(value: t.Any) -> t.Iterator[str]:
    for key, entry in (value if isinstance(value, dict) else {}).items():
        fields = _fields(entry)
        name = fields.get("name", "")
        if str(name).casefold() not in _LIMITS:
            limit = f"the Name {name}" if name else "no Name"
            yield f"default-ulimits: {key} has {limit}, which is no limit, so that no container starts"
            continue
        hard, soft = fields.get("hard", 0), fields.get("soft", 0)
        if _above(soft, hard):
            yield f"default-ulimits: {key} has a Soft limit above its Hard one ({soft} and {hard}), so that no container starts"


def _above(soft: t.Any, hard: t.Any) -> bool:
    """Whether the first limit is above the second; -1 is no limit."""
    if not isinstance(soft, int) or not isinstance(hard, int) or hard < 0:
        return False
    return soft < 0 or soft > hard
