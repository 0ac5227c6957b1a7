# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse daemon.json as the engine of a given version does: what it uses, ignores, and refuses.

Pure: bytes in, facts out. A bad file never raises an exception. Checked against engines 20.10, 26.1 and 28.5.
"""

from __future__ import annotations

import codecs
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import keys
from ansible_collections.seawall.docker.plugins.module_utils._daemon.domains import refusal
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import BadValue, ParsedFlags, parse_boolean
from ansible_collections.seawall.docker.plugins.module_utils._daemon.scan import (
    JsonFault,
    JsonObject,
    Member,
    Places,
    scan,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.value_types import (
    WrongType,
    check,
    found_type,
    plain,
)

Version = t.Optional[t.Tuple[int, int]]
Entry = t.Dict[str, t.Any]

DEFAULT_PATH = "/etc/docker/daemon.json"
# What Go calls space at the ends of the file, beyond the four that JSON allows.
_OUTER_SPACE = "\v\f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_JSON_SPACE = " \t\r\n"


class DaemonFile:
    """The content of the file. ``settings`` are the values that the engine uses, by option. The other fields list
    problems of the file, each with its line. ``members`` keeps the top level in its order for a writer."""

    def __init__(self) -> None:
        self.state = "ok"
        self.error: str | None = None
        self.line: int | None = None
        self.column: int | None = None
        self.members: list[Member] = []
        # Every name that the engine sees, those in dissolved objects included, with its line.
        self.names: dict[str, int] = {}
        self.settings: dict[str, t.Any] = {}
        # Options that the file sets twice in ways of which the engine takes either.
        self.uncertain: set[str] = set()
        self.unknown: list[Entry] = []
        self.duplicate: list[Entry] = []
        self.ineffective: list[Entry] = []
        self.wrong_type: list[Entry] = []

    def fail(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        """Say why the engine would not start with this file. The first reason stands."""
        if self.state == "invalid":
            return
        place = f"line {line}, column {column}: " if line is not None else ""
        self.state, self.error, self.line, self.column = "invalid", place + reason, line, column

    def conflicts(self, flags: ParsedFlags) -> list[tuple[str, str]]:
        """Return options that are in the file and are also flags, as (key, flag as written). The engine refuses them
        even if the values are equal."""
        found: dict[str, str] = {}
        for flag in flags.flags:
            name = flag.option.key or flag.name
            if name in self.names and name != "runtimes":
                found.setdefault(name, flag.written)
            if name == "host-gateway-ips" and "host-gateway-ip" in self.names:
                found.setdefault("host-gateway-ip", flag.written)
        return sorted(found.items())


def read_daemon_json(content: bytes, version: Version) -> DaemonFile:
    """Read the file as the engine of that version would; without a version, as a current engine, but mildly."""
    result = DaemonFile()
    modern = version is None or version >= (23, 0)
    text = _decode(content, modern, result)
    if text is None:
        return result
    if not text.strip(_JSON_SPACE):
        if modern:
            result.state = "empty"
        else:
            result.fail("the file is empty, which engines before 23.0 do not take")
        return result
    places = Places(text)
    try:
        # Before 23.0 the engine stops reading after the first value.
        value = scan(text, places, whole=modern)
    except JsonFault as fault:
        result.fail(fault.reason, *places.of(fault.offset))
        return result
    if value is None:
        return result
    if not isinstance(value, JsonObject):
        result.fail(f"the configuration is a {found_type(value)} and not an object", 1, 1)
        return result
    result.members = value.members
    _find_duplicates(value, "", result)
    _read_members(value, version, result)
    return result


def _decode(content: bytes, modern: bool, result: DaemonFile) -> str | None:
    if not modern:
        text = content.decode("utf-8", "replace")
        if text.startswith("\ufeff"):
            result.fail("the file begins with a byte order mark, which engines before 23.0 do not take", 1, 1)
            return None
        return text
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if content.startswith(mark):
            return _spaced(content[len(mark) :].decode(encoding, "replace"))
    if content.startswith(codecs.BOM_UTF8):
        content = content[len(codecs.BOM_UTF8) :]
    try:
        return _spaced(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        result.fail("the file is not UTF-8", *Places(before).of(len(before)))
        return None


def _spaced(text: str) -> str:
    """Replace foreign spaces at both ends of the text by plain ones, so that offsets stay the same."""
    every = _OUTER_SPACE + _JSON_SPACE
    first = len(text) - len(text.lstrip(every))
    last = len(text.rstrip(every))
    if first >= last:
        return ""
    table = {ord(character): " " for character in _OUTER_SPACE}
    return text[:first].translate(table) + text[first:last] + text[last:].translate(table)


def _find_duplicates(value: JsonObject, path: str, result: DaemonFile) -> None:
    """Record the keys that stand twice in an object. The engine uses the last of them without a message."""
    lines: dict[str, list[int]] = {}
    for member in value.members:
        lines.setdefault(member.key, []).append(member.line)
        if not path and isinstance(member.value, JsonObject):
            _find_duplicates(member.value, f"{member.key}.", result)
    for key, where in lines.items():
        if len(where) > 1:
            result.duplicate.append({"key": path + key, "lines": where})
    result.duplicate.sort(key=lambda entry: (entry["lines"][0], entry["key"]))


def _read_members(value: JsonObject, version: Version, result: DaemonFile) -> None:
    last = {member.key: member for member in value.members}
    # At the top level nothing reads the proxies, so that their values are not looked at either.
    by_key = {key: option for key, option in keys.options_by_key(version).items() if key not in keys.PROXY_KEYS}
    for member in value.members:
        if member.key in by_key:
            _type_check(by_key[member.key].kind, member, result)
    for member in last.values():
        if isinstance(member.value, JsonObject) and not keys.is_whole_object(member.key, version):
            field = member.key.casefold()
            if field in keys.HIDDEN_FIELDS or (field in by_key and field != member.key):
                # The names are checked as they are written, the values are read whatever their case.
                result.fail(f"{member.key}: the engine takes no object there", member.line, member.column)
            elif member.key not in by_key:
                _dissolve(member, version, result)
            continue
        _top_level(member, value, version, result)
    if "host-gateway-ip" in result.names and "host-gateway-ips" in result.names:
        result.fail("host-gateway-ip and host-gateway-ips exclude each other", result.names["host-gateway-ip"], 1)


def _type_check(kind: str, member: Member, result: DaemonFile) -> None:
    for wrong in check(kind, member):
        result.wrong_type.append(_wrong_entry(wrong))
        result.fail(f"{wrong.key}: expected {wrong.expected}, found {wrong.found}", wrong.line, wrong.column)


def _wrong_entry(wrong: WrongType) -> Entry:
    return {"key": wrong.key, "line": wrong.line, "expected": wrong.expected, "found": wrong.found}


def _is_known(key: str, version: Version) -> bool:
    known = key in keys.options_by_key(version) or key in keys.options_by_flag(version)
    return known or keys.is_tolerated(key, version)


def _unknown(member: Member, version: Version, result: DaemonFile) -> None:
    result.unknown.append({"key": member.key, "line": member.line})
    if result.state == "invalid":
        return  # the first reason stands, and a hostile file has hundreds of thousands
    ever = [option for option in keys.OPTIONS if member.key in (option.key, option.flag)]
    reason = f"the engine has no option {member.key}"
    if ever and ever[0].removed and version is not None and version >= (keys.version_of(ever[0].removed) or version):
        reason += f" any more, since {ever[0].removed}"
    elif ever and ever[0].since:
        reason += f" before {ever[0].since}"
    elif member.key.lower() != member.key and _is_known(member.key.lower(), version):
        reason += f"; it is written {member.key.lower()}"
    result.fail(reason, member.line, member.column)


def _top_level(member: Member, value: JsonObject, version: Version, result: DaemonFile) -> None:
    key = member.key
    if not _is_known(key, version):
        _unknown(member, version, result)
        return
    result.names[key] = member.line
    if keys.is_refused(key, version) and member.value not in (None, ""):
        result.fail(f"{key} was removed, and the engine refuses to start with it", member.line, member.column)
        return
    option = keys.options_by_key(version).get(key)
    # Of a value of another type the reason is known already.
    refused = refusal(key, plain(member.value)) if option is not None and result.state != "invalid" else None
    if refused is not None:
        result.fail(f"{key}{'' if refused.startswith('[') else ': '}{refused}", member.line, member.column)
    if option is None:
        _ineffective(member, _reason_for_flag_name(key, version), result)
    elif key in keys.PROXY_KEYS:
        _ineffective(member, 'the engine reads it inside "proxies": {…} only', result)
    elif key == "tlsverify" and member.value is None:
        _set(key, True, keys.BOOL, result)  # that the key is there is enough to turn TLS on
    elif option.kind in (keys.STRING_MAP, keys.BOOL_MAP, keys.MAP_MAP, keys.ULIMITS, keys.RUNTIMES):
        # Of maps given twice the engine takes the entries of both.
        merged: dict[str, t.Any] = {}
        for other in value.members:
            if other.key == key and isinstance(other.value, JsonObject):
                merged.update(plain(other.value))
        _set(key, merged, option.kind, result)
    else:
        _set(key, plain(member.value), option.kind, result)


def _set(key: str, value: t.Any, kind: str, result: DaemonFile) -> None:
    """Keep a value, unless it is empty: the engine fills empty values, except false, from its defaults."""
    if value or (kind == keys.BOOL and value is False):
        if key in result.settings and result.settings[key] != value:
            result.uncertain.add(key)
        result.settings[key] = value


def _ineffective(member: Member, reason: str, result: DaemonFile) -> None:
    result.ineffective.append({"key": member.key, "line": member.line, "reason": reason})


def _reason_for_flag_name(key: str, version: Version) -> str:
    option = keys.options_by_flag(version).get(key)
    if option is not None and option.key and option.key != key:
        return f"{key} is the name of the flag; in the file the engine reads {option.key}"
    if key == "containerd-plugins-namespace" or option is not None:
        return "the engine reads it as a flag only"
    return "the engine tolerates it, but has no such option any more"


def _dissolve(outer: Member, version: Version, result: DaemonFile) -> None:
    """Handle an object that is not an option: the engine checks the names in it, but uses only few of them."""
    is_proxies = outer.key.casefold() == "proxies" and (version is None or version >= (23, 0))
    inner_members = {member.key: member for member in outer.value.members}
    if not is_proxies and not inner_members:
        _ineffective(outer, "the engine has no such option and ignores the object", result)
    by_flag = keys.options_by_flag(version)
    for key, member in inner_members.items():
        if not _is_known(key, version):
            _unknown(member, version, result)
            continue
        known_outside = key in result.names
        result.names[key] = member.line
        if known_outside:
            result.uncertain.add(key)
        path = Member(f"{outer.key}.{key}", member.line, member.column, member.value)
        option = by_flag.get(key)
        if is_proxies and key in keys.PROXY_KEYS:
            _type_check(keys.STRING, path, result)
            if isinstance(member.value, str):
                _set(key, member.value, keys.STRING, result)
        elif key == "tlsverify":
            _set(key, True, keys.BOOL, result)  # its value is not read, its name turns TLS on
        elif option is not None and option.kind == keys.BOOL and key not in keys.EARLY_BOOLEANS:
            # Seen on 20.10, 26.1 and 28.5: a boolean takes effect in whatever object it stands.
            _set_boolean(key, member.value, result)
        else:
            _ineffective(path, f"the engine ignores it inside {outer.key}, which is no option", result)


def _set_boolean(key: str, value: t.Any, result: DaemonFile) -> None:
    written = str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, (int, str)) else ""
    try:
        _set(key, parse_boolean(written), keys.BOOL, result)
    except BadValue:
        return  # the engine drops the error and keeps the default
