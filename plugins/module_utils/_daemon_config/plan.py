# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What daemon.json becomes when options are wanted, and what the running engine then needs. Pure.

Everything that the engine would refuse, and everything that it would accept and then ignore, is refused here.
"""

from __future__ import annotations

import codecs
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import keys
from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_records import LEVELS
from ansible_collections.seawall.docker.plugins.module_utils._daemon.daemon_json import DaemonFile, read_daemon_json
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import ParsedFlags
from ansible_collections.seawall.docker.plugins.module_utils._daemon.next_start import NextStart
from ansible_collections.seawall.docker.plugins.module_utils._daemon.value_types import plain
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.clashes import clashes
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.json_edit import edit
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.reload_back import RESET_BY_RELOAD
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.wanted import (
    PROXIES,
    Refused,
    Wanted,
    check_keys,
    resolve,
)

Version = t.Optional[t.Tuple[int, int]]

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class EngineFacts(t.NamedTuple):
    """``version`` and ``flags`` of the daemon; ``set_by`` names the file of a flag by its position, or None.

    ``next`` are the arguments of its next start, None where they are not known or no others.
    """

    version: Version
    flags: ParsedFlags
    set_by: t.Callable[[int], t.Optional[str]]
    path: str
    next: t.Optional[NextStart] = None


class Plan(t.NamedTuple):
    """``after`` are the new bytes of the file, equal to ``before`` (None: no file) where nothing changes."""

    before: t.Optional[bytes]
    after: t.Optional[bytes]
    changed_keys: t.List[str]
    needs: str

    @property
    def changed(self) -> bool:
        return self.before != self.after


def plan(before: bytes | None, wanted: Wanted, engine: EngineFacts) -> Plan:
    """Merge what is wanted into the file. Raises Refused with every reason that was found."""
    version = engine.version
    check_keys(wanted, engine.version, engine.flags, engine.set_by)
    coming = engine.next.flags if engine.next is not None else None
    if coming is not None and engine.next is not None:
        check_keys(
            wanted, engine.version, coming, engine.next.set_by, "will be the flag {0} at the daemon's next start"
        )
    mark, encoding, text = _decoded(before or b"")
    current = _read(before, version, engine.path)
    duplicates = [entry for entry in current.duplicate if not wanted.allow_duplicates]
    if duplicates:
        raise Refused(
            [
                f"{engine.path} has the key {entry['key']} more than once "
                f"(lines {', '.join(map(str, entry['lines']))}); "
                "the engine takes the last. Remove the others, or set allow_duplicates to have that done"
                for entry in duplicates
            ]
        )
    settings = {member.key: plain(member.value) for member in current.members}
    changes, removed = resolve(settings, wanted, version)
    if current.duplicate:
        # What the engine takes of keys that are there twice becomes what is written once.
        for entry in current.duplicate:
            outer = str(entry["key"]).split(".", maxsplit=1)[0]
            if outer not in removed and outer in settings:
                changes.setdefault(outer, current.settings.get(outer, settings[outer]))
    if not changes and not removed:
        _refuse_invalid(current, engine)
        return Plan(before, before, [], "none")
    after_text = edit(text, changes, removed)
    after = mark + after_text.encode(encoding)
    result = read_daemon_json(after, version)
    if result.state == "invalid" or result.conflicts(engine.flags):
        _refuse_invalid(current, engine)
        _refuse_result(result)
    if engine.next is not None:
        _refuse_next_start(result, engine.next, engine.path)
    clashing = [
        reason
        for flags in (engine.flags, coming)
        if flags is not None
        for reason in clashes(result.settings, flags, version)
        # Somebody else's fault is no reason to keep another option from being set.
        if reason not in clashes(current.settings, flags, version)
    ]
    if clashing:
        raise Refused(list(dict.fromkeys(clashing)))
    return Plan(before, after, *_effect(current, result, version))


def _decoded(content: bytes) -> tuple[bytes, str, str]:
    """The byte order mark, the encoding and the text. Raises Refused where writing back would change foreign parts."""
    mark, encoding = next(((m, e) for m, e in _MARKS if content.startswith(m)), (b"", "utf-8"))
    try:
        return mark, encoding, content[len(mark) :].decode(encoding)
    except UnicodeDecodeError:
        raise Refused(["the configuration file is not valid UTF-8, and is left as it is"]) from None


def _read(before: bytes | None, version: Version, path: str) -> DaemonFile:
    """The current file. Raises Refused where it is no JSON object; what is wrong inside one can still be put right."""
    current = read_daemon_json(before or b"", version if before else None)
    if current.state == "invalid" and not current.members and not (before or b"").strip(b" \t\r\n\0") == b"":
        raise Refused([f"{path} is invalid, and is left as it is: {current.error}"])
    return current


def _refuse_invalid(current: DaemonFile, engine: EngineFacts) -> None:
    if current.state == "invalid" and current.members:
        raise Refused([f"{engine.path} is invalid, and is left as it is: {current.error}"])
    conflicts = current.conflicts(engine.flags)
    if conflicts:
        listed = ", ".join(f"{key} (flag {flag})" for key, flag in conflicts)
        raise Refused(
            [
                (
                    f"{engine.path} has keys that are also flags of the daemon, with which no engine starts: {listed}. "
                    "Remove them from the file (remove), or from the flags"
                )
            ]
        )


def _refuse_next_start(result: DaemonFile, coming: NextStart, path: str) -> None:
    """Refuse a file with which the running daemon would start, and the one that is started next would not."""
    unread = coming.unread_unit()
    if unread is not None:
        raise Refused([f"{path} is unchanged: {unread}"])
    conflicts = result.conflicts(coming.flags) if coming.flags is not None else []
    if conflicts:
        listed = ", ".join(f"{key} (flag {flag})" for key, flag in conflicts)
        reason = (
            f"{path} has keys that will also be flags of the daemon at its next start, with which no engine starts: "
            f"{listed}. Remove them from the file (remove), or from the flags"
        )
        raise Refused([reason])


def _refuse_result(result: DaemonFile) -> None:
    """The file was fine and would not be: say of every wrong value what is wrong with it."""
    reasons = [
        f"{entry['key']} must be a {entry['expected']}, and a {entry['found']} was given" for entry in result.wrong_type
    ]
    raise Refused(reasons or [f"the engine would not start with the result: {result.error}"])


def _effect(before: DaemonFile, after: DaemonFile, version: Version) -> tuple[list[str], str]:
    """The keys whose value changed, and what the engine needs to take them over."""
    options = keys.options_by_key(version)
    old, new = _values(before), _values(after)
    changed = [key for key in dict.fromkeys([*new, *old]) if old.get(key, _NOTHING) != new.get(key, _NOTHING)]
    needs = "none"
    for key in changed:
        option = options.get(key)
        if option is None:
            continue  # no engine of this version reads it
        default = keys.default_of(option, version)
        if default is not keys.UNKNOWN_DEFAULT and old.get(key, default) == new.get(key, default):
            continue  # the default, spelled out or no longer so
        need = "restart"
        if option.apply == "reload" and (key in new or key in RESET_BY_RELOAD):
            need = "reload"
        if key == "runtimes" and need == "reload" and not set(old.get(key) or {}) <= set(new.get(key) or {}):
            need = "restart"  # a reload adds runtimes, and forgets none
        needs = max(needs, need, key=LEVELS.index)
    if needs == "reload" and "dns" in new and version is not None and (29, 0) <= version < (29, 3):
        needs = "restart"  # a reload of these versions garbles the name servers
    return sorted(changed), needs


_NOTHING = object()


def _values(file: DaemonFile) -> dict[str, t.Any]:
    """Every option by its own name. A list that is empty is a value, since that is how a reload is told to clear it."""
    values: dict[str, t.Any] = {}
    for member in file.members:
        value = plain(member.value)
        if member.key == PROXIES and isinstance(value, dict):
            values.update(value)
        else:
            values[member.key] = value
    return values
