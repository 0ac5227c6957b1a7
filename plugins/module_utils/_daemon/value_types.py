# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the types of values in daemon.json. The engine refuses the whole file for one wrong value."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import keys
from ansible_collections.seawall.docker.plugins.module_utils._daemon.scan import JsonObject, Member

SIZE = re.compile(r"\d+(\.\d+)* ?[kKmMgGtTpP]?[iI]?[bB]?")
# Deeper than any option of the engine; what is deeper is not kept, so that no reader of the result need fear it.
_KEPT_DEPTH = 20


class WrongType(t.NamedTuple):
    key: str
    line: int
    column: int
    expected: str
    found: str


def found_type(value: t.Any) -> str:
    """Return the name of the value's type in JSON."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, JsonObject) else "list"


def plain(value: t.Any, depth: int = _KEPT_DEPTH) -> t.Any:
    """Return the value as dictionaries and lists. Of duplicate keys the last one counts."""
    if isinstance(value, (JsonObject, list)) and depth == 0:
        return None
    if isinstance(value, JsonObject):
        return {member.key: plain(member.value, depth - 1) for member in value.members}
    if isinstance(value, list):
        return [plain(item, depth - 1) for item in value]
    return value


def check(kind: str, member: Member) -> list[WrongType]:
    """Return what the engine would refuse in the value. For nearly all keys, null means that the key is not set."""
    return list(_check(kind, member.key, member, member.value))


def _check(kind: str, path: str, member: Member, value: t.Any) -> t.Iterator[WrongType]:
    if kind == keys.SIZE:
        # The one kind that has a reader of its own, which is not told that null means nothing.
        if not (isinstance(value, str) and SIZE.fullmatch(value)):
            yield _wrong(path, member, 'string such as "64M"', value)
    elif value is None:
        return
    elif kind == keys.BOOL:
        if not isinstance(value, bool):
            yield _wrong(path, member, "boolean", value)
    elif kind == keys.INT:
        if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
            yield _wrong(path, member, "whole number", value)
    elif kind == keys.STRING:
        if not isinstance(value, str):
            yield _wrong(path, member, "string", value)
    elif kind in (keys.IP, _ADDRESS):
        if not isinstance(value, str) or not (_is_address(value) or (value == "" and kind == keys.IP)):
            yield _wrong(path, member, "IP address", value)
    elif kind in (keys.LIST, keys.IPS):
        yield from _each(value, path, member, keys.STRING if kind == keys.LIST else _ADDRESS, "list of strings")
    elif kind == keys.STRING_MAP:
        yield from _map(value, path, member, keys.STRING)
    elif kind == keys.BOOL_MAP:
        yield from _map(value, path, member, keys.BOOL)
    elif kind == keys.MAP_MAP:
        yield from _map(value, path, member, keys.STRING_MAP)
    elif kind in (keys.ULIMITS, keys.RUNTIMES):
        yield from _structs(value, path, member, _STRUCTS[kind])
    elif kind in (keys.POOLS, _RULES):
        yield from _list_of_structs(value, path, member, _STRUCTS[kind])
    elif kind in _STRUCTS:
        yield from _struct(value, path, member, _STRUCTS[kind])
    elif kind == _FILTER:
        if not isinstance(value, (JsonObject, list)):
            yield _wrong(path, member, "list or object", value)
    elif not isinstance(value, JsonObject):
        yield _wrong(path, member, "object", value)


# Kinds that are only within others: an address that may not be empty, and the parts of the builder's settings.
_ADDRESS, _COLLECTION, _RULES, _FILTER, _ENTITLEMENTS = "address", "collection", "rules", "filter", "entitlements"

_STRUCTS: dict[str, dict[str, str]] = {
    keys.ULIMITS: {"name": keys.STRING, "hard": keys.INT, "soft": keys.INT},
    keys.RUNTIMES: {"path": keys.STRING, "runtimeargs": keys.LIST, "runtimetype": keys.STRING},
    keys.POOLS: {"base": keys.STRING, "size": keys.INT},
    keys.BUILDER: {"gc": _COLLECTION, "entitlements": _ENTITLEMENTS},
    _COLLECTION: {"enabled": keys.BOOL, "policy": _RULES, "defaultkeepstorage": keys.STRING},
    _RULES: {"all": keys.BOOL, "filter": _FILTER, "keepstorage": keys.STRING},
    _ENTITLEMENTS: {"network-host": keys.BOOL, "security-insecure": keys.BOOL},
}


def _wrong(path: str, member: Member, expected: str, value: t.Any) -> WrongType:
    return WrongType(path, member.line, member.column, expected, found_type(value))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _each(value: t.Any, path: str, member: Member, kind: str, expected: str) -> t.Iterator[WrongType]:
    if not isinstance(value, list):
        yield _wrong(path, member, expected, value)
        return
    for position, item in enumerate(value):
        yield from _check(kind, f"{path}[{position}]", member, item)


def _map(value: t.Any, path: str, member: Member, kind: str) -> t.Iterator[WrongType]:
    if not isinstance(value, JsonObject):
        yield _wrong(path, member, "object", value)
        return
    for inner in value.members:
        yield from _check(kind, f"{path}.{inner.key}", inner, inner.value)


def _structs(value: t.Any, path: str, member: Member, fields: dict[str, str]) -> t.Iterator[WrongType]:
    if not isinstance(value, JsonObject):
        yield _wrong(path, member, "object", value)
        return
    for inner in value.members:
        yield from _struct(inner.value, f"{path}.{inner.key}", inner, fields)


def _struct(value: t.Any, path: str, member: Member, fields: dict[str, str]) -> t.Iterator[WrongType]:
    if value is None:
        return
    if not isinstance(value, JsonObject):
        yield _wrong(path, member, "object", value)
        return
    for field in value.members:
        # Names of fields are compared without case, unlike the options themselves.
        kind = fields.get(field.key.casefold())
        if kind is not None:
            yield from _check(kind, f"{path}.{field.key}", field, field.value)


def _list_of_structs(value: t.Any, path: str, member: Member, fields: dict[str, str]) -> t.Iterator[WrongType]:
    if not isinstance(value, list):
        yield _wrong(path, member, "list of objects", value)
        return
    for position, item in enumerate(value):
        yield from _struct(item, f"{path}[{position}]", member, fields)
