# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that somebody wants in daemon.json: which of them make sense, and which changes they come to. Pure."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import keys
from ansible_collections.seawall.docker.plugins.module_utils._daemon.daemon_json import read_daemon_json
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import Flag, ParsedFlags

Version = t.Optional[t.Tuple[int, int]]

# The object in which the engine reads the proxy options, and only there.
PROXIES = "proxies"
_LISTS = (keys.LIST, keys.IPS, keys.POOLS)
_MAPS = (keys.STRING_MAP, keys.BOOL_MAP, keys.MAP_MAP, keys.ULIMITS, keys.RUNTIMES, keys.OBJECT)


class Refused(Exception):
    """Something that must not be written; ``reasons`` are sentences."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class Wanted(t.NamedTuple):
    options: t.Dict[str, t.Any] = {}
    remove: t.List[str] = []
    list_add: t.Dict[str, t.List[t.Any]] = {}
    list_remove: t.Dict[str, t.List[t.Any]] = {}
    allow_duplicates: bool = False


def check_keys(
    wanted: Wanted,
    version: Version,
    flags: ParsedFlags,
    set_by: t.Callable[[int], t.Optional[str]],
    clash: str = "is already the flag {0} of the daemon",
) -> None:
    """Raise Refused for keys that this engine does not know, would ignore, or has as flags, and for contradictions.

    ``clash`` says of which start the flags are.
    """
    reasons: list[str] = []
    written = [*wanted.options, *(key for key in wanted.list_add if wanted.list_add[key])]
    for key in dict.fromkeys(written):
        for name, value in _inner(key, wanted.options.get(key)):
            reason = _unusable(name, version) or _value_fault(name, value, version)
            conflict = _flags_of(name, flags)
            if reason:
                reasons.append(reason)
            elif conflict and name != "runtimes":
                reasons.append(_flag_reason(name, conflict, set_by, clash))
    for key in [*wanted.list_add, *wanted.list_remove]:
        option = keys.options_by_key(version).get(key)
        if option is not None and option.kind not in _LISTS:
            reasons.append(f"{key} is no list, so that nothing can be added to it or removed from it")
    reasons += [
        f"{key} is to be removed and to be set"
        for key in wanted.remove
        if key in wanted.options or key in wanted.list_add
    ]
    reasons += [f"{key} is to be set, and items added or removed" for key in wanted.options if key in wanted.list_add]
    reasons += [f"{key} is to be set, and items removed" for key in wanted.options if key in wanted.list_remove]
    for key, items in wanted.list_add.items():
        if any(item in wanted.list_remove.get(key, []) for item in items):
            reasons.append(f"an item of {key} is to be added and to be removed")
    if reasons:
        raise Refused(list(dict.fromkeys(reasons)))


def _inner(key: str, value: t.Any) -> list[tuple[str, t.Any]]:
    """The options that a key means: the object ``proxies`` stands for those inside."""
    if key == PROXIES and isinstance(value, dict):
        return list(value.items())
    return [(key, value)]


def _unusable(key: str, version: Version) -> str | None:
    if key in keys.options_by_key(version):
        if keys.is_refused(key, version):
            return f"{key} was removed, and engine {_shown(version)} refuses to start with it"
        return None
    same_flag = [option for option in keys.OPTIONS if option.flag == key and option.key and option.key != key]
    if same_flag:
        return f"{key} is the name of a flag, which the engine ignores in the file; there it is {same_flag[0].key}"
    ever = [option for option in keys.OPTIONS if key in (option.key, option.flag)]
    if ever and not ever[0].key:
        return f"{key} can be set as a flag only; in the file the engine ignores it"
    if ever and ever[0].removed and keys.known_at(ever[0].removed, "", version):
        return f"engine {_shown(version)} has no option {key} any more (removed in {ever[0].removed})"
    if ever and ever[0].since:
        return f"engine {_shown(version)} has no option {key} yet (new in {ever[0].since})"
    if key.lower() != key and key.lower() in keys.options_by_key(version):
        return f"the engine has no option {key}; it is written {key.lower()}"
    if key.replace("_", "-") in keys.options_by_key(version):
        return f"the engine has no option {key}; it is written {key.replace('_', '-')}"
    return f"the engine has no option {key}"


def _value_fault(key: str, value: t.Any, version: Version) -> str | None:
    """What is wrong with the value by itself, before it is merged."""
    if value is None:
        return None
    option = keys.options_by_key(version)[key]
    document: t.Any = {key: value}
    if key in keys.PROXY_KEYS:
        document = {PROXIES: document}
    try:
        text = json.dumps(document, allow_nan=False)
    except (TypeError, ValueError):
        return f"the value of {key} cannot be written as JSON"
    found = read_daemon_json(text.encode(), version)
    if found.wrong_type:
        wrong = found.wrong_type[0]
        return f"{wrong['key']} must be a {wrong['expected']}, and a {wrong['found']} was given"
    if found.state == "invalid":
        return f"{key}: {found.error}"
    if option.kind in _MAPS and not isinstance(value, dict):
        return f"{key} must be an object"
    return None


def _flags_of(key: str, flags: ParsedFlags) -> list[Flag]:
    found = flags.of_key(key)
    if key in ("host-gateway-ip", "host-gateway-ips"):
        found = flags.of_flag("host-gateway-ip")
    return found


def _flag_reason(key: str, given: list[Flag], set_by: t.Callable[[int], t.Optional[str]], clash: str) -> str:
    flag = given[0]
    where = set_by(flag.position)
    source = f"in {where}" if where else "on its command line"
    reason = f"{key} {clash.format(flag.written)}, given {source}, and no engine starts with both. "
    if where and where.endswith((".service", ".socket", ".conf")):
        kind = where.rpartition("/")[2]
        return reason + (
            f"Take the flag out there (by a drop-in that empties ExecStart= and sets it anew, not by editing {kind} "
            "of a package), reload systemd and restart the engine first"
        )
    if where:
        return reason + f"Take the flag out of {where} and restart the engine first"
    return reason + "Take the flag out of what starts the daemon first"


def resolve(settings: dict[str, t.Any], wanted: Wanted, version: Version) -> tuple[dict[str, t.Any], list[str]]:
    """The top-level keys to write, with their whole new values, and those to take out. Both empty: nothing to do."""
    options = keys.options_by_key(version)
    new = dict(settings)
    for key in wanted.remove:
        _remove(new, key)
    for key, value in wanted.options.items():
        if value is None:
            raise Refused([f"{key} has no value; to take a key out, name it in remove"])
        if key in keys.PROXY_KEYS:
            key, value = PROXIES, {key: value}
        kind = options[key].kind if key in options else ""
        if (key == PROXIES or kind in _MAPS) and isinstance(new.get(key), dict):
            value = {**new[key], **value}
        new[key] = value
    for key, items in wanted.list_add.items():
        present = _list_at(new, key)
        missing = [item for position, item in enumerate(items) if item not in present and item not in items[:position]]
        if missing:
            new[key] = present + missing
    for key, items in wanted.list_remove.items():
        present = _list_at(new, key)
        if any(item in items for item in present):
            # An empty list stays: with the key absent, a reload would keep the old entries.
            new[key] = [item for item in present if item not in items]
    changes = {key: value for key, value in new.items() if key not in settings or not _equal(settings[key], value)}
    return changes, [key for key in settings if key not in new]


def _remove(new: dict[str, t.Any], key: str) -> None:
    """Take a key out, or with ``log-opts.max-file`` one entry of a map; an object that is empty then goes, too."""
    if key in keys.PROXY_KEYS and isinstance(new.get(PROXIES), dict):
        _remove(new, f"{PROXIES}.{key}")
    if key in new:
        del new[key]
        return
    outer, dot, inner = key.partition(".")
    if dot and isinstance(new.get(outer), dict) and inner in new[outer]:
        left = {name: value for name, value in new[outer].items() if name != inner}
        if left:
            new[outer] = left
        else:
            del new[outer]


def _list_at(new: dict[str, t.Any], key: str) -> list[t.Any]:
    value = new.get(key)
    return list(value) if isinstance(value, list) else []


def _equal(one: t.Any, other: t.Any) -> bool:
    """Equality that keeps true and 1 apart, as JSON does."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _shown(version: Version) -> str:
    return f"{version[0]}.{version[1]}" if version else "of this host"
